package types

import (
	"cosmossdk.io/math"
)

// maxToleranceBits keeps the arithmetic on tolerances small; 10^30 needs 160 bits with its 18 decimals.
const maxToleranceBits = 192

// ZeroTolerance demands equality, and with it an eager trace.
func ZeroTolerance() Tolerance {
	return Tolerance{Abs: math.LegacyZeroDec(), Rel: math.LegacyZeroDec()}
}

// IsZero reports whether both parts are zero.
func (t Tolerance) IsZero() bool { return t.Abs.IsZero() && t.Rel.IsZero() }

// Validate checks that both parts are set, not negative and of sensible size.
func (t Tolerance) Validate() error {
	for _, part := range []struct {
		name  string
		value math.LegacyDec
	}{{"abs", t.Abs}, {"rel", t.Rel}} {
		if part.value.IsNil() {
			return ErrInvalidTolerance.Wrapf("%s: expected a decimal, found none", part.name)
		}
		if part.value.IsNegative() {
			return ErrInvalidTolerance.Wrapf("%s: expected a non-negative decimal, found %s", part.name, part.value)
		}
		if part.value.BigIntMut().BitLen() > maxToleranceBits {
			return ErrInvalidTolerance.Wrapf("%s: expected at most %d bits, found %d", part.name, maxToleranceBits, part.value.BigIntMut().BitLen())
		}
	}
	return nil
}

// Within reports whether neither part exceeds the cap's.
func (t Tolerance) Within(cap Tolerance) bool { return t.Abs.LTE(cap.Abs) && t.Rel.LTE(cap.Rel) }

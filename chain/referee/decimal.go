package referee

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/assay-chain/assay/chain/program"
)

// digits of a number that is not exactly shown.
const digits = 20

var ten = big.NewInt(10)

// decimalRat shows a rational exactly if 20 digits suffice, else rounded away from zero to 20 digits: plainly between 1e-7
// and 1e21, with an exponent beyond.
func decimalRat(r *big.Rat) string {
	if r.Sign() == 0 {
		return "0"
	}
	num, den := new(big.Int).Abs(r.Num()), r.Denom()
	// exponent: 10^exponent <= |r| < 10^(exponent+1), guessed from the bit lengths (30103/100000 is log10 of 2) and corrected
	exponent := (num.BitLen() - den.BitLen()) * 30103 / 100000
	var q *big.Int
	for exponent += 2; ; exponent-- {
		q = scaledCeil(num, den, digits-1-exponent)
		if len(q.String()) >= digits {
			break
		}
	}
	text := q.String()
	if len(text) > digits { // rounded up to the next power of ten, or the guess was one too small
		exponent += len(text) - digits
		q = scaledCeil(num, den, digits-1-exponent)
		text = q.String()
		if len(text) > digits {
			exponent, text = exponent+1, text[:digits]
		}
	}
	text = place(strings.TrimRight(text, "0"), exponent)
	if r.Sign() < 0 {
		return "-" + text
	}
	return text
}

// scaledCeil is the least integer >= num/den · 10^k.
func scaledCeil(num, den *big.Int, k int) *big.Int {
	n, d := num, den
	if p := new(big.Int).Exp(ten, big.NewInt(int64(max(k, -k))), nil); k >= 0 {
		n = new(big.Int).Mul(num, p)
	} else {
		d = new(big.Int).Mul(den, p)
	}
	q, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	if rest.Sign() != 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// place puts the point into digits whose first stands for 10^exponent.
func place(text string, exponent int) string {
	switch {
	case exponent < -7 || exponent > 20:
		if len(text) > 1 {
			text = text[:1] + "." + text[1:]
		}
		return fmt.Sprintf("%se%d", text, exponent)
	case exponent < 0:
		return "0." + strings.Repeat("0", -exponent-1) + text
	case exponent+1 >= len(text):
		return text + strings.Repeat("0", exponent+1-len(text))
	}
	return text[:exponent+1] + "." + text[exponent+1:]
}

// ratioRat shows a/b to six digits, rounded up; "unbounded" if only b is zero.
func ratioRat(a, b *big.Rat) string {
	if a.Sign() == 0 {
		return "0"
	}
	if b.Sign() == 0 {
		return "unbounded"
	}
	q := new(big.Rat).Quo(a, b)
	million := big.NewInt(1_000_000)
	n := scaledCeil(new(big.Int).Abs(q.Num()), q.Denom(), 6)
	return decimalRat(new(big.Rat).SetFrac(n, million))
}

// binaryRat is ±m·2^e.
func binaryRat(neg bool, m uint64, e int) *big.Rat {
	n := new(big.Int).SetUint64(m)
	if neg {
		n.Neg(n)
	}
	if e >= 0 {
		return new(big.Rat).SetInt(n.Lsh(n, uint(e)))
	}
	return new(big.Rat).SetFrac(n, new(big.Int).Lsh(big.NewInt(1), uint(-e)))
}

// wideRat is w·2^-298/den.
func wideRat(w *Wide, den uint64) *big.Rat {
	u, neg := w.abs()
	n := new(big.Int)
	for i := len(u) - 1; i >= 0; i-- {
		n.Lsh(n, 64)
		n.Or(n, new(big.Int).SetUint64(u[i]))
	}
	if neg {
		n.Neg(n)
	}
	d := new(big.Int).Lsh(new(big.Int).SetUint64(max(den, 1)), 298)
	return new(big.Rat).SetFrac(n, d)
}

// saturated is the exponent beyond which numbers are not written out.
const saturated = 4096

func (a Ball) rat() *big.Rat { return binaryRat(a.neg, a.m, min(a.e, saturated)) }

func (a Mag) rat() *big.Rat { return binaryRat(false, a.m, min(a.e, saturated)) }

func (a Mag) text() string {
	if a.infinite() {
		return "unbounded"
	}
	return decimalRat(a.rat())
}

// numberOf returns the value of an element; false for NaN and infinities.
func numberOf(d program.Dtype, bits uint64) (*big.Rat, bool) {
	switch d {
	case program.Float32, program.Float16, program.BFloat16:
		x := floatOf(d, bits)
		if !finite(x) {
			return nil, false
		}
		m, s := split(x)
		return binaryRat(negative(x), m, int(s)-149), true
	}
	return new(big.Rat).SetInt64(signExtend(d, bits)), true
}

// floatOf widens an element of a floating dtype to float32, exactly.
func floatOf(d program.Dtype, bits uint64) uint32 {
	switch d {
	case program.Float16:
		return widenHalf(uint16(bits))
	case program.BFloat16:
		return uint32(bits) << 16
	}
	return uint32(bits)
}

func isFloat(d program.Dtype) bool {
	return d == program.Float32 || d == program.Float16 || d == program.BFloat16
}

func isNaN(d program.Dtype, bits uint64) bool { return isFloat(d) && nan(floatOf(d, bits)) }

// show writes an element for people: NaN, Infinity, -Infinity, -0, or its decimal.
func show(d program.Dtype, bits uint64) string {
	if r, ok := numberOf(d, bits); ok {
		if isFloat(d) && r.Sign() == 0 && negative(floatOf(d, bits)) {
			return "-0"
		}
		return decimalRat(r)
	}
	x := floatOf(d, bits)
	switch {
	case nan(x):
		return "NaN"
	case negative(x):
		return "-Infinity"
	}
	return "Infinity"
}

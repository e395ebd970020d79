package referee

import (
	"math/bits"

	"github.com/assay-chain/assay/chain/program"
)

// Bit patterns of float32. A float32 travels as a uint32 everywhere: there is no floating-point type in this package.
const (
	floatZero           = 0
	floatOne            = 0x3f800000
	floatMax            = 0x7f7fffff
	floatInf            = 0x7f800000
	floatNaN            = 0x7fc00000
	signBit             = 1 << 31
	floatThree          = 0x40400000
	floatFour           = 0x40800000
	floatSix            = 0x40c00000
	shiftedInf          = 0xff000000 // infinity shifted left by one, the sign gone
	negativeInf         = signBit | floatInf
	lowest              = signBit | floatMax
	mantissaBits        = 1<<23 - 1
	one24        uint64 = 1 << 24
)

func finite(x uint32) bool { return x&floatInf != floatInf }
func nan(x uint32) bool    { return x<<1 > shiftedInf }
func inf(x uint32) bool    { return x<<1 == shiftedInf }
func zero(x uint32) bool   { return x<<1 == 0 }
func negative(x uint32) bool {
	return x>>31 != 0
}

// split returns m and s with |x| = m·2^(s-149), 0 <= s <= 253, for a finite float32.
// Subnormals and zero share the exponent of the smallest normal; both cases without a branch.
func split(x uint32) (m uint64, s uint) {
	e := uint(x>>23) & 255
	n := (e + 255) >> 8 // 1 when normal
	return uint64(x&mantissaBits) | uint64(n)<<23, e - n
}

// equal compares two float32 that are no NaN by value: both zeros are one.
func equal(a, b uint32) bool { return a == b || zero(a) && zero(b) }

// less compares two float32 that are no NaN by value.
func less(a, b uint32) bool { return program.Ordered(a) < program.Ordered(b) }

// widenHalf widens a float16 to float32, exactly.
func widenHalf(h uint16) uint32 {
	s, e, m := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch {
	case e == 31:
		return s | floatInf | m<<13
	case e != 0:
		return s | (e+112)<<23 | m<<13
	case m == 0:
		return s
	}
	z := uint32(bits.LeadingZeros32(m)) - 21 // normalise a subnormal
	return s | (113-z)<<23 | m<<z&1023<<13
}

// format of a binary floating-point number: bits of the mantissa, and of the exponent.
type floatFormat struct{ mantissa, exponent uint }

var (
	formatFloat = floatFormat{23, 8}
	formatHalf  = floatFormat{10, 5}
	formatBrain = floatFormat{7, 8}
)

// round returns m·2^e, with its sign, rounded to nearest even in a format of up to 32 bits. sticky says that m·2^e is a
// truncation: the exact value lies strictly between m and m+1 units.
func (f floatFormat) round(neg bool, m uint64, e int, sticky bool) uint32 {
	sign := uint32(0)
	if neg {
		sign = 1 << (f.mantissa + f.exponent)
	}
	if m == 0 {
		return sign
	}
	bias := 1<<(f.exponent-1) - 1
	least := 1 - bias - int(f.mantissa)             // exponent of the last place of subnormals
	last := e + bits.Len64(m) - 1 - int(f.mantissa) // exponent of the last place of this number
	last = max(last, least)
	var q uint64
	switch drop := last - e; {
	case drop <= 0:
		q = m << -drop
	case drop > 64:
		q = 0
	default:
		half := uint64(1) << (drop - 1)
		rest := m & (half<<1 - 1)
		if drop < 64 {
			q = m >> drop
		}
		if rest > half || rest == half && (sticky || q&1 == 1) {
			q++
		}
	}
	if q>>(f.mantissa+1) != 0 { // rounded up to the next power of two
		q, last = q>>1, last+1
	}
	if q>>f.mantissa == 0 {
		return sign | uint32(q)
	}
	exponent := last - least + 1
	if exponent >= 1<<f.exponent-1 {
		return sign | uint32(1<<f.exponent-1)<<f.mantissa
	}
	return sign | uint32(exponent)<<f.mantissa | uint32(q)&(1<<f.mantissa-1)
}

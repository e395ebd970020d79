package precheck

import (
	"math"

	"github.com/assay-chain/assay/chain/referee"
)

// expDomain bounds |x| of exponential; beyond it the referee decides.
const expDomain = 128

// expError bounds the relative error of exponential: 16 times what its analysis gives.
const expError = 0x1p-45

// ln 2 = ln2High + ln2Low; the high part has 32 bits, so that its product with an integer of 8 bits is exact.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// exponential returns e^x for a float32 |x| <= expDomain. x = k·ln 2 + r with |k| <= 185 and |r| < 0.35: k·ln2High is exact
// and the two subtractions lose at most 2^-54 together. The series to r^13 leaves out less than r^14/14!·e^r < 2^-57, and
// Horner's scheme rounds by less than 8v in all. Together below 2^-49. The power of two is exact. math.Exp is not used,
// because nothing is promised of its accuracy.
func exponential(x float64) float64 {
	k := math.RoundToEven(x * math.Log2E)
	r := float64(x-float64(k*ln2High)) - float64(k*ln2Low)
	p := 1.0
	for i := 13; i > 0; i-- {
		p = 1 + float64(r*p)*inverses[i]
	}
	return math.Ldexp(p, int(k))
}

// inverses are 1/i.
var inverses = func() (f [14]float64) {
	for i := 1; i < len(f); i++ {
		f[i] = 1 / float64(i)
	}
	return f
}()

// approximate: f's certified bound ulps·2^-23·|ref| + absolute·2^-40 + 2^-126, for r of a relative error.
func (l *limits) approximate(f referee.Function, y, r, relative float64) bool {
	return l.within(y, r, r*(float64(f.Ulps)*0x1p-23)+float64(f.Absolute)*0x1p-40+0x1p-126, r*relative)
}

func exp(l *limits, y, x float64) bool {
	return math.Abs(x) <= expDomain && l.approximate(l.c.Exp, y, exponential(x), expError)
}

// sigmoid: 1/(1 + e^-x). The relative error of e^-x shrinks on its way, and two roundings follow.
func sigmoid(l *limits, y, x float64) bool {
	return math.Abs(x) <= expDomain && l.approximate(l.c.Sigmoid, y, 1/(1+exponential(-x)), 2*expError)
}

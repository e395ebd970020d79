package referee

import (
	"math"
	"math/big"
	"math/rand"
	"testing"
)

// An independent reference: 500-bit floating point from math/big and textbook series. Test files may use floats.

const precision = 500

func bf(x float64) *big.Float         { return new(big.Float).SetPrec(precision).SetFloat64(x) }
func bnew() *big.Float                { return new(big.Float).SetPrec(precision) }
func badd(a, b *big.Float) *big.Float { return bnew().Add(a, b) }
func bsub(a, b *big.Float) *big.Float { return bnew().Sub(a, b) }
func bmul(a, b *big.Float) *big.Float { return bnew().Mul(a, b) }
func bquo(a, b *big.Float) *big.Float { return bnew().Quo(a, b) }
func babs(a *big.Float) *big.Float    { return bnew().Abs(a) }
func pow2(e int) *big.Float           { return bnew().SetMantExp(bf(1), e) }

func bits32(x float32) uint32     { return math.Float32bits(x) }
func value(x uint32) *big.Float   { return bf(float64(math.Float32frombits(x))) }
func nearest(x *big.Float) uint32 { f, _ := x.Float32(); return bits32(f) }

var pi, _ = bnew().SetString("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651328230664709384460955058223172535940812848111745028410270193852110555964462294895493038196")

// bexp sums the Taylor series of x/2^40 and squares 40 times.
func bexp(x *big.Float) *big.Float {
	const k = 40
	y := new(big.Float).SetPrec(precision+100).SetMantExp(x, -k)
	sum, term := new(big.Float).SetPrec(precision+100).SetInt64(1), new(big.Float).SetPrec(precision+100).SetInt64(1)
	for n := int64(1); n < 40; n++ {
		term.Mul(term, y)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return bnew().Set(sum)
}

// blog is Halley's iteration on bexp from a float64 start.
func blog(x *big.Float) *big.Float {
	m := bnew()
	e := x.MantExp(m)
	f, _ := m.Float64()
	ln2 := bnew()
	y := badd(bf(math.Log(f)), bmul(bf(float64(e)), bf(math.Ln2)))
	_ = ln2
	for range 6 {
		ey := bexp(y)
		y = badd(y, bquo(bmul(bf(2), bsub(x, ey)), badd(x, ey)))
	}
	return y
}

// berf is the alternating Taylor series; the cancellation of e^(x²) costs at most 60 bits for |x| < 6.
func berf(x *big.Float) *big.Float {
	if babs(x).Cmp(bf(15)) > 0 {
		return bf(float64(x.Sign()))
	}
	const wide = 1500
	w := func() *big.Float { return new(big.Float).SetPrec(wide) }
	x2 := w().Mul(x, x)
	term, sum := w().Set(x), w().Set(x)
	for n := int64(1); n < 1500; n++ {
		term.Mul(term, x2)
		term.Quo(term, w().SetInt64(n))
		term.Neg(term)
		sum.Add(sum, w().Quo(term, w().SetInt64(2*n+1)))
	}
	return bnew().Quo(bnew().Mul(sum, bf(2)), bnew().Sqrt(pi))
}

func bsigmoid(x *big.Float) *big.Float { return bquo(bf(1), badd(bf(1), bexp(bnew().Neg(x)))) }

func btanh(x *big.Float) *big.Float {
	e := bexp(bmul(bf(2), x))
	return bquo(bsub(e, bf(1)), badd(e, bf(1)))
}

func bgamma(n int) *big.Float { return bquo(bf(float64(n)), bf(float64(1<<24-n))) }

// next returns the neighbouring float32 above x in the order of values.
func next(x uint32) uint32 {
	switch {
	case x == 1<<31:
		return 1
	case x>>31 != 0:
		return x - 1
	}
	return x + 1
}

func previous(x uint32) uint32 { return next(x^1<<31) ^ 1<<31 }

// probe checks a judge around both ends of its interval: the last float32 inside ref ± bound is no fault, the first one
// clearly outside (by 2^-20 of the bound) is one, and so are infinities and NaN where nothing can overflow.
func probe(t *testing.T, what string, ref, bound *big.Float, judge func(y uint32) outcome) {
	t.Helper()
	outer := bmul(bound, badd(bf(1), pow2(-20)))
	for _, sign := range []float64{1, -1} {
		end := badd(ref, bmul(bf(sign), bound))
		inside := nearest(end)
		step := next
		if sign < 0 {
			step = previous
		}
		back := func(x uint32) uint32 { return step(x^1<<31) ^ 1<<31 }
		for finite(inside) && babs(bsub(value(inside), ref)).Cmp(bound) > 0 && bsub(value(inside), end).Sign()*int(sign) > 0 {
			inside = back(inside)
		}
		if finite(inside) && babs(bsub(value(inside), ref)).Cmp(bound) <= 0 {
			if o := judge(inside); o.fault || o.cause != Decided {
				t.Fatalf("%s: %08x lies inside the bound and is convicted (%+v); ref %s bound %s", what, inside, o, ref.Text('g', 20), bound.Text('g', 10))
			}
		}
		outside := inside
		for range 4 {
			outside = step(outside)
			if !finite(outside) {
				break
			}
			if babs(bsub(value(outside), ref)).Cmp(outer) > 0 {
				if o := judge(outside); !o.fault {
					t.Fatalf("%s: %08x lies outside the bound and is acquitted (%+v); ref %s bound %s", what, outside, o, ref.Text('g', 20), bound.Text('g', 10))
				}
				break
			}
		}
	}
	if babs(ref).Cmp(pow2(126)) < 0 && bound.Cmp(pow2(126)) < 0 {
		for _, y := range []uint32{floatInf, negativeInf, floatNaN} {
			if o := judge(y); !o.fault {
				t.Fatalf("%s: %08x is acquitted where nothing overflows; ref %s", what, y, ref.Text('g', 20))
			}
		}
	}
}

// adversarial float32s: both zeros, subnormals, powers of two, limits, neighbours of one.
var adversarial = []uint32{0, 1 << 31, 1, 1<<31 | 1, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000, 0x00800001, 0x3f7fffff, 0x3f800000, 0x3f800001, 0xbf800000,
	0x40000000, 0x33800000, 0x34000000, 0x7f7fffff, 0xff7fffff, 0x7f000000, 0x5f800000, 0x1f800000, 0x3f317218, 0xc2aeac50, 0x42b17218, 0xc2cff1b5, 0x40490fdb, 0xc18c0000, 0x41880000}

// anyFloat draws a finite float32: adversarial, ordinary, of any exponent, or near another.
func anyFloat(rng *rand.Rand) uint32 {
	switch rng.Intn(5) {
	case 0:
		return adversarial[rng.Intn(len(adversarial))]
	case 1:
		return bits32(float32(rng.NormFloat64()))
	case 2:
		return bits32(float32(rng.NormFloat64() * 30))
	case 3:
		return uint32(int(adversarial[rng.Intn(len(adversarial))])+rng.Intn(5)-2) & 0xff7fffff
	}
	for {
		if x := rng.Uint32(); finite(x) {
			return x
		}
	}
}

func ordinary(rng *rand.Rand) uint32 { return bits32(float32(rng.NormFloat64())) }

// seeded returns a generator and prints its seed.
func seeded(t *testing.T, seed int64) *rand.Rand {
	t.Log("seed", seed)
	return rand.New(rand.NewSource(seed))
}

// TestReference holds the textbook functions to math's, so that they are not wrong in the same way as the referee.
func TestReference(t *testing.T) {
	for _, x := range []float64{1e-30, 0.001, 0.3, 0.999, 1, 1.5, 2.7, 5.9} {
		for name, p := range map[string][2]float64{"exp": {f64(bexp(bf(x))), math.Exp(x)}, "log": {f64(blog(bf(x))), math.Log(x)}, "erf": {f64(berf(bf(x))), math.Erf(x)}, "tanh": {f64(btanh(bf(x))), math.Tanh(x)}} {
			if math.Abs(p[0]-p[1]) > 1e-14*math.Abs(p[1]) {
				t.Errorf("%s(%v) = %v, math says %v", name, x, p[0], p[1])
			}
		}
	}
}

func f64(x *big.Float) float64 { f, _ := x.Float64(); return f }

func f32(x uint32) float32 { return math.Float32frombits(x) }

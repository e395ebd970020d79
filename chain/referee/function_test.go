package referee

import (
	"math"
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestFunctions probes every approximated function around its bound on adversarial and random inputs.
func TestFunctions(t *testing.T) {
	rng := seeded(t, 2)
	floor := pow2(-126)
	with := func(f Function) func(*big.Float) *big.Float {
		return func(ref *big.Float) *big.Float {
			b := bmul(babs(ref), bmul(bf(float64(f.Ulps)), pow2(-23)))
			return badd(badd(b, bmul(bf(float64(f.Absolute)), pow2(-40))), floor)
		}
	}
	roots := func(ref *big.Float) *big.Float { return badd(bmul(babs(ref), bmul(bf(8), pow2(-24))), floor) }
	power := func(e uint32) floatRule {
		return func(c *Constants, y, x uint32, d *detail) outcome { return c.pow(e, y, x, d) }
	}
	reciprocal := func(x *big.Float) *big.Float { return bquo(bf(1), x) }
	root := func(x *big.Float) *big.Float { return bnew().Sqrt(x) }
	for _, f := range []struct {
		name     string
		rule     floatRule
		exact    func(*big.Float) *big.Float
		bound    func(*big.Float) *big.Float
		domain   func(x uint32) bool
		attempts int
	}{
		{"Exp", (*Constants).exp, bexp, with(defaults.Exp), func(x uint32) bool { return !less(x, bits32(-200)) && less(x, bits32(88)) }, 1500},
		{"Log", (*Constants).log, blog, with(defaults.Log), func(x uint32) bool { return !zero(x) && !negative(x) }, 600},
		{"Erf", (*Constants).erf, berf, with(defaults.Erf), func(x uint32) bool { return less(x, bits32(9)) && less(bits32(-9), x) }, 60},
		{"Tanh", (*Constants).tanh, btanh, with(defaults.Tanh), func(x uint32) bool { return less(x, bits32(70)) && less(bits32(-70), x) }, 1500},
		{"Sigmoid", (*Constants).sigmoid, bsigmoid, with(defaults.Sigmoid), func(x uint32) bool { return less(x, bits32(150)) && less(bits32(-150), x) }, 1500},
		{"Sqrt", (*Constants).sqrt, root, roots, func(x uint32) bool { return !zero(x) && !negative(x) }, 3000},
		{"Reciprocal", (*Constants).reciprocal, reciprocal, roots, func(x uint32) bool { return !zero(x) }, 3000},
		{"Pow 2", power(program.PowSquare), func(x *big.Float) *big.Float { return bmul(x, x) }, roots, func(x uint32) bool { return !zero(x) }, 3000},
		{"Pow 3", power(program.PowCube), func(x *big.Float) *big.Float { return bmul(bmul(x, x), x) }, roots, func(x uint32) bool { return !zero(x) }, 3000},
		{"Pow 0.5", power(program.PowRoot), root, roots, func(x uint32) bool { return !zero(x) && !negative(x) }, 1000},
		{"Pow -1", power(program.PowReciprocal), reciprocal, roots, func(x uint32) bool { return !zero(x) }, 1000},
		{"Pow -0.5", power(program.PowRootOfReciprocal), func(x *big.Float) *big.Float { return reciprocal(root(x)) }, roots, func(x uint32) bool { return !zero(x) && !negative(x) }, 1000},
	} {
		done := 0
		for done < f.attempts {
			x := anyFloat(rng)
			if !finite(x) || !f.domain(x) {
				continue
			}
			done++
			ref := f.exact(value(x))
			probe(t, f.name, ref, f.bound(ref), func(y uint32) outcome { return f.rule(&defaults, y, x, nil) })
		}
	}
}

// TestEnclosures sweeps float32 with a stride and compares enclosures with float64: catches rare paths.
func TestEnclosures(t *testing.T) {
	stride := uint64(200_003)
	if testing.Short() {
		stride = 2_000_003
	}
	for _, f := range []struct {
		name string
		of   func(Ball) Ball
		math func(float64) float64
	}{{"exp", Ball.exp, math.Exp}, {"log", Ball.log, math.Log}, {"tanh", Ball.tanh, math.Tanh}, {"sigmoid", Ball.sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{"sqrt", Ball.sqrt, math.Sqrt}, {"erf", Ball.erf, math.Erf}} {
		for b := uint64(0); b < 1<<32; b += stride {
			x := uint32(b)
			if !finite(x) || (f.name == "log" || f.name == "sqrt") && negative(x) || f.name == "log" && zero(x) {
				continue
			}
			got, want := f.of(ballOf(x)), f.math(float64(math.Float32frombits(x)))
			if math.IsInf(want, 0) || math.Abs(want) > 1e300 {
				if got.m == 0 || got.e < 900 {
					t.Fatalf("%s(%08x) does not saturate", f.name, x)
				}
				continue
			}
			if got.rad.infinite() {
				t.Fatalf("%s(%08x) gave up", f.name, x)
			}
			mid := math.Ldexp(float64(got.m), got.e)
			if got.neg {
				mid = -mid
			}
			if math.Abs(mid-want) > math.Ldexp(float64(got.rad.m), got.rad.e)+math.Abs(want)*0x1p-50+0x1p-1000 {
				t.Fatalf("%s(%08x) = %v, float64 says %v", f.name, x, mid, want)
			}
		}
	}
}

// TestFunctionsSpecial lists special values: what is honest, and what is not.
func TestFunctionsSpecial(t *testing.T) {
	one, nz := uint32(floatOne), uint32(1<<31)
	pow := func(e uint32) floatRule {
		return func(c *Constants, y, x uint32, d *detail) outcome { return c.pow(e, y, x, d) }
	}
	for _, c := range []struct {
		name string
		rule floatRule
		x    uint32
		ok   []uint32
		bad  []uint32
	}{
		{"exp(inf)", (*Constants).exp, floatInf, []uint32{floatInf}, []uint32{floatNaN, one, negativeInf}},
		{"exp(-inf)", (*Constants).exp, negativeInf, []uint32{0, nz}, []uint32{floatNaN, one, floatInf}},
		{"exp(nan)", (*Constants).exp, floatNaN, []uint32{floatNaN}, []uint32{one | signBit, negativeInf}},
		{"exp(1000)", (*Constants).exp, bits32(1000), []uint32{floatInf}, []uint32{one, floatMax, 0}},
		{"exp(89)", (*Constants).exp, bits32(89), []uint32{floatInf}, []uint32{one, 0}},
		{"exp(88)", (*Constants).exp, bits32(88), nil, []uint32{floatInf, floatNaN}},
		{"exp(-1000)", (*Constants).exp, bits32(-1000), []uint32{0, 1, nz}, []uint32{floatInf, 0x01000000}},
		{"exp(2000)", (*Constants).exp, bits32(2000), []uint32{floatInf}, []uint32{floatMax}},
		{"log(0)", (*Constants).log, 0, []uint32{negativeInf}, []uint32{floatNaN, 0, floatInf, lowest}},
		{"log(-0)", (*Constants).log, nz, []uint32{negativeInf}, []uint32{floatNaN}},
		{"log(-1)", (*Constants).log, one | signBit, []uint32{floatNaN}, []uint32{0, negativeInf}},
		{"log(inf)", (*Constants).log, floatInf, []uint32{floatInf}, []uint32{floatNaN, 0}},
		{"tanh(inf)", (*Constants).tanh, floatInf, []uint32{one}, []uint32{floatNaN, one | signBit, floatInf}},
		{"tanh(-inf)", (*Constants).tanh, negativeInf, []uint32{one | signBit}, []uint32{one, floatNaN}},
		{"tanh(nan)", (*Constants).tanh, floatNaN, []uint32{floatNaN}, []uint32{0x40000000, negativeInf}},
		{"erf(inf)", (*Constants).erf, floatInf, []uint32{one}, []uint32{0, floatNaN}},
		{"sigmoid(inf)", (*Constants).sigmoid, floatInf, []uint32{one}, []uint32{0, floatNaN, floatInf}},
		{"sigmoid(-inf)", (*Constants).sigmoid, negativeInf, []uint32{0, 0x33800000}, []uint32{one, floatNaN}},
		{"sigmoid(-90)", (*Constants).sigmoid, bits32(-90), []uint32{0, bits32(3e-7)}, []uint32{bits32(4e-7), bits32(-4e-7)}},
		{"sqrt(0)", (*Constants).sqrt, 0, []uint32{0, nz}, []uint32{1, floatNaN}},
		{"sqrt(-0)", (*Constants).sqrt, nz, []uint32{0, nz}, []uint32{floatNaN}},
		{"sqrt(-1)", (*Constants).sqrt, one | signBit, []uint32{floatNaN}, []uint32{0, one}},
		{"sqrt(inf)", (*Constants).sqrt, floatInf, []uint32{floatInf}, []uint32{floatNaN}},
		{"1/0", (*Constants).reciprocal, 0, []uint32{floatInf}, []uint32{negativeInf, floatNaN, floatMax}},
		{"1/-0", (*Constants).reciprocal, nz, []uint32{negativeInf}, []uint32{floatInf}},
		{"1/inf", (*Constants).reciprocal, floatInf, []uint32{0, nz}, []uint32{1}},
		{"1/1e-40", (*Constants).reciprocal, bits32(1e-40), []uint32{floatInf}, []uint32{one}},
		{"(-inf)^2", pow(program.PowSquare), negativeInf, []uint32{floatInf}, []uint32{negativeInf, floatNaN}},
		{"(-inf)^3", pow(program.PowCube), negativeInf, []uint32{negativeInf}, []uint32{floatInf}},
		{"(-1)^0.5", pow(program.PowRoot), one | signBit, []uint32{floatNaN}, []uint32{one, 0}},
		{"(-inf)^0.5", pow(program.PowRoot), negativeInf, []uint32{floatNaN, floatInf}, []uint32{negativeInf, 0}},
		{"0^-1", pow(program.PowReciprocal), 0, []uint32{floatInf, negativeInf}, []uint32{floatNaN, 0}},
		{"0^2", pow(program.PowSquare), 0, []uint32{0, nz}, []uint32{1, floatNaN}},
		{"(-2)^3", pow(program.PowCube), bits32(-2), []uint32{bits32(-8)}, []uint32{bits32(8)}},
		{"abs", (*Constants).abs, bits32(-3), []uint32{bits32(3)}, []uint32{bits32(-3), floatNaN}},
		{"neg", (*Constants).neg, bits32(3), []uint32{bits32(-3)}, []uint32{bits32(3)}},
		{"neg(0)", (*Constants).neg, 0, []uint32{0, nz}, []uint32{1}},
		{"sign(-0)", (*Constants).sign, nz, []uint32{0, nz}, []uint32{one}},
		{"sign(-5)", (*Constants).sign, bits32(-5), []uint32{bits32(-1)}, []uint32{one}},
		{"sign(nan)", (*Constants).sign, floatNaN, []uint32{floatNaN, 0}, []uint32{one}},
		{"hardswish(-inf)", (*Constants).hardSwish, negativeInf, []uint32{floatNaN, 0, nz}, []uint32{negativeInf, one}},
		{"hardswish(inf)", (*Constants).hardSwish, floatInf, []uint32{floatInf}, []uint32{floatNaN, one}},
		{"hardswish(-100)", (*Constants).hardSwish, bits32(-100), []uint32{0, nz}, []uint32{bits32(-1e-30), floatNaN}},
		{"hardswish(100)", (*Constants).hardSwish, bits32(100), []uint32{bits32(100)}, []uint32{bits32(100.001), bits32(99.999)}},
	} {
		for _, y := range c.ok {
			if o := c.rule(&defaults, y, c.x, nil); o.fault {
				t.Errorf("%s: %08x is convicted", c.name, y)
			}
		}
		for _, y := range c.bad {
			if o := c.rule(&defaults, y, c.x, nil); !o.fault {
				t.Errorf("%s: %08x is acquitted", c.name, y)
			}
		}
	}
	// NaN that enters a clamping kernel may come out as a number of the range: undecided, not honest.
	for _, rule := range []floatRule{(*Constants).exp, (*Constants).tanh, (*Constants).erf, (*Constants).sigmoid} {
		if o := rule(&defaults, one, floatNaN, nil); o.cause != NaNCompared || o.fault {
			t.Errorf("NaN into a clamp: %+v", o)
		}
	}
}

// TestHard probes HardSigmoid and HardSwish.
func TestHard(t *testing.T) {
	rng := seeded(t, 3)
	clip := func(x, lo, hi *big.Float) *big.Float {
		if x.Cmp(lo) < 0 {
			return lo
		}
		if x.Cmp(hi) > 0 {
			return hi
		}
		return x
	}
	for range 4000 {
		x, alpha, beta := anyFloat(rng), ordinary(rng), ordinary(rng)
		if !finite(x) || !less(x&^signBit, bits32(1<<100)) { // beyond, alpha·x may overflow before it is clipped
			continue
		}
		ax := bmul(value(alpha), value(x))
		ref := clip(badd(ax, value(beta)), bf(0), bf(1))
		bound := badd(bmul(bgamma(2), badd(babs(ax), babs(value(beta)))), bmul(bf(3), pow2(-126)))
		probe(t, "HardSigmoid", ref, bound, func(y uint32) outcome { return defaults.hardSigmoid(y, x, alpha, beta, nil) })

		v := value(x)
		ref = bquo(bmul(v, clip(badd(v, bf(3)), bf(0), bf(6))), bf(6))
		size := bquo(bmul(babs(v), badd(babs(v), bf(3))), bf(6))
		if v.Cmp(bf(-4)) < 0 {
			size = bf(0)
		} else if v.Cmp(bf(4)) > 0 {
			size = babs(v)
		}
		bound = badd(bmul(bgamma(5), size), bmul(bf(4), pow2(-126)))
		probe(t, "HardSwish", ref, bound, func(y uint32) outcome { return defaults.hardSwish(y, x, nil) })
	}
	for _, c := range []struct {
		y, x, alpha uint32
		fault       bool
	}{{floatOne, floatInf, floatOne, false}, {0, floatInf, floatOne, true}, {0, negativeInf, floatOne, false}, {floatNaN, floatNaN, floatOne, false},
		{floatOne, floatNaN, floatOne, false}, {bits32(0.5), floatNaN, floatOne, true}, {floatNaN, floatInf, 0, false}, {floatNaN, floatInf, floatOne, true}} {
		if o := defaults.hardSigmoid(c.y, c.x, c.alpha, floatOne, nil); o.fault != c.fault {
			t.Errorf("HardSigmoid(%08x) alpha %08x = %08x: fault %v", c.x, c.alpha, c.y, o.fault)
		}
	}
}

// TestRounding compares Floor, Ceil and Round with math on adversarial values and a sweep.
func TestRounding(t *testing.T) {
	rng := seeded(t, 4)
	for range 200000 {
		x := anyFloat(rng)
		if !finite(x) {
			continue
		}
		f := float64(math.Float32frombits(x))
		for op, want := range map[uint32]float64{program.OpFloor: math.Floor(f), program.OpCeil: math.Ceil(f), program.OpRound: math.RoundToEven(f)} {
			if got := roundToInteger(op, x); !equal(got, bits32(float32(want))) {
				t.Fatalf("%s(%v) = %08x, %v expected", program.Name(op), f, got, want)
			}
		}
	}
}

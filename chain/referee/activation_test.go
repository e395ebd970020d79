package referee

import (
	"math"
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// Exact Gelu, its tanh form and Softplus, from the textbook functions of reference_test.go.
func bgelu(x *big.Float) *big.Float {
	s := berf(bquo(x, bnew().Sqrt(bf(2))))
	return bmul(bquo(x, bf(2)), badd(bf(1), s))
}

func bgeluArgument(x *big.Float) *big.Float {
	c := bquo(bf(44715), bf(1e6))
	p := badd(x, bmul(c, bmul(x, bmul(x, x))))
	return bmul(p, bnew().Sqrt(bquo(bf(2), pi)))
}

func bgeluTanh(x *big.Float) *big.Float {
	return bmul(bquo(x, bf(2)), badd(bf(1), btanh(bgeluArgument(x))))
}

func bsoftplus(x *big.Float) *big.Float { return blog(badd(bf(1), bexp(x))) }

// activation is one function with its reference, its bound and the float32 kernel that runtimes use for it.
type activation struct {
	name    string
	rule    floatRule
	exact   func(x *big.Float) *big.Float
	bound   func(x, ref *big.Float) *big.Float
	kernels []func(x float32) float32
	limit   float32
	probes  int
}

func certified(f Function, s *big.Float) *big.Float {
	b := bmul(babs(s), bmul(bf(2*float64(f.Ulps)), pow2(-23)))
	return badd(badd(b, bmul(bf(2*float64(f.Absolute)), pow2(-40))), pow2(-126))
}

func geluBound(s func(x *big.Float) *big.Float, roundings int, f Function) func(x, ref *big.Float) *big.Float {
	return func(x, _ *big.Float) *big.Float {
		v := s(x)
		e := badd(bquo(bgamma(roundings), bf(2)), certified(f, v))
		b := bmul(bquo(babs(x), bf(2)), badd(e, bmul(bgamma(3), badd(badd(v, bf(1)), e))))
		return badd(b, bmul(bf(6), pow2(-126)))
	}
}

func softplusBound(_, ref *big.Float) *big.Float {
	u := pow2(-24)
	r := badd(certified(defaults.Exp, bf(1)), u)
	g := bquo(r, bsub(bf(1), r))
	e := badd(g, certified(defaults.Log, badd(ref, g)))
	return badd(badd(e, bmul(u, badd(ref, e))), bmul(bf(3), pow2(-126)))
}

var activations = []activation{
	{"Gelu", (*Constants).gelu, bgelu, geluBound(func(x *big.Float) *big.Float { return berf(bquo(x, bnew().Sqrt(bf(2)))) }, 2, defaults.Erf),
		[]func(float32) float32{
			func(x float32) float32 {
				s := float32(math.Erf(float64(x * float32(math.Sqrt2/2))))
				h := 0.5 * x
				return h * (s + 1)
			},
			func(x float32) float32 {
				p := x * (1 + float32(math.Erf(float64(x/float32(math.Sqrt2)))))
				return p * 0.5
			},
		}, 12, 40},
	{"Gelu tanh", (*Constants).geluTanh, bgeluTanh, geluBound(func(x *big.Float) *big.Float { return btanh(bgeluArgument(x)) }, 8, defaults.Tanh),
		[]func(float32) float32{
			func(x float32) float32 {
				const b, c = float32(0.7978845608028654), float32(0.035677408136300125)
				q := c * x
				q *= x
				q += b
				h := 0.5 * x
				return h * (float32(math.Tanh(float64(x*q))) + 1)
			},
			func(x float32) float32 {
				cube := x * x
				cube *= x
				cube *= 0.044715
				cube += x
				p := 1 + float32(math.Tanh(float64(float32(math.Sqrt(2/math.Pi))*cube)))
				p *= x
				return p * 0.5
			},
		}, 20, 300},
	{"Softplus", (*Constants).softplus, bsoftplus, softplusBound,
		[]func(float32) float32{
			func(x float32) float32 {
				if x > 0 {
					return x + float32(math.Log(float64(float32(math.Exp(float64(-x)))+1)))
				}
				return float32(math.Log(float64(float32(math.Exp(float64(x))) + 1)))
			},
			func(x float32) float32 { return float32(math.Log(float64(float32(math.Exp(float64(x))) + 1))) },
			func(x float32) float32 { return float32(math.Log1p(math.Exp(float64(x)))) },
		}, 80, 150},
}

// TestActivations probes each function around its bound.
func TestActivations(t *testing.T) {
	rng := seeded(t, 50)
	for _, f := range activations {
		for done := 0; done < f.probes; {
			x := anyFloat(rng)
			if !less(x&^signBit, bits32(f.limit)) {
				continue
			}
			done++
			ref := f.exact(value(x))
			probe(t, f.name, ref, f.bound(value(x), ref), func(y uint32) outcome { return f.rule(&defaults, y, x, nil) })
		}
	}
}

// TestActivationKernels: kernels with correctly rounded parts are never convicted, on a sweep of every exponent and sign; the
// largest ratio is printed. Infinities are excused where a kernel overflows.
func TestActivationKernels(t *testing.T) {
	for _, f := range activations {
		worst := uint64(0)
		for b := uint64(0); b < 1<<32; b += 20_011 {
			x := uint32(b)
			if !finite(x) {
				continue
			}
			for i, kernel := range f.kernels {
				y := bits32(kernel(f32(x)))
				if nan(y) {
					y = floatNaN
				}
				o := f.rule(&defaults, y, x, nil)
				if o.fault || o.cause != Decided {
					d := detail{}
					f.rule(&defaults, y, x, &d)
					t.Fatalf("%s, kernel %d: %v of %v: %+v %+v", f.name, i, f32(y), f32(x), o, d)
				}
				if finite(y) {
					worst = max(worst, o.ratio)
				}
			}
		}
		t.Logf("%s: worst ratio %.3f", f.name, float64(worst)/(1<<20))
	}
}

// TestActivationsSpecial lists special values: what is honest, and what is not.
func TestActivationsSpecial(t *testing.T) {
	one := uint32(floatOne)
	for _, c := range []struct {
		name    string
		rule    floatRule
		x       uint32
		ok, bad []uint32
	}{
		{"gelu(nan)", (*Constants).gelu, floatNaN, []uint32{floatNaN}, []uint32{0, one, floatInf}},
		{"gelu(inf)", (*Constants).gelu, floatInf, []uint32{floatInf}, []uint32{floatNaN, 0, one}},
		{"gelu(-inf)", (*Constants).gelu, negativeInf, []uint32{floatNaN, 0, 1 << 31}, []uint32{one, lowest}},
		{"gelu(0)", (*Constants).gelu, 0, []uint32{0, 1 << 31}, []uint32{one, floatNaN, 0x02000000}},
		{"gelu(-8)", (*Constants).gelu, bits32(-8), []uint32{0, 1 << 31, bits32(-1e-7)}, []uint32{bits32(-8e-6), bits32(8e-6), floatNaN}},
		{"gelu(100)", (*Constants).gelu, bits32(100), []uint32{bits32(100)}, []uint32{bits32(100.001), floatInf}},
		{"gelu(3e38)", (*Constants).gelu, bits32(3e38), []uint32{bits32(3e38), floatInf}, []uint32{bits32(1e38), 0}},
		{"gelu tanh(-inf)", (*Constants).geluTanh, negativeInf, []uint32{floatNaN, 0}, []uint32{one}},
		{"gelu tanh(1e30)", (*Constants).geluTanh, bits32(1e30), []uint32{bits32(1e30)}, []uint32{floatNaN, bits32(1.001e30)}},
		{"softplus(nan)", (*Constants).softplus, floatNaN, []uint32{floatNaN}, []uint32{one | signBit, negativeInf}},
		{"softplus(inf)", (*Constants).softplus, floatInf, []uint32{floatInf}, []uint32{floatNaN, floatMax}},
		{"softplus(-inf)", (*Constants).softplus, negativeInf, []uint32{0, 1 << 31}, []uint32{floatNaN, bits32(1e-5), negativeInf}},
		{"softplus(100)", (*Constants).softplus, bits32(100), []uint32{bits32(100), floatInf}, []uint32{bits32(100.001)}},
		{"softplus(80)", (*Constants).softplus, bits32(80), []uint32{bits32(80)}, []uint32{floatInf, floatNaN}},
		{"softplus(-1000)", (*Constants).softplus, bits32(-1000), []uint32{0}, []uint32{bits32(1e-5), bits32(-1e-5)}},
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
	if o := defaults.softplus(one, floatNaN, nil); o.cause != NaNCompared || o.fault {
		t.Errorf("NaN into a clamp: %+v", o)
	}
}

// TestActivationNodes: whole nodes, proven and judged, each form of Gelu apart.
func TestActivationNodes(t *testing.T) {
	rng := seeded(t, 51)
	for i, f := range activations {
		x := floats(rng, ordinary, 2, 3)
		c := nodeCase{op: program.OpGelu, inputs: []operand{x}, out: x.t.Dims, attributes: []program.Attribute{attrInts(program.Approximate, int64(i))}}
		if f.name == "Softplus" {
			c.op, c.attributes = program.OpSoftplus, nil
		}
		c.reference = func(at []uint64) (*big.Float, *big.Float) {
			v := x.get(int64(at[0]), int64(at[1]))
			ref := f.exact(v)
			return ref, f.bound(v, ref)
		}
		c.run(t, rng)
	}
}

package referee

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// function is one operator of one operand: its attributes, exact value and bound, and the inputs that are drawn.
type function struct {
	attributes []program.Attribute
	exact      func(x *big.Float) *big.Float
	bound      func(x, ref *big.Float) *big.Float
	draw       func(*rand.Rand) uint32
}

// within draws any float of a magnitude below a limit.
func within(limit float32, positive bool) func(*rand.Rand) uint32 {
	return func(rng *rand.Rand) uint32 {
		for {
			if x := anyFloat(rng); less(x&^signBit, bits32(limit)) && !(positive && (negative(x) || zero(x))) {
				return x
			}
		}
	}
}

func clip(x, lo, hi *big.Float) *big.Float {
	if x.Cmp(lo) < 0 {
		return lo
	}
	if x.Cmp(hi) > 0 {
		return hi
	}
	return x
}

// exactBound is that of an operator that rounds nothing, onceBound that of one rounding, rootBound 8u·|ref| + η.
func exactBound(_, _ *big.Float) *big.Float { return bf(0) }
func onceBound(_, ref *big.Float) *big.Float {
	return badd(bmul(babs(ref), pow2(-24)), pow2(-126))
}
func rootBound(_, ref *big.Float) *big.Float {
	return badd(bmul(babs(ref), pow2(-21)), pow2(-126))
}
func certifiedBound(f Function) func(_, ref *big.Float) *big.Float {
	return func(_, ref *big.Float) *big.Float {
		b := badd(bmul(babs(ref), bmul(bf(float64(f.Ulps)), pow2(-23))), bmul(bf(float64(f.Absolute)), pow2(-40)))
		return badd(b, pow2(-126))
	}
}

// whole rounds to an integer: up is 0 for floor, 1 for ceil, and 1/2 for round, where ties go to even.
func whole(x *big.Float, mode uint32) *big.Float {
	r, _ := x.Rat(nil)
	floor := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean: denominators are positive
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt(floor))
	up := mode == program.OpCeil && rest.Sign() > 0
	if mode == program.OpRound {
		half := rest.Cmp(big.NewRat(1, 2))
		up = half > 0 || half == 0 && floor.Bit(0) == 1
	}
	if up {
		floor.Add(floor, big.NewInt(1))
	}
	return bnew().SetInt(floor)
}

func functionNamed(rng *rand.Rand, op uint32) function {
	anything := within(0x1p120, false)
	switch op {
	case program.OpSqrt:
		return function{nil, bnewSqrt, rootBound, within(0x1p127, true)}
	case program.OpExp:
		return function{nil, bexp, certifiedBound(defaults.Exp), within(80, false)}
	case program.OpLog:
		return function{nil, blog, certifiedBound(defaults.Log), within(0x1p127, true)}
	case program.OpErf:
		return function{nil, berf, certifiedBound(defaults.Erf), within(9, false)}
	case program.OpTanh:
		return function{nil, btanh, certifiedBound(defaults.Tanh), within(70, false)}
	case program.OpSigmoid:
		return function{nil, bsigmoid, certifiedBound(defaults.Sigmoid), within(150, false)}
	case program.OpGelu:
		tanh := rng.Intn(2)
		f := activations[tanh]
		return function{[]program.Attribute{attrInts(program.Approximate, int64(tanh))}, f.exact, f.bound, within(f.limit, false)}
	case program.OpSoftplus:
		f := activations[2]
		return function{nil, f.exact, f.bound, within(f.limit, false)}
	case program.OpReciprocal:
		return function{nil, func(x *big.Float) *big.Float { return bquo(bf(1), x) }, rootBound, nonzero}
	case program.OpPow:
		return powOf(rng)
	case program.OpAbs:
		return function{nil, babs, exactBound, anyFloat}
	case program.OpNeg:
		return function{nil, func(x *big.Float) *big.Float { return bnew().Neg(x) }, exactBound, anyFloat}
	case program.OpSign:
		return function{nil, func(x *big.Float) *big.Float { return bf(float64(x.Sign())) }, exactBound, anyFloat}
	case program.OpFloor, program.OpCeil, program.OpRound:
		return function{nil, func(x *big.Float) *big.Float { return whole(x, op) }, exactBound, func(rng *rand.Rand) uint32 {
			return pick(rng, anyFloat(rng), bits32(float32(rng.Intn(40)-20)/2))
		}}
	case program.OpRelu:
		return function{nil, func(x *big.Float) *big.Float { return clip(x, bf(0), pow2(200)) }, exactBound, anyFloat}
	case program.OpClip:
		lo, hi := ordinary(rng), ordinary(rng)
		if less(hi, lo) {
			lo, hi = hi, lo
		}
		return function{[]program.Attribute{attrFloats(program.MaxLimit, hi), attrFloats(program.MinLimit, lo)}, func(x *big.Float) *big.Float { return clip(x, value(lo), value(hi)) }, exactBound, anyFloat}
	case program.OpLeakyRelu:
		alpha := ordinary(rng)
		leak := func(x *big.Float) *big.Float {
			if x.Sign() < 0 {
				return bmul(x, value(alpha))
			}
			return x
		}
		return function{[]program.Attribute{attrFloats(program.Alpha, alpha)}, leak, func(x, ref *big.Float) *big.Float {
			if x.Sign() < 0 {
				return onceBound(x, ref)
			}
			return bf(0)
		}, anything}
	case program.OpHardSigmoid:
		alpha, beta := ordinary(rng), ordinary(rng)
		line := func(x *big.Float) *big.Float { return bmul(value(alpha), x) }
		return function{[]program.Attribute{attrFloats(program.Alpha, alpha), attrFloats(program.Beta, beta)},
			func(x *big.Float) *big.Float { return clip(badd(line(x), value(beta)), bf(0), bf(1)) },
			func(x, _ *big.Float) *big.Float {
				return badd(bmul(bgamma(2), badd(babs(line(x)), babs(value(beta)))), bmul(bf(3), pow2(-126)))
			}, within(0x1p100, false)}
	}
	return function{nil, func(x *big.Float) *big.Float { return bquo(bmul(x, clip(badd(x, bf(3)), bf(0), bf(6))), bf(6)) }, hardSwishBound, anything}
}

func hardSwishBound(x, _ *big.Float) *big.Float {
	size := bquo(bmul(babs(x), badd(babs(x), bf(3))), bf(6))
	if x.Cmp(bf(-4)) < 0 {
		size = bf(0)
	} else if x.Cmp(bf(4)) > 0 {
		size = babs(x)
	}
	return badd(bmul(bgamma(5), size), bmul(bf(4), pow2(-126)))
}

func bnewSqrt(x *big.Float) *big.Float { return bnew().Sqrt(x) }

func powOf(rng *rand.Rand) function {
	one := bf(1)
	f := pick(rng,
		function{[]program.Attribute{attrFloats(program.Exponent, program.PowSquare)}, func(x *big.Float) *big.Float { return bmul(x, x) }, rootBound, nonzero},
		function{[]program.Attribute{attrFloats(program.Exponent, program.PowCube)}, func(x *big.Float) *big.Float { return bmul(bmul(x, x), x) }, rootBound, nonzero},
		function{[]program.Attribute{attrFloats(program.Exponent, program.PowRoot)}, bnewSqrt, rootBound, within(0x1p127, true)},
		function{[]program.Attribute{attrFloats(program.Exponent, program.PowReciprocal)}, func(x *big.Float) *big.Float { return bquo(one, x) }, rootBound, nonzero},
		function{[]program.Attribute{attrFloats(program.Exponent, program.PowRootOfReciprocal)}, func(x *big.Float) *big.Float { return bquo(one, bnewSqrt(x)) }, rootBound, within(0x1p127, true)})
	return f
}

// functionOf judges one node of an operator of one float32 operand.
func functionOf(op uint32) func(*testing.T, *rand.Rand, int) {
	return func(t *testing.T, rng *rand.Rand, _ int) {
		t.Helper()
		f := functionNamed(rng, op)
		dims := pick(rng, []uint64{}, []uint64{3}, []uint64{2, 3}, []uint64{1, 2, 3})
		x := floats(rng, f.draw, dims...)
		c := nodeCase{op: op, attributes: f.attributes, inputs: []operand{x}, out: dims, reference: func(at []uint64) (*big.Float, *big.Float) {
			v := value(x.word(at))
			ref := f.exact(v)
			return ref, f.bound(v, ref)
		}}
		c.run(t, rng)
	}
}

// oneCast judges conversions whose result is one number: integers to integers, and numbers to float32 by rounding once.
func oneCast(t *testing.T, rng *rand.Rand) {
	t.Helper()
	all := []program.Dtype{program.Int8, program.Uint8, program.Int32, program.Int64}
	from, to := pick(rng, all...), pick(rng, all...)
	_, _, dims := shapes(rng)
	x := wholes(rng, from, dims...)
	if from != to {
		wantInteger(t, rng, nodeCase{op: program.OpCast, inputs: []operand{x}, out: dims, dtype: to}, func(e uint64, _ []uint64) uint64 { return wrap(to, bigOf(from, x.elements[e])) })
	}
	c := nodeCase{op: program.OpCast, inputs: []operand{x}, out: dims, reference: func(at []uint64) (*big.Float, *big.Float) {
		rounded, _ := bnew().SetInt(bigOf(from, x.elements[x.index(at)])).Float32()
		return value(bits32(rounded)), bf(0)
	}}
	c.run(t, rng)
	y := floats(rng, within(100, false), dims...)
	wantInteger(t, rng, nodeCase{op: program.OpCast, inputs: []operand{y}, out: dims, dtype: program.Int32}, func(e uint64, _ []uint64) uint64 {
		z, _ := value(uint32(y.elements[e])).Int(nil) // towards zero
		return wrap(program.Int32, z)
	})
}

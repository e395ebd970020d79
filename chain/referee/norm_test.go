package referee

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestBatchNorm probes γ_6·((|x|+|μ|)·|k| + |b|) + (|x|+|μ|+4)·η.
func TestBatchNorm(t *testing.T) {
	rng := seeded(t, 30)
	for range 40 {
		oneBatchNorm(t, rng)
	}
}

// oneBatchNorm judges one random BatchNormalization.
func oneBatchNorm(t *testing.T, rng *rand.Rand) {
	t.Helper()
	ch := uint64(1 + rng.Intn(4))
	draw := draws(rng)
	x, s, b, mu, v := floats(rng, draw, 1, ch, uint64(1+rng.Intn(4)), 3), floats(rng, ordinary, ch), floats(rng, draw, ch), floats(rng, draw, ch), floats(rng, ordinary, ch)
	for i := range v.elements {
		v.elements[i] &^= 1 << 31
	}
	const epsilon = 0x3727c5ac
	c := nodeCase{op: program.OpBatchNormalization, inputs: []operand{x, s, b, mu, v}, out: x.t.Dims, attributes: []program.Attribute{attrFloats(program.Epsilon, epsilon)},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			i := int64(at[1])
			k := bquo(s.get(i), bnew().Sqrt(badd(v.get(i), value(epsilon))))
			X := x.get(int64(at[0]), i, int64(at[2]), int64(at[3]))
			span := badd(babs(X), babs(mu.get(i)))
			bound := bmul(bgamma(6), badd(bmul(span, babs(k)), babs(b.get(i))))
			return badd(bmul(bsub(X, mu.get(i)), k), b.get(i)), badd(bound, bmul(badd(span, bf(4)), pow2(-126)))
		}}
	c.run(t, rng)
}

func TestBatchNormSpecial(t *testing.T) {
	one := uint32(floatOne)
	for i, c := range []struct {
		x, s, b, mu, v uint32
		y              uint32
		fault          bool
		cause          Cause
	}{
		{floatNaN, one, 0, 0, one, floatNaN, false, Decided}, {floatNaN, one, 0, 0, one, one, true, Decided},
		{one, one, 0, 0, bits32(-1), floatNaN, false, Decided}, {one, one, 0, 0, bits32(-1), one, true, Decided},
		{one, one, 0, 0, bits32(-0x1p-10), bits32(5), false, DivisorHoldsZero},
		{floatInf, one, 0, 0, one, floatInf, false, Decided}, {floatInf, one, 0, 0, one, one, true, Decided},
		{one, one, 0, 0, floatInf, 0, false, Unbounded}, {one, one, 0, 0, floatNaN, floatNaN, false, Decided},
	} {
		operands := []operand{}
		for k, v := range []uint32{c.x, c.s, c.b, c.mu, c.v} {
			o := operand{t: program.Tensor{Dtype: program.Float32, Dims: []uint64{1}}, elements: []uint64{uint64(v)}}
			if k == 0 {
				o.t.Dims = []uint64{1, 1}
			}
			operands = append(operands, o)
		}
		nc := nodeCase{op: program.OpBatchNormalization, inputs: operands, out: []uint64{1, 1}, attributes: []program.Attribute{attrFloats(program.Epsilon, bits32(0x1p-10))}}
		m := nc.build(t, seeded(t, 1), []uint64{uint64(c.y)})
		if o := m.judgeOf(t, &defaults).judge(0, []uint64{0, 0}, uint64(c.y), nil); o.fault != c.fault || o.cause != c.cause {
			t.Errorf("case %d: %+v", i, o)
		}
	}
}

// TestSoftmax probes p·r/(1-r) + 2^-126 along every axis, with masks.
func TestSoftmax(t *testing.T) {
	rng := seeded(t, 31)
	for i := range 30 {
		oneSoftmax(t, rng, i)
	}
}

// oneSoftmax judges one random Softmax of the i-th kind: plain, wide, masked.
func oneSoftmax(t *testing.T, rng *rand.Rand, i int) {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(3)), uint64(1 + rng.Intn(12)), uint64(1 + rng.Intn(4))}
	x := floats(rng, ordinary, dims...)
	for k := range x.elements {
		switch {
		case i%3 == 1 && rng.Intn(3) == 0:
			x.elements[k] = uint64(bits32(float32(rng.NormFloat64() * 60)))
		case i%3 == 2 && rng.Intn(4) == 0:
			x.elements[k] = negativeInf
		}
	}
	axis := rng.Intn(3)
	if i%3 == 2 { // no row may be masked whole
		for k := range x.elements[:] {
			if at := x.t.Coordinates(uint64(k)); at[axis] == 0 {
				x.elements[k] = uint64(ordinary(rng))
			}
		}
	}
	c := nodeCase{op: program.OpSoftmax, inputs: []operand{x}, out: dims, attributes: []program.Attribute{attrInts(program.Axis, int64(axis))},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			in := []int64{int64(at[0]), int64(at[1]), int64(at[2])}
			bits := func() uint32 {
				t := x.t
				t.Layout = program.Row
				return uint32(x.elements[t.Index([]uint64{uint64(in[0]), uint64(in[1]), uint64(in[2])})])
			}
			mine := bits()
			m := bf(-1e38)
			for in[axis] = 0; in[axis] < int64(dims[axis]); in[axis]++ {
				if b := bits(); b != negativeInf && value(b).Cmp(m) > 0 {
					m = value(b)
				}
			}
			z, d := bf(0), bf(0)
			for in[axis] = 0; in[axis] < int64(dims[axis]); in[axis]++ {
				if b := bits(); b != negativeInf {
					e := bexp(bsub(value(b), m))
					z, d = badd(z, e), badd(d, bmul(e, babs(bsub(value(b), m))))
				}
			}
			if mine == negativeInf {
				return bf(0), pow2(-126)
			}
			p := bquo(bexp(bsub(value(mine), m)), z)
			r := bmul(pow2(-24), badd(badd(babs(bsub(value(mine), m)), bquo(d, z)), bf(4*2+3)))
			r = badd(r, bgamma(int(dims[axis])))
			return p, badd(bmul(p, bquo(r, bsub(bf(1), r))), pow2(-126))
		}}
	c.run(t, rng)
}

// TestSoftmaxUndecided: the causes, and that undecided elements must still lie in [0, 1].
func TestSoftmaxUndecided(t *testing.T) {
	one := uint32(floatOne)
	huge := bits32(1e30)
	axis := attrInts(program.Axis, 1)
	for i, c := range []struct {
		row   []uint32
		y     uint32
		fault bool
		cause Cause
	}{
		{[]uint32{floatNaN, one}, floatNaN, false, Decided}, {[]uint32{floatNaN, one}, one, false, NaNCompared}, {[]uint32{floatNaN, one}, 0x40000000, true, NaNCompared},
		{[]uint32{floatInf, one}, floatNaN, false, Decided}, {[]uint32{floatInf, one}, bits32(-0.5), true, NaNCompared},
		{[]uint32{negativeInf, negativeInf}, floatNaN, false, Decided}, {[]uint32{negativeInf, negativeInf}, bits32(0.5), false, AllMasked},
		{[]uint32{negativeInf, negativeInf}, bits32(1.5), true, AllMasked},
		{[]uint32{bits32(-1e30), huge}, 0, false, Decided}, {[]uint32{bits32(-1e30), huge}, 0x03000000, true, Decided}, {[]uint32{bits32(-1e30), huge}, floatNaN, true, Decided},
		{[]uint32{lowest, one}, 0, false, Decided}, {[]uint32{one, lowest}, one, false, Decided}, {[]uint32{one, lowest, one}, one, true, Decided},
	} {
		j := rowJudge(t, program.OpSoftmax, program.Float32, []uint64{1, uint64(len(c.row))}, c.row, axis)
		if o := j.judge(0, []uint64{0, 0}, uint64(c.y), nil); o.fault != c.fault || o.cause != c.cause {
			t.Errorf("case %d: %+v", i, o)
		}
	}
}

// TestSoftmaxWide: errors of a half and more say nothing, but the range stays.
func TestSoftmaxWide(t *testing.T) {
	row := softmaxRow{n: 2, max: ballOne, z: ballOne, shared: mag(1, -1)}
	for y, fault := range map[uint32]bool{0: false, floatOne: false, 0x40000000: true, floatNaN: true, bits32(-0.5): true} {
		if o := row.judge(y, floatOne, nil); o.fault != fault || o.cause != WideErrors {
			t.Errorf("%08x: %+v", y, o)
		}
	}
}

// TestUnbounded: an enclosure that says nothing acquits and says so.
func TestUnbounded(t *testing.T) {
	if o := judgeBall(floatOne, nothing(), Mag{}, Mag{}, nil); o.fault || o.cause != Unbounded {
		t.Errorf("%+v", o)
	}
	if o := judgeBall(floatOne, ballOne, unbounded, Mag{}, nil); o.fault || o.cause != Unbounded {
		t.Errorf("%+v", o)
	}
	for _, b := range []Ball{ballOne.quo(Ball{}), ballOne.quo(Ball{m: 1 << 63, e: -63, rad: mag(1, 0)}), ballOne.minus().sqrt(), ballOne.minus().log(), (Ball{rad: mag(1, 0)}).exp()} {
		if !b.rad.infinite() {
			t.Errorf("%+v knows something", b)
		}
	}
}

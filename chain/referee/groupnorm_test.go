package referee

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

const epsilon5 = 0x3727c5ac // 1e-5

// groupReference is the formula of judge_groupnorm.go in 500 bits, with the variance taken in two passes. wide: undecided.
func groupReference(values []uint32, x, g, b, epsilon uint32) (ref, bound *big.Float, wide bool) {
	n, eta, u := len(values), pow2(-126), pow2(-24)
	sum, abs := bf(0), bf(0)
	for _, v := range values {
		sum, abs = badd(sum, value(v)), badd(abs, babs(value(v)))
	}
	count := bf(float64(n))
	mu, mean := bquo(sum, count), bquo(abs, count)
	v := bf(0)
	for _, x := range values {
		d := bsub(value(x), mu)
		v = badd(v, bmul(d, d))
	}
	v = bquo(v, count)
	w := badd(v, value(epsilon))
	sigma := bnew().Sqrt(w)
	e := badd(bmul(bgamma(n+1), mean), bmul(bf(5), eta))
	near := badd(babs(mu), e)
	E := bmul(bgamma(n+4), badd(v, bmul(mu, mu)))
	E = badd(E, bmul(badd(bmul(bf(2), babs(mu)), e), e))
	E = badd(E, bmul(bgamma(4), bmul(near, near)))
	E = badd(E, bmul(bmul(bf(8), badd(bf(1), mean)), eta))
	E = bmul(E, badd(bf(1), bgamma(n+5)))
	t := badd(bquo(E, w), u)
	if t.Cmp(bf(0.5)) >= 0 {
		return nil, nil, true
	}
	over := func(r *big.Float) *big.Float { return bquo(r, bsub(bf(1), r)) }
	kappa := over(badd(bquo(over(t), bf(2)), bmul(bf(float64(2*defaults.Roots+2)), u)))
	k := bquo(value(g), sigma)
	most := bmul(babs(k), badd(bf(1), kappa))
	d := bsub(value(x), mu)
	span := badd(badd(babs(value(x)), babs(mu)), e)
	bound = badd(bmul(bmul(babs(k), kappa), babs(d)), bmul(most, e))
	bound = badd(bound, bmul(bgamma(4), badd(bmul(span, most), babs(value(b)))))
	normal := bmul(bf(2), bquo(span, sigma))
	factors := badd(badd(badd(span, babs(value(g))), badd(most, normal)), bf(8))
	return badd(bmul(k, d), value(b)), badd(bound, bmul(bmul(bf(2), factors), eta)), false
}

// groupRows draws groups: ordinary, far from zero, constant, of tiny and of huge numbers, and with single outliers.
func groupRow(rng *rand.Rand, n int) []uint32 {
	scale, offset := math.Exp(rng.NormFloat64()*3), 0.0
	kind := rng.Intn(6)
	switch kind {
	case 1:
		offset = scale * math.Exp(rng.Float64()*9)
	case 3:
		scale *= 1e-19
	case 4:
		scale *= 1e12
	}
	row := make([]uint32, n)
	for i := range row {
		row[i] = bits32(float32(offset + scale*rng.NormFloat64()))
		if kind == 2 {
			row[i] = row[0]
		}
	}
	if kind == 5 {
		row[rng.Intn(n)] = bits32(float32(scale * 1e4))
	}
	if rng.Intn(3) == 0 {
		row[rng.Intn(n)] = adversarial[rng.Intn(16)] &^ 0x40000000 // a zero, a subnormal, or below two
	}
	return row
}

// TestGroupNorm probes both operators around the bound: any axis, with and without bias, every layout.
func TestGroupNorm(t *testing.T) {
	rng := seeded(t, 40)
	wide := 0
	for i := range 120 {
		if !oneGroupNorm(t, rng, i) {
			wide++
		}
	}
	t.Log(wide, "of 120 cases are undecided")
	if wide > 60 {
		t.Error("too few cases are decided to mean anything")
	}
}

// oneGroupNorm judges one random InstanceNormalization (i divisible by 3) or LayerNormalization; false: it is undecided.
func oneGroupNorm(t *testing.T, rng *rand.Rand, i int) bool {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(2)), uint64(1 + rng.Intn(3)), uint64(1 + rng.Intn(5)), uint64(1 + rng.Intn(4))}
	axis, channel := 2, i%3 == 0
	if !channel {
		axis = rng.Intn(4)
	}
	size := uint64(1)
	for _, d := range dims[axis:] {
		size *= d
	}
	x := floats(rng, ordinary, dims...)
	for from := uint64(0); from < uint64(len(x.elements)); from += size {
		for k, v := range groupRow(rng, int(size)) {
			x.elements[from+uint64(k)] = uint64(v)
		}
	}
	c := nodeCase{op: program.OpLayerNormalization, out: dims, attributes: []program.Attribute{attrInts(program.Axis, int64(axis)), attrFloats(program.Epsilon, epsilon5)}}
	params := dims[axis:]
	if channel {
		c.op, params, c.attributes = program.OpInstanceNormalization, dims[1:2], c.attributes[1:]
	}
	g, b := floats(rng, tame, params...), floats(rng, draws(rng), params...)
	c.inputs = []operand{x, g, b}
	if !channel && i%3 == 1 {
		c.inputs = c.inputs[:2]
	}
	at := func(p []uint64) (row []uint32, own, scale, bias uint32) {
		shape := program.Tensor{Dtype: program.Float32, Dims: dims}
		e := shape.Index(p)
		from := e / size * size
		for _, v := range x.elements[from : from+size] {
			row = append(row, uint32(v))
		}
		param := e % size
		if channel {
			param = p[1]
		}
		if len(c.inputs) == 3 {
			bias = uint32(b.elements[param])
		}
		return row, uint32(x.elements[e]), uint32(g.elements[param]), bias
	}
	undecidable := false
	shape := program.Tensor{Dtype: program.Float32, Dims: dims}
	for e := range shape.Elements() {
		row, own, scale, bias := at(shape.Coordinates(e))
		_, _, w := groupReference(row, own, scale, bias, epsilon5)
		undecidable = undecidable || w
	}
	if undecidable {
		return false
	}
	c.reference = func(p []uint64) (*big.Float, *big.Float) {
		row, own, scale, bias := at(p)
		ref, bound, _ := groupReference(row, own, scale, bias, epsilon5)
		return ref, bound
	}
	c.run(t, rng)
	return true
}

// TestGroupNormSpecial: what may come out of irregular groups, infinite parameters, overflowing squares and lost variances.
func TestGroupNormSpecial(t *testing.T) {
	one, two := uint32(floatOne), bits32(2)
	ordinaryRow := []uint32{one, two, bits32(-1), bits32(0.5)}
	far := []uint32{bits32(1e6), bits32(1e6 + 1), bits32(1e6 - 1), bits32(1e6)}
	lost := []uint32{bits32(1e6 + 1500), bits32(1e6 - 500), bits32(1e6 - 500), bits32(1e6 - 500)} // σ = 866
	huge := []uint32{bits32(1e25), one, two, 0}
	for i, c := range []struct {
		row     []uint32
		g, b, y uint32
		fault   bool
		cause   Cause
	}{
		{ordinaryRow, floatNaN, 0, floatNaN, false, Decided}, {ordinaryRow, floatNaN, 0, one, true, Decided},
		{ordinaryRow, one, floatNaN, floatNaN, false, Decided}, {ordinaryRow, one, floatNaN, floatInf, true, Decided},
		{ordinaryRow, floatInf, 0, floatInf, false, Decided}, {ordinaryRow, floatInf, 0, one, true, Decided},
		{ordinaryRow, one, negativeInf, negativeInf, false, Decided}, {ordinaryRow, one, negativeInf, 0, true, Decided},
		{ordinaryRow, one, 0, floatNaN, true, Decided}, {ordinaryRow, one, 0, floatInf, true, Decided},
		{[]uint32{one, floatNaN}, one, 0, floatNaN, false, Decided}, {[]uint32{one, floatNaN}, one, 0, 0, true, Decided},
		{[]uint32{one, floatInf}, one, 0, floatNaN, false, Decided}, {[]uint32{one, negativeInf}, one, 0, one, true, Decided},
		{huge, one, two, floatNaN, false, Decided}, {huge, one, two, two, false, Decided}, {huge, one, two, bits32(7), true, Decided},
		{huge, one, 0, 1 << 31, false, Decided},
		{far, one, 0, one, false, WideErrors}, {far, one, 0, floatNaN, false, WideErrors},
		{lost, one, 0, bits32(1.73), false, WideErrors}, {lost, one, 0, bits32(1e9), false, WideErrors}, {lost, one, 0, floatInf, false, WideErrors},
		{lost, one, 0, 0, true, WideErrors}, {lost, one, 0, bits32(0.9), true, WideErrors}, {lost, one, 0, bits32(-1.73), true, WideErrors},
		{lost, bits32(-2), one, bits32(-2.5), false, WideErrors}, {lost, bits32(-2), one, one, true, WideErrors}, {lost, bits32(-2), one, bits32(3), true, WideErrors},
		{lost, 0, one, one, false, WideErrors},
		{[]uint32{two, two, two}, one, two, two, false, Decided}, {[]uint32{two, two, two}, one, two, bits32(3), true, Decided},
		{[]uint32{0, 1 << 31, 0}, one, 0, 0, false, Decided}, {[]uint32{0, 1 << 31, 0}, one, 0, bits32(1e-30), true, Decided},
	} {
		m := newMoments(c.row, epsilon5, &defaults)
		for _, d := range []*detail{nil, {}} {
			if o := m.judge(&defaults, c.y, c.row[0], c.g, c.b, d); o.fault != c.fault || o.cause != c.cause {
				t.Errorf("case %d: %+v", i, o)
			}
		}
	}
	// An epsilon that no float can be told from zero: undecided, and nothing panics.
	if m := newMoments([]uint32{1, 2, 3}, 0x00800000, &defaults); !m.wide {
		t.Error("a variance below every normal number is decided")
	}
}

// TestGroupNormRecords: shapes that the chain refuses.
func TestGroupNormRecords(t *testing.T) {
	axis, epsilon := func(a int64) program.Attribute { return attrInts(program.Axis, a) }, attrFloats(program.Epsilon, epsilon5)
	f := func(dims ...uint64) program.Tensor { return program.Tensor{Dtype: program.Float32, Dims: dims} }
	big := f(1, 1, 300, 300)
	for i, c := range []struct {
		op         uint32
		attributes []program.Attribute
		inputs     []program.Tensor
		out        program.Tensor
		ok         bool
	}{
		{program.OpLayerNormalization, []program.Attribute{axis(1), epsilon}, []program.Tensor{f(2, 3), f(3), f(3)}, f(2, 3), true},
		{program.OpLayerNormalization, []program.Attribute{axis(0), epsilon}, []program.Tensor{f(2, 3), f(2, 3)}, f(2, 3), true},
		{program.OpLayerNormalization, []program.Attribute{axis(2), epsilon}, []program.Tensor{f(2, 3), f(3)}, f(2, 3), false},
		{program.OpLayerNormalization, []program.Attribute{axis(1), epsilon}, []program.Tensor{f(2, 3), f(1)}, f(2, 3), false},
		{program.OpLayerNormalization, []program.Attribute{axis(1), epsilon}, []program.Tensor{f(2, 3), f(3), f(2)}, f(2, 3), false},
		{program.OpLayerNormalization, []program.Attribute{axis(1), epsilon}, []program.Tensor{f(2, 3), f(3)}, f(3, 2), false},
		{program.OpInstanceNormalization, []program.Attribute{epsilon}, []program.Tensor{f(2, 3, 4), f(3), f(3)}, f(2, 3, 4), true},
		{program.OpInstanceNormalization, []program.Attribute{epsilon}, []program.Tensor{f(2, 3), f(3), f(3)}, f(2, 3), false},
		{program.OpInstanceNormalization, []program.Attribute{epsilon}, []program.Tensor{f(2, 3, 4), f(3), f(4)}, f(2, 3, 4), false},
		{program.OpInstanceNormalization, []program.Attribute{epsilon}, []program.Tensor{big, f(1), f(1)}, big, false}, // its proof does not fit
		{program.OpGelu, []program.Attribute{attrInts(program.Approximate, 1)}, []program.Tensor{f(2)}, f(2), true},
		{program.OpGelu, []program.Attribute{attrInts(program.Approximate, 2)}, []program.Tensor{f(2)}, f(2), false},
	} {
		n := program.Node{Op: c.op, Attributes: c.attributes, Outputs: []program.Tensor{c.out}}
		var p program.Program
		for k, in := range c.inputs {
			n.Inputs = append(n.Inputs, program.Operand{Kind: program.Weight, Index: uint32(k), Type: in, Typed: true})
			p.Header.Weights = append(p.Header.Weights, in)
		}
		p.Nodes = []program.Node{n}
		p.Header.Version, p.Header.Nodes, p.Header.Values = program.Version, 1, 1
		p.Header.Outputs = []program.Operand{{Kind: program.Value, Type: c.out, Typed: true}}
		if _, err := program.Validate(p.Encode()); (err == nil) != c.ok {
			t.Errorf("case %d (%s): %v", i, program.Name(c.op), fmt.Sprint(err))
		}
	}
}

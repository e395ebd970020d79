package referee

import (
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// logSoftmaxReference is the formula of judge_logsoftmax.go in 500 bits.
func logSoftmaxReference(row []uint32, x uint32) (ref, bound *big.Float) {
	u := pow2(-24)
	m := value(row[0])
	for _, v := range row {
		if v != negativeInf && (row[0] == negativeInf || value(v).Cmp(m) > 0) {
			m = value(v)
		}
	}
	z, d := bf(0), bf(0)
	for _, v := range row {
		if v != negativeInf {
			t := bsub(value(v), m)
			e := bf(0) // far below everything that counts
			if t.Cmp(bf(-1e4)) > 0 {
				e = bexp(t)
			}
			z, d = badd(z, e), badd(d, bmul(e, babs(t)))
		}
	}
	r := badd(bmul(u, badd(bquo(d, z), bf(float64(4*defaults.Exp.Ulps+3)))), bgamma(len(row)))
	g := bquo(r, bsub(bf(1), r))
	l, t := blog(z), bsub(value(x), m)
	ref = bsub(t, l)
	e := badd(badd(bmul(u, babs(t)), g), badd(bmul(bmul(bf(float64(defaults.Log.Ulps)), pow2(-23)), badd(babs(l), g)), pow2(-126)))
	return ref, badd(badd(e, bmul(u, badd(babs(ref), e))), bmul(bf(3), pow2(-126)))
}

// TestLogSoftmax probes the bound along every axis, with masks, far rows and wide ones.
func TestLogSoftmax(t *testing.T) {
	rng := seeded(t, 45)
	for i := range 30 {
		oneLogSoftmax(t, rng, i)
	}
}

// oneLogSoftmax judges one random LogSoftmax of the i-th kind: plain, wide, far from zero, with very low numbers.
func oneLogSoftmax(t *testing.T, rng *rand.Rand, i int) {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(3)), uint64(1 + rng.Intn(12)), uint64(1 + rng.Intn(4))}
	axis := rng.Intn(3)
	x := floats(rng, ordinary, dims...)
	for k := range x.elements {
		switch {
		case i%4 == 1 && rng.Intn(3) == 0:
			x.elements[k] = uint64(bits32(float32(rng.NormFloat64() * 60)))
		case i%4 == 2:
			x.elements[k] = uint64(bits32(float32(1000 + rng.NormFloat64())))
		case i%4 == 3 && rng.Intn(4) == 0:
			x.elements[k] = uint64(bits32(-3e38))
		}
	}
	c := nodeCase{op: program.OpLogSoftmax, inputs: []operand{x}, out: dims, attributes: []program.Attribute{attrInts(program.Axis, int64(axis))},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			shape := program.Tensor{Dtype: program.Float32, Dims: dims}
			p := append([]uint64(nil), at...)
			var row []uint32
			for p[axis] = 0; p[axis] < dims[axis]; p[axis]++ {
				row = append(row, uint32(x.elements[shape.Index(p)]))
			}
			return logSoftmaxReference(row, row[at[axis]])
		}}
	c.run(t, rng)
}

// TestLogSoftmaxKernels: (x-m) - log Z in float32, summed in any order, is never convicted.
func TestLogSoftmaxKernels(t *testing.T) {
	rng := seeded(t, 46)
	worst := uint64(0)
	for range 300 {
		n := 1 + rng.Intn(1000)
		scale, offset := math.Exp(rng.NormFloat64()*2), rng.NormFloat64()*math.Exp(rng.Float64()*10)
		row := make([]uint32, n)
		m := float32(math.Inf(-1))
		for i := range row {
			row[i] = bits32(float32(offset + scale*rng.NormFloat64()))
			m = max(m, f32(row[i]))
		}
		z := float32(0)
		for _, i := range rng.Perm(n) {
			z += float32(math.Exp(float64(f32(row[i]) - m)))
		}
		s := newSoftmaxRow(row, &defaults)
		l := s.z.log()
		for _, x := range row {
			d := f32(x) - m
			y := bits32(d - float32(math.Log(float64(z))))
			o := s.judgeLog(&defaults, y, x, l, nil)
			if o.fault || o.cause != Decided {
				t.Fatalf("%v of a row of %d: %+v", f32(y), n, o)
			}
			worst = max(worst, o.ratio)
		}
	}
	t.Logf("worst ratio %.3f", float64(worst)/(1<<20))
}

// TestLogSoftmaxSpecial: masks are exact, the causes of undecided elements, and their range.
func TestLogSoftmaxSpecial(t *testing.T) {
	one := uint32(floatOne)
	for i, c := range []struct {
		row   []uint32
		y     uint32
		fault bool
		cause Cause
	}{
		{[]uint32{negativeInf, one}, negativeInf, false, Decided}, {[]uint32{negativeInf, one}, lowest, true, Decided}, {[]uint32{negativeInf, one}, floatNaN, true, Decided},
		{[]uint32{floatNaN, one}, floatNaN, false, Decided}, {[]uint32{floatNaN, one}, bits32(-1), false, NaNCompared}, {[]uint32{floatNaN, one}, one, true, NaNCompared},
		{[]uint32{floatInf, one}, negativeInf, false, NaNCompared}, {[]uint32{floatInf, one}, floatInf, true, NaNCompared},
		{[]uint32{negativeInf, negativeInf}, negativeInf, false, AllMasked}, {[]uint32{negativeInf, negativeInf}, floatNaN, false, Decided},
		{[]uint32{negativeInf, negativeInf}, bits32(0.1), true, AllMasked},
		{[]uint32{lowest, floatMax}, negativeInf, false, Decided}, {[]uint32{bits32(-1e30), bits32(1e30)}, bits32(-2e30), false, Decided},
		{[]uint32{bits32(-1e30), bits32(1e30)}, bits32(-2.001e30), true, Decided}, {[]uint32{one}, 0, false, Decided}, {[]uint32{one}, bits32(-1e-5), true, Decided},
		{[]uint32{one, one}, floatNaN, true, Decided}, {[]uint32{one, one}, negativeInf, true, Decided},
	} {
		j := rowJudge(t, program.OpLogSoftmax, program.Float32, []uint64{1, uint64(len(c.row))}, c.row, attrInts(program.Axis, 1))
		for _, d := range []*detail{nil, {}} {
			if o := j.judge(0, []uint64{0, 0}, uint64(c.y), d); o.fault != c.fault || o.cause != c.cause {
				t.Errorf("case %d: %+v", i, o)
			}
		}
	}
	wide := softmaxRow{n: 2, max: ballOne, shared: mag(1, -1)}
	if o := wide.judgeLog(&defaults, bits32(-1), one, Ball{}, nil); o.fault || o.cause != WideErrors {
		t.Errorf("%+v", o)
	}
	if o := wide.judgeLog(&defaults, one, one, Ball{}, nil); !o.fault || o.cause != WideErrors {
		t.Errorf("%+v", o)
	}
}

// TestRowOrder: the scanner visits the elements of a row, or of a group, one after the other, whatever the layout.
func TestRowOrder(t *testing.T) {
	rng := rand.New(rand.NewSource(47))
	for _, c := range []struct {
		op         uint32
		attributes []program.Attribute
		params     []uint64
		row        int
	}{
		{program.OpLogSoftmax, []program.Attribute{attrInts(program.Axis, 1)}, nil, 3},
		{program.OpLayerNormalization, []program.Attribute{attrInts(program.Axis, 1), attrFloats(program.Epsilon, epsilon5)}, []uint64{3, 4, 5}, 60},
		{program.OpInstanceNormalization, []program.Attribute{attrFloats(program.Epsilon, epsilon5)}, []uint64{3}, 20},
	} {
		x := floats(rng, ordinary, 2, 3, 4, 5)
		inputs := []operand{x}
		if c.params != nil {
			inputs = append(inputs, floats(rng, ordinary, c.params...), floats(rng, ordinary, c.params...))
		}
		n := nodeCase{op: c.op, attributes: c.attributes, inputs: inputs, out: x.t.Dims}
		m := n.build(t, rng, make([]uint64, 120))
		operands := make([][]byte, len(inputs))
		for k := range inputs {
			operands[k] = m.data[program.Weight][k]
		}
		s, err := NewScanner(&m.p.Nodes[0], operands, &defaults)
		if err != nil {
			t.Fatal(err)
		}
		inner := 1
		for k := len(s.order[0]) - 1; inner < c.row; k-- {
			inner *= int(x.t.Dims[s.order[0][k]])
		}
		if inner != c.row {
			t.Errorf("%s: the innermost axes span %d elements, a row has %d", program.Name(c.op), inner, c.row)
		}
		if tally := s.Range(0, m.data[program.Value][0], 0, 120, false); tally.Elements != 120 {
			t.Errorf("%d elements were visited", tally.Elements)
		}
	}
}

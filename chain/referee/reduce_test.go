package referee

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// box calls f for every coordinate list below the extents.
func everyIndex(dims []uint64, f func(at []int64)) {
	at := make([]int64, len(dims))
	var walk func(k int)
	walk = func(k int) {
		if k == len(dims) {
			f(at)
			return
		}
		for at[k] = 0; at[k] < int64(dims[k]); at[k]++ {
			walk(k + 1)
		}
	}
	walk(0)
}

// TestReductions compares ReduceSum and ReduceMean over random axes.
func TestReductions(t *testing.T) {
	rng := seeded(t, 20)
	for range 60 {
		oneReduction(t, rng)
	}
}

// oneReduction judges one random ReduceSum and ReduceMean.
func oneReduction(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(4)), uint64(1 + rng.Intn(5)), uint64(1 + rng.Intn(6))}
	x := floats(rng, draws(rng), dims...)
	var axes []int64
	for i := range dims {
		if rng.Intn(2) == 0 {
			axes = append(axes, int64(i))
		}
	}
	if len(axes) == 0 {
		axes = []int64{2}
	}
	keep := int64(rng.Intn(2))
	reduced := func(i int) bool {
		for _, a := range axes {
			if int(a) == i {
				return true
			}
		}
		return false
	}
	var out []uint64
	n := 1
	for i, d := range dims {
		switch {
		case !reduced(i):
			out = append(out, d)
		case keep == 1:
			out = append(out, 1)
		}
		if reduced(i) {
			n *= int(d)
		}
	}
	for _, op := range []uint32{program.OpReduceSum, program.OpReduceMean} {
		c := nodeCase{op: op, inputs: []operand{x}, out: out, attributes: []program.Attribute{attrInts(program.Axes, axes...), attrInts(program.Keepdims, keep)},
			reference: func(at []uint64) (*big.Float, *big.Float) {
				total := newTotal()
				everyIndex(dims, func(in []int64) {
					j := 0
					for i := range dims {
						if reduced(i) {
							if keep == 1 {
								j++
							}
							continue
						}
						if in[i] != int64(at[j]) {
							return
						}
						j++
					}
					total.add(x.get(in...))
				})
				if op == program.OpReduceSum {
					return total.s, contractionBound(n, total.a)
				}
				d := bf(float64(n))
				return bquo(total.s, d), badd(bquo(bmul(bgamma(n+1), total.a), d), bquo(bmul(bf(float64(n+2)), pow2(-126)), bf(1)))
			}}
		c.run(t, rng)
	}
}

// pooled lists the window of one output of a pool.
func pooled(x *operand, at []uint64, kernel, pads, strides, dilations []int64) (values []*big.Float) {
	for ky := range kernel[0] {
		for kx := range kernel[1] {
			iy, ix := int64(at[2])*strides[0]-pads[0]+ky*dilations[0], int64(at[3])*strides[1]-pads[1]+kx*dilations[1]
			if iy >= 0 && ix >= 0 && iy < int64(x.t.Dims[2]) && ix < int64(x.t.Dims[3]) {
				values = append(values, x.get(int64(at[0]), int64(at[1]), iy, ix))
			}
		}
	}
	return values
}

// TestPools compares AveragePool (both divisors), GlobalAveragePool, MaxPool and GlobalMaxPool.
func TestPools(t *testing.T) {
	rng := seeded(t, 21)
	for range 60 {
		onePool(t, rng)
	}
}

// onePool judges one random pool of a window, and both global pools.
func onePool(t *testing.T, rng *rand.Rand) {
	t.Helper()
	h, w := uint64(3+rng.Intn(5)), uint64(3+rng.Intn(5))
	x := floats(rng, draws(rng), 1, uint64(1+rng.Intn(3)), h, w)
	kernel := []int64{int64(1 + rng.Intn(3)), int64(1 + rng.Intn(3))}
	strides := []int64{int64(1 + rng.Intn(2)), int64(1 + rng.Intn(3))}
	average := rng.Intn(2) == 0
	dilations := []int64{1, 1}
	if !average {
		dilations = []int64{int64(1 + rng.Intn(2)), int64(1 + rng.Intn(2))}
	}
	ext := func(i int) int64 { return (kernel[i]-1)*dilations[i] + 1 }
	pads := []int64{int64(rng.Intn(int(ext(0)))), int64(rng.Intn(int(ext(1)))), int64(rng.Intn(int(ext(0)))), int64(rng.Intn(int(ext(1))))}
	oh, ow := (int64(h) + pads[0] + pads[2] - ext(0)), (int64(w) + pads[1] + pads[3] - ext(1))
	if oh < 0 || ow < 0 {
		return
	}
	out := []uint64{1, x.t.Dims[1], uint64(oh/strides[0] + 1), uint64(ow/strides[1] + 1)}
	window := []program.Attribute{attrInts(program.Dilations, dilations...), attrInts(program.KernelShape, kernel...), attrInts(program.Pads, pads...), attrInts(program.Strides, strides...)}
	if average {
		include := int64(rng.Intn(2))
		n := int(kernel[0] * kernel[1])
		c := nodeCase{op: program.OpAveragePool, inputs: []operand{x}, out: out, attributes: append([]program.Attribute{attrInts(program.CountIncludePad, include)}, window...),
			reference: func(at []uint64) (*big.Float, *big.Float) {
				values := pooled(&x, at, kernel, pads, strides, dilations)
				total := newTotal()
				for _, v := range values {
					total.add(v)
				}
				d := bf(float64(len(values)))
				if include == 1 {
					d = bf(float64(n))
				}
				return bquo(total.s, d), badd(bquo(bmul(bgamma(n+1), total.a), d), bmul(bf(float64(n+2)), pow2(-126)))
			}}
		c.run(t, rng)
	} else {
		c := nodeCase{op: program.OpMaxPool, inputs: []operand{x}, out: out, attributes: window,
			reference: func(at []uint64) (*big.Float, *big.Float) {
				return largest(pooled(&x, at, kernel, pads, strides, dilations)), bf(0)
			}}
		c.run(t, rng)
	}
	all := func(at []uint64) (values []*big.Float) {
		everyIndex([]uint64{h, w}, func(in []int64) { values = append(values, x.get(0, int64(at[1]), in[0], in[1])) })
		return values
	}
	n := int(h * w)
	g := nodeCase{op: program.OpGlobalAveragePool, inputs: []operand{x}, out: []uint64{1, x.t.Dims[1], 1, 1}, reference: func(at []uint64) (*big.Float, *big.Float) {
		total := newTotal()
		for _, v := range all(at) {
			total.add(v)
		}
		return bquo(total.s, bf(float64(n))), badd(bquo(bmul(bgamma(n+1), total.a), bf(float64(n))), bmul(bf(float64(n+2)), pow2(-126)))
	}}
	g.run(t, rng)
	m := nodeCase{op: program.OpGlobalMaxPool, inputs: []operand{x}, out: []uint64{1, x.t.Dims[1], 1, 1}, reference: func(at []uint64) (*big.Float, *big.Float) { return largest(all(at)), bf(0) }}
	m.run(t, rng)
}

func largest(values []*big.Float) *big.Float {
	best := values[0]
	for _, v := range values {
		if v.Cmp(best) > 0 {
			best = v
		}
	}
	return best
}

// rowJudge builds the judge of an operator over one row of float32s along axis 1 of [1, n].
func rowJudge(t *testing.T, op uint32, dtype program.Dtype, out []uint64, row []uint32, attributes ...program.Attribute) judge {
	t.Helper()
	x := operand{t: program.Tensor{Dtype: program.Float32, Dims: []uint64{1, uint64(len(row))}}}
	for _, v := range row {
		x.elements = append(x.elements, uint64(v))
	}
	c := nodeCase{op: op, inputs: []operand{x}, out: out, dtype: dtype, attributes: attributes}
	o := program.Tensor{Dims: out}
	m := c.build(t, rand.New(rand.NewSource(1)), make([]uint64, o.Elements()))
	m.commitments(t)
	return m.judgeOf(t, &defaults)
}

// TestExtremes: ReduceMax, ReduceMin, ArgMax and ArgMin exactly, with ties, zeros, infinities and NaN.
func TestExtremes(t *testing.T) {
	one, two, nz := uint32(floatOne), uint32(0x40000000), uint32(1<<31)
	for i, c := range []struct {
		op  uint32
		row []uint32
		ok  []uint64
		bad []uint64
	}{
		{program.OpReduceMax, []uint32{one, two, 0}, []uint64{uint64(two)}, []uint64{uint64(one), uint64(next(two)), floatNaN, floatInf}},
		{program.OpReduceMin, []uint32{one, two, nz}, []uint64{0, uint64(nz)}, []uint64{1, uint64(one)}},
		{program.OpReduceMax, []uint32{negativeInf, negativeInf}, []uint64{negativeInf, lowest}, []uint64{0, floatNaN}},
		{program.OpReduceMax, []uint32{one, floatNaN, two}, []uint64{floatNaN, uint64(one), uint64(two), lowest}, []uint64{0, floatInf}},
		{program.OpReduceMin, []uint32{one, floatNaN}, []uint64{floatNaN, uint64(one)}, []uint64{0, lowest}},
		{program.OpArgMax, []uint32{one, two, two}, []uint64{1}, []uint64{0, 2, 3, 1<<64 - 1}},
		{program.OpArgMin, []uint32{two, 0, nz}, []uint64{1}, []uint64{0, 2}},
		{program.OpArgMax, []uint32{two, floatNaN, one}, []uint64{0, 1, 2}, []uint64{3, 1<<64 - 1}},
	} {
		attributes := []program.Attribute{attrInts(program.Axes, 1), attrInts(program.Keepdims, 1)}
		dtype := program.Float32
		if c.op == program.OpArgMax || c.op == program.OpArgMin {
			attributes[0], dtype = attrInts(program.Axis, 1), program.Int64
		}
		j := rowJudge(t, c.op, dtype, []uint64{1, 1}, c.row, attributes...)
		for _, y := range c.ok {
			if j.judge(0, []uint64{0, 0}, y, nil).fault {
				t.Errorf("case %d: %x is convicted", i, y)
			}
		}
		for _, y := range c.bad {
			if !j.judge(0, []uint64{0, 0}, y, nil).fault {
				t.Errorf("case %d: %x is acquitted", i, y)
			}
		}
	}
}

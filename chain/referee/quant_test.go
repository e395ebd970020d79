package referee

import (
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// bytesOf draws a tensor of an 8-bit dtype in a random layout, its extremes often.
func bytesOf(rng *rand.Rand, d program.Dtype, dims ...uint64) operand {
	all := layouts(d, dims)
	o := operand{t: program.Tensor{Dtype: d, Dims: dims, Layout: all[rng.Intn(len(all))]}}
	for range o.t.Elements() {
		v := uint64(rng.Intn(256))
		if rng.Intn(4) == 0 {
			v = []uint64{0, 127, 128, 255}[rng.Intn(4)]
		}
		o.elements = append(o.elements, v)
	}
	return o
}

// constant is a tensor of given elements.
func constantOf(d program.Dtype, dims []uint64, elements ...uint64) operand {
	return operand{t: program.Tensor{Dtype: d, Dims: dims, Layout: program.Row}, elements: elements}
}

// whole is the value of an integer element; zero outside, or where the operand is absent.
func (o *operand) whole(at ...int64) int64 {
	if o.t.Dtype == 0 {
		return 0
	}
	i := uint64(0)
	for a, x := range at {
		if x < 0 || x >= int64(o.t.Dims[a]) {
			return 0
		}
		i = i*o.t.Dims[a] + uint64(x)
	}
	v := o.elements[i]
	switch o.t.Dtype {
	case program.Int8:
		return int64(int8(v))
	case program.Int32:
		return int64(int32(v))
	}
	return int64(v)
}

// one is the element of a parameter for an index: its only one, or that of the index.
func (o *operand) one(index int64) []int64 {
	switch {
	case len(o.t.Dims) == 0:
		return nil
	case o.t.Dims[0] == 1:
		return []int64{0}
	}
	return []int64{index}
}

func pick[T any](rng *rand.Rand, all ...T) T { return all[rng.Intn(len(all))] }

// anyDtypes are the pairs of the integer contractions, factorDtypes those of the requantised ones.
func anyDtypes(rng *rand.Rand) (a, b program.Dtype) {
	return pick(rng, program.Uint8, program.Int8), pick(rng, program.Uint8, program.Int8)
}

func factorDtypes(rng *rand.Rand) (a, b program.Dtype) {
	p := pick(rng, [2]program.Dtype{program.Uint8, program.Uint8}, [2]program.Dtype{program.Uint8, program.Int8}, [2]program.Dtype{program.Int8, program.Int8})
	return p[0], p[1]
}

// scalarDims: a parameter of one element is written in two ways.
func scalarDims(rng *rand.Rand) []uint64 { return pick(rng, []uint64{}, []uint64{1}) }

// columnDims: one element, or one for each of n.
func columnDims(rng *rand.Rand, n uint64) []uint64 {
	return pick(rng, []uint64{}, []uint64{1}, []uint64{n})
}

// exactSums judges an operator whose integers are exact: the value and nothing else.
func exactSums(t *testing.T, rng *rand.Rand, c nodeCase, want func(at []int64) int64) {
	t.Helper()
	out := program.Tensor{Dtype: program.Int32, Dims: c.out}
	elements := make([]uint64, out.Elements())
	for e := range elements {
		elements[e] = uint64(uint32(want(signedCoordinates(&out, uint64(e)))))
	}
	c.dtype = program.Int32
	m := c.build(t, rng, elements)
	commitments, summary := m.commitments(t)
	j := m.judgeOf(t, &defaults)
	for e := range elements {
		at := out.Coordinates(uint64(e))
		if j.judge(0, at, elements[e], nil).fault {
			t.Fatalf("%s %v: the exact sum %d is convicted", program.Name(c.op), at, int32(elements[e]))
		}
		for _, y := range []uint64{uint64(uint32(elements[e] + 1)), uint64(uint32(elements[e] - 1)), elements[e] ^ 1<<31} {
			if !j.judge(0, at, y, nil).fault {
				t.Fatalf("%s %v: %d is acquitted, %d expected", program.Name(c.op), at, int32(y), int32(elements[e]))
			}
		}
	}
	e := rng.Intn(len(elements))
	c.prove(t, m, commitments, &summary, uint64(e), false)
	moved := append([]uint64(nil), elements...)
	moved[e] ^= 1
	forged := c.build(t, rng, moved)
	fc, fs := forged.commitments(t)
	c.prove(t, forged, fc, &fs, uint64(e), true)
}

func signedCoordinates(t *program.Tensor, e uint64) (at []int64) {
	for _, x := range t.Coordinates(e) {
		at = append(at, int64(x))
	}
	return at
}

// quantConv is a random convolution of integers with its definition.
type quantConv struct {
	x, w       operand
	out        []uint64
	attributes []program.Attribute
	sum        func(at []int64, zx, zw int64) int64
}

func randomQuantConv(rng *rand.Rand, dx, dw program.Dtype) *quantConv {
	for {
		g := int64(1 + rng.Intn(3))
		cg, mg := int64(1+rng.Intn(4)), int64(1+rng.Intn(3))
		h, w := int64(2+rng.Intn(6)), int64(2+rng.Intn(6))
		kh, kw := int64(1+rng.Intn(3)), int64(1+rng.Intn(3))
		sh, sw, dh, dw2 := int64(1+rng.Intn(2)), int64(1+rng.Intn(3)), int64(1+rng.Intn(2)), int64(1+rng.Intn(2))
		pads := []int64{int64(rng.Intn(4)), int64(rng.Intn(3)), int64(rng.Intn(3)), int64(rng.Intn(4))}
		eh, ew := (kh-1)*dh+1, (kw-1)*dw2+1
		if h+pads[0]+pads[2] < eh || w+pads[1]+pads[3] < ew {
			continue
		}
		oh, ow := (h+pads[0]+pads[2]-eh)/sh+1, (w+pads[1]+pads[3]-ew)/sw+1
		q := &quantConv{x: bytesOf(rng, dx, 1+uint64(rng.Intn(2)), uint64(g*cg), uint64(h), uint64(w)), w: bytesOf(rng, dw, uint64(g*mg), uint64(cg), uint64(kh), uint64(kw))}
		q.out = []uint64{q.x.t.Dims[0], uint64(g * mg), uint64(oh), uint64(ow)}
		q.attributes = []program.Attribute{attrInts(program.Dilations, dh, dw2), attrInts(program.Group, g), attrInts(program.Pads, pads...), attrInts(program.Strides, sh, sw)}
		q.sum = func(at []int64, zx, zw int64) int64 {
			sum, m := int64(0), at[1]
			for ci := range cg {
				for ky := range kh {
					for kx := range kw {
						y, x := at[2]*sh-pads[0]+ky*dh, at[3]*sw-pads[1]+kx*dw2
						if y >= 0 && y < h && x >= 0 && x < w { // padding is the zero point
							sum += (q.x.whole(at[0], m/mg*cg+ci, y, x) - zx) * (q.w.whole(m, ci, ky, kx) - zw)
						}
					}
				}
			}
			return sum
		}
		return q
	}
}

// TestConvInteger compares with the definition: groups, strides, dilations, pads, layouts, every form of zero points.
func TestConvInteger(t *testing.T) {
	rng := seeded(t, 60)
	for range 40 {
		oneConvInteger(t, rng)
	}
}

// oneConvInteger judges one random ConvInteger.
func oneConvInteger(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dx, dw := anyDtypes(rng)
	q := randomQuantConv(rng, dx, dw)
	zx, zw := bytesOf(rng, dx, scalarDims(rng)...), bytesOf(rng, dw, scalarDims(rng)...)
	inputs := []operand{q.x, q.w, zx, zw}[:2+rng.Intn(3)]
	vx, vw := int64(0), int64(0)
	if len(inputs) > 2 {
		vx = zx.whole(zx.one(0)...)
	}
	if len(inputs) > 3 {
		vw = zw.whole(zw.one(0)...)
	}
	exactSums(t, rng, nodeCase{op: program.OpConvInteger, inputs: inputs, out: q.out, attributes: q.attributes}, func(at []int64) int64 { return q.sum(at, vx, vw) })
}

// TestMatMulInteger compares with the definition: batches, dtypes, a zero point for each column; one sum wraps.
func TestMatMulInteger(t *testing.T) {
	rng := seeded(t, 61)
	for range 40 {
		oneMatMulInteger(t, rng)
	}
	const k = 40_000 // 255·255·40,000 exceeds 2^31
	full := make([]uint64, k)
	for i := range full {
		full[i] = 255
	}
	a, b := constantOf(program.Uint8, []uint64{1, k}, full...), constantOf(program.Uint8, []uint64{k, 1}, full...)
	exactSums(t, rng, nodeCase{op: program.OpMatMulInteger, inputs: []operand{a, b}, out: []uint64{1, 1}}, func([]int64) int64 { return 255 * 255 * k })
}

// oneMatMulInteger judges one random MatMulInteger.
func oneMatMulInteger(t *testing.T, rng *rand.Rand) {
	t.Helper()
	m, k, n, batch := uint64(1+rng.Intn(4)), uint64(1+rng.Intn(40)), uint64(1+rng.Intn(4)), uint64(1+rng.Intn(3))
	da, db := anyDtypes(rng)
	a, b := bytesOf(rng, da, batch, 1, m, k), bytesOf(rng, db, 2, k, n)
	za, zb := bytesOf(rng, da, scalarDims(rng)...), bytesOf(rng, db, columnDims(rng, n)...)
	inputs := []operand{a, b, za, zb}[:2+rng.Intn(3)]
	exactSums(t, rng, nodeCase{op: program.OpMatMulInteger, inputs: inputs, out: []uint64{batch, 2, m, n}}, func(at []int64) int64 {
		va, vb, sum := int64(0), int64(0), int64(0)
		if len(inputs) > 2 {
			va = za.whole(za.one(0)...)
		}
		if len(inputs) > 3 {
			vb = zb.whole(zb.one(at[3])...)
		}
		for i := range int64(k) {
			sum += (a.whole(at[0], 0, at[2], i) - va) * (b.whole(at[1], i, at[3]) - vb)
		}
		return sum
	})
}

package referee

import (
	"math/big"
	"math/rand"
	"sort"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestCumSum compares CumSum in all four directions: float32 within γ_(k-1), integers modulo 2^width.
func TestCumSum(t *testing.T) {
	rng := seeded(t, 45)
	for range 40 {
		oneCumSum(t, rng)
	}
}

// oneCumSum judges one random CumSum of every dtype.
func oneCumSum(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(3)), uint64(1 + rng.Intn(7)), uint64(1 + rng.Intn(4))}
	axis, exclusive, reverse := rng.Intn(3), rng.Int63n(2), rng.Int63n(2)
	read := func(at []uint64, i uint64) bool {
		p := at[axis]
		switch {
		case i == p:
			return exclusive == 0
		case reverse == 1:
			return i > p
		}
		return i < p
	}
	attributes := []program.Attribute{attrInts(program.Axis, int64(axis)), attrInts(program.Exclusive, exclusive), attrInts(program.Reverse, reverse)}
	x := floats(rng, draws(rng), dims...)
	c := nodeCase{op: program.OpCumSum, inputs: []operand{x}, out: dims, attributes: attributes, reference: func(at []uint64) (*big.Float, *big.Float) {
		total, k := newTotal(), 0
		index := []int64{int64(at[0]), int64(at[1]), int64(at[2])}
		for i := range dims[axis] {
			if read(at, i) {
				index[axis] = int64(i)
				total.add(x.get(index...))
				k++
			}
		}
		if k == 0 {
			return bf(0), bf(0)
		}
		return total.s, badd(bmul(bgamma(k-1), total.a), bmul(bf(float64(k)), pow2(-126)))
	}}
	c.run(t, rng)

	for _, dtype := range []program.Dtype{program.Int32, program.Int64} {
		n := integers(rng, dtype, dims)
		want := make([]uint64, len(n.elements))
		for e := range want {
			at := n.t.Coordinates(uint64(e))
			for i := range dims[axis] {
				if read(at, i) {
					from := append([]uint64(nil), at...)
					from[axis] = i
					want[e] += n.elements[n.t.Index(from)]
				}
			}
			if dtype == program.Int32 {
				want[e] &= 1<<32 - 1
			}
		}
		exactCase(t, rng, &nodeCase{op: program.OpCumSum, inputs: []operand{n}, out: dims, dtype: dtype, attributes: attributes}, want)
	}
}

// integers draws every bit of an integer tensor.
func integers(rng *rand.Rand, d program.Dtype, dims []uint64) operand {
	o := numbered(rng, d, dims, 0)
	for i := range o.elements {
		o.elements[i] = rng.Uint64() & (1<<(8*d.Width()-1)<<1 - 1)
	}
	return o
}

// exactCase: these bits are honest and no others are.
func exactCase(t *testing.T, rng *rand.Rand, c *nodeCase, want []uint64) {
	t.Helper()
	m := c.build(t, rng, want)
	commitments, summary := m.commitments(t)
	j := m.judgeOf(t, &defaults)
	out := program.Tensor{Dtype: c.dtype, Dims: c.out}
	for e, y := range want {
		at := out.Coordinates(uint64(e))
		if j.judge(0, at, y, nil).fault {
			t.Fatalf("%s %v: %x is convicted", program.Name(c.op), at, y)
		}
		for _, other := range []uint64{y ^ 1, y ^ 1<<(8*c.dtype.Width()-1)} {
			if !j.judge(0, at, other, nil).fault {
				t.Fatalf("%s %v: %x is acquitted, %x is right", program.Name(c.op), at, other, y)
			}
		}
	}
	e := rng.Intn(len(want))
	c.prove(t, m, commitments, &summary, uint64(e), false)
	moved := append([]uint64(nil), want...)
	moved[e] ^= 1
	forged := c.build(t, rng, moved)
	fc, fs := forged.commitments(t)
	c.prove(t, forged, fc, &fs, uint64(e), true)
}

// topKJob is a job of one TopK over the last axis of x, whose values and indices are given.
func topKJob(x operand, k uint64, largest int64, values, indices []uint64) *memory {
	m := &memory{}
	dims := append([]uint64(nil), x.t.Dims...)
	dims[len(dims)-1] = k
	outputs := []program.Tensor{{Dtype: x.t.Dtype, Dims: dims}, {Dtype: program.Int64, Dims: dims}}
	m.p.Header = program.Header{Version: program.Version, Weights: []program.Tensor{x.t}, Nodes: 1, Values: 2}
	m.p.Nodes = []program.Node{{Op: program.OpTopK, Outputs: outputs, Inputs: []program.Operand{{Kind: program.Weight, Type: x.t, Typed: true}},
		Attributes: []program.Attribute{attrInts(program.Axis, int64(len(dims)-1)), attrInts(program.Largest, largest)}}}
	m.data[program.Weight] = [][]byte{inLayout(&x.t, x.elements)}
	for i, e := range [][]uint64{values, indices} {
		m.data[program.Value] = append(m.data[program.Value], inLayout(&outputs[i], e))
		m.p.Header.Outputs = append(m.p.Header.Outputs, program.Operand{Kind: program.Value, Index: uint32(i), Type: outputs[i], Typed: true})
	}
	m.data[program.Output] = m.data[program.Value]
	return m
}

// TestTopK: values and indices of every rank, ties by the lower index; any other index is a fault, and so is another value.
func TestTopK(t *testing.T) {
	rng := seeded(t, 46)
	for range 60 {
		oneTopK(t, rng)
	}
	x := operand{t: program.Tensor{Dtype: program.Float32, Dims: []uint64{3}}, elements: []uint64{uint64(floatOne), floatNaN, 0}}
	m := topKJob(x, 1, 1, []uint64{0}, []uint64{0})
	j := m.judgeOf(t, &defaults)
	for y, fault := range map[uint64]bool{0: false, uint64(floatOne): false, floatNaN: false, uint64(bits32(2)): true} {
		if j.judge(0, []uint64{0}, y, nil).fault != fault {
			t.Errorf("beside NaN, value %x: fault %v expected", y, fault)
		}
	}
	for y, fault := range map[uint64]bool{0: false, 2: false, 3: true, ^uint64(0): true} {
		if j.judge(1, []uint64{0}, y, nil).fault != fault {
			t.Errorf("beside NaN, index %d: fault %v expected", int64(y), fault)
		}
	}
}

// oneTopK judges one random TopK.
func oneTopK(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dtype := []program.Dtype{program.Float32, program.Int32, program.Int64, program.Uint8, program.Int8}[rng.Intn(5)]
	rows, n := uint64(1+rng.Intn(3)), uint64(1+rng.Intn(9))
	k, largest := uint64(1+rng.Int63n(int64(n))), rng.Int63n(2)
	x := integers(rng, dtype, []uint64{rows, n})
	for i := range x.elements {
		switch {
		case dtype == program.Float32:
			x.elements[i] = uint64([]uint32{0, 1 << 31, floatOne, bits32(-1), bits32(2), floatInf, negativeInf, ordinary(rng)}[rng.Intn(8)])
		case rng.Intn(2) == 0 && i > 0:
			x.elements[i] = x.elements[i-1]
		}
	}
	before := func(a, b uint64) bool { // a is better than b
		if dtype == program.Float32 {
			u, v := f32(uint32(a)), f32(uint32(b))
			return largest == 1 && u > v || largest == 0 && u < v
		}
		u, v := signExtend(dtype, a), signExtend(dtype, b)
		return largest == 1 && u > v || largest == 0 && u < v
	}
	var values, indices []uint64
	for r := range rows {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		line := x.elements[r*n : (r+1)*n]
		sort.SliceStable(order, func(a, b int) bool { return before(line[order[a]], line[order[b]]) })
		for _, i := range order[:k] {
			values, indices = append(values, x.elements[r*n+uint64(i)]), append(indices, uint64(i))
		}
	}
	m := topKJob(x, k, largest, values, indices)
	c, s := m.commitments(t)
	j := m.judgeOf(t, &defaults)
	for e := range values {
		at := []uint64{uint64(e) / k, uint64(e) % k}
		for slot, y := range []uint64{values[e], indices[e]} {
			if j.judge(slot, at, y, nil).fault {
				t.Fatalf("%s slot %d %v: %x is convicted", dtype, slot, at, y)
			}
			if !j.judge(slot, at, y^2, nil).fault {
				t.Fatalf("%s slot %d %v: %x is acquitted", dtype, slot, at, y^2)
			}
		}
		if !j.judge(1, at, ^uint64(0), nil).fault {
			t.Fatal("index -1 is acquitted")
		}
	}
	e := uint64(rng.Intn(len(values)))
	for slot := range uint32(2) {
		p, err := Prove(&m.p, m, Accusation{Kind: Arithmetic, Slot: slot, Element: e})
		if err != nil {
			t.Fatal(err)
		}
		b := p.Encode()
		if v, err := Judge(c, b, nil); err != nil || v.Fault || uint64(len(b)) > s.WorstProof {
			t.Fatalf("%+v %v: %d bytes of %d", v, err, len(b), s.WorstProof)
		} else {
			m.agree(t, c, Accusation{Kind: Arithmetic, Slot: slot, Element: e}, v)
		}
	}
	indices[e] = (indices[e] + 1) % (n + 1)
	f := topKJob(x, k, largest, values, indices)
	fc, _ := f.commitments(t)
	p, err := Prove(&f.p, f, Accusation{Kind: Arithmetic, Slot: 1, Element: e})
	if err != nil {
		t.Fatal(err)
	}
	v, err := Judge(fc, p.Encode(), nil)
	if err != nil || !v.Fault {
		t.Fatalf("a forged index is acquitted: %+v %v", v, err)
	}
	f.agree(t, fc, Accusation{Kind: Arithmetic, Slot: 1, Element: e}, v)
}

// TestTrilu: a triangle is copied bit for bit, the rest is +0.
func TestTrilu(t *testing.T) {
	rng := seeded(t, 47)
	for range 40 {
		oneTrilu(t, rng)
	}
}

// oneTrilu judges one random Trilu.
func oneTrilu(t *testing.T, rng *rand.Rand) {
	t.Helper()
	rows, columns, k, upper := uint64(1+rng.Intn(5)), uint64(1+rng.Intn(5)), int64(rng.Intn(9)-4), rng.Int63n(2)
	x := numbered(rng, program.Int64, []uint64{2, rows, columns}, 100)
	want := append([]uint64(nil), x.elements...)
	for e := range want {
		r, c := int64(e)/int64(columns)%int64(rows), int64(e)%int64(columns)
		if upper == 1 && c < r+k || upper == 0 && c > r+k {
			want[e] = 0
		}
	}
	exactCase(t, rng, &nodeCase{op: program.OpTrilu, inputs: []operand{x}, out: []uint64{2, rows, columns}, dtype: program.Int64,
		attributes: []program.Attribute{attrInts(program.Diagonal, k), attrInts(program.Upper, upper)}}, want)
}

// TestGatherElements: one index an element, from both ends; one out of range is a fault whatever is claimed.
func TestGatherElements(t *testing.T) {
	rng := seeded(t, 48)
	for range 40 {
		oneGatherElements(t, rng)
	}
}

// oneGatherElements judges one random GatherElements.
func oneGatherElements(t *testing.T, rng *rand.Rand) {
	t.Helper()
	data := numbered(rng, program.Int32, []uint64{4, 5, 3}, 7)
	dims := []uint64{uint64(1 + rng.Intn(4)), uint64(1 + rng.Intn(5)), uint64(1 + rng.Intn(3))}
	axis := rng.Intn(3)
	dims[axis] = uint64(1 + rng.Intn(7))
	extent := int64(data.t.Dims[axis])
	indices := operand{t: program.Tensor{Dtype: program.Int64, Dims: dims}}
	outside := rng.Intn(4) == 0
	var want []uint64
	for e := range indices.t.Elements() {
		i := rng.Int63n(2*extent) - extent
		at := indices.t.Coordinates(e)
		at[axis] = uint64((i + extent) % extent)
		want = append(want, data.elements[data.t.Index(at)])
		if outside {
			i = []int64{extent, -extent - 1}[rng.Intn(2)]
		}
		indices.elements = append(indices.elements, uint64(i))
	}
	c := &nodeCase{op: program.OpGatherElements, inputs: []operand{data, indices}, out: dims, dtype: program.Int32, attributes: []program.Attribute{attrInts(program.Axis, int64(axis))}}
	if !outside {
		exactCase(t, rng, c, want)
		return
	}
	m := c.build(t, rng, want)
	commitments, s := m.commitments(t)
	c.prove(t, m, commitments, &s, uint64(rng.Intn(len(want))), true)
}

// TestPadConstants: Pad of integers writes its constant in their own dtype.
func TestPadConstants(t *testing.T) {
	rng := seeded(t, 49)
	for _, c := range []struct {
		d    program.Dtype
		x    float32
		want uint64
		ok   bool
	}{
		{program.Int64, -1, ^uint64(0), true}, {program.Int32, -16777216, 0xff000000, true}, {program.Int8, -128, 0x80, true}, {program.Uint8, 255, 255, true},
		{program.Bool, 1, 1, true}, {program.Float16, 0, 0, true}, {program.Int64, 0, 0, true}, {program.Int64, 1.5, 0, false}, {program.Int64, 1 << 25, 0, false},
		{program.Int8, 128, 0, false}, {program.Uint8, -1, 0, false}, {program.Bool, 2, 0, false}, {program.Float16, 1, 0, false}, {program.Int32, 0.5, 0, false},
	} {
		x := operand{t: program.Tensor{Dtype: c.d, Dims: []uint64{2}}, elements: []uint64{1, 0}}
		nc := &nodeCase{op: program.OpPad, inputs: []operand{x}, out: []uint64{4}, dtype: c.d,
			attributes: []program.Attribute{attrInts(program.Mode, program.ModeConstant), attrInts(program.Pads, 1, 1), attrFloats(program.PadValue, bits32(c.x))}}
		if m := nc.build(t, rng, make([]uint64, 4)); !c.ok {
			if _, err := program.Validate(m.p.Encode()); err == nil {
				t.Errorf("%v is accepted as a %s", c.x, c.d)
			}
			continue
		}
		want := []uint64{c.want, 1, 0, c.want}
		if c.d == program.Bool { // a bool of 2 is another fault
			m := nc.build(t, rng, want)
			if j := m.judgeOf(t, &defaults); j.judge(0, []uint64{0}, 1, nil).fault || !j.judge(0, []uint64{0}, 0, nil).fault {
				t.Error("Pad of bools")
			}
			continue
		}
		exactCase(t, rng, nc, want)
	}
}

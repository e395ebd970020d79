package referee

import (
	"math"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// movementCase: want gives the logical row-major index of the operand element that every output element copies, or -1 for
// the constant of Pad.
type movementCase struct {
	op         uint32
	attributes []program.Attribute
	inputs     [][]uint64
	out        []uint64
	want       func(at []int64) (operand int, index []int64)
}

// integers draws a tensor of distinct numbers of a dtype.
func numbered(rng *rand.Rand, d program.Dtype, dims []uint64, from int) operand {
	all := layouts(d, dims)
	o := operand{t: program.Tensor{Dtype: d, Dims: dims, Layout: all[rng.Intn(len(all))]}}
	for i := range o.t.Elements() {
		v := uint64(from) + i
		if d == program.Float32 {
			v = uint64(bits32(float32(v)))
		}
		o.elements = append(o.elements, v)
	}
	return o
}

func (c *movementCase) run(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dtype := program.Float32
	if !(c.op == program.OpPad && c.attributes[0].Ints[0] == program.ModeConstant) && c.op != program.OpResize && rng.Intn(2) == 0 {
		dtype = program.Int32
	}
	nc := nodeCase{op: c.op, attributes: c.attributes, out: c.out, dtype: dtype}
	for i, dims := range c.inputs {
		nc.inputs = append(nc.inputs, numbered(rng, dtype, dims, 1000*(i+1)))
	}
	out := program.Tensor{Dtype: dtype, Dims: c.out}
	elements := make([]uint64, out.Elements())
	for e := range elements {
		var at []int64
		for _, x := range out.Coordinates(uint64(e)) {
			at = append(at, int64(x))
		}
		k, index := c.want(at)
		if k < 0 {
			elements[e] = uint64(floatOne)
			continue
		}
		i := uint64(0)
		for a, x := range index {
			i = i*c.inputs[k][a] + uint64(x)
		}
		elements[e] = nc.inputs[k].elements[i]
	}
	m := nc.build(t, rng, elements)
	commitments, summary := m.commitments(t)
	j := m.judgeOf(t, &defaults)
	for e := range elements {
		at := out.Coordinates(uint64(e))
		if j.judge(0, at, elements[e], nil).fault {
			t.Fatalf("%s %v: the copy is convicted", program.Name(c.op), at)
		}
		for _, y := range []uint64{elements[e] ^ 1, elements[e] ^ 1<<31, 0x7fc00000} {
			if !j.judge(0, at, y, nil).fault {
				t.Fatalf("%s %v: %x is acquitted", program.Name(c.op), at, y)
			}
		}
	}
	for range 3 {
		e := rng.Intn(len(elements))
		nc.prove(t, m, commitments, &summary, uint64(e), false)
		moved := append([]uint64(nil), elements...)
		moved[e] ^= 1
		forged := nc.build(t, rng, moved)
		fc, fs := forged.commitments(t)
		nc.prove(t, forged, fc, &fs, uint64(e), true)
	}
}

var movementCases = []movementCase{
	{program.OpReshape, nil, [][]uint64{{4, 6}}, []uint64{3, 2, 4}, func(at []int64) (int, []int64) {
		i := at[0]*8 + at[1]*4 + at[2]
		return 0, []int64{i / 6, i % 6}
	}},
	{program.OpRelayout, nil, [][]uint64{{2, 3, 4, 5}}, []uint64{2, 3, 4, 5}, func(at []int64) (int, []int64) { return 0, at }},
	{program.OpTranspose, []program.Attribute{attrInts(program.Perm, 2, 0, 1)}, [][]uint64{{3, 4, 5}}, []uint64{5, 3, 4}, func(at []int64) (int, []int64) { return 0, []int64{at[1], at[2], at[0]} }},
	{program.OpConcat, []program.Attribute{attrInts(program.Axis, 1)}, [][]uint64{{2, 3, 2}, {2, 1, 2}, {2, 4, 2}}, []uint64{2, 8, 2}, func(at []int64) (int, []int64) {
		switch {
		case at[1] < 3:
			return 0, at
		case at[1] < 4:
			return 1, []int64{at[0], at[1] - 3, at[2]}
		}
		return 2, []int64{at[0], at[1] - 4, at[2]}
	}},
	{program.OpSlice, []program.Attribute{attrInts(program.Starts, 1, 5, 0), attrInts(program.Steps, 2, -2, 1)}, [][]uint64{{5, 6, 3}}, []uint64{2, 3, 2}, func(at []int64) (int, []int64) {
		return 0, []int64{1 + 2*at[0], 5 - 2*at[1], at[2]}
	}},
	{program.OpSplit, []program.Attribute{attrInts(program.Axis, 0)}, [][]uint64{{3, 4}}, []uint64{3, 4}, func(at []int64) (int, []int64) { return 0, at }},
	{program.OpExpand, nil, [][]uint64{{3, 1}}, []uint64{2, 3, 4}, func(at []int64) (int, []int64) { return 0, []int64{at[1], 0} }},
	{program.OpTile, nil, [][]uint64{{2, 3}}, []uint64{4, 9}, func(at []int64) (int, []int64) { return 0, []int64{at[0] % 2, at[1] % 3} }},
	{program.OpPad, []program.Attribute{attrInts(program.Mode, program.ModeConstant), attrInts(program.Pads, 1, 0, 2, 1), attrFloats(program.PadValue, floatOne)}, [][]uint64{{2, 3}}, []uint64{5, 4}, func(at []int64) (int, []int64) {
		if at[0] < 1 || at[0] > 2 || at[1] > 2 {
			return -1, nil
		}
		return 0, []int64{at[0] - 1, at[1]}
	}},
	{program.OpPad, []program.Attribute{attrInts(program.Mode, program.ModeReflect), attrInts(program.Pads, 2, 2), attrFloats(program.PadValue, 0)}, [][]uint64{{4}}, []uint64{8}, func(at []int64) (int, []int64) {
		return 0, []int64{[]int64{2, 1, 0, 1, 2, 3, 2, 1}[at[0]]}
	}},
	{program.OpPad, []program.Attribute{attrInts(program.Mode, program.ModeEdge), attrInts(program.Pads, 2, 1), attrFloats(program.PadValue, 0)}, [][]uint64{{3}}, []uint64{6}, func(at []int64) (int, []int64) {
		return 0, []int64{[]int64{0, 0, 0, 1, 2, 2}[at[0]]}
	}},
	{program.OpResize, resizeBy(program.CoordAsymmetric, program.RoundFloor, floatOne, bits32(2), bits32(2)), [][]uint64{{2, 3, 4}}, []uint64{2, 6, 8}, func(at []int64) (int, []int64) { return 0, []int64{at[0], at[1] / 2, at[2] / 2} }},
	{program.OpResize, resizeBy(program.CoordHalfPixel, program.RoundPreferFloor, bits32(2), bits32(0.5)), [][]uint64{{3, 8}}, []uint64{6, 4}, func(at []int64) (int, []int64) { return 0, []int64{at[0] / 2, at[1] * 2} }},
	{program.OpResize, resizeBy(program.CoordHalfPixel, program.RoundPreferCeil, bits32(0.5)), [][]uint64{{8}}, []uint64{4}, func(at []int64) (int, []int64) { return 0, []int64{at[0]*2 + 1} }},
}

func TestMovement(t *testing.T) {
	rng := seeded(t, 40)
	for range 12 {
		for _, c := range movementCases {
			c.run(t, rng)
		}
	}
}

func resizeBy(coord, round int64, scales ...uint32) []program.Attribute {
	return []program.Attribute{attrInts(program.CoordinateTransformationMode, coord), attrInts(program.Mode, program.ModeNearest), attrInts(program.NearestMode, round), attrFloats(program.Scales, scales...)}
}

// TestResizeCoordinates: whatever float32 computes for a coordinate, in either usual order, lies in the range that is read;
// and the range is one element wherever the exact coordinate is not close to a boundary.
func TestResizeCoordinates(t *testing.T) {
	rng := seeded(t, 41)
	wide, total := 0, 0
	for range 3000 {
		in := uint64(1 + rng.Intn(200))
		s := float32(0.1 + rng.Float64()*5)
		if rng.Intn(4) == 0 {
			s = float32(1+rng.Intn(6)) / float32(1+rng.Intn(3))
		}
		out := program.Scaled(in, bits32(s))
		if out == 0 || s == 1 {
			continue
		}
		coord, round := int64(rng.Intn(4)), int64(rng.Intn(4))
		n := program.Node{Op: program.OpResize, Attributes: resizeBy(coord, round, bits32(s)),
			Inputs:  []program.Operand{{Kind: program.Weight, Type: program.Tensor{Dtype: program.Float32, Dims: []uint64{in}}, Typed: true}},
			Outputs: []program.Tensor{{Dtype: program.Float32, Dims: []uint64{out}}}}
		if _, err := n.Check(100, &program.Counts{Weights: 1, Values: 1, Nodes: 1, Outputs: 1}); err != nil {
			t.Fatal(err)
		}
		for x := range out {
			lo, hi := n.NearestRange(0, x)
			if hi > lo+1 || hi >= in {
				t.Fatalf("range %d to %d of %d", lo, hi, in)
			}
			total++
			if hi > lo {
				wide++
			}
			for _, q := range coordinates(coord, float32(x), s, float32(in), float32(out)) {
				i := min(max(int64(roundCoordinate(round, q)), 0), int64(in)-1)
				if uint64(i) < lo || uint64(i) > hi {
					t.Fatalf("mode %d/%d scale %v in %d: output %d copies %d, range %d to %d", coord, round, s, in, x, i, lo, hi)
				}
			}
		}
	}
	t.Log(wide, "of", total, "positions are ambiguous")
	if wide*5 > total {
		t.Error("too many ambiguous positions")
	}
}

// coordinates computes the original coordinate in float32 in the ways that kernels do.
func coordinates(mode int64, x, s, in, out float32) []float32 {
	switch mode {
	case program.CoordHalfPixel, program.CoordPytorchHalfPixel:
		if mode == program.CoordPytorchHalfPixel && out == 1 {
			return []float32{0}
		}
		inverse := 1 / s
		return []float32{float32(float32(x+0.5)/s) - 0.5, float32(float32(x+0.5)*inverse) - 0.5}
	case program.CoordAsymmetric:
		inverse := 1 / s
		return []float32{x / s, x * inverse}
	}
	if out == 1 {
		return []float32{0}
	}
	return []float32{x * (in - 1) / (out - 1), float32(x * float32((in-1)/(out-1)))}
}

func roundCoordinate(mode int64, q float32) float64 {
	v := float64(q)
	switch mode {
	case program.RoundPreferFloor:
		return math.Ceil(v - 0.5)
	case program.RoundPreferCeil:
		return math.Floor(v + 0.5)
	case program.RoundFloor:
		return math.Floor(v)
	}
	return math.Ceil(v)
}

// TestGather: indices from both ends; one out of range is a fault whatever is claimed.
func TestGather(t *testing.T) {
	rng := seeded(t, 42)
	data := numbered(rng, program.Float32, []uint64{4, 3, 2}, 1)
	indices := operand{t: program.Tensor{Dtype: program.Int64, Dims: []uint64{3}}, elements: []uint64{2, ^uint64(0), 0}}
	for _, outside := range []bool{false, true} {
		if outside {
			indices.elements = []uint64{3, ^uint64(3), 1}
		}
		var elements []uint64
		for a := range 4 {
			for i := range 3 {
				index := int64(indices.elements[i]) + 6
				for b := range 2 {
					elements = append(elements, data.elements[(a*3+int(index%3))*2+b])
				}
			}
		}
		c := nodeCase{op: program.OpGather, inputs: []operand{data, indices}, out: []uint64{4, 3, 2}, attributes: []program.Attribute{attrInts(program.Axis, 1)}}
		m := c.build(t, rng, elements)
		commitments, s := m.commitments(t)
		for e := range elements {
			c.prove(t, m, commitments, &s, uint64(e), outOfRange(int64(indices.elements[e/2%3])))
		}
	}
}

func outOfRange(i int64) bool { return i < -3 || i > 2 }

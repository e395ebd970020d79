package precheck

import (
	"maps"
	"math/rand"

	"github.com/assay-chain/assay/chain/program"
)

// movers are the makers of data movement.
var movers = map[uint32]maker{
	program.OpRelayout: func(s *sample, rng *rand.Rand, d draw) {
		o := []uint64{2, 1 + uint64(rng.Intn(3)), 3}
		s.add(rng, d, o...)
		for s.out(rng, o...); s.node.Outputs[0].Layout == s.node.Inputs[0].Type.Layout; s.out(rng, o...) {
			s.node.Outputs = nil
		}
	},
	program.OpReshape: func(s *sample, rng *rand.Rand, d draw) {
		o := shape(rng, 3, 4)
		s.add(rng, d, o...)
		s.out(rng, o[0]*o[2], o[1])
		if rng.Intn(2) == 0 {
			s.node.Inputs[0].Type.Layout, s.node.Outputs[0].Layout = program.Row, program.Row
		}
	},
	program.OpTranspose: func(s *sample, rng *rand.Rand, d draw) {
		o := shape(rng, 4, 4)
		s.add(rng, d, o...)
		a := program.Attribute{Name: program.Perm}
		var out []uint64
		for _, p := range rng.Perm(4) {
			a.Ints, out = append(a.Ints, int64(p)), append(out, o[p])
		}
		s.node.Attributes = append(s.node.Attributes, a)
		s.out(rng, out...)
	},
	program.OpSlice: func(s *sample, rng *rand.Rand, d draw) {
		x := shape(rng, 3, 7)
		s.add(rng, d, x...)
		starts, steps := program.Attribute{Name: program.Starts}, program.Attribute{Name: program.Steps}
		var o []uint64
		for _, extent := range x {
			at, step := int64(rng.Intn(int(extent))), int64(1+rng.Intn(2))
			most := (int64(extent)-1-at)/step + 1
			if rng.Intn(2) == 0 {
				step, most = -step, at/step+1
			}
			count := 1 + rng.Int63n(most)
			if count == 1 {
				step = 1
			}
			starts.Ints, steps.Ints, o = append(starts.Ints, at), append(steps.Ints, step), append(o, uint64(count))
		}
		s.node.Attributes = append(s.node.Attributes, starts, steps)
		s.out(rng, o...)
	},
	program.OpSplit: func(s *sample, rng *rand.Rand, d draw) {
		x := shape(rng, 3, 4)
		x[1] = 5
		s.add(rng, d, x...)
		s.ints(program.Axis, 1)
		for _, part := range []uint64{2, 1, 2} {
			s.out(rng, x[0], part, x[2])
		}
	},
	program.OpExpand: func(s *sample, rng *rand.Rand, d draw) {
		o := shape(rng, 3, 4)
		s.add(rng, d, o[1], 1)
		s.out(rng, o...)
	},
	program.OpTile: func(s *sample, rng *rand.Rand, d draw) {
		x := shape(rng, 3, 3)
		s.add(rng, d, x...)
		s.out(rng, x[0]*2, x[1], x[2]*3)
	},
	program.OpConcat: func(s *sample, rng *rand.Rand, d draw) {
		x, axis, sum := shape(rng, 3, 3), rng.Intn(3), uint64(0)
		for range 2 + rng.Intn(3) {
			dims := append([]uint64(nil), x...)
			dims[axis] = 1 + uint64(rng.Intn(3))
			sum += dims[axis]
			s.add(rng, d, dims...)
		}
		s.ints(program.Axis, int64(axis))
		x[axis] = sum
		s.out(rng, x...)
	},
	program.OpPad: func(s *sample, rng *rand.Rand, d draw) {
		x := []uint64{2, 3, 4}
		s.add(rng, d, x...)
		mode := int64(rng.Intn(3))
		if s.dtype != 0 { // a constant is a float32
			mode = program.ModeEdge
		}
		s.ints(program.Mode, mode)
		s.ints(program.Pads, 1, 0, 2, 0, 2, 1)
		s.floats(program.PadValue, 0)
		s.out(rng, 3, 5, 7)
	},
}

func init() { maps.Copy(makers, movers) }

package referee

import (
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestIntegerExtremes compares MaxPool, ReduceMax and ReduceMin of integers with a loop over all elements: the extreme is
// acquitted, its neighbours and every other element are not.
func TestIntegerExtremes(t *testing.T) {
	rng := seeded(t, 22)
	for range 40 {
		dtypes := []program.Dtype{program.Int8, program.Uint8, program.Int32, program.Int64}
		op := []uint32{program.OpMaxPool, program.OpReduceMax, program.OpReduceMin}[rng.Intn(3)]
		dtype := dtypes[rng.Intn(4)]
		kernel, pads, strides, dilations := []int64{2, 3}, []int64{1, 0, 0, 2}, []int64{1, 2}, []int64{1, 1}
		if op == program.OpMaxPool {
			dtype = dtypes[rng.Intn(2)]
		}
		dims := []uint64{2, 3, 4, 5}
		x := anyIntegers(rng, dtype, dims)
		c := nodeCase{op: op, dtype: dtype, inputs: []operand{x}, out: []uint64{2, 3, 4, 3},
			attributes: []program.Attribute{attrInts(program.Dilations, dilations...), attrInts(program.KernelShape, kernel...), attrInts(program.Pads, pads...), attrInts(program.Strides, strides...)}}
		window := func(at, in []int64) bool {
			return in[0] == at[0] && in[1] == at[1] && in[2] >= at[2]-1 && in[2] <= at[2] && in[3] >= 2*at[3] && in[3] <= 2*at[3]+2
		}
		if op != program.OpMaxPool {
			c.out, c.attributes = []uint64{2, 4}, []program.Attribute{attrInts(program.Axes, 1, 3), attrInts(program.Keepdims, 0)}
			window = func(at, in []int64) bool { return in[0] == at[0] && in[2] == at[1] }
		}
		out := program.Tensor{Dtype: dtype, Dims: c.out}
		elements := make([]uint64, out.Elements())
		for e := range elements {
			elements[e] = expectedExtreme(&x, signedAt(out.Coordinates(uint64(e))), window, op == program.OpReduceMin)
		}
		m := c.build(t, rng, elements)
		commitments, summary := m.commitments(t)
		j := m.judgeOf(t, &defaults)
		mask := uint64(1)<<(8*dtype.Width()) - 1
		for e, y := range elements {
			at := out.Coordinates(uint64(e))
			if j.judge(0, at, y, nil).fault {
				t.Fatalf("%s of %s %v: the extreme is convicted", program.Name(op), dtype, at)
			}
			for _, wrong := range append([]uint64{(y + 1) & mask, (y - 1) & mask}, x.elements...) {
				if wrong != y && !j.judge(0, at, wrong, nil).fault {
					t.Fatalf("%s of %s %v: %d in place of %d is acquitted", program.Name(op), dtype, at, wrong, y)
				}
			}
		}
		c.prove(t, m, commitments, &summary, uint64(rng.Intn(len(elements))), false)
	}
}

// anyIntegers draws a tensor of any bits of an integer dtype.
func anyIntegers(rng *rand.Rand, d program.Dtype, dims []uint64) operand {
	all := layouts(d, dims)
	o := operand{t: program.Tensor{Dtype: d, Dims: dims, Layout: all[rng.Intn(len(all))]}}
	for range o.t.Elements() {
		o.elements = append(o.elements, rng.Uint64()&(uint64(1)<<(8*d.Width())-1))
	}
	return o
}

func signedAt(at []uint64) (out []int64) {
	for _, x := range at {
		out = append(out, int64(x))
	}
	return out
}

func expectedExtreme(x *operand, at []int64, window func(at, in []int64) bool, least bool) uint64 {
	best, found := uint64(0), false
	for e, bits := range x.elements {
		v, b := signExtend(x.t.Dtype, bits), signExtend(x.t.Dtype, best)
		if window(at, signedAt(x.t.Coordinates(uint64(e)))) && (!found || least && v < b || !least && v > b) {
			best, found = bits, true
		}
	}
	return best
}

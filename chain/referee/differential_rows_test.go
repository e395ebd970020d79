package referee

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// extremesOf judges one float32 node of an extreme along one axis of three, with ties; the integers have their own test.
func extremesOf(op uint32) func(*testing.T, *rand.Rand, int) {
	return func(t *testing.T, rng *rand.Rand, round int) {
		t.Helper()
		dims := []uint64{uint64(1 + rng.Intn(3)), uint64(1 + rng.Intn(6)), uint64(1 + rng.Intn(4))}
		axis, keep := rng.Intn(3), round%2
		few := func(rng *rand.Rand) uint32 { return pick(rng, 0, 1<<31, floatOne, anyFloat(rng)) }
		x := floats(rng, few, dims...)
		out := append([]uint64(nil), dims[:axis]...)
		if keep == 1 {
			out = append(out, 1)
		}
		out = append(out, dims[axis+1:]...)
		best := func(at []uint64) (index uint64, most *big.Float) {
			full := append(append(append([]uint64(nil), at[:axis]...), 0), at[axis+keep:]...)
			for i := range dims[axis] {
				full[axis] = i
				v := value(x.word(full))
				if order := 0; most != nil {
					if order = v.Cmp(most); op == program.OpReduceMin || op == program.OpArgMin {
						order = -order
					}
					if order <= 0 {
						continue
					}
				}
				index, most = i, v
			}
			return index, most
		}
		c := nodeCase{op: op, inputs: []operand{x}, out: out, attributes: []program.Attribute{attrInts(program.Axes, int64(axis)), attrInts(program.Keepdims, int64(keep))}}
		if op == program.OpArgMax || op == program.OpArgMin {
			c.attributes[0].Name, c.dtype = program.Axis, program.Int64
			wantInteger(t, rng, c, func(_ uint64, at []uint64) uint64 {
				i, _ := best(at)
				return i
			})
			return
		}
		c.reference = func(at []uint64) (*big.Float, *big.Float) {
			_, v := best(at)
			return v, bf(0)
		}
		c.run(t, rng)
	}
}

// oneGather judges a random Gather along a random axis, by indices of rank 0 to 2 from both ends.
func oneGather(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(4)), uint64(1 + rng.Intn(4)), uint64(1 + rng.Intn(4))}
	axis := rng.Intn(3)
	d := pick(rng, program.Int8, program.Int32, program.Int64)
	data := wholes(rng, d, dims...)
	shape := pick(rng, []uint64{}, []uint64{3}, []uint64{2, 2})
	indices := operand{t: program.Tensor{Dtype: program.Int64, Dims: shape}}
	extent := int64(dims[axis])
	for range indices.t.Elements() {
		indices.elements = append(indices.elements, uint64(rng.Int63n(2*extent)-extent))
	}
	out := append(append(append([]uint64(nil), dims[:axis]...), shape...), dims[axis+1:]...)
	c := nodeCase{op: program.OpGather, inputs: []operand{data, indices}, out: out, dtype: d, attributes: []program.Attribute{attrInts(program.Axis, int64(axis))}}
	wantInteger(t, rng, c, func(_ uint64, at []uint64) uint64 {
		i := int64(indices.elements[indices.t.Index(at[axis:axis+len(shape)])])
		from := append(append(append([]uint64(nil), at[:axis]...), uint64((i+extent)%extent)), at[axis+len(shape):]...)
		return data.elements[data.t.Index(from)]
	})
}

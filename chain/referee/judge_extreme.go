package referee

import (
	"strconv"

	"github.com/assay-chain/assay/chain/program"
)

// integerExtreme: MaxPool, ReduceMax and ReduceMin of integers, exactly.
type integerExtreme struct {
	n     *program.Node
	in    *source
	box   program.Box
	least bool
}

func (j *integerExtreme) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	j.n.Reads(slot, at, 0, &j.box)
	base := uint64(0)
	for i := range j.box.Rank {
		base += j.box.Axes[i].At * j.in.strides[i]
	}
	best := j.in.integer(base)
	terms := j.walk(0, base, &best)
	o := demand(signExtend(j.in.tensor.Dtype, y) == best)
	if d != nil {
		d.expect(strconv.FormatInt(best, 10), terms, o)
	}
	return o
}

// walk visits the box from an axis on and returns how many elements it has.
func (j *integerExtreme) walk(axis int, base uint64, best *int64) (terms uint64) {
	if axis == j.box.Rank {
		if v := j.in.integer(base); j.least && v < *best || !j.least && v > *best {
			*best = v
		}
		return 1
	}
	x := &j.box.Axes[axis]
	for k := range int64(x.Count) {
		terms += j.walk(axis+1, uint64(int64(base)+k*x.Step*int64(j.in.strides[axis])), best)
	}
	return terms
}

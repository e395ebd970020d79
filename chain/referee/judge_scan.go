package referee

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/assay-chain/assay/chain/program"
)

// Operators along a line. CumSum: a sum of k elements in any order, γ_(k-1)·Σ|x| + k·η; integers wrap. TopK: exact.
var scanJudges = []row{{program.OpCumSum, newCumSum}, {program.OpTopK, newTopK}}

// line appends the bits of the elements of a box that runs along one axis.
func (s *source) line(dst []uint64, b *program.Box, axis int) []uint64 {
	position := s.corner(b)
	for range b.Axes[axis].Count {
		dst = append(dst, s.bits(position))
		position += s.strides[axis]
	}
	return dst
}

type cumSum struct {
	window
	underflow uint32
}

func newCumSum(n *program.Node, in []*source, c *Constants) judge {
	if in[0].tensor.Dtype == program.Float32 {
		return &cumSum{newWindow(n, in), c.Underflow}
	}
	return &integerSum{n: n, in: in[0]}
}

func (j *cumSum) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	if !j.n.Reads(slot, at, 0, &j.box) { // the first element of an exclusive sum
		return exactly(uint32(y), 0, d)
	}
	values := j.load(slot, at)
	k := uint64(len(values))
	if d != nil {
		d.terms = k
	}
	var dot Dot
	dot.addOnes(values)
	if !dot.finite() {
		return dot.special(uint32(y), d)
	}
	l := linear{n: k - 1, den: 1, tiny: k, underflow: j.underflow}
	l.s, l.a = dot.sum()
	return l.judge(uint32(y), d)
}

// integerSum is CumSum modulo 2^width.
type integerSum struct {
	n      *program.Node
	in     *source
	box    program.Box
	buffer []uint64
}

func (j *integerSum) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	sum := uint64(0)
	j.buffer = j.buffer[:0]
	if j.n.Reads(slot, at, 0, &j.box) {
		j.buffer = j.in.line(j.buffer, &j.box, j.n.AxisOf())
	}
	for _, x := range j.buffer {
		sum += x
	}
	if j.in.width == 4 {
		sum = uint64(uint32(sum))
	}
	o := same(j.in.tensor.Dtype, y, sum, d)
	if d != nil {
		d.terms = uint64(len(j.buffer))
	}
	return o
}

// topK: rank r of the line in order, ties by the lower index, both zeros equal. Beside NaN kernels sort as they like: any
// element and any index.
type topK struct {
	n     *program.Node
	in    *source
	dtype program.Dtype
	box   program.Box
	// the line that was sorted last: its place in memory, its elements and their order
	known    bool
	corner   uint64
	elements []uint64
	order    []int
	unsorted bool
}

func newTopK(n *program.Node, in []*source, _ *Constants) judge {
	return &topK{n: n, in: in[0], dtype: in[0].tensor.Dtype}
}

func (j *topK) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	j.n.Reads(slot, at, 0, &j.box)
	if corner := j.in.corner(&j.box); !j.known || corner != j.corner {
		j.known, j.corner = true, corner
		j.sort()
	}
	if j.unsorted {
		o := demand(slot == 1 && y < uint64(len(j.elements)) || slot == 0 && (isNaN(j.dtype, y) || slices.Contains(j.elements, y)))
		d.expect("any element, beside NaN", uint64(len(j.elements)), o)
		return o
	}
	best := j.order[at[j.n.AxisOf()]]
	want := strconv.Itoa(best)
	o := demand(y == uint64(best))
	if slot == 0 {
		want, o = show(j.dtype, j.elements[best]), demand(order(j.dtype, y, j.elements[best]) == 0)
	}
	d.expect(want, uint64(len(j.elements)), o)
	return o
}

func (j *topK) sort() {
	j.elements = j.in.line(j.elements[:0], &j.box, j.n.AxisOf())
	j.order, j.unsorted = j.order[:0], false
	for i, x := range j.elements {
		j.order = append(j.order, i)
		j.unsorted = j.unsorted || isNaN(j.dtype, x)
	}
	if j.unsorted {
		return
	}
	largest := j.n.Int(program.Largest) == 1
	slices.SortFunc(j.order, func(a, b int) int {
		c := order(j.dtype, j.elements[a], j.elements[b])
		if largest {
			c = -c
		}
		if c == 0 {
			c = cmp.Compare(a, b)
		}
		return c
	})
}

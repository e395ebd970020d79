package referee

import (
	"strconv"

	"github.com/assay-chain/assay/chain/program"
)

// Reductions: sums γ_n·Σ|x| + (n+1)·η, means one rounding more for the division; extremes exactly.
var reduceJudges = []row{
	{program.OpReduceSum, newSum}, {program.OpReduceMean, newSum}, {program.OpReduceMax, newExtreme}, {program.OpReduceMin, newExtreme},
	{program.OpArgMax, newArgument}, {program.OpArgMin, newArgument},
}

// Pools: averages as means (padding adds exact zeros and counts as terms), maxima exactly over what is not padding.
var poolJudges = []row{
	{program.OpAveragePool, newSum}, {program.OpGlobalAveragePool, newSum}, {program.OpMaxPool, newExtreme}, {program.OpGlobalMaxPool, newExtreme},
}

// window gathers the float32s that one output element reads of operand 0.
type window struct {
	n      *program.Node
	in     *source
	box    program.Box
	buffer []uint32
}

func newWindow(n *program.Node, in []*source) window { return window{n: n, in: in[0]} }

func (w *window) load(slot int, at []uint64) []uint32 {
	w.n.Reads(slot, at, 0, &w.box)
	w.buffer = w.in.box(w.buffer[:0], &w.box, -1)
	return w.buffer
}

type sumJudge struct {
	window
	l linear // n, tiny, den and underflow; den 0 divides by the number of elements in the window
}

func newSum(n *program.Node, in []*source, c *Constants) judge {
	if !isFloat(in[0].tensor.Dtype) {
		return &integerFold{n: n, in: in[0], fold: total}
	}
	j := &sumJudge{window: newWindow(n, in)}
	var terms uint64
	switch n.Op {
	case program.OpReduceSum, program.OpReduceMean:
		terms = n.ReducedElements()
	case program.OpGlobalAveragePool:
		terms = product(in[0].tensor.Dims[2:])
	default:
		terms = 1
		for _, k := range n.Ints(program.KernelShape) {
			terms *= uint64(k)
		}
	}
	j.l = linear{n: terms + 1, den: terms, tiny: terms + 2, underflow: c.Underflow}
	switch n.Op {
	case program.OpReduceSum:
		j.l.n, j.l.den, j.l.tiny = terms, 1, terms+1
	case program.OpAveragePool:
		if n.Int(program.CountIncludePad) == 0 {
			j.l.den = 0
		}
	}
	return j
}

func (j *sumJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	values := j.load(slot, at)
	var dot Dot
	dot.addOnes(values)
	if d != nil {
		d.terms = uint64(len(values))
	}
	if !dot.finite() {
		return dot.special(uint32(y), d)
	}
	l := j.l
	if l.den == 0 {
		l.den = uint64(len(values))
	}
	l.s, l.a = dot.sum()
	return l.judge(uint32(y), d)
}

// extremeJudge: ReduceMax, ReduceMin and the maximum pools.
type extremeJudge struct {
	window
	least bool
}

func newExtreme(n *program.Node, in []*source, _ *Constants) judge {
	if !isFloat(in[0].tensor.Dtype) {
		return &integerFold{n: n, in: in[0], fold: bestInteger(n.Op == program.OpReduceMin)}
	}
	return &extremeJudge{newWindow(n, in), n.Op == program.OpReduceMin}
}

func (j *extremeJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	values := j.load(slot, at)
	best, hasNaN := values[0], false
	for _, x := range values {
		hasNaN = hasNaN || nan(x)
		if j.least && less(x, best) || !j.least && less(best, x) {
			best = x
		}
	}
	if !hasNaN {
		// a pool that starts from the lowest number never comes down to minus infinity
		if !j.least && best == negativeInf && y == lowest {
			best = lowest
		}
		o := exactly(uint32(y), best, d)
		if d != nil {
			d.terms = uint64(len(values))
		}
		return o
	}
	ok := nan(uint32(y)) || !j.least && y == lowest
	for _, x := range values {
		ok = ok || equal(uint32(y), x)
	}
	o := demand(ok)
	d.expect("NaN or an operand", uint64(len(values)), o)
	return o
}

// argumentJudge: the lowest index of the extreme; where a NaN is compared, any index.
type argumentJudge struct {
	window
	least bool
}

func newArgument(n *program.Node, in []*source, _ *Constants) judge {
	if !isFloat(in[0].tensor.Dtype) {
		return &integerFold{n: n, in: in[0], fold: bestIndex(n.Op == program.OpArgMin)}
	}
	return &argumentJudge{newWindow(n, in), n.Op == program.OpArgMin}
}

func (j *argumentJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	values := j.load(slot, at)
	best := 0
	for i, x := range values {
		if nan(x) {
			o := demand(y < uint64(len(values)))
			d.expect("any index", uint64(len(values)), o)
			return o
		}
		if j.least && less(x, values[best]) || !j.least && less(values[best], x) {
			best = i
		}
	}
	o := demand(y == uint64(best))
	if d != nil {
		d.expect(strconv.Itoa(best), uint64(len(values)), o)
	}
	return o
}

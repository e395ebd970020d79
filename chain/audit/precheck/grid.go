package precheck

import "github.com/assay-chain/assay/chain/program"

// grid walks a box of output elements together with the elements of operands that belong to them: every place is a base plus
// a sum of index times step. Stream 0 is the output.
type grid struct {
	dims  []int
	steps [][]int // by axis, then by stream
	bases []int
}

// axis of a grid: its extent, and how far apart neighbours are in every stream.
type axis struct {
	extent int
	steps  []int
}

// newGrid joins axes, from the outermost to the innermost, where that leaves one walk.
func newGrid(bases []int, axes []axis) *grid {
	g := &grid{bases: bases}
	for _, a := range axes {
		if a.extent == 1 {
			continue
		}
		last := len(g.dims) - 1
		joins := last >= 0
		for s := range a.steps {
			joins = joins && g.steps[last][s] == a.extent*a.steps[s]
		}
		if joins {
			g.dims[last] *= a.extent
			g.steps[last] = a.steps
			continue
		}
		g.dims, g.steps = append(g.dims, a.extent), append(g.steps, a.steps)
	}
	if len(g.dims) == 0 {
		g.dims, g.steps = []int{1}, [][]int{make([]int, len(bases))}
	}
	return g
}

// axesOf are the output's axes in the order of its memory; of returns the operands' steps along a logical axis.
func axesOf(out *program.Tensor, of func(axis int) []int) (axes []axis) {
	strides := out.Strides()
	for _, i := range out.Order() {
		axes = append(axes, axis{int(out.Dims[i]), append([]int{int(strides[i])}, of(i)...)})
	}
	return axes
}

// run is count elements in a row: at holds the place of the first in every stream, step how far apart they are.
type run func(count int, at, step []int)

// span is how many elements a unit takes.
const span = 1 << 15

// split makes units of a grid. start prepares a unit's run on an output.
func (g *grid) split(start func(output []byte, acquitted []bool) run) (units []unit) {
	total := 1
	for _, d := range g.dims {
		total *= d
	}
	for from := 0; from < total; from += span {
		units = append(units, func(output []byte, acquitted []bool) {
			g.walk(from, min(from+span, total), start(output, acquitted))
		})
	}
	return units
}

// walk calls r for the elements from..to-1 in order.
func (g *grid) walk(from, to int, r run) {
	last := len(g.dims) - 1
	index, at := make([]int, last+1), append([]int(nil), g.bases...)
	for i, rest := last, from; i >= 0; i-- {
		index[i], rest = rest%g.dims[i], rest/g.dims[i]
		for s := range at {
			at[s] += index[i] * g.steps[i][s]
		}
	}
	for from < to {
		count := min(g.dims[last]-index[last], to-from)
		r(count, at, g.steps[last])
		from += count
		g.advance(index, at, count)
	}
}

// advance moves by count elements of the last axis, at most to its end.
func (g *grid) advance(index, at []int, count int) {
	for i := len(g.dims) - 1; i >= 0; i-- {
		index[i] += count
		for s := range at {
			at[s] += count * g.steps[i][s]
		}
		if index[i] < g.dims[i] {
			return
		}
		for s := range at {
			at[s] -= index[i] * g.steps[i][s]
		}
		index[i], count = 0, 1
	}
}

// broadcastSteps are the steps of operand k along the output's logical axes, as numpy broadcasts.
func (n *node) broadcastSteps(k int) (steps [program.MaxRank]int) {
	t := n.operand(k)
	strides := t.Strides()
	skip := len(n.out().Dims) - len(t.Dims)
	for i, d := range t.Dims {
		if d != 1 {
			steps[skip+i] = int(strides[i])
		}
	}
	return steps
}

package referee

import "github.com/assay-chain/assay/chain/program"

var convJudges = []row{{program.OpConv, newConv}, {program.OpConvTranspose, newConvTranspose}}

var matrixJudges = []row{{program.OpMatMul, newMatrix}, {program.OpGemm, newMatrix}}

// contraction is what Conv, ConvTranspose, MatMul and Gemm share: γ_d·(Σ|x·w| + |b|) + (n+1)·η, where n is the full static
// size of the kernel, padding included, plus one for a bias. The bias is one more product, by one. d, the most roundings that
// a product passes through, is n unless the profile certifies an order (weightDepth).
//
// Operands are gathered into buffers, which the next element reuses when it reads the same box: in any layout one of the two
// usually stays while elements follow each other in memory.
type contraction struct {
	in        []*source
	underflow uint32
	n, depth  uint64
	last      int // the axis of both operands that varies fastest in the buffers
	boxes     [2]program.Box
	buffers   [2][]uint32
	valid     bool
	dot       Dot
}

func newContraction(n *program.Node, in []*source, c *Constants, terms uint64, last int) contraction {
	if len(in) == 3 && in[2] != nil {
		terms++
	}
	return contraction{in: in, underflow: c.Underflow, n: terms, depth: terms, last: last}
}

// weightDepth is the most roundings between one of k products and a sum that adds blocks of a certified size one product
// after another and then the blocks one after another: as many as the block holds, the product's own among them, and one a
// block; one more for a bias, wherever it joins. Never more than in any order, which block 0 stands for.
func weightDepth(k, block uint64, bias bool) uint64 {
	b := uint64(0)
	if bias {
		b = 1
	}
	if block == 0 || block >= k {
		return k + b
	}
	return min(k, block+(k-1)/block+1) + b
}

// MatrixDepth is the most roundings that a product of a MatMul or Gemm passes through under these constants, a bias among the
// products. The runtime packs an initializer of rank 2, and only then is the order of its sums known.
func (c *Constants) MatrixDepth(n *program.Node) uint64 {
	_, summed := n.MatrixAxes(0)
	w, k, biased := &n.Inputs[1], n.Inputs[0].Type.Dims[summed], len(n.Inputs) == 3 && n.Inputs[2].Kind != program.None
	if w.Kind != program.Weight || len(w.Type.Dims) != 2 {
		return weightDepth(k, 0, biased)
	}
	return weightDepth(k, uint64(c.WeightBlock), biased)
}

// load gathers the boxes of both operands unless they are those of the element before.
func (k *contraction) load(x, w *program.Box) {
	for i, b := range [2]*program.Box{x, w} {
		if k.valid && k.boxes[i] == *b {
			continue
		}
		k.boxes[i] = *b
		k.buffers[i] = k.in[i].box(k.buffers[i][:0], b, k.last)
	}
	k.valid = true
}

func (k *contraction) add(x, w []uint32, d *detail) {
	k.dot.add(x, w)
	if d != nil && d.each != nil {
		d.each(x, w)
	}
}

// finish judges the sum of the loaded products (none if empty) and of the bias at a place in memory.
func (k *contraction) finish(y uint32, empty bool, bias uint64, d *detail) outcome {
	k.dot.reset()
	if !empty {
		k.add(k.buffers[0], k.buffers[1], d)
	}
	if len(k.in) == 3 && k.in[2] != nil {
		one := [1]uint32{floatOne}
		b := [1]uint32{k.in[2].word(bias)}
		k.add(b[:], one[:], d)
	}
	if d != nil {
		d.terms = uint64(k.dot.terms)
	}
	if !k.dot.finite() {
		return k.dot.special(y, d)
	}
	s, a := k.dot.sum()
	l := linear{s: s, a: a, n: k.depth, den: 1, tiny: k.n + 1, underflow: k.underflow}
	return l.judge(y, d)
}

// convBoxes places what one output element of a convolution reads of its operands.
type convBoxes struct {
	windows []program.Window
	group   uint64 // output channels of a group
	x, w    program.Box
}

func newConvBoxes(n *program.Node) convBoxes {
	w := n.Inputs[n.SecondFactor()].Type.Dims
	j := convBoxes{group: w[0] / uint64(n.Int(program.Group))}
	for i := range w[2:] {
		j.windows = append(j.windows, n.ConvWindow(i))
	}
	j.x.Rank, j.w.Rank = len(w), len(w)
	for i := range w {
		j.x.Axes[i] = program.Span{At: 0, Count: 1, Step: 1}
		j.w.Axes[i] = program.Span{At: 0, Count: 1, Step: 1}
	}
	j.x.Axes[1].Count, j.w.Axes[1].Count = w[1], w[1]
	return j
}

// place moves the boxes to an output element: clipped says that some taps meet padding, empty that all do.
func (j *convBoxes) place(at []uint64) (clipped, empty bool) {
	j.x.Axes[0].At, j.w.Axes[0].At = at[0], at[1]
	j.x.Axes[1].At = at[1] / j.group * j.w.Axes[1].Count
	for i := range j.windows {
		g := &j.windows[i]
		tap, input, count := g.Taps(at[i+2])
		clipped, empty = clipped || count < g.Kernel, empty || count == 0
		j.x.Axes[i+2] = program.Span{At: uint64(input), Count: uint64(count), Step: g.Dilation}
		j.w.Axes[i+2] = program.Span{At: uint64(tap), Count: uint64(count), Step: 1}
	}
	return clipped, empty
}

type convJudge struct {
	contraction
	convBoxes
	full []uint32
}

func newConv(n *program.Node, in []*source, c *Constants) judge {
	return &convJudge{contraction: newContraction(n, in, c, product(in[1].tensor.Dims[1:]), 1), convBoxes: newConvBoxes(n)}
}

func product(dims []uint64) uint64 {
	n := uint64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}

func (j *convJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	clipped, empty := j.place(at)
	if !empty {
		j.load(&j.x, &j.w)
	}
	if clipped && nan(uint32(y)) && !j.finiteFilter(at[1]) {
		d.expect("NaN", 1, honest)
		return honest
	}
	return j.finish(uint32(y), empty, at[1], d)
}

// finiteFilter: kernels multiply padding zeros by the filter, and zero times infinity is NaN.
func (j *convJudge) finiteFilter(channel uint64) bool {
	b := j.w
	b.Axes[0].At = channel
	for i := range j.windows {
		b.Axes[i+2] = program.Span{At: 0, Count: uint64(j.windows[i].Kernel), Step: 1}
	}
	j.full = j.in[1].box(j.full[:0], &b, 1)
	for _, x := range j.full {
		if !finite(x) {
			return false
		}
	}
	return true
}

type convTransposeJudge struct {
	contraction
	n    *program.Node
	x, w program.Box
}

func newConvTranspose(n *program.Node, in []*source, c *Constants) judge {
	w := in[1].tensor.Dims
	terms := w[0] / uint64(n.Int(program.Group)) * product(w[2:])
	j := &convTransposeJudge{contraction: newContraction(n, in, c, terms, 0), n: n}
	return j
}

func (j *convTransposeJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	some := j.n.Reads(slot, at, 0, &j.x) && j.n.Reads(slot, at, 1, &j.w)
	if some {
		j.loadTransposed()
	}
	return j.finish(uint32(y), !some, at[1], d)
}

// loadTransposed: input channels are axis 1 of X and axis 0 of W, both slowest here; the spatial axes pair up after them.
func (j *convTransposeJudge) loadTransposed() {
	last := j.last
	j.last = -1
	j.load(&j.x, &j.w)
	j.last = last
}

type matrixJudge struct {
	contraction
	n    *program.Node
	x, w program.Box
	bias lane
}

func newMatrix(n *program.Node, in []*source, c *Constants) judge {
	_, summed := n.MatrixAxes(0)
	j := &matrixJudge{contraction: newContraction(n, in, c, in[0].tensor.Dims[summed], -1), n: n}
	j.depth = c.MatrixDepth(n)
	if len(in) == 3 && in[2] != nil {
		j.bias = newLane(n, 0, in[2])
	}
	return j
}

func (j *matrixJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	j.n.Reads(slot, at, 0, &j.x)
	j.n.Reads(slot, at, 1, &j.w)
	j.load(&j.x, &j.w)
	bias := uint64(0)
	if j.bias.source != nil {
		bias = j.bias.find(at)
	}
	return j.finish(uint32(y), false, bias, d)
}

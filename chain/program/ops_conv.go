package program

// Convolutions: X [N][C][spatial…], W [M][C/group][kernel…] (ConvTranspose: [C][M/group][kernel…]), optional bias [M].
var convRows = []Operator{
	{Number: OpConv, Name: "Conv", Least: 2, Most: 3, Attributes: []AttributeSpec{integers(Dilations), integer(Group), integers(Pads), integers(Strides)},
		check: checkConv, worst: worstConv, reads: readConv, cost: convCost, work: convWork},
	{Number: OpConvTranspose, Name: "ConvTranspose", Least: 2, Most: 3, Attributes: []AttributeSpec{integers(Dilations), integer(Group), integers(OutputPadding), integers(Pads), integers(Strides)},
		check: checkConvTranspose, worst: worstConvTranspose, reads: readConvTranspose, cost: convTransposeCost, work: convTransposeWork},
}

// maxStep bounds kernel extents, strides and dilations, so that no product below overflows.
const maxStep = 1 << 20

// Window is the spatial geometry of one axis of a convolution or a pool.
type Window struct {
	Kernel, Pad, Stride, Dilation, In int64
}

// Taps returns the first kernel index of output position at whose input lies inside, the input it meets, and how many follow
// (each Dilation further): the rest of the kernel meets padding.
func (w *Window) Taps(at uint64) (tap, input, count int64) {
	start := int64(at)*w.Stride - w.Pad
	if start < 0 {
		tap = (-start + w.Dilation - 1) / w.Dilation
	}
	input = start + tap*w.Dilation
	if tap >= w.Kernel || input >= w.In {
		return 0, 0, 0
	}
	return tap, input, min(w.Kernel-tap, (w.In-1-input)/w.Dilation+1)
}

// ConvWindow is the geometry of spatial axis i of a Conv, ConvInteger or QLinearConv that passed Check.
func (n *Node) ConvWindow(i int) Window {
	return Window{int64(n.dims(n.SecondFactor())[i+2]), n.Ints(Pads)[i], n.Ints(Strides)[i], n.Ints(Dilations)[i], int64(n.dims(0)[i+2])}
}

// PoolWindow is the geometry of spatial axis i of a pool that passed Check.
func (n *Node) PoolWindow(i int) Window {
	return Window{n.Ints(KernelShape)[i], n.Ints(Pads)[i], n.Ints(Strides)[i], n.Ints(Dilations)[i], int64(n.dims(0)[i+2])}
}

// checkWindow demands the exact output extents of a convolution or pool with this kernel.
func (n *Node) checkWindow(kernel []int64, pool bool) error {
	x, o, k := n.dims(0), n.Outputs[0].Dims, len(kernel)
	pads, strides, dilations := n.Ints(Pads), n.Ints(Strides), n.Ints(Dilations)
	if len(pads) != 2*k || len(strides) != k || len(dilations) != k || len(x) != k+2 || len(o) != k+2 {
		return wrongShape("%d spatial axes: pads, strides, dilations, operand or output differ", k)
	}
	for i, size := range kernel {
		a, b, s, d, in := pads[i], pads[k+i], strides[i], dilations[i], int64(x[i+2])
		if size < 1 || size > maxStep || d < 1 || d > maxStep || s < 1 || s > maxStep || a < 0 || b < 0 {
			return wrongAttribute("axis %d: kernel %d, stride %d, dilation %d, pads %d and %d", i, size, s, d, a, b)
		}
		extent := (size-1)*d + 1
		if pool && (a >= extent || b >= extent || d > 1 && d > in) {
			return wrongAttribute("axis %d: a window would hold no element", i)
		}
		if in+a+b < extent || (in+a+b-extent)/s+1 != int64(o[i+2]) {
			return wrongShape("axis %d: output extent %d does not follow", i, o[i+2])
		}
	}
	return nil
}

// checkGroups: ranks, batch, groups and bias of either convolution of floats.
func (n *Node) checkGroups() error {
	if err := n.checkChannels(); err != nil {
		return err
	}
	if o := n.Outputs[0].Dims; n.present(2) && (len(n.dims(2)) != 1 || n.dims(2)[0] != o[1]) {
		return wrongShape("bias %v, [%d] expected", n.dims(2), o[1])
	}
	return n.demandDtype(Float32)
}

// checkChannels: ranks, batch and groups of any convolution.
func (n *Node) checkChannels() error {
	x, w, o := n.dims(0), n.dims(n.SecondFactor()), n.Outputs[0].Dims
	if len(x) < 3 || len(w) != len(x) || len(o) != len(x) {
		return wrongShape("ranks %d, %d, %d", len(x), len(w), len(o))
	}
	g := n.Int(Group)
	if g < 1 || x[1]%uint64(g) != 0 || o[1]%uint64(g) != 0 || x[0] != o[0] {
		return wrongShape("group %d of %d and %d channels, batch %d and %d", g, x[1], o[1], x[0], o[0])
	}
	return nil
}

func signed(d []uint64) []int64 {
	s := make([]int64, len(d))
	for i, v := range d {
		s[i] = int64(v)
	}
	return s
}

func checkConv(n *Node) error {
	return first(n.checkGroups(), n.checkFilter())
}

// checkFilter: the filter of a convolution that is not transposed, and the extents that follow from it.
func (n *Node) checkFilter() error {
	if err := n.checkChannels(); err != nil {
		return err
	}
	x, w, m := n.dims(0), n.dims(n.SecondFactor()), n.Outputs[0].Dims[1]
	if w[0] != m || w[1] != x[1]/uint64(n.Int(Group)) {
		return wrongShape("filter %v for %d channels to %d in %d groups", w, x[1], m, n.Int(Group))
	}
	return n.checkWindow(signed(w[2:]), false)
}

func worstConv(n *Node, k int, b *Box) {
	w := n.dims(n.SecondFactor())
	switch k {
	case 0:
		b.Axes[1].Count = w[1]
		for i := 2; i < len(w); i++ {
			b.Axes[i] = Span{0, w[i], n.Ints(Dilations)[i-2]}
		}
	case n.SecondFactor():
		for i := 1; i < len(w); i++ {
			b.Axes[i].Count = w[i]
		}
	}
}

// readConv opens the whole filter of the output channel, also where taps meet padding: zero times an infinite filter is NaN.
func readConv(n *Node, slot int, at []uint64, k int, b *Box) bool {
	w := n.dims(n.SecondFactor())
	switch k {
	case 0:
		*b = one(len(w))
		b.Axes[0].At = at[0]
		b.Axes[1] = Span{at[1] / (n.Outputs[0].Dims[1] / uint64(n.Int(Group))) * w[1], w[1], 1}
		for i := 2; i < len(w); i++ {
			g := n.ConvWindow(i - 2)
			_, input, count := g.Taps(at[i])
			if count == 0 {
				return false
			}
			b.Axes[i] = Span{uint64(input), uint64(count), g.Dilation}
		}
	case n.SecondFactor():
		*b = one(len(w))
		b.Axes[0].At = at[1]
		for i := 1; i < len(w); i++ {
			b.Axes[i].Count = w[i]
		}
	default:
		*b = one(1)
		b.Axes[0].At = at[1]
	}
	return true
}

func convCost(n *Node) Cost {
	return Cost{MACs: mulCap(n.outputElements(), product(n.dims(n.SecondFactor())[1:])), ElementsRead: n.operandElements()}
}

func convWork(n *Node) Work { return Work{MACs: product(n.dims(n.SecondFactor())[1:]) + 1} }

func checkConvTranspose(n *Node) error {
	if err := n.checkGroups(); err != nil {
		return err
	}
	x, w, o := n.dims(0), n.dims(1), n.Outputs[0].Dims
	if w[0] != x[1] || w[1] != o[1]/uint64(n.Int(Group)) {
		return wrongShape("filter %v for %d channels to %d in %d groups", w, x[1], o[1], n.Int(Group))
	}
	k := len(x) - 2
	pads, strides, dilations, extra := n.Ints(Pads), n.Ints(Strides), n.Ints(Dilations), n.Ints(OutputPadding)
	if len(pads) != 2*k || len(strides) != k || len(dilations) != k || len(extra) != k {
		return wrongShape("%d spatial axes: pads, strides, dilations or output_padding differ", k)
	}
	for i := range k {
		a, b, s, d, p := pads[i], pads[k+i], strides[i], dilations[i], extra[i]
		if s < 1 || s > maxStep || d < 1 || d > maxStep || a < 0 || b < 0 || p < 0 || p >= max(s, d) || w[i+2] > maxStep {
			return wrongAttribute("axis %d: kernel %d, stride %d, dilation %d, pads %d and %d, output_padding %d", i, w[i+2], s, d, a, b, p)
		}
		if (int64(x[i+2])-1)*s+(int64(w[i+2])-1)*d+1+p-a-b != int64(o[i+2]) {
			return wrongShape("axis %d: output extent %d does not follow", i, o[i+2])
		}
	}
	return nil
}

// Transposed is the geometry of one spatial axis of a ConvTranspose: output o meets kernel tap t and input i where
// i·stride + t·dilation = o + pad. With g = gcd(stride, dilation) the taps lie stride/g apart and the inputs -dilation/g.
type Transposed struct {
	Kernel, Pad, Stride, Dilation, In int64
	TapStep, InStep                   int64
}

// TransposedWindow is the geometry of spatial axis i of a ConvTranspose that passed Check.
func (n *Node) TransposedWindow(i int) Transposed {
	s, d := n.Ints(Strides)[i], n.Ints(Dilations)[i]
	a, b := s, d
	for b != 0 {
		a, b = b, a%b
	}
	return Transposed{int64(n.dims(1)[i+2]), n.Ints(Pads)[i], s, d, int64(n.dims(0)[i+2]), s / a, d / a}
}

// Taps returns the first tap that output position at meets, its input, and how many follow: each TapStep further in the
// kernel and InStep back in the input.
func (w *Transposed) Taps(at uint64) (tap, input, count int64) {
	o := int64(at) + w.Pad
	for tap = 0; tap < min(w.Kernel, w.TapStep); tap++ {
		rest := o - tap*w.Dilation
		if rest%w.Stride != 0 {
			continue
		}
		input = rest / w.Stride // may lie beyond the end: then later taps meet earlier inputs
		if skip := (input - (w.In - 1) + w.InStep - 1) / w.InStep; input >= w.In {
			tap, input = tap+skip*w.TapStep, input-skip*w.InStep
		}
		if tap >= w.Kernel || input < 0 {
			return 0, 0, 0
		}
		return tap, input, min((w.Kernel-1-tap)/w.TapStep, input/w.InStep) + 1
	}
	return 0, 0, 0
}

func worstConvTranspose(n *Node, k int, b *Box) {
	x, w := n.dims(0), n.dims(1)
	if k > 1 {
		return
	}
	b.Axes[1-k].Count = x[1] / uint64(n.Int(Group))
	for i := 2; i < len(w); i++ {
		g := n.TransposedWindow(i - 2)
		taps := (w[i] + uint64(g.TapStep) - 1) / uint64(g.TapStep)
		b.Axes[i] = Span{0, taps, g.InStep}
		if k == 1 {
			b.Axes[i].Step = g.TapStep
		}
	}
}

func readConvTranspose(n *Node, slot int, at []uint64, k int, b *Box) bool {
	w, m, g := n.dims(1), n.Outputs[0].Dims[1], uint64(n.Int(Group))
	if k == 2 {
		*b = one(1)
		b.Axes[0].At = at[1]
		return true
	}
	*b = one(len(w))
	channels, group := w[0]/g, at[1]/(m/g)
	if k == 0 {
		b.Axes[0].At = at[0]
		b.Axes[1] = Span{group * channels, channels, 1}
	} else {
		b.Axes[0] = Span{group * channels, channels, 1}
		b.Axes[1].At = at[1] % (m / g)
	}
	for i := 2; i < len(w); i++ {
		t := n.TransposedWindow(i - 2)
		tap, input, count := t.Taps(at[i])
		if count == 0 {
			return false
		}
		if k == 0 {
			b.Axes[i] = Span{uint64(input), uint64(count), -t.InStep}
		} else {
			b.Axes[i] = Span{uint64(tap), uint64(count), t.TapStep}
		}
	}
	return true
}

func convTransposeCost(n *Node) Cost {
	return Cost{MACs: mulCap(product(n.dims(0)), product(n.dims(1)[1:])), ElementsRead: n.operandElements()}
}

func convTransposeWork(n *Node) Work {
	var b Box = one(len(n.dims(1)))
	worstConvTranspose(n, 1, &b)
	return Work{MACs: b.Elements() + 1}
}

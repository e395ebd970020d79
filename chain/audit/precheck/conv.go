package precheck

import "github.com/assay-chain/assay/chain/program"

// patch is the geometry by which a Conv gathers windows.
type patch struct {
	n           *node
	padding     float64
	channels    int // of a group
	channelStep int
	taps        [][]int // coordinates of every tap of the kernel
	tapSteps    []int   // its place relative to tap 0
	windows     []program.Window
	steps       []int // of the operand's spatial axes
}

// conv: padding is gathered as zeros, which add nothing exactly, or NaN beside an infinite filter, which acquits nobody.
func conv(n *node) []unit {
	m := n.convolution(0)
	if n.has(2) {
		group := int(n.Int(program.Group))
		m.bias = func(problem, _, col int) float64 { return load(n.operands[2], problem%group*m.cols+col) }
	}
	return m.units()
}

// convolution: a problem is one image and group; its rows are the windows, its columns the filters.
func (n *node) convolution(padding float64) *product {
	x, w, o := n.strides(0), n.strides(1), n.out().Strides()
	filter, out := n.operand(1).Dims, n.out().Dims
	group := int(n.Int(program.Group))
	cols := int(out[1]) / group
	p := &patch{n: n, padding: padding, channels: int(filter[1]), channelStep: x[1], steps: x[2:]}
	rows := 1
	for i, d := range out[2:] {
		rows *= int(d)
		p.windows = append(p.windows, n.ConvWindow(i))
	}
	filterSteps := p.layTaps(filter[2:], w[2:])
	m := &product{n: n, terms: p.channels * len(p.taps), problems: int(out[0]) * group, rows: rows, cols: cols}
	m.row = func(problem, i int, to []float64) {
		p.gather(problem/group*x[0]+problem%group*p.channels*x[1], spatial(i, out[2:]), to)
	}
	m.col = func(problem, i int, to []float64) {
		at := (problem%group*cols + i) * w[0]
		for t, step := range filterSteps {
			n.gather(to[t*p.channels:][:p.channels], 1, at+step, w[1])
		}
	}
	m.place = func(problem, row, col int) int {
		at := problem/group*int(o[0]) + (problem%group*cols+col)*int(o[1])
		for i := len(out) - 1; i >= 2; i-- {
			at += row % int(out[i]) * int(o[i])
			row /= int(out[i])
		}
		return at
	}
	return m
}

// spatial turns a row-major index into coordinates.
func spatial(i int, dims []uint64) (at [program.MaxRank]int) {
	for a := len(dims) - 1; a >= 0; a-- {
		at[a], i = i%int(dims[a]), i/int(dims[a])
	}
	return at
}

// layTaps lists the taps of a kernel, and returns their places in the filter.
func (p *patch) layTaps(kernel []uint64, filter []int) (filterSteps []int) {
	total := 1
	for _, d := range kernel {
		total *= int(d)
	}
	for t := range total {
		at := spatial(t, kernel)
		inData, inFilter := 0, 0
		for i := range kernel {
			inData += at[i] * int(p.windows[i].Dilation) * p.steps[i]
			inFilter += at[i] * filter[i]
		}
		p.taps = append(p.taps, at[:len(kernel)])
		p.tapSteps, filterSteps = append(p.tapSteps, inData), append(filterSteps, inFilter)
	}
	return filterSteps
}

// gather writes the window of an output position, tap by tap, every tap's channels together.
func (p *patch) gather(base int, at [program.MaxRank]int, to []float64) {
	var start [program.MaxRank]int
	inside := true
	for i := range p.windows {
		g := &p.windows[i]
		start[i] = at[i]*int(g.Stride) - int(g.Pad)
		base += start[i] * p.steps[i]
		inside = inside && start[i] >= 0 && start[i]+int((g.Kernel-1)*g.Dilation) < int(g.In)
	}
	for t, step := range p.tapSteps {
		channels := to[t*p.channels:][:p.channels]
		if inside || p.meets(&start, p.taps[t]) {
			p.n.gather(channels, 0, base+step, p.channelStep)
			continue
		}
		for i := range channels {
			channels[i] = p.padding
		}
	}
}

// meets reports that a tap of a window is not in the padding.
func (p *patch) meets(start *[program.MaxRank]int, tap []int) bool {
	for i, t := range tap {
		g := &p.windows[i]
		if at := start[i] + t*int(g.Dilation); at < 0 || at >= int(g.In) {
			return false
		}
	}
	return true
}

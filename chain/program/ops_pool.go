package program

import "math/bits"

// Pools over spatial axes, and Resize.
var poolRows = []Operator{
	{Number: OpMaxPool, Name: "MaxPool", Least: 1, Most: 1, Attributes: []AttributeSpec{integers(Dilations), integers(KernelShape), integers(Pads), integers(Strides)},
		check: checkMaxPool, worst: worstPool, reads: readPool, cost: poolCost, work: poolWork},
	{Number: OpAveragePool, Name: "AveragePool", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(CountIncludePad), integers(Dilations), integers(KernelShape), integers(Pads), integers(Strides)},
		check: checkAveragePool, worst: worstPool, reads: readPool, cost: poolCost, work: poolWork},
	{Number: OpGlobalAveragePool, Name: "GlobalAveragePool", Least: 1, Most: 1, check: checkGlobalPool, worst: worstGlobal, reads: readGlobal, work: globalWork},
	{Number: OpGlobalMaxPool, Name: "GlobalMaxPool", Least: 1, Most: 1, check: checkGlobalPool, worst: worstGlobal, reads: readGlobal, work: globalWork},
	{Number: OpResize, Name: "Resize", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(CoordinateTransformationMode), integer(Mode), integer(NearestMode), floats(Scales)},
		check: checkResize, worst: worstResize, reads: readResize, cost: copyCost, work: resizeWork},
}

func checkMaxPool(n *Node) error { return first(n.demandOne(Float32, Int8, Uint8), checkPool(n)) }

func checkPool(n *Node) error {
	kernel, x, o := n.Ints(KernelShape), n.dims(0), n.Outputs[0].Dims
	if len(x) != len(kernel)+2 || len(kernel) == 0 || len(o) != len(x) || x[0] != o[0] || x[1] != o[1] {
		return wrongShape("%v pooled into %v", x, o)
	}
	if err := n.checkWindow(kernel, true); err != nil {
		return err
	}
	// Nearly all of a window may be padding, which no proof opens: it would cost gas without end, or exceed the sums that the
	// referee decides.
	if n.kernelElements() > MaxProof {
		return refuse(CodeLimit, "a window of %d places, at most %d are judged", n.kernelElements(), MaxProof)
	}
	return nil
}

// Opset 18 has no dilations for AveragePool; the attribute is there, as ones, because later opsets have.
func checkAveragePool(n *Node) error {
	if uint64(n.Int(CountIncludePad)) > 1 {
		return wrongAttribute("count_include_pad is 0 or 1")
	}
	for _, d := range n.Ints(Dilations) {
		if d != 1 {
			return wrongAttribute("AveragePool has no dilations in opset 18")
		}
	}
	return first(n.demandDtype(Float32), checkPool(n))
}

func worstPool(n *Node, k int, b *Box) {
	for i, size := range n.Ints(KernelShape) {
		b.Axes[i+2] = Span{0, uint64(size), n.Ints(Dilations)[i]}
	}
}

func readPool(n *Node, slot int, at []uint64, k int, b *Box) bool {
	point(b, at)
	for i := range at[2:] {
		w := n.PoolWindow(i)
		_, input, count := w.Taps(at[i+2])
		if count == 0 {
			return false
		}
		b.Axes[i+2] = Span{uint64(input), uint64(count), w.Dilation}
	}
	return true
}

func (n *Node) kernelElements() uint64 {
	p := uint64(1)
	for _, size := range n.Ints(KernelShape) {
		p = mulCap(p, uint64(size))
	}
	return p
}

func poolCost(n *Node) Cost {
	return Cost{ElementsRead: mulCap(n.outputElements(), n.kernelElements())}
}

func poolWork(n *Node) Work { return Work{MACs: n.kernelElements()} }

func checkGlobalPool(n *Node) error {
	x, o := n.dims(0), n.Outputs[0].Dims
	if len(x) < 3 || len(o) != len(x) || x[0] != o[0] || x[1] != o[1] || product(o[2:]) != 1 {
		return wrongShape("%v pooled into %v", x, o)
	}
	return n.demandDtype(Float32)
}

func worstGlobal(n *Node, k int, b *Box) {
	for i, d := range n.dims(0)[2:] {
		b.Axes[i+2].Count = d
	}
}

func readGlobal(n *Node, slot int, at []uint64, k int, b *Box) bool {
	point(b, at)
	for i, d := range n.dims(0)[2:] {
		b.Axes[i+2] = Span{0, d, 1}
	}
	return true
}

func globalWork(n *Node) Work { return Work{MACs: product(n.dims(0)[2:])} }

// checkResize: nearest and linear (half_pixel_symmetric is younger than opset 18), output extents floor(RN32(in · scale)) as ONNX Runtime computes them.
func checkResize(n *Node) error {
	x, o, scales := n.dims(0), n.Outputs[0].Dims, n.Floats(Scales)
	coord, round, mode := n.Int(CoordinateTransformationMode), n.Int(NearestMode), n.Int(Mode)
	if mode != ModeNearest && mode != ModeLinear || coord < CoordHalfPixel || coord > CoordPytorchHalfPixel || round < RoundPreferFloor || round > RoundCeil {
		return wrongAttribute("Resize is judged for modes nearest and linear and the listed coordinate and rounding modes only")
	}
	if len(scales) != len(x) || len(o) != len(x) {
		return wrongShape("scales and output of rank %d expected", len(x))
	}
	for i := range x {
		if Scaled(x[i], scales[i]) != o[i] {
			return wrongShape("axis %d: %d scaled is not %d", i, x[i], o[i])
		}
		if scales[i] != floatOne && max(x[i], o[i]) > maxResize {
			return wrongShape("axis %d: extents %d and %d are beyond the analysis of coordinates", i, x[i], o[i])
		}
	}
	if mode == ModeLinear {
		return n.checkInterpolation()
	}
	return n.demandOne(Float32, Uint8, Int8)
}

// Scaled is floor(RN32(n · s)) for a positive normal float32 s and n < 2^24, else 0: ONNX Runtime multiplies in float32.
func Scaled(n uint64, s uint32) uint64 {
	e := int(s >> 23 & 255)
	if s>>31 != 0 || e == 0 || e == 255 || n >= 1<<24 {
		return 0
	}
	p := n * (uint64(s&(1<<23-1)) | 1<<23) // the exact product is p · 2^(e-150)
	e -= 150
	if drop := bits.Len64(p) - 24; drop > 0 { // round to 24 bits, ties to even
		q, rest, half := p>>drop, p&(1<<drop-1), uint64(1)<<(drop-1)
		if rest > half || rest == half && q&1 == 1 {
			q++
		}
		p, e = q, e+drop
	}
	switch {
	case e > 20 || e < -63:
		return 0
	case e >= 0:
		return p << e
	}
	return p >> -e
}

// Where a coordinate falls between two elements by less than float32's rounding, either is honest: two may be read.
func worstResize(n *Node, k int, b *Box) {
	if n.Int(Mode) == ModeLinear {
		n.worstInterpolation(b)
		return
	}
	for i, s := range n.Floats(Scales) {
		if s != floatOne {
			b.Axes[i].Count = min(2, n.dims(0)[i])
		}
	}
}

func readResize(n *Node, slot int, at []uint64, k int, b *Box) bool {
	*b = one(len(at))
	linear := n.Int(Mode) == ModeLinear
	for i := range at {
		if linear {
			s := n.InterpolationAt(i, at[i])
			b.Axes[i] = Span{s.Low, s.High - s.Low + 1, 1}
			continue
		}
		lo, hi := n.NearestRange(i, at[i])
		b.Axes[i] = Span{lo, hi - lo + 1, 1}
	}
	return true
}

// resizeWork: one product of weights for every element of the box.
func resizeWork(n *Node) Work {
	b := one(len(n.dims(0)))
	worstResize(n, 0, &b)
	return Work{MACs: b.Elements() * uint64(b.Rank)}
}

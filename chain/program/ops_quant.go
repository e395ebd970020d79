package program

// Quantised operators, with the combinations of dtypes that ONNX Runtime's CPU kernels take. Scales and zero points are one
// number (rank 0, or 1 with one element) or, where a kernel knows that, one for each index of an axis.
var quantRows = []Operator{
	{Number: OpConvInteger, Name: "ConvInteger", Least: 2, Most: 4, Attributes: convAttributes,
		check: checkConvInteger, worst: worstConv, reads: readQuantConv, cost: convCost, work: convWork},
	{Number: OpMatMulInteger, Name: "MatMulInteger", Least: 2, Most: 4,
		check: checkMatMulInteger, worst: worstMatrix, reads: readQuantMatrix, cost: matrixCost, work: matrixWork},
	{Number: OpQuantizeLinear, Name: "QuantizeLinear", Least: 2, Most: 3, Attributes: []AttributeSpec{integer(Axis)},
		check: checkQuantize, reads: readLinear, quantises: always},
	{Number: OpDequantizeLinear, Name: "DequantizeLinear", Least: 2, Most: 3, Attributes: []AttributeSpec{integer(Axis)},
		check: checkDequantize, reads: readLinear},
	{Number: OpQLinearConv, Name: "QLinearConv", Least: 8, Most: 9, Attributes: convAttributes,
		check: checkQLinearConv, worst: worstConv, reads: readQuantConv, cost: convCost, work: convWork, quantises: always},
	{Number: OpQLinearMatMul, Name: "QLinearMatMul", Least: 8, Most: 8,
		check: checkQLinearMatMul, worst: worstMatrix, reads: readQuantMatrix, cost: matrixCost, work: matrixWork, quantises: always},
}

var convAttributes = []AttributeSpec{integers(Dilations), integer(Group), integers(Pads), integers(Strides)}

func always(*Node) bool { return true }

// ZeroPoints returns the operands that hold the zero points of operand 0 and of the second factor of an integer
// contraction; they may be absent, or beyond the operands, where the zero point is 0.
func (n *Node) ZeroPoints() (first, second int) {
	if n.SecondFactor() == 3 {
		return 2, 5
	}
	return 2, 3
}

// checkParameter: operand k has this dtype and one element, or one for each of extent indices (0: a scalar only).
func (n *Node) checkParameter(k int, d Dtype, extent uint64) error {
	if !n.present(k) {
		return refuse(CodeReference, "%s: operand %d is absent", Name(n.Op), k)
	}
	if n.dtype(k) != d {
		return wrongDtype("operand %d is %s, %s expected", k, n.dtype(k), d)
	}
	dims := n.dims(k)
	if len(dims) > 1 || len(dims) == 1 && dims[0] != 1 && dims[0] != extent {
		return wrongShape("operand %d is %v, one element or [%d] expected", k, dims, extent)
	}
	return nil
}

// checkZeroPoints: the optional zero points of ConvInteger and MatMulInteger; the second needs the first.
func (n *Node) checkZeroPoints(extent uint64) error {
	if len(n.Inputs) == 4 && !n.present(2) {
		return refuse(CodeReference, "%s: the first zero point is absent beside the second: write zero", Name(n.Op))
	}
	var err error
	if len(n.Inputs) > 2 {
		err = n.checkParameter(2, n.dtype(0), 0)
	}
	if len(n.Inputs) > 3 {
		err = first(err, n.checkParameter(3, n.dtype(1), extent))
	}
	return err
}

// checkFactors: both factors are 8-bit integers as one of the kernels takes them, and the output is of dtype out.
func (n *Node) checkFactors(out Dtype) error {
	a, b := n.dtype(0), n.dtype(n.SecondFactor())
	byteWide := (a == Uint8 || a == Int8) && (b == Uint8 || b == Int8)
	requantised := n.SecondFactor() == 3
	if !byteWide || requantised && a == Int8 && b == Uint8 || n.Outputs[0].Dtype != out {
		return wrongDtype("%s of %s and %s into %s: 8-bit integers into %s expected, int8 not requantised with uint8", Name(n.Op), a, b, n.Outputs[0].Dtype, out)
	}
	return nil
}

// checkConvInteger: zero points are for the whole tensor.
func checkConvInteger(n *Node) error {
	return first(n.checkFactors(Int32), n.checkFilter(), n.checkZeroPoints(0))
}

func checkMatMulInteger(n *Node) error {
	if err := first(n.checkFactors(Int32), n.checkBatches()); err != nil {
		return err
	}
	b := n.dims(1)
	return n.checkZeroPoints(b[len(b)-1])
}

// checkRequantised: the six parameters of QLinearConv and QLinearMatMul; those of the second factor may be one for each of
// extent channels or columns.
func (n *Node) checkRequantised(extent uint64) error {
	d := n.dtype(0)
	return first(n.checkParameter(1, Float32, 0), n.checkParameter(2, d, 0), n.checkParameter(4, Float32, extent),
		n.checkParameter(5, n.dtype(3), extent), n.checkParameter(6, Float32, 0), n.checkParameter(7, d, 0))
}

func checkQLinearConv(n *Node) error {
	if err := first(n.checkFactors(n.dtype(0)), n.checkFilter()); err != nil {
		return err
	}
	m := n.Outputs[0].Dims[1]
	if n.present(8) && (n.dtype(8) != Int32 || len(n.dims(8)) != 1 || n.dims(8)[0] != m) {
		return wrongShape("bias %s %v, int32 [%d] expected", n.dtype(8), n.dims(8), m)
	}
	return n.checkRequantised(m)
}

func checkQLinearMatMul(n *Node) error {
	if err := first(n.checkFactors(n.dtype(0)), n.checkBatches()); err != nil {
		return err
	}
	b := n.dims(3)
	return n.checkRequantised(b[len(b)-1])
}

// checkLinear: scale and zero point of QuantizeLinear and DequantizeLinear, for the whole tensor (axis 0 is written) or for
// each index of the axis.
func (n *Node) checkLinear(quantised Dtype) error {
	axis, extent := n.Int(Axis), uint64(0)
	if s := n.dims(1); len(s) == 1 && s[0] != 1 {
		a, err := n.axis()
		if err != nil {
			return err
		}
		extent = n.dims(0)[a]
	} else if axis != 0 {
		return wrongAttribute("axis %d beside one scale: write 0", axis)
	}
	if err := first(n.checkParameter(1, Float32, extent), n.sameShape()); err != nil || !n.present(2) {
		return err
	}
	if product(n.dims(1)) != product(n.dims(2)) {
		return wrongShape("scale %v and zero point %v differ", n.dims(1), n.dims(2))
	}
	return n.checkParameter(2, quantised, extent)
}

// checkQuantize: float32 to uint8 or int8. Without a zero point the result is uint8.
func checkQuantize(n *Node) error {
	d := n.Outputs[0].Dtype
	if n.dtype(0) != Float32 || d != Uint8 && (d != Int8 || !n.present(2)) {
		return wrongDtype("QuantizeLinear of %s into %s: float32 into the dtype of the zero point expected, uint8 without one", n.dtype(0), d)
	}
	return n.checkLinear(d)
}

// checkDequantize: 8-bit integers, or int32 without a zero point, to float32.
func checkDequantize(n *Node) error {
	d := n.dtype(0)
	if n.Outputs[0].Dtype != Float32 || d != Uint8 && d != Int8 && (d != Int32 || n.present(2)) {
		return wrongDtype("DequantizeLinear of %s into %s: uint8, int8, or int32 without a zero point, into float32 expected", d, n.Outputs[0].Dtype)
	}
	return n.checkLinear(d)
}

// readParameter: the one element of a scale, zero point or bias, or that of an index of its axis.
func readParameter(n *Node, index uint64, k int, b *Box) bool {
	d := n.dims(k)
	*b = one(len(d))
	if len(d) == 1 && d[0] != 1 {
		b.Axes[0].At = index
	}
	return true
}

func readQuantConv(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 || k == n.SecondFactor() {
		return readConv(n, slot, at, k, b)
	}
	return readParameter(n, at[1], k, b)
}

func readQuantMatrix(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 || k == n.SecondFactor() {
		return readMatrix(n, slot, at, k, b)
	}
	return readParameter(n, at[len(at)-1], k, b)
}

func readLinear(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 {
		point(b, at)
		return true
	}
	index := uint64(0)
	if len(at) > 0 {
		index = at[n.AxisOf()]
	}
	return readParameter(n, index, k, b)
}

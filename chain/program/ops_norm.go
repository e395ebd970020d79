package program

// Normalisations and Softmax.
var normRows = []Operator{
	{Number: OpBatchNormalization, Name: "BatchNormalization", Least: 5, Most: 5, Attributes: []AttributeSpec{float(Epsilon)}, check: checkBatchNorm, reads: readBatchNorm,
		work: func(*Node) Work { return Work{MACs: 16} }},
	{Number: OpSoftmax, Name: "Softmax", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Axis)}, check: checkAlongAxis, worst: worstAxis, reads: readAxis,
		cost: softmaxCost, work: softmaxWork},
	{Number: OpLogSoftmax, Name: "LogSoftmax", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Axis)}, check: checkAlongAxis, worst: worstAxis, reads: readAxis,
		cost: softmaxCost, work: softmaxWork},
	{Number: OpLayerNormalization, Name: "LayerNormalization", Least: 2, Most: 3, Attributes: []AttributeSpec{integer(Axis), float(Epsilon)},
		check: checkLayerNorm, worst: worstGroup, reads: readLayerNorm, work: groupWork},
	{Number: OpInstanceNormalization, Name: "InstanceNormalization", Least: 3, Most: 3, Attributes: []AttributeSpec{float(Epsilon)},
		check: checkInstanceNorm, worst: worstGroup, reads: readInstanceNorm, work: groupWork},
}

// BatchNormalization of X [N][C]…, with scale, bias, mean and variance [C].
func checkBatchNorm(n *Node) error {
	x := n.dims(0)
	if len(x) < 2 {
		return wrongShape("BatchNormalization of rank %d", len(x))
	}
	for k := 1; k < 5; k++ {
		if len(n.dims(k)) != 1 || n.dims(k)[0] != x[1] {
			return wrongShape("operand %d is %v, [%d] expected", k, n.dims(k), x[1])
		}
	}
	return first(n.sameShape(), n.demandDtype(Float32))
}

func readBatchNorm(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 {
		point(b, at)
		return true
	}
	*b = one(1)
	b.Axes[0].At = at[1]
	return true
}

func checkAlongAxis(n *Node) error {
	_, err := n.axis()
	return first(err, n.sameShape(), n.demandDtype(Float32))
}

func worstAxis(n *Node, k int, b *Box) {
	a := n.AxisOf()
	b.Axes[a].Count = n.dims(0)[a]
}

func readAxis(n *Node, slot int, at []uint64, k int, b *Box) bool {
	point(b, at)
	a := n.AxisOf()
	b.Axes[a] = Span{0, n.dims(0)[a], 1}
	return true
}

func softmaxCost(n *Node) Cost {
	return Cost{Exponentials: n.outputElements(), ElementsRead: n.operandElements()}
}

// One element needs the exponentials of its whole row, and its own.
func softmaxWork(n *Node) Work {
	row := n.dims(0)[n.AxisOf()]
	return Work{MACs: 2 * row, Exponentials: row + 1}
}

package program

// Reductions over sorted axes, and the index of an extreme along one.
var reduceRows = []Operator{
	reduction(OpReduceSum, "ReduceSum"), reduction(OpReduceMean, "ReduceMean"), reduction(OpReduceMax, "ReduceMax"), reduction(OpReduceMin, "ReduceMin"),
	extreme(OpArgMax, "ArgMax"), extreme(OpArgMin, "ArgMin"),
}

func reduction(number uint32, name string) Operator {
	return Operator{Number: number, Name: name, Least: 1, Most: 1, Attributes: []AttributeSpec{integers(Axes), integer(Keepdims)},
		check: checkReduction, worst: worstReduce, reads: readReduce, work: reduceWork}
}

func extreme(number uint32, name string) Operator {
	return Operator{Number: number, Name: name, Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Axis), integer(Keepdims)},
		check: checkExtreme, worst: worstReduce, reads: readReduce, work: reduceWork}
}

// ReducedAxes are the axes that a reduction of either form sums over.
func (n *Node) ReducedAxes() []int64 {
	if n.Op == OpArgMax || n.Op == OpArgMin {
		return n.Ints(Axis)
	}
	return n.Ints(Axes)
}

// checkReduced: axes sorted, distinct and in range; the output keeps the others, and ones in place of them if keepdims.
func (n *Node) checkReduced() error {
	x, o, axes, keep := n.dims(0), n.Outputs[0].Dims, n.ReducedAxes(), n.Int(Keepdims)
	if uint64(keep) > 1 || len(axes) == 0 {
		return wrongAttribute("keepdims is 0 or 1, and axes are given")
	}
	j, k := 0, 0 // output axis; place in axes
	for i := range x {
		want := x[i]
		if k < len(axes) && axes[k] == int64(i) {
			k++
			if keep == 0 {
				continue
			}
			want = 1
		}
		if j >= len(o) || o[j] != want {
			return wrongShape("%v reduced over %v is not %v", x, axes, o)
		}
		j++
	}
	if k != len(axes) {
		return wrongAttribute("axes %v are not sorted, distinct and below %d", axes, len(x))
	}
	if j != len(o) {
		return wrongShape("%v reduced over %v is not %v", x, axes, o)
	}
	return nil
}

// checkReduction: float32, or the integers that ONNX Runtime reduces; a mean of integers is not judged.
func checkReduction(n *Node) error {
	allowed := []Dtype{Float32}
	switch n.Op {
	case OpReduceSum:
		allowed = append(allowed, Int32, Int64)
	case OpReduceMax, OpReduceMin:
		allowed = append(allowed, Int8, Uint8, Int32, Int64)
	}
	return first(n.demandOne(allowed...), n.checkReduced())
}

func checkExtreme(n *Node) error {
	switch n.dtype(0) {
	case Float32, Int8, Uint8, Int32, Int64:
	default:
		return wrongDtype("%s is not judged for %s", Name(n.Op), n.dtype(0))
	}
	if n.Outputs[0].Dtype != Int64 {
		return wrongDtype("%s into %s, int64 expected", Name(n.Op), n.Outputs[0].Dtype)
	}
	return n.checkReduced()
}

func worstReduce(n *Node, k int, b *Box) {
	for _, a := range n.ReducedAxes() {
		b.Axes[a].Count = n.dims(0)[a]
	}
}

func readReduce(n *Node, slot int, at []uint64, k int, b *Box) bool {
	x, keep := n.dims(0), n.Int(Keepdims) == 1
	*b = one(len(x))
	axes, j := n.ReducedAxes(), 0
	for i := range x {
		if len(axes) > 0 && axes[0] == int64(i) {
			axes = axes[1:]
			b.Axes[i].Count = x[i]
			if keep {
				j++
			}
			continue
		}
		b.Axes[i].At = at[j]
		j++
	}
	return true
}

// ReducedElements is how many elements one output element of a reduction reads.
func (n *Node) ReducedElements() uint64 {
	p := uint64(1)
	for _, a := range n.ReducedAxes() {
		p = mulCap(p, n.dims(0)[a])
	}
	return p
}

func reduceWork(n *Node) Work { return Work{MACs: n.ReducedElements()} }

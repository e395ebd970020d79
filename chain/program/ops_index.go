package program

// Gather and GatherElements along one axis by int64 indices, each from -extent to extent-1.
var indexRows = []Operator{
	{Number: OpGather, Name: "Gather", Least: 2, Most: 2, Attributes: []AttributeSpec{integer(Axis)}, check: checkGather, reads: readGather, indexed: gatherData, cost: copyCost},
	{Number: OpGatherElements, Name: "GatherElements", Least: 2, Most: 2, Attributes: []AttributeSpec{integer(Axis)}, check: checkGatherElements, reads: readGatherElements, indexed: gatherElement, cost: copyCost},
}

func checkGather(n *Node) error {
	a, err := n.axis()
	if err != nil {
		return err
	}
	if err := n.checkIndices(); err != nil {
		return err
	}
	x, ix, o := n.dims(0), n.dims(1), n.Outputs[0].Dims
	if len(o) != len(x)-1+len(ix) {
		return wrongShape("output rank %d, %d expected", len(o), len(x)-1+len(ix))
	}
	for i := range o {
		want := uint64(0)
		switch {
		case i < a:
			want = x[i]
		case i < a+len(ix):
			want = ix[i-a]
		default:
			want = x[i-len(ix)+1]
		}
		if o[i] != want {
			return wrongShape("axis %d: %d, %d expected", i, o[i], want)
		}
	}
	return nil
}

// checkIndices: int64 indices beside the data, whose dtype the output has.
func (n *Node) checkIndices() error {
	if n.dtype(1) != Int64 || n.Outputs[0].Dtype != n.dtype(0) {
		return wrongDtype("%s of %s by %s into %s", Name(n.Op), n.dtype(0), n.dtype(1), n.Outputs[0].Dtype)
	}
	// One tensor in both roles could not be opened: where its chunks are is what its chunks say.
	if n.Inputs[0].Kind == n.Inputs[1].Kind && n.Inputs[0].Index == n.Inputs[1].Index {
		return refuse(CodeReference, "%s: data and indices are one tensor", Name(n.Op))
	}
	return nil
}

func readGather(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 {
		return false
	}
	a := n.AxisOf()
	point(b, at[a:a+len(n.dims(1))])
	return true
}

func gatherData(n *Node, at []uint64, index int64, k int, b *Box) bool {
	if k != 0 {
		return false
	}
	x, a, r := n.dims(0), n.AxisOf(), len(n.dims(1))
	if index < 0 {
		index += int64(x[a])
	}
	if index < 0 || index >= int64(x[a]) {
		return false
	}
	*b = one(len(x))
	for i := range x {
		switch {
		case i < a:
			b.Axes[i].At = at[i]
		case i == a:
			b.Axes[i].At = uint64(index)
		default:
			b.Axes[i].At = at[i+r-1]
		}
	}
	return true
}

// checkGatherElements: one index for every output element; no axis but the gathered one reaches beyond the data.
func checkGatherElements(n *Node) error {
	a, err := n.axis()
	if err != nil {
		return err
	}
	if err := n.checkIndices(); err != nil {
		return err
	}
	x, ix := n.dims(0), n.dims(1)
	if len(ix) != len(x) || !sameDims(ix, n.Outputs[0].Dims) {
		return wrongShape("indices %v of data %v into %v", ix, x, n.Outputs[0].Dims)
	}
	for i := range x {
		if i != a && ix[i] > x[i] {
			return wrongShape("axis %d: %d indices of %d", i, ix[i], x[i])
		}
	}
	return nil
}

func readGatherElements(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 {
		return false
	}
	point(b, at)
	return true
}

func gatherElement(n *Node, at []uint64, index int64, k int, b *Box) bool {
	extent := int64(n.dims(0)[n.AxisOf()])
	if index < 0 {
		index += extent
	}
	if k != 0 || index < 0 || index >= extent {
		return false
	}
	point(b, at)
	b.Axes[n.AxisOf()].At = uint64(index)
	return true
}

package program

import "math/bits"

// Operators along one axis whose elements read a part of a line, or all of it in order; and triangles of matrices.
var scanRows = []Operator{
	{Number: OpCumSum, Name: "CumSum", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Axis), integer(Exclusive), integer(Reverse)},
		check: checkCumSum, worst: worstLine, reads: readCumSum, work: lineWork},
	{Number: OpTopK, Name: "TopK", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Axis), integer(Largest)},
		check: checkTopK, worst: worstLine, reads: readTopK, work: sortWork, manyOutputs: true},
	{Number: OpTrilu, Name: "Trilu", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Diagonal), integer(Upper)}, check: checkTrilu, reads: readTrilu, cost: copyCost},
}

func (n *Node) checkFlags(names ...uint32) error {
	for _, name := range names {
		if uint64(n.Int(name)) > 1 {
			return wrongAttribute("%s is 0 or 1", AttributeNames[name])
		}
	}
	return nil
}

func checkCumSum(n *Node) error {
	if _, err := n.axis(); err != nil {
		return err
	}
	return first(n.checkFlags(Exclusive, Reverse), n.sameShape(), n.demandOne(Float32, Int32, Int64))
}

func worstLine(n *Node, k int, b *Box) { b.Axes[n.AxisOf()].Count = n.dims(0)[n.AxisOf()] }

func lineWork(n *Node) Work { return Work{MACs: n.dims(0)[n.AxisOf()]} }

// readCumSum: from the end that the sum starts at to the element, which is left out if exclusive.
func readCumSum(n *Node, slot int, at []uint64, k int, b *Box) bool {
	a := n.AxisOf()
	point(b, at)
	from, to := uint64(0), at[a]+1
	if n.Int(Reverse) == 1 {
		from, to = at[a], n.dims(0)[a]
	}
	if n.Int(Exclusive) == 1 {
		if n.Int(Reverse) == 1 {
			from++
		} else {
			to--
		}
	}
	b.Axes[a].At, b.Axes[a].Count = from, to-from
	return to > from
}

// checkTopK: two outputs, values and int64 indices, both with k elements in place of the axis.
func checkTopK(n *Node) error {
	a, err := n.axis()
	if err != nil {
		return err
	}
	if len(n.Outputs) != 2 {
		return wrongShape("TopK has 2 outputs, %d found", len(n.Outputs))
	}
	x, values, indices := &n.Inputs[0].Type, &n.Outputs[0], &n.Outputs[1]
	if err := first(sameBut(values.Dims, x.Dims, a), n.checkFlags(Largest)); err != nil {
		return err
	}
	if !sameDims(values.Dims, indices.Dims) || values.Dims[a] > x.Dims[a] {
		return wrongShape("the best of %v are %v and %v", x.Dims, values.Dims, indices.Dims)
	}
	if values.Dtype != x.Dtype || indices.Dtype != Int64 || x.Dtype == Bool || x.Dtype == Float16 || x.Dtype == BFloat16 {
		return wrongDtype("TopK of %s into %s and %s is not judged", x.Dtype, values.Dtype, indices.Dtype)
	}
	return nil
}

func readTopK(n *Node, slot int, at []uint64, k int, b *Box) bool {
	a := n.AxisOf()
	point(b, at)
	b.Axes[a].At, b.Axes[a].Count = 0, n.dims(0)[a]
	return true
}

// sortWork: a line is sorted.
func sortWork(n *Node) Work {
	d := n.dims(0)[n.AxisOf()]
	return Work{MACs: mulCap(d, uint64(bits.Len64(d)))}
}

func checkTrilu(n *Node) error {
	if len(n.dims(0)) < 2 {
		return wrongShape("Trilu needs matrices, rank %d found", len(n.dims(0)))
	}
	return first(n.checkFlags(Upper), n.sameShape(), n.demandOne())
}

// readTrilu: the upper triangle is on and above diagonal k, the lower one on and below it; the rest is zero.
func readTrilu(n *Node, slot int, at []uint64, k int, b *Box) bool {
	diagonal := int64(at[len(at)-1]) - int64(at[len(at)-2]) - n.Int(Diagonal)
	point(b, at)
	return diagonal == 0 || (diagonal > 0) == (n.Int(Upper) == 1)
}

package program

// LayerNormalization and InstanceNormalization: every element is normalised with the mean and variance of its group, the
// elements that share its coordinates on the axes before GroupAxis.

// GroupAxis is the first axis of a node's groups: an element is judged with all elements that differ from it only on this
// axis and later ones. InstanceNormalization's groups are the spatial axes of one channel.
func (n *Node) GroupAxis() int {
	if n.Op == OpInstanceNormalization {
		return 2
	}
	return n.AxisOf()
}

// LayerNormalization of X over its axes from axis on, with scale and optional bias of exactly those extents.
func checkLayerNorm(n *Node) error {
	a, err := n.axis()
	if err != nil {
		return err
	}
	for k := 1; k < len(n.Inputs); k++ {
		if n.present(k) && !sameDims(n.dims(k), n.dims(0)[a:]) {
			return wrongShape("operand %d is %v, %v expected", k, n.dims(k), n.dims(0)[a:])
		}
	}
	return first(n.sameShape(), n.demandDtype(Float32))
}

// InstanceNormalization of X [N][C][spatial…] with scale and bias [C].
func checkInstanceNorm(n *Node) error {
	x := n.dims(0)
	if len(x) < 3 {
		return wrongShape("InstanceNormalization of rank %d", len(x))
	}
	for k := 1; k < 3; k++ {
		if len(n.dims(k)) != 1 || n.dims(k)[0] != x[1] {
			return wrongShape("operand %d is %v, [%d] expected", k, n.dims(k), x[1])
		}
	}
	return first(n.sameShape(), n.demandDtype(Float32))
}

func worstGroup(n *Node, k int, b *Box) {
	if k > 0 {
		return
	}
	for i := n.GroupAxis(); i < b.Rank; i++ {
		b.Axes[i].Count = n.dims(0)[i]
	}
}

// readGroup is the whole group of operand 0.
func readGroup(n *Node, at []uint64, b *Box) {
	point(b, at)
	for i := n.GroupAxis(); i < b.Rank; i++ {
		b.Axes[i] = Span{0, n.dims(0)[i], 1}
	}
}

func readLayerNorm(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 {
		readGroup(n, at, b)
	} else {
		point(b, at[n.GroupAxis():])
	}
	return true
}

func readInstanceNorm(n *Node, slot int, at []uint64, k int, b *Box) bool {
	if k == 0 {
		readGroup(n, at, b)
	} else {
		point(b, at[1:2])
	}
	return true
}

// groupSize is the number of elements of a group.
func groupSize(n *Node) uint64 {
	p := uint64(1)
	for _, d := range n.dims(0)[n.GroupAxis():] {
		p = mulCap(p, d)
	}
	return p
}

// Sums of elements and of squares, then the affine map.
func groupWork(n *Node) Work { return Work{MACs: mulCap(groupSize(n), 2) + 32} }

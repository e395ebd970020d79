package program

// Matrix products: MatMul [batch…][M][K] × [batch…][K][N]; Gemm of rank 2 with flags and an optional bias, alpha = beta = 1.
var matrixRows = []Operator{
	{Number: OpMatMul, Name: "MatMul", Least: 2, Most: 2, check: checkMatMul, worst: worstMatrix, reads: readMatrix, cost: matrixCost, work: matrixWork},
	{Number: OpGemm, Name: "Gemm", Least: 2, Most: 3, Attributes: []AttributeSpec{integer(TransA), integer(TransB)},
		check: checkGemm, worst: worstMatrix, reads: readMatrix, cost: matrixCost, work: matrixWork},
}

// SecondFactor is the operand that a convolution or product contracts with operand 0: a filter, or a second matrix.
func (n *Node) SecondFactor() int {
	if n.Op == OpQLinearConv || n.Op == OpQLinearMatMul {
		return 3
	}
	return 1
}

// MatrixAxes returns the axes of a factor, operand k: the one kept in the output and the one summed over.
func (n *Node) MatrixAxes(k int) (kept, summed int) {
	r := len(n.dims(k))
	kept, summed = r-2, r-1
	if k != 0 {
		kept, summed = summed, kept
	}
	if n.Op == OpGemm && n.Int([2]uint32{TransA, TransB}[k]) == 1 {
		kept, summed = summed, kept
	}
	return kept, summed
}

func checkMatMul(n *Node) error {
	return first(n.checkBatches(), n.demandDtype(Float32))
}

// checkBatches: the shapes of any product of matrices, batches broadcast.
func (n *Node) checkBatches() error {
	a, b, o := n.dims(0), n.dims(n.SecondFactor()), n.Outputs[0].Dims
	if len(a) < 2 || len(b) < 2 || len(o) != max(len(a), len(b)) {
		return wrongShape("ranks %d, %d, %d (vectors are reshaped by prepare)", len(a), len(b), len(o))
	}
	if err := n.checkProduct(); err != nil {
		return err
	}
	q := len(o)
	for i := range q - 2 {
		da, db := uint64(1), uint64(1)
		if k := i - q + len(a); k >= 0 {
			da = a[k]
		}
		if k := i - q + len(b); k >= 0 {
			db = b[k]
		}
		if da != db && da != 1 && db != 1 || o[i] != max(da, db) {
			return wrongShape("batch axis %d: %d and %d into %d", i, da, db, o[i])
		}
	}
	return nil
}

// checkProduct: the matrices of both operands fit each other and the output's.
func (n *Node) checkProduct() error {
	a, b, o := n.dims(0), n.dims(n.SecondFactor()), n.Outputs[0].Dims
	am, ak := n.MatrixAxes(0)
	bn, bk := n.MatrixAxes(n.SecondFactor())
	q := len(o)
	if a[ak] != b[bk] || o[q-2] != a[am] || o[q-1] != b[bn] {
		return wrongShape("%v times %v into %v", a, b, o)
	}
	return nil
}

func checkGemm(n *Node) error {
	a, b, o := n.dims(0), n.dims(1), n.Outputs[0].Dims
	if len(a) != 2 || len(b) != 2 || len(o) != 2 {
		return wrongShape("Gemm of ranks %d, %d, %d", len(a), len(b), len(o))
	}
	if uint64(n.Int(TransA)) > 1 || uint64(n.Int(TransB)) > 1 {
		return wrongAttribute("transA and transB are 0 or 1")
	}
	if n.present(2) {
		c := n.dims(2)
		if len(c) > 2 {
			return wrongShape("bias of rank %d", len(c))
		}
		for i := range c {
			if c[i] != 1 && c[i] != o[2-len(c)+i] {
				return wrongShape("bias %v does not broadcast to %v", c, o)
			}
		}
	}
	return first(n.checkProduct(), n.demandDtype(Float32))
}

func worstMatrix(n *Node, k int, b *Box) {
	if k == 0 || k == n.SecondFactor() {
		_, summed := n.MatrixAxes(k)
		b.Axes[summed].Count = n.dims(k)[summed]
	}
}

func readMatrix(n *Node, slot int, at []uint64, k int, b *Box) bool {
	broadcastBox(n, slot, at, k, b)
	if k == 2 {
		return true
	}
	kept, summed := n.MatrixAxes(k)
	b.Axes[kept].At = at[len(at)-2+min(k, 1)]
	b.Axes[summed] = Span{0, n.dims(k)[summed], 1}
	return true
}

func (n *Node) contracted() uint64 {
	_, summed := n.MatrixAxes(0)
	return n.dims(0)[summed]
}

func matrixCost(n *Node) Cost {
	return Cost{MACs: mulCap(n.outputElements(), n.contracted()), ElementsRead: n.operandElements()}
}

func matrixWork(n *Node) Work { return Work{MACs: n.contracted() + 1} }

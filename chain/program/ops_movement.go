package program

// Data movement: every output element is a copy of one operand element (or of a constant), bit for bit.
var movementRows = []Operator{
	{Number: OpRelayout, Name: "Relayout", Least: 1, Most: 1, check: checkRelayout},
	{Number: OpReshape, Name: "Reshape", Least: 1, Most: 1, check: checkReshape, reads: readReshape},
	{Number: OpConcat, Name: "Concat", Least: 2, Attributes: []AttributeSpec{integer(Axis)}, check: checkConcat, reads: readConcat, oneOperand: true},
	{Number: OpSplit, Name: "Split", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Axis)}, check: checkSplit, reads: readSplit, manyOutputs: true, cost: copyCost},
	{Number: OpSlice, Name: "Slice", Least: 1, Most: 1, Attributes: []AttributeSpec{integers(Starts), integers(Steps)}, check: checkSlice, reads: readSlice, cost: copyCost},
	{Number: OpPad, Name: "Pad", Least: 1, Most: 1, Attributes: []AttributeSpec{integer(Mode), integers(Pads), float(PadValue)}, check: checkPad, reads: readPad, cost: copyCost},
	{Number: OpTranspose, Name: "Transpose", Least: 1, Most: 1, Attributes: []AttributeSpec{integers(Perm)}, check: checkTranspose, reads: readTranspose},
	{Number: OpExpand, Name: "Expand", Least: 1, Most: 1, check: checkExpand, cost: copyCost},
	{Number: OpTile, Name: "Tile", Least: 1, Most: 1, check: checkTile, reads: readTile, cost: copyCost},
}

func copyCost(n *Node) Cost { return Cost{ElementsRead: n.outputElements()} }

func checkRelayout(n *Node) error {
	if err := first(n.demandOne(), n.sameShape()); err != nil {
		return err
	}
	if n.Inputs[0].Type.Layout == n.Outputs[0].Layout {
		return refuse(CodeLayout, "Relayout to the layout that the operand has")
	}
	return nil
}

func checkReshape(n *Node) error {
	if product(n.dims(0)) != n.Outputs[0].Elements() {
		return wrongShape("%v has other elements than %v", n.Outputs[0].Dims, n.dims(0))
	}
	return n.demandOne()
}

// Reshape keeps the logical row-major index; layouts do not matter.
func readReshape(n *Node, slot int, at []uint64, k int, b *Box) bool {
	in, index := n.dims(0), n.Outputs[0].Index(at)
	*b = one(len(in))
	for i := len(in) - 1; i >= 0; i-- {
		b.Axes[i].At = index % in[i]
		index /= in[i]
	}
	return true
}

func checkConcat(n *Node) error {
	a, err := n.axis()
	if err != nil {
		return err
	}
	o, sum := n.Outputs[0].Dims, uint64(0)
	for k := range n.Inputs {
		if n.Inputs[k].Kind == None {
			return refuse(CodeReference, "Concat: operand %d is absent", k)
		}
		if err := sameBut(n.dims(k), o, a); err != nil {
			return err
		}
		sum += n.dims(k)[a]
	}
	if sum != o[a] {
		return wrongShape("the axis adds up to %d, the output has %d", sum, o[a])
	}
	return n.demandOne()
}

// sameBut: two shapes agree in every axis but one.
func sameBut(a, b []uint64, axis int) error {
	if len(a) != len(b) {
		return wrongShape("ranks %d and %d", len(a), len(b))
	}
	for i := range a {
		if i != axis && a[i] != b[i] {
			return wrongShape("axis %d: %d and %d", i, a[i], b[i])
		}
	}
	return nil
}

func readConcat(n *Node, slot int, at []uint64, k int, b *Box) bool {
	a := n.AxisOf()
	from := uint64(0)
	for i := range k {
		from += n.dims(i)[a]
	}
	if at[a] < from || at[a] >= from+n.dims(k)[a] {
		return false
	}
	point(b, at)
	b.Axes[a].At -= from
	return true
}

// point is the box of the single element at these coordinates.
func point(b *Box, at []uint64) {
	*b = one(len(at))
	for i, x := range at {
		b.Axes[i].At = x
	}
}

func checkSplit(n *Node) error {
	a, err := n.axis()
	if err != nil {
		return err
	}
	x, sum := n.dims(0), uint64(0)
	for k := range n.Outputs {
		if err := sameBut(n.Outputs[k].Dims, x, a); err != nil {
			return err
		}
		sum += n.Outputs[k].Dims[a]
	}
	if sum != x[a] {
		return wrongShape("the outputs add up to %d, the operand has %d", sum, x[a])
	}
	return n.demandOne()
}

func readSplit(n *Node, slot int, at []uint64, k int, b *Box) bool {
	a := n.AxisOf()
	point(b, at)
	for i := range slot {
		b.Axes[a].At += n.Outputs[i].Dims[a]
	}
	return true
}

func checkSlice(n *Node) error {
	x, o, starts, steps := n.dims(0), n.Outputs[0].Dims, n.Ints(Starts), n.Ints(Steps)
	if len(starts) != len(x) || len(steps) != len(x) || len(o) != len(x) {
		return wrongShape("starts, steps and output of full rank expected")
	}
	for i := range x {
		d, m := int64(x[i]), int64(o[i])
		last := starts[i] + (m-1)*steps[i] // both factors at most 2^31
		if starts[i] < 0 || starts[i] >= d || last < 0 || last >= d {
			return wrongShape("axis %d: indices %d to %d of %d", i, starts[i], last, d)
		}
		if steps[i] == 0 || m == 1 && steps[i] != 1 {
			return wrongAttribute("axis %d: step %d (one index has step 1)", i, steps[i])
		}
	}
	return n.demandOne()
}

func readSlice(n *Node, slot int, at []uint64, k int, b *Box) bool {
	starts, steps := n.Ints(Starts), n.Ints(Steps)
	*b = one(len(at))
	for i := range at {
		b.Axes[i].At = uint64(starts[i] + int64(at[i])*steps[i])
	}
	return true
}

func checkPad(n *Node) error {
	x, o, p, mode := n.dims(0), n.Outputs[0].Dims, n.Ints(Pads), n.Int(Mode)
	if len(p) != 2*len(x) || len(o) != len(x) || mode < ModeConstant || mode > ModeEdge {
		return wrongAttribute("Pad needs full-rank pads and mode constant, reflect or edge")
	}
	for i := range x {
		before, after := p[i], p[len(x)+i]
		if before < 0 || after < 0 || x[i]+uint64(before)+uint64(after) != o[i] {
			return wrongShape("axis %d: %d + %d + %d is not %d", i, before, x[i], after, o[i])
		}
		if mode == ModeReflect && (before >= int64(x[i]) || after >= int64(x[i])) {
			return wrongAttribute("axis %d: reflects more than it has", i)
		}
	}
	if _, exact := n.PadBits(); mode == ModeConstant && !exact {
		return wrongAttribute("value is no %s", n.dtype(0))
	}
	if mode != ModeConstant && n.Float(PadValue) != 0 {
		return wrongAttribute("value is read by mode constant only: write 0")
	}
	return n.demandOne()
}

// PadBits are the bits of Pad's constant, written as a float32, in the dtype that is padded: an integer of at most 24 bits
// where that is an integer dtype, +0 alone for 16-bit floats. It reports false for a constant that the dtype does not hold.
func (n *Node) PadBits() (bits uint64, exact bool) {
	x := n.Float(PadValue)
	if d := n.dtype(0); d == Float32 {
		return uint64(x), true
	} else if x == 0 {
		return 0, true
	} else if v, ok := integerOf(x); ok {
		switch d {
		case Bool:
			return uint64(v), v == 1
		case Uint8:
			return uint64(uint8(v)), v > 0 && v <= 255
		case Int8:
			return uint64(uint8(v)), v >= -128 && v <= 127
		case Int32:
			return uint64(uint32(v)), true
		case Int64:
			return uint64(v), true
		}
	}
	return 0, false
}

// integerOf is the value of a float32 that is an integer between 1 and 2^24 in magnitude.
func integerOf(x uint32) (int64, bool) {
	e := int(x>>23&255) - 127
	if e < 0 || e > 24 {
		return 0, false
	}
	m := int64(x&(1<<23-1) | 1<<23)
	v := m << max(0, e-23) >> max(0, 23-e)
	if v<<max(0, 23-e)>>max(0, e-23) != m || v > 1<<24 {
		return 0, false
	}
	if x>>31 != 0 {
		v = -v
	}
	return v, true
}

func readPad(n *Node, slot int, at []uint64, k int, b *Box) bool {
	x, p, mode := n.dims(0), n.Ints(Pads), n.Int(Mode)
	*b = one(len(at))
	for i := range at {
		v, d := int64(at[i])-p[i], int64(x[i])
		if v < 0 || v >= d {
			switch mode {
			case ModeConstant:
				return false
			case ModeEdge:
				v = min(max(v, 0), d-1)
			default: // reflect
				if v < 0 {
					v = -v
				} else {
					v = 2*(d-1) - v
				}
			}
		}
		b.Axes[i].At = uint64(v)
	}
	return true
}

func checkTranspose(n *Node) error {
	x, o, p, seen := n.dims(0), n.Outputs[0].Dims, n.Ints(Perm), 0
	if len(p) != len(x) || len(o) != len(x) {
		return wrongShape("perm and output of rank %d expected", len(x))
	}
	for i := range x {
		if p[i] < 0 || p[i] >= int64(len(x)) || seen>>uint(p[i])&1 != 0 {
			return wrongAttribute("perm %v is no permutation", p)
		}
		seen |= 1 << uint(p[i])
		if o[i] != x[p[i]] {
			return wrongShape("axis %d: %d, %d expected", i, o[i], x[p[i]])
		}
	}
	return n.demandOne()
}

func readTranspose(n *Node, slot int, at []uint64, k int, b *Box) bool {
	*b = one(len(at))
	for i, p := range n.Ints(Perm) {
		b.Axes[p].At = at[i]
	}
	return true
}

func checkExpand(n *Node) error {
	x, o := n.dims(0), n.Outputs[0].Dims
	if len(o) < len(x) {
		return wrongShape("output rank %d below %d", len(o), len(x))
	}
	for i := range x {
		if q := o[len(o)-len(x)+i]; x[i] != q && x[i] != 1 {
			return wrongShape("axis %d: %d does not expand to %d", i, x[i], q)
		}
	}
	return n.demandOne()
}

func checkTile(n *Node) error {
	x, o := n.dims(0), n.Outputs[0].Dims
	if len(o) != len(x) {
		return wrongShape("output rank %d, %d expected", len(o), len(x))
	}
	for i := range x {
		if o[i]%x[i] != 0 {
			return wrongShape("axis %d: %d does not tile to %d", i, x[i], o[i])
		}
	}
	return n.demandOne()
}

func readTile(n *Node, slot int, at []uint64, k int, b *Box) bool {
	*b = one(len(at))
	for i, d := range n.dims(0) {
		b.Axes[i].At = at[i] % d
	}
	return true
}

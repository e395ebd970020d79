package program

// Operator is one row of the closed table: everything that validation, fees and the referee's reading need to know of an
// operator. How an element is judged is the referee's row of the same number (chain/referee); a test holds both tables to
// the same operators. Adding an operator is one file there, one here, and one row in each table.
type Operator struct {
	Number uint32
	Name   string
	// Least and Most bound the number of operands; Most 0 means any number up to MaxOperands.
	Least, Most int
	// Attributes in the order of their names.
	Attributes []AttributeSpec

	// check decides dtypes, attribute values and output shapes. It may assume the arity, checked tensors and checkAttributes.
	check func(n *Node) error
	// worst bounds what one output element reads of operand k; nil: one element.
	worst func(n *Node, k int, b *Box)
	// reads is the exact box of operand k for the element at of output slot; false if it is not read. nil: broadcast.
	reads func(n *Node, slot int, at []uint64, k int, b *Box) bool
	// indexed is the box of operand k where it depends on the integer that operand 1 holds (Gather); nil otherwise.
	indexed func(n *Node, at []uint64, index int64, k int, b *Box) bool
	// cost of running the node; nil: every operand is read once and nothing is multiplied.
	cost func(n *Node) Cost
	// work of judging one element; nil: one multiply-add for each operand.
	work func(n *Node) Work
	// oneOperand: one element comes from one operand (Concat).
	oneOperand bool
	// manyOutputs: the node may have more than one output (Split, TopK).
	manyOutputs bool
	// quantises reports a step from real numbers to a few integers, which no tolerance on outputs can follow.
	quantises func(n *Node) bool
}

// MaxOperands bounds the operands and the outputs of a node.
const MaxOperands = 1024

// Cost is what running a node takes; fees and gas count it.
type Cost struct {
	MACs, Exponentials, ElementsRead uint64
}

// Work is what judging one element takes at most: gas is charged by it before anything is computed.
type Work struct {
	MACs, Exponentials uint64
}

// total is the work in multiply-adds, saturated beyond MaxCost; an exponential costs as much as ten (its price in x/dispute).
func (w Work) total() uint64 { return min(w.MACs, MaxCost) + mulCap(w.Exponentials, 10) }

// table is indexed by operator number; a row without a name is a hole. It is laid out at start and never changes.
var table []Operator

func init() {
	table = build(movementRows, elementwiseRows, functionRows, compareRows, convRows, matrixRows, poolRows, normRows, reduceRows, indexRows, scanRows, quantRows)
}

// build lays the families' rows out by number.
func build(families ...[]Operator) []Operator {
	var t []Operator
	for _, rows := range families {
		for _, row := range rows {
			for uint32(len(t)) <= row.Number {
				t = append(t, Operator{})
			}
			t[row.Number] = row
		}
	}
	return t
}

// Lookup returns the row of an operator; nil if the closed list has none of that number.
func Lookup(number uint32) *Operator {
	if number >= uint32(len(table)) || table[number].Name == "" {
		return nil
	}
	return &table[number]
}

// Operators returns the closed list in order of numbers.
func Operators() []*Operator {
	var list []*Operator
	for i := range table {
		if table[i].Name != "" {
			list = append(list, &table[i])
		}
	}
	return list
}

// Name is the ONNX name of an operator number, "unknown" if it is not listed.
func Name(number uint32) string {
	if op := Lookup(number); op != nil {
		return op.Name
	}
	return "unknown"
}

// extent is the worst box of operand k.
func (op *Operator) extent(n *Node, k int) Box {
	b := one(len(n.Inputs[k].Type.Dims))
	if op.worst != nil {
		op.worst(n, k, &b)
	}
	return b
}

// DataDependent reports that where operand 0 is read depends on the integer read of operand 1.
func (op *Operator) DataDependent() bool { return op.indexed != nil }

// Reads fills b with what the element at (logical coordinates) of output slot reads of operand k, and reports whether it
// reads anything of it. For a data-dependent operand it reports false: IndexedReads knows. The node must have passed Check.
func (n *Node) Reads(slot int, at []uint64, k int, b *Box) bool {
	op := Lookup(n.Op)
	if op == nil || n.Inputs[k].Kind == None {
		return false
	}
	if op.reads == nil {
		broadcastBox(n, slot, at, k, b)
		return true
	}
	return op.reads(n, slot, at, k, b)
}

// IndexedReads is Reads for operand k of a data-dependent operator, given the index that operand 1 holds; false where the
// index is out of range.
func (n *Node) IndexedReads(at []uint64, index int64, k int, b *Box) bool {
	op := Lookup(n.Op)
	if op == nil || op.indexed == nil {
		return false
	}
	return op.indexed(n, at, index, k, b)
}

// broadcastBox: the one element of operand k that numpy's broadcasting pairs with the output element.
func broadcastBox(n *Node, slot int, at []uint64, k int, b *Box) {
	d := n.Inputs[k].Type.Dims
	*b = one(len(d))
	skip := len(n.Outputs[slot].Dims) - len(d)
	for i := range d {
		if d[i] != 1 {
			b.Axes[i].At = at[skip+i]
		}
	}
}

// WorkOf is the work of judging one element of a node that passed Check.
func (n *Node) WorkOf() Work {
	op := Lookup(n.Op)
	if op == nil || op.work == nil {
		return Work{MACs: uint64(len(n.Inputs))}
	}
	return op.work(n)
}

// costOf is the cost of running a node that passed Check.
func (op *Operator) costOf(n *Node) Cost {
	if op.cost != nil {
		return op.cost(n)
	}
	return Cost{ElementsRead: n.operandElements()}
}

// operandElements counts every operand once.
func (n *Node) operandElements() uint64 {
	sum := uint64(0)
	for i := range n.Inputs {
		if n.Inputs[i].Kind != None {
			sum += n.Inputs[i].Type.Elements()
		}
	}
	return sum
}

// outputElements counts every output once.
func (n *Node) outputElements() uint64 {
	sum := uint64(0)
	for i := range n.Outputs {
		sum += n.Outputs[i].Elements()
	}
	return sum
}

// Small words for the families' checks.

func (n *Node) dims(k int) []uint64 { return n.Inputs[k].Type.Dims }

func (n *Node) dtype(k int) Dtype { return n.Inputs[k].Type.Dtype }

func (n *Node) present(k int) bool { return k < len(n.Inputs) && n.Inputs[k].Kind != None }

func wrongShape(format string, a ...any) error { return refuse(CodeShape, format, a...) }

func wrongDtype(format string, a ...any) error { return refuse(CodeDtype, format, a...) }

func wrongAttribute(format string, a ...any) error { return refuse(CodeAttribute, format, a...) }

// demandDtype: every operand present and every output has this dtype.
func (n *Node) demandDtype(d Dtype) error {
	for k := range n.Inputs {
		if n.Inputs[k].Kind != None && n.dtype(k) != d {
			return wrongDtype("operand %d is %s, %s expected", k, n.dtype(k), d)
		}
	}
	for k := range n.Outputs {
		if n.Outputs[k].Dtype != d {
			return wrongDtype("output %d is %s, %s expected", k, n.Outputs[k].Dtype, d)
		}
	}
	return nil
}

// demandOne: every operand and output has the dtype of operand 0, which is one of these (any if none are given).
func (n *Node) demandOne(allowed ...Dtype) error {
	d := n.dtype(0)
	ok := len(allowed) == 0
	for _, a := range allowed {
		ok = ok || a == d
	}
	if !ok {
		return wrongDtype("%s is not judged for %s", Name(n.Op), d)
	}
	return n.demandDtype(d)
}

// sameShape: the output has the shape of operand 0.
func (n *Node) sameShape() error {
	if !sameDims(n.dims(0), n.Outputs[0].Dims) {
		return wrongShape("output %v, %v expected", n.Outputs[0].Dims, n.dims(0))
	}
	return nil
}

// broadcast: every output axis is the largest of the operands' (aligned at the last axis), each of which is that or 1.
func (n *Node) broadcast() error {
	o := n.Outputs[0].Dims
	rank := 0
	for k := range n.Inputs {
		rank = max(rank, len(n.dims(k)))
	}
	if len(o) != rank {
		return wrongShape("output rank %d, %d expected", len(o), rank)
	}
	for i := range o {
		m := uint64(1)
		for k := range n.Inputs {
			d := n.dims(k)
			if j := i - rank + len(d); j >= 0 && d[j] != 1 {
				if m != 1 && m != d[j] {
					return wrongShape("axis %d: extents %d and %d do not broadcast", i, m, d[j])
				}
				m = d[j]
			}
		}
		if m != o[i] {
			return wrongShape("axis %d: output extent %d, %d expected", i, o[i], m)
		}
	}
	return nil
}

// axis returns the normalised axis attribute.
func (n *Node) axis() (int, error) {
	v := n.Int(Axis)
	if v < 0 || v >= int64(len(n.dims(0))) {
		return 0, wrongAttribute("axis %d of rank %d", v, len(n.dims(0)))
	}
	return int(v), nil
}

// AxisOf is the axis attribute of a node that passed Check.
func (n *Node) AxisOf() int { return int(n.Int(Axis)) }

// first is the first error among checks that may run in any case.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

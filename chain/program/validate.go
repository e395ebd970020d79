package program

import "github.com/assay-chain/assay/chain/merkle"

// Summary is what the chain keeps of a program.
type Summary struct {
	// Root of the program tree, and the numbers of leaves.
	Root merkle.Hash
	Counts
	// MACs, Exponentials and ElementsRead are the cost of one run.
	MACs, Exponentials, ElementsRead uint64
	// Sizes in bytes: all weights, all inputs, all outputs, all values (the trace).
	WeightBytes, InputBytes, OutputBytes, TraceBytes uint64
	// Depth is the number of nodes on the longest path.
	Depth uint32
	// WorstProof bounds the bytes of every proof about this program; WorstNode is the node it is about, -1 for the header.
	WorstProof uint64
	WorstNode  int32
	// Quantised programs step from real numbers to few integers and commit their trace eagerly.
	Quantised bool
}

// NodeInfo is what Check computes of one node.
type NodeInfo struct {
	Cost      Cost
	Work      Work
	Proof     uint64
	Quantises bool
}

// Check decides whether a node is judgeable by itself: dtypes, layouts, operator, arity, attributes, shapes, and a proof of
// any element within MaxProof. Whether its references are true is the whole record's matter (Validate). record is the length
// of its encoding.
func (n *Node) Check(record int, c *Counts) (info NodeInfo, err error) {
	op := Lookup(n.Op)
	if op == nil {
		return info, refuse(CodeOperator, "operator %d is not in the closed list", n.Op)
	}
	if len(n.Inputs) < op.Least || len(n.Inputs) > MaxOperands || op.Most > 0 && len(n.Inputs) > op.Most {
		return info, refuse(CodeArity, "%s has %d operands", op.Name, len(n.Inputs))
	}
	if len(n.Outputs) == 0 || len(n.Outputs) > MaxOperands || len(n.Outputs) > 1 && !op.manyOutputs {
		return info, refuse(CodeArity, "%s has %d outputs", op.Name, len(n.Outputs))
	}
	for i := range n.Inputs {
		if err := n.Inputs[i].check(i, len(n.Inputs), op.Least); err != nil {
			return info, err
		}
	}
	for i := range n.Outputs {
		if err := n.Outputs[i].Check(); err != nil {
			return info, err
		}
	}
	if err := op.checkAttributes(n); err != nil {
		return info, err
	}
	if err := op.check(n); err != nil {
		return info, err
	}
	info.Cost, info.Work = op.costOf(n), n.WorkOf()
	if max(info.Cost.MACs, info.Cost.Exponentials, info.Cost.ElementsRead) > MaxCost {
		return info, refuse(CodeLimit, "%s costs more than %d", op.Name, uint64(MaxCost))
	}
	if info.Work.total() > MaxWork {
		return info, refuse(CodeLimit, "judging one element of %s takes the work of %d multiply-adds, at most %d are allowed", op.Name, info.Work.total(), uint64(MaxWork))
	}
	info.Quantises = op.quantises != nil && op.quantises(n)
	if info.Proof = n.proofBytes(op, record, c); info.Proof > MaxProof {
		return info, refuse(CodeProofSize, "%s needs proofs of up to %d bytes, at most %d fit: choose another layout or stage the operator", op.Name, info.Proof, MaxProof)
	}
	return info, nil
}

// check: NONE stands only between two operands and beyond the obligatory ones, and holds nothing; others have a sound type.
func (o *Operand) check(i, count, least int) error {
	switch o.Kind {
	case None:
		if o.Index != 0 || o.Typed || i < least || i == count-1 {
			return refuse(CodeReference, "operand %d may not be absent, or is absent but says something", i)
		}
		return nil
	case Input, Weight, Value:
		if !o.Typed {
			return refuse(CodeOperandType, "operand %d has no type", i)
		}
		return o.Type.Check()
	}
	return refuse(CodeReference, "operand %d is of kind %d", i, o.Kind)
}

// graph is the state of one validation.
type graph struct {
	h          *Header
	values     []Tensor
	depth      []uint32 // of every value: nodes on the longest path that ends there
	read       []bool
	owner      []int32 // the node of every value
	nextWeight uint32
}

// Validate decides whether a record may be registered, and computes what the chain keeps of it. Every refusal is an *Error.
// It takes time linear in the bytes (about 30 ns a byte).
func Validate(b []byte) (s Summary, err error) {
	if len(b) > MaxRecord {
		return s, refuse(CodeTooLarge, "%d bytes, at most %d expected", len(b), MaxRecord)
	}
	headerBytes, nodeBytes, err := parts(b)
	if err != nil {
		return s, err
	}
	h, err := DecodeHeader(headerBytes)
	if err != nil {
		return s, err
	}
	if err := h.check(&s); err != nil {
		return s, err
	}
	if len(nodeBytes) != int(h.Nodes) {
		return s, refuse(CodeCounts, "the header says %d nodes, %d found", h.Nodes, len(nodeBytes))
	}
	s.WorstProof, s.WorstNode = h.proofBytes(len(headerBytes), &s.Counts), -1
	if s.WorstProof > MaxProof {
		return s, refuse(CodeProofSize, "a proof that opens the header needs up to %d bytes, at most %d fit", s.WorstProof, MaxProof)
	}
	g := &graph{h: &h, read: make([]bool, h.Values)}
	leaves := append(make([]merkle.Hash, 0, 1+len(nodeBytes)), merkle.TaggedLeaf(HeaderTag, headerBytes))
	for i, nb := range nodeBytes {
		n, err := DecodeNode(nb)
		if err == nil {
			err = g.add(&n, int32(i), len(nb), &s)
		}
		if err != nil {
			return s, at(err, i)
		}
		leaves = append(leaves, merkle.TaggedLeaf(NodeTag, nb))
	}
	if err := g.finish(); err != nil {
		return s, err
	}
	s.Root = merkle.Root(leaves)
	return s, nil
}

// Check decides everything about a header that does not need the nodes.
func (h *Header) Check() error {
	var s Summary
	return h.check(&s)
}

// check decides everything about a header that does not need the nodes, and fills the counts and sizes of a summary.
func (h *Header) check(s *Summary) error {
	if h.Version != Version {
		return refuse(CodeHeader, "version %d, %d expected", h.Version, Version)
	}
	if h.Nodes == 0 || h.Nodes > MaxNodes || h.Values < h.Nodes || h.Values > MaxValues || len(h.Outputs) == 0 || len(h.Outputs) > MaxOperands {
		return refuse(CodeHeader, "%d nodes, %d values, %d outputs", h.Nodes, h.Values, len(h.Outputs))
	}
	var err error
	if s.InputBytes, err = totalBytes(h.Inputs); err != nil {
		return err
	}
	if s.WeightBytes, err = totalBytes(h.Weights); err != nil {
		return err
	}
	for i := range h.Inputs {
		if h.Inputs[i].Layout != Row {
			return refuse(CodeLayout, "input %d is not row-major", i)
		}
	}
	for i := range h.Outputs {
		o := &h.Outputs[i]
		if o.Kind != Value || !o.Typed {
			return refuse(CodeReference, "output %d is not a typed VALUE", i)
		}
		if err := o.Type.Check(); err != nil {
			return err
		}
		if o.Type.Layout != Row {
			return refuse(CodeLayout, "output %d is not row-major", i)
		}
		if s.OutputBytes += o.Type.Bytes(); s.OutputBytes > MaxBytes {
			return refuse(CodeLimit, "outputs of more than %d bytes", uint64(MaxBytes))
		}
	}
	s.Counts = h.Counts()
	return nil
}

// Counts are the numbers of leaves that a header states.
func (h *Header) Counts() Counts {
	return Counts{Inputs: uint32(len(h.Inputs)), Weights: uint32(len(h.Weights)), Values: h.Values, Nodes: h.Nodes, Outputs: uint32(len(h.Outputs))}
}

func totalBytes(list []Tensor) (sum uint64, err error) {
	for i := range list {
		if err := list[i].Check(); err != nil {
			return 0, err
		}
		if sum += list[i].Bytes(); sum > MaxBytes {
			return 0, refuse(CodeLimit, "tensors of more than %d bytes", uint64(MaxBytes))
		}
	}
	return sum, nil
}

// resolve finds what an operand refers to and compares the types; it returns the depth of the value.
func (g *graph) resolve(o *Operand) (uint32, error) {
	var t *Tensor
	depth := uint32(0)
	switch {
	case o.Kind == Input && o.Index < uint32(len(g.h.Inputs)):
		t = &g.h.Inputs[o.Index]
	case o.Kind == Weight && o.Index < uint32(len(g.h.Weights)):
		if o.Index > g.nextWeight {
			return 0, refuse(CodeOrder, "WEIGHT %d is read before WEIGHT %d", o.Index, g.nextWeight)
		}
		g.nextWeight = max(g.nextWeight, o.Index+1)
		t = &g.h.Weights[o.Index]
	case o.Kind == Value && o.Index < uint32(len(g.values)):
		g.read[o.Index] = true
		t, depth = &g.values[o.Index], g.depth[o.Index]
	default:
		return 0, refuse(CodeReference, "%s %d is not defined before it is read", o.Kind, o.Index)
	}
	if !o.Typed || !o.Type.Equal(t) {
		return 0, refuse(CodeOperandType, "%s %d is read with another type than it has", o.Kind, o.Index)
	}
	return depth, nil
}

// add checks one node and appends its values.
func (g *graph) add(n *Node, index int32, record int, s *Summary) error {
	if n.First != uint32(len(g.values)) || uint32(len(n.Outputs)) > g.h.Values-n.First {
		return refuse(CodeOrder, "first is %d with %d outputs, %d expected of %d values", n.First, len(n.Outputs), len(g.values), g.h.Values)
	}
	depth := uint32(0)
	for i := range n.Inputs {
		if n.Inputs[i].Kind == None {
			continue
		}
		d, err := g.resolve(&n.Inputs[i])
		if err != nil {
			return err
		}
		depth = max(depth, d)
	}
	info, err := n.Check(record, &s.Counts)
	if err != nil {
		return err
	}
	for i := range n.Outputs {
		if s.TraceBytes += n.Outputs[i].Bytes(); s.TraceBytes > MaxBytes {
			return refuse(CodeLimit, "a trace of more than %d bytes", uint64(MaxBytes))
		}
		g.owner = append(g.owner, index)
		g.depth = append(g.depth, depth+1)
	}
	g.values = append(g.values, n.Outputs...)
	s.Depth = max(s.Depth, depth+1)
	s.MACs += info.Cost.MACs
	s.Exponentials += info.Cost.Exponentials
	s.ElementsRead += info.Cost.ElementsRead
	if max(s.MACs, s.Exponentials, s.ElementsRead) > MaxCost {
		return refuse(CodeLimit, "a cost of more than %d", uint64(MaxCost))
	}
	if info.Proof > s.WorstProof {
		s.WorstProof, s.WorstNode = info.Proof, index
	}
	s.Quantised = s.Quantised || info.Quantises
	return nil
}

// finish resolves the outputs, compares the counts and refuses nodes none of whose values is read.
func (g *graph) finish() error {
	for i := range g.h.Outputs {
		if _, err := g.resolve(&g.h.Outputs[i]); err != nil {
			return err
		}
	}
	if len(g.values) != int(g.h.Values) {
		return refuse(CodeCounts, "the header says %d values, %d found", g.h.Values, len(g.values))
	}
	if int(g.nextWeight) != len(g.h.Weights) {
		return refuse(CodeCounts, "the header says %d weights, %d are read", len(g.h.Weights), g.nextWeight)
	}
	live := false
	for i, node := range g.owner {
		live = live || g.read[i]
		if i+1 == len(g.owner) || g.owner[i+1] != node {
			if !live {
				return at(refuse(CodeDead, "no value of it is read: leave it out"), int(node))
			}
			live = false
		}
	}
	return nil
}

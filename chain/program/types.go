// Package program reads, describes and validates program records: the canonical form of a graph (PROTOCOL.md, section 3).
//
// Validate decides whether a record may be registered: strict canonical bytes, known operators, exact shape rules, operand
// types equal to their producers', layouts, and a closed form that keeps the proof of any one element within MaxProof.
// Every operator is one row of a table (operators.go) that the referee shares, so that what is registered is judgeable.
//
// The package is consensus code: integers only, no maps are ranged, and no input makes it panic.
package program

// Limits of a record.
const (
	// MaxRecord is the largest record in bytes: what one message may carry.
	MaxRecord = 512 << 10
	// MaxProof is the largest fault proof in bytes; a node whose worst proof exceeds it is refused.
	MaxProof = 256 << 10
	// MaxWork bounds the work of judging one element in multiply-adds, an exponential counted as ten: its gas at default prices
	// is a fiftieth of a block's. What a proof opens takes a quarter of it at most (TopK); the rest is for padding.
	MaxWork = 1 << 22
	// MaxNodes and MaxValues bound the graph, MaxBytes every tensor and every sum of tensors, MaxCost every cost.
	MaxNodes  = 1 << 16
	MaxValues = 4 * MaxNodes
	MaxBytes  = 1 << 40
	MaxCost   = 1 << 60
	// MaxRank bounds the rank of a tensor, MaxExtent every extent.
	MaxRank   = 8
	MaxExtent = 1 << 31
	// Version is the only version of the record format.
	Version = 1
)

// Tags of the leaves of a program tree: leaf 0 is the header, leaf 1+i node i.
const (
	HeaderTag = "assay/program/1"
	NodeTag   = "assay/node/1"
)

// Kind says where a tensor comes from.
type Kind uint32

// The kinds. NONE is an absent optional operand; OUTPUT never stands in a record.
const (
	None Kind = iota
	Input
	Weight
	Value
	Output
)

// String returns the name that messages and JSON use.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

var kindNames = [...]string{"NONE", "INPUT", "WEIGHT", "VALUE", "OUTPUT"}

// Tensor is a static type: dtype, extents and the order of its elements in memory.
type Tensor struct {
	Dtype  Dtype
	Dims   []uint64
	Layout Layout
}

// Operand refers to a tensor and repeats its type.
type Operand struct {
	Kind  Kind
	Index uint32
	Type  Tensor
	// Typed says that the record wrote a type: false for NONE only.
	Typed bool
}

// Attribute carries integers or the bits of float32s; the operator's row says which.
type Attribute struct {
	Name   uint32
	Ints   []int64
	Floats []uint32
}

// Node is one operator with everything that decides its result. Output k is VALUE First+k.
type Node struct {
	Op         uint32
	Attributes []Attribute
	Inputs     []Operand
	First      uint32
	Outputs    []Tensor
}

// Header names what enters and leaves the graph, and its counts.
type Header struct {
	Version uint32
	Inputs  []Tensor
	Weights []Tensor
	Outputs []Operand
	Values  uint32
	Nodes   uint32
}

// Program is a whole record.
type Program struct {
	Header Header
	Nodes  []Node
}

// Counts are the numbers of leaves that the chain keeps of a program, beside its root.
type Counts struct {
	Inputs, Weights, Values, Nodes, Outputs uint32
}

// Ints returns the integers of an attribute; nil if the node has none of that number.
func (n *Node) Ints(name uint32) []int64 {
	for i := range n.Attributes {
		if n.Attributes[i].Name == name {
			return n.Attributes[i].Ints
		}
	}
	return nil
}

// Int returns the only integer of an attribute, or -1, which no attribute of this format allows.
func (n *Node) Int(name uint32) int64 {
	if l := n.Ints(name); len(l) == 1 {
		return l[0]
	}
	return -1
}

// Floats returns the float32 bits of an attribute; nil if the node has none of that number.
func (n *Node) Floats(name uint32) []uint32 {
	for i := range n.Attributes {
		if n.Attributes[i].Name == name {
			return n.Attributes[i].Floats
		}
	}
	return nil
}

// Float returns the only float32 of an attribute as its bits, or a NaN's, which no attribute of this format allows.
func (n *Node) Float(name uint32) uint32 {
	if l := n.Floats(name); len(l) == 1 {
		return l[0]
	}
	return 0x7fc00000
}

package program

import "fmt"

// Code names why a record is refused. Codes are part of the interface: TypeScript and the chain's errors repeat them.
type Code string

// The codes of refusals.
const (
	CodeTooLarge     Code = "record_too_large"     // more bytes than MaxRecord
	CodeNotCanonical Code = "record_not_canonical" // bytes that the one canonical encoder would not write: order, duplicates, defaults, unknown fields
	CodeHeader       Code = "record_header"        // version, counts or limits of the header
	CodeDtype        Code = "record_dtype"         // a dtype that is unknown, or not this operator's
	CodeExtent       Code = "record_extent"        // rank or extents beyond the limits, or no elements
	CodeLayout       Code = "record_layout"        // a layout that does not exist for this shape, or moves nothing
	CodeReference    Code = "record_reference"     // a reference to nothing, forward, or of a wrong kind
	CodeOperandType  Code = "record_operand_type"  // an operand's type differs from where the tensor is declared
	CodeOrder        Code = "record_order"         // weights or values are not numbered in order of use or definition
	CodeOperator     Code = "record_operator"      // an operator that is not in the closed list
	CodeArity        Code = "record_arity"         // a wrong number of operands or outputs
	CodeAttribute    Code = "record_attribute"     // an attribute that is unknown, missing, or has a forbidden value
	CodeShape        Code = "record_shape"         // output shapes do not follow from the operands
	CodeProofSize    Code = "record_proof_size"    // a proof of one element could exceed MaxProof
	CodeLimit        Code = "record_limit"         // a sum (bytes, cost) beyond its limit
	CodeDead         Code = "record_dead_node"     // no value of a node is read
	CodeCounts       Code = "record_counts"        // the header's counts differ from the record's
)

// Error is every refusal of this package.
type Error struct {
	Code Code
	// Node is the index of the node that is wrong, or -1 where the header or the framing is.
	Node int
	Text string
}

func (e *Error) Error() string {
	if e.Node < 0 {
		return fmt.Sprintf("%s: %s", e.Code, e.Text)
	}
	return fmt.Sprintf("%s: node %d: %s", e.Code, e.Node, e.Text)
}

// refuse builds an Error about the header; Validate fills in the node where there is one.
func refuse(code Code, format string, a ...any) *Error {
	return &Error{Code: code, Node: -1, Text: fmt.Sprintf(format, a...)}
}

package referee

import "fmt"

// Code names why a proof is invalid. An invalid proof says nothing about the worker: it costs its sender the bond.
type Code string

// The codes of invalid proofs.
const (
	CodeTooLarge     Code = "proof_too_large"     // more bytes than program.MaxProof
	CodeNotCanonical Code = "proof_not_canonical" // bytes that the one canonical encoder would not write
	CodeKind         Code = "proof_kind"          // an unknown kind, or fields that its kind does not have
	CodePosition     Code = "proof_position"      // no such node, slot, element, tensor or chunk
	CodeRecord       Code = "proof_record"        // the opened record is not the program's, or is no judgeable record
	CodeTensors      Code = "proof_tensors"       // a wrong number of tensor openings
	CodeOpening      Code = "proof_opening"       // a multiproof does not fit its tree: a hash or chunk too many or too few
	CodeRoot         Code = "proof_root"          // an opening leads to another root than the committed one
	CodeChunk        Code = "proof_chunk"         // an opened chunk is malformed: that is a FORMAT fault, prove it as one
	CodeNoTrace      Code = "proof_no_trace"      // the job has no trace root yet
	CodeNoRoot       Code = "proof_no_root"       // the job has no such root yet
	CodeMeter        Code = "proof_meter"         // the caller's meter ran out; the error wraps the meter's
	CodeInternal     Code = "proof_internal"      // the referee contradicted itself: nobody is convicted
)

// Error is every refusal of this package.
type Error struct {
	Code Code
	Text string
	// Cause is what another package said, or nil.
	Cause error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Text, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func invalid(code Code, format string, a ...any) error {
	return &Error{Code: code, Text: fmt.Sprintf(format, a...)}
}

func because(code Code, cause error, format string, a ...any) error {
	return &Error{Code: code, Text: fmt.Sprintf(format, a...), Cause: cause}
}

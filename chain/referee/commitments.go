package referee

import (
	"math/big"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// Commitments are what the chain holds of one job when a proof about it is judged.
type Commitments struct {
	// ProgramRoot and Counts are kept from the publication (program.Summary).
	ProgramRoot merkle.Hash
	Counts      program.Counts
	// WeightsRoot, InputRoot and OutputRoot are trees over the data roots of the tensors of their kind.
	// A root of 32 zeros is not known yet, and nothing can be proven about its tensors.
	WeightsRoot, InputRoot, OutputRoot merkle.Hash
	// TraceRoot is the tree over the data roots of the VALUEs, once there is one.
	TraceRoot merkle.Hash
	HasTrace  bool
	// ToleranceAbs and ToleranceRel are the signed output tolerance, in units of 1e-18: |y - y'| <= abs + rel·|y'|, y the
	// committed output and y' the trace. nil is zero.
	ToleranceAbs, ToleranceRel *big.Int
	// Constants of the profile that the job was claimed under.
	Constants Constants
}

// root returns the committed root of a kind's tree and whether it is known.
func (c *Commitments) root(k program.Kind) (merkle.Hash, bool) {
	var r merkle.Hash
	switch k {
	case program.Input:
		r = c.InputRoot
	case program.Weight:
		r = c.WeightsRoot
	case program.Value:
		return c.TraceRoot, c.HasTrace
	case program.Output:
		r = c.OutputRoot
	}
	return r, r != merkle.Hash{}
}

// Function is the certified accuracy of one transcendental function: the error is at most Ulps units in the last place of
// the exact value, plus Absolute · 2^-40, plus 2^-126.
type Function struct {
	Ulps, Absolute uint32
}

// Constants are a profile's certified numbers. They are parameters of the chain, pinned when a job is claimed.
type Constants struct {
	// Underflow is the exponent e of η = 2^-e, the largest error of a product or quotient that underflows: 126 where
	// results below the smallest normal number may be flushed to zero, 149 where gradual underflow is certified.
	Underflow uint32
	// Exp, Erf, Log, Tanh, Sigmoid bound the approximations of these functions.
	Exp, Erf, Log, Tanh, Sigmoid Function
	// WeightBlock says how MatMul and Gemm sum when their second operand is a WEIGHT of rank 2: at most this many products
	// are added one after another, then the blocks one after another. 0: in any order.
	WeightBlock uint32
	// Roots is the accuracy of Sqrt, Reciprocal and Pow in units of u = 2^-24, relative to the exact value.
	Roots uint32
}

// DefaultConstants are PROTOCOL.md's, for every machine. Certificates over all 2^32 inputs support them on the runtimes of
// certificates/ (TestCertificates; docs/certificates.md says how much of them each needs). They are wider than any one
// certificate because kernels differ by instruction set, and are narrowed only by a profile that names its own.
func DefaultConstants() Constants {
	return Constants{
		Underflow: 126,
		Exp:       Function{Ulps: 2},
		Erf:       Function{Ulps: 2},
		Log:       Function{Ulps: 6},
		Tanh:      Function{Ulps: 11},
		Sigmoid:   Function{Ulps: 8, Absolute: 395_825}, // 3.6e-7, rounded up
		Roots:     8,
	}
}

// Work is what a judgement costs; gas is charged for it before it is done.
type Work uint8

// The kinds of work. A hash is one SHA-256 compression of 64 bytes: 17 for a chunk, 2 for an inner node.
const (
	MultiplyAdds Work = iota
	Exponentials
	Hashes
)

// Meter is called before work is done; its error stops the judgement. nil measures nothing.
type Meter func(kind Work, n uint64) error

// Verdict is the outcome of a valid proof.
type Verdict struct {
	// Fault: the worker is convicted.
	Fault bool
	// Undecided names why the referee cannot say; such an element is never a fault. Empty otherwise.
	Undecided Cause
	Explanation
}

// Explanation is what a person reads of one judgement: the fields of assay.referee.v1.Explanation but undecided and fault.
// Numbers are exact decimals, or rounded away from zero to 20 digits.
type Explanation struct {
	Kind        FaultKind
	Node        uint32
	Op          string
	Slot        uint32
	Element     uint64
	Coordinates []uint64
	Claimed     string
	Exact       string
	Bound       string
	Ratio       string
	Terms       uint64
	MACs        uint64
	Exps        uint64
	Hashes      uint64
}

package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/referee"
	refereev1 "github.com/assay-chain/assay/chain/types/refereev1"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// Codes of proofs that the referee understood and that convict nobody; the others are referee.Code.
const (
	CodeNoFault   = "proof_no_fault"
	CodeUndecided = "proof_undecided"
)

// judgement is what the referee made of a proof. Code and message are empty for a fault.
type judgement struct {
	fault       bool
	reason      computetypes.EndReason
	code        string
	message     string
	explanation *refereev1.Explanation
}

// judge lets the referee decide a proof about a job. The message and the dry run call it alike: size before decoding, gas
// before computing. Its error says that no judgement came about; what is wrong with a proof is part of the judgement.
func judge(ctx context.Context, p *types.Params, c *referee.Commitments, proof []byte) (judgement, error) {
	return judgeWith(ctx, p, c, proof, referee.Judge)
}

// judgeWith is judge with one of the referee's two questions: is the worker at fault, or is an input or weight forbidden.
func judgeWith(
	ctx context.Context, p *types.Params, c *referee.Commitments, proof []byte,
	ask func(*referee.Commitments, []byte, referee.Meter) (referee.Verdict, error),
) (judgement, error) {
	if err := checkProofSize(p, proof); err != nil {
		return judgement{}, err
	}
	// The decoder reads every byte once, and the commitment hashed it.
	chargeHashes(ctx, p, merkle.Blocks(uint64(len(proof))))
	charge(ctx, types.JudgementMACs, p.MacMilligas, "referee: judgement")
	verdict, err := ask(c, proof, meter(ctx, p))
	if err != nil {
		return refused(err)
	}
	return decided(&verdict), nil
}

// checkProofSize refuses a proof that is too large before a byte of it is read.
func checkProofSize(p *types.Params, proof []byte) error {
	if uint64(len(proof)) > p.MaxProofBytes {
		return types.ErrProofSize.Wrapf("expected at most %d bytes, found %d", p.MaxProofBytes, len(proof))
	}
	return nil
}

// meter charges gas for the referee's work before it is done. A caller that went away stops a dry run; a message's context
// is never cancelled.
func meter(ctx context.Context, p *types.Params) referee.Meter {
	return func(kind referee.Work, n uint64) error {
		switch kind {
		case referee.MultiplyAdds:
			charge(ctx, n, p.MacMilligas, "referee: multiply-add")
		case referee.Exponentials:
			charge(ctx, n, p.ExponentialMilligas, "referee: exponential")
		case referee.Hashes:
			charge(ctx, n, p.HashMilligas, "referee: hash")
		default:
			return fmt.Errorf("unknown kind of work %d", kind)
		}
		return nil
	}
}

// refused turns an invalid proof into a judgement.
func refused(err error) (judgement, error) {
	var refusal *referee.Error
	if !errors.As(err, &refusal) || refusal.Code == referee.CodeMeter {
		return judgement{}, err
	}
	return judgement{code: string(refusal.Code), message: refusal.Error()}, nil
}

// decided turns a verdict into a judgement.
func decided(v *referee.Verdict) judgement {
	j := judgement{fault: v.Fault, explanation: explain(v)}
	switch {
	case v.Fault:
		j.reason = reasonOf(v.Kind)
	case v.Undecided != referee.Decided:
		j.code, j.message = CodeUndecided, fmt.Sprintf("expected a fault; the referee cannot say: %s", v.Undecided)
	default:
		j.code, j.message = CodeNoFault, fmt.Sprintf("expected more than %s apart; claimed %s, exact %s", v.Bound, v.Claimed, v.Exact)
	}
	return j
}

func reasonOf(kind referee.FaultKind) computetypes.EndReason {
	switch kind {
	case referee.Arithmetic:
		return computetypes.END_REASON_ARITHMETIC
	case referee.OutputLink:
		return computetypes.END_REASON_OUTPUT
	default:
		return computetypes.END_REASON_FORMAT
	}
}

// explain writes a verdict as the chain keeps it.
func explain(v *referee.Verdict) *refereev1.Explanation {
	return &refereev1.Explanation{
		Kind: refereev1.FaultKind(v.Kind), Node: v.Node, Op: v.Op, Slot: v.Slot, Element: v.Element, Coordinates: v.Coordinates,
		Claimed: v.Claimed, Exact: v.Exact, Bound: v.Bound, Ratio: v.Ratio, Undecided: string(v.Undecided), Fault: v.Fault,
		Terms: v.Terms, Macs: v.MACs, Exponentials: v.Exps, Hashes: v.Hashes,
	}
}

// commitmentsOf is what the chain holds of a job, under the constants that its claim pinned.
func (k *Keeper) commitmentsOf(ctx context.Context, job *computetypes.Job) (*referee.Commitments, error) {
	p, err := k.compute.ParamsAt(ctx, job.ParamsVersion)
	if err != nil {
		return nil, err
	}
	return types.Commitments(job, &p)
}

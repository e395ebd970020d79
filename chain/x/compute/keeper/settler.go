package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// GetDuty returns an operator's duty on a job; found is false if it was not drawn.
func (k *Keeper) GetDuty(ctx context.Context, jobID uint64, operator string) (d types.Duty, found bool, err error) {
	a, err := types.Account("operator", operator)
	if err != nil {
		return d, false, err
	}
	d, err = k.duties.Get(ctx, collections.Join(jobID, a))
	if errors.Is(err, collections.ErrNotFound) {
		return d, false, nil
	}
	return d, err == nil, err
}

// SetTraceRoot records the trace root that a dispute published. A root that stands is never replaced.
func (k *Keeper) SetTraceRoot(ctx context.Context, jobID uint64, root []byte) error {
	j, err := k.jobIn(ctx, jobID, types.JOB_STATE_COMMITTED)
	if err != nil {
		return err
	}
	if len(root) != 32 {
		return types.ErrTraceRoot.Wrapf("job %d: 32 bytes expected, %d found", jobID, len(root))
	}
	if len(j.TraceRoot) != 0 {
		return types.ErrTraceRoot.Wrapf("job %d has one already: %x", jobID, j.TraceRoot)
	}
	j.TraceRoot = root
	return k.saveJob(ctx, j, causeTrace)
}

// RaiseReady makes a COMMITTED job's ready at least h and makes the job due there: whatever closes last enqueues the job
// again. An ended job waits for nothing, and nothing happens.
func (k *Keeper) RaiseReady(ctx context.Context, jobID uint64, h int64) error {
	j, err := k.GetJob(ctx, jobID)
	if err != nil || j.State != types.JOB_STATE_COMMITTED {
		return err
	}
	raised := h > j.Ready
	j.Ready = max(j.Ready, h)
	if err := k.enqueue(ctx, j.Ready, jobID); err != nil || !raised {
		return err
	}
	return k.saveJob(ctx, j, causeExtended)
}

// EndFaulted ends a COMMITTED job as FAULTED: the fee returns to the requester, the payouts are made out of the bond, the
// rest of it burns, and the claim deposit returns to the worker. The payouts' sum is at most SlashPaidPpm of the bond.
func (k *Keeper) EndFaulted(ctx context.Context, jobID uint64, reason types.EndReason, payouts []types.Payout) error {
	j, err := k.jobIn(ctx, jobID, types.JOB_STATE_COMMITTED)
	if err != nil {
		return err
	}
	if reason < types.END_REASON_ARITHMETIC || reason > types.END_REASON_WITHHELD {
		return types.ErrReason.Wrapf("FAULTED for ARITHMETIC, OUTPUT, FORMAT or WITHHELD expected, %s found", reason)
	}
	p, err := k.ParamsAt(ctx, j.ParamsVersion)
	if err != nil {
		return err
	}
	paid := math.ZeroInt()
	for _, o := range payouts {
		if err := types.CheckAmount(o.Amount, true); err != nil {
			return types.ErrPayouts.Wrap(err.Error())
		}
		paid = paid.Add(o.Amount)
	}
	if most := types.Share(j.Bond, p.SlashPaidPpm); paid.GT(most) {
		return types.ErrPayouts.Wrapf("job %d: at most %s of the bond %s expected, %s found", jobID, most, j.Bond, paid)
	}
	for _, o := range payouts {
		if err := k.payOut(ctx, j.Id, o); err != nil {
			return err
		}
	}
	if err := k.burn(ctx, j.Id, j.Bond.Sub(paid), forSlash); err != nil {
		return err
	}
	if err := k.pay(ctx, j.Id, j.Requester, j.Fee, forRefund); err != nil {
		return err
	}
	if err := k.pay(ctx, j.Id, j.Worker, j.Deposit, forDeposit); err != nil {
		return err
	}
	_, err = k.end(ctx, j, types.JOB_STATE_FAULTED, reason, causeFaulted)
	return err
}

// payOut makes one payout of a conviction.
func (k *Keeper) payOut(ctx context.Context, jobID uint64, o types.Payout) error {
	switch {
	case o.Amount.IsZero():
		return nil
	case o.ToModule != "":
		// A reward that waits: Pay tells of it when it reaches its owner, so that no unit is told of twice.
		coins, err := k.coins(ctx, o.Amount)
		if err != nil {
			return err
		}
		return k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, o.ToModule, coins)
	case o.ToDeposit:
		credited, err := k.creditDeposit(ctx, o.Recipient, o.Amount, "refunded")
		if err != nil {
			return err
		}
		if credited {
			return emit(ctx, &types.EventPayment{JobId: jobID, Recipient: o.Recipient, Amount: o.Amount.String(), Purpose: o.Purpose})
		}
	}
	return k.pay(ctx, jobID, o.Recipient, o.Amount, o.Purpose)
}

// EndVoid ends an OPEN or CLAIMED job as VOID {INPUT} or {MODEL}.
func (k *Keeper) EndVoid(ctx context.Context, jobID uint64, reason types.EndReason) error {
	j, err := k.GetJob(ctx, jobID)
	if err != nil {
		return err
	}
	if !isUncommitted(j.State) {
		return types.ErrState.Wrapf("job %d: OPEN or CLAIMED expected, %s found", jobID, j.State)
	}
	if reason != types.END_REASON_INPUT && reason != types.END_REASON_MODEL {
		return types.ErrReason.Wrapf("VOID for INPUT or MODEL expected, %s found", reason)
	}
	return k.void(ctx, j, reason)
}

// VoidArtifact ends all OPEN and CLAIMED jobs on a publication as VOID {MODEL}, by queue.
func (k *Keeper) VoidArtifact(ctx context.Context, artifactID uint64) error {
	return k.voided.Set(ctx, artifactID)
}

package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// expire ends a job as EXPIRED: the fee returns; a worker that committed nothing gets its bond back and loses its deposit.
func (k *Keeper) expire(ctx context.Context, j types.Job, reason types.EndReason) error {
	if err := k.pay(ctx, j.Id, j.Requester, j.Fee, forRefund); err != nil {
		return err
	}
	if j.State == types.JOB_STATE_CLAIMED {
		if err := k.pay(ctx, j.Id, j.Worker, j.Bond, forBond); err != nil {
			return err
		}
		if err := k.burn(ctx, j.Id, j.Deposit, forDeposit); err != nil {
			return err
		}
	}
	cause := causeExpired
	if reason == types.END_REASON_CANCELLED {
		cause = causeCancel
	}
	_, err := k.end(ctx, j, types.JOB_STATE_EXPIRED, reason, cause)
	return err
}

// void ends a job as VOID: everybody gets back what they paid in.
func (k *Keeper) void(ctx context.Context, j types.Job, reason types.EndReason) error {
	if err := k.pay(ctx, j.Id, j.Requester, j.Fee, forRefund); err != nil {
		return err
	}
	if err := k.returnBond(ctx, j); err != nil {
		return err
	}
	ended, err := k.end(ctx, j, types.JOB_STATE_VOID, reason, causeVoid)
	if err != nil || j.State != types.JOB_STATE_COMMITTED {
		return err // before the commitment nothing can be disputed, so disputes hold nothing
	}
	return k.dispute.JobEnded(ctx, ended)
}

// returnBond pays bond and claim deposit back to the worker, if there is one.
func (k *Keeper) returnBond(ctx context.Context, j types.Job) error {
	if j.Worker == "" {
		return nil
	}
	if err := k.pay(ctx, j.Id, j.Worker, j.Bond, forBond); err != nil {
		return err
	}
	return k.pay(ctx, j.Id, j.Worker, j.Deposit, forDeposit)
}

// end writes the one terminal outcome of a job and takes it off everything that only running jobs are on.
func (k *Keeper) end(ctx context.Context, j types.Job, state types.JobState, reason types.EndReason, cause string) (types.Job, error) {
	if !isRunning(j.State) {
		return j, types.ErrState.Wrapf("job %d: a running job expected, %s found", j.Id, j.State)
	}
	if err := k.stopWaiting(ctx, j); err != nil {
		return j, err
	}
	if j.Worker != "" {
		if err := k.releaseWorker(ctx, j); err != nil {
			return j, err
		}
	}
	if err := k.dropDuties(ctx, j.Id); err != nil {
		return j, err
	}
	j.State, j.Reason, j.Deadline, j.EndHeight = state, reason, 0, height(ctx)
	return j, k.saveJob(ctx, j, cause)
}

// releaseWorker counts one job less for a worker and for the snapshot that the claim pinned.
func (k *Keeper) releaseWorker(ctx context.Context, j types.Job) error {
	if err := k.unpinSnapshot(ctx, j.SnapshotEpoch); err != nil {
		return err
	}
	a, err := types.Account("worker", j.Worker)
	if err != nil {
		return err
	}
	w, err := k.workers.Get(ctx, a)
	if err != nil {
		return err
	}
	w.ActiveJobs--
	return k.saveWorker(ctx, a, w)
}

// dropDuties takes a job off its verifiers' lists. The duties' records stay.
func (k *Keeper) dropDuties(ctx context.Context, jobID uint64) error {
	var operators []sdk.AccAddress
	rng := collections.NewPrefixedPairRange[uint64, sdk.AccAddress](jobID)
	err := k.duties.Walk(ctx, rng, func(key collections.Pair[uint64, sdk.AccAddress], _ types.Duty) (bool, error) {
		operators = append(operators, key.K2())
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, o := range operators {
		if err := k.byOperator.Remove(ctx, collections.Join(o, jobID)); err != nil {
			return err
		}
	}
	return nil
}

// saveWorker writes a worker and emits its record.
func (k *Keeper) saveWorker(ctx context.Context, a sdk.AccAddress, w types.Worker) error {
	if err := k.workers.Set(ctx, a, w); err != nil {
		return err
	}
	return emit(ctx, &types.EventWorkerUpdated{Worker: w})
}

// getWorker returns a registered worker, or ErrNotFound.
func (k *Keeper) getWorker(ctx context.Context, a sdk.AccAddress) (types.Worker, error) {
	w, err := k.workers.Get(ctx, a)
	if errors.Is(err, collections.ErrNotFound) {
		return w, types.ErrNotFound.Wrapf("worker %s: register it first", a)
	}
	return w, err
}

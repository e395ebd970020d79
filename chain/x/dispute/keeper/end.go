package keeper

import (
	"context"

	"cosmossdk.io/collections"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// JobEnded settles everything that disputes hold of a job that ended FINAL or VOID. A failed challenge of an outsider costs
// its fee: half to the worker, half burned. Everything else returns to its payer.
func (k *Keeper) JobEnded(ctx context.Context, job computetypes.Job) error {
	d, found, err := k.findDispute(ctx, job.Id)
	if err != nil || !found || d.Phase == types.DISPUTE_PHASE_ENDED {
		return err
	}
	if job.State == computetypes.JOB_STATE_FINAL {
		err = k.halve(ctx, job.Id, d.Worker, d.Fee, types.PurposeChallengeFee)
	} else {
		err = k.giveBackTo(ctx, job.Id, d.Challenger, d.Fee)
	}
	if err != nil {
		return err
	}
	if err := k.returnYounger(ctx, &d, 0); err != nil {
		return err
	}
	if err := k.endDispute(ctx, &d, job.Reason); err != nil {
		return err
	}
	return k.saveDispute(ctx, &d, types.CauseEnded)
}

// endDispute stops every clock and hands the demands to the closing queue, because they may be too many for one block. The
// caller has settled the challenge fee: from here on it is history. It changes the dispute but does not save it.
func (k *Keeper) endDispute(ctx context.Context, d *types.Dispute, reason computetypes.EndReason) error {
	if err := k.stopClock(ctx, d); err != nil {
		return err
	}
	if err := k.pauseProving(ctx, d); err != nil {
		return err
	}
	if err := k.closeQueue(ctx, d); err != nil {
		return err
	}
	d.Phase, d.Reason, d.EndHeight = types.DISPUTE_PHASE_ENDED, reason, height(ctx)
	d.ProveLeft, d.OpenDemands = 0, 0
	return nil
}

// closeQueue lets no demand of an ending job become active any more, and has all of them closed.
func (k *Keeper) closeQueue(ctx context.Context, d *types.Dispute) error {
	if d.Demands == 0 {
		return nil
	}
	first, err := k.candidate(ctx, d.JobId)
	if err != nil {
		return err
	}
	if first != nil {
		if err := k.readyQueue.Remove(ctx, collections.Join(first.K2(), first.K3())); err != nil {
			return err
		}
	}
	return k.closing.Set(ctx, d.JobId, 0)
}

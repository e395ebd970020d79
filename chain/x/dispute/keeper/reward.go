package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// provedEarlier settles a proof whose commitment is older than the one that convicted the job: it takes over the claim to
// the reward, and what is younger than it returns. The verdict, its prover and its explanation stand as they are.
func (k *Keeper) provedEarlier(ctx context.Context, d *types.Dispute, c *types.FaultCommitment) error {
	if err := k.returnBond(ctx, c, types.COMMITMENT_STATE_PROVED); err != nil {
		return err
	}
	d.LiveCommitments--
	if err := k.returnYounger(ctx, d, c.Id); err != nil {
		return err
	}
	if err := k.saveDispute(ctx, d, types.CauseProved); err != nil {
		return err
	}
	r, err := k.rewards.Get(ctx, d.JobId)
	if errors.Is(err, collections.ErrNotFound) {
		return nil // the bond was too small for a reward
	}
	if err != nil {
		return err
	}
	r.CommitmentId = c.Id
	if err := k.rewards.Set(ctx, d.JobId, r); err != nil {
		return err
	}
	return k.payReward(ctx, d.JobId)
}

// payReward pays a waiting reward to the oldest commitment that proved, once no older one lives.
func (k *Keeper) payReward(ctx context.Context, jobID uint64) error {
	r, err := k.rewards.Get(ctx, jobID)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	older, err := k.liveOf(ctx, jobID, 0, r.CommitmentId)
	if err != nil {
		return err
	}
	if len(older) > 0 {
		r.Deadline = latest(older)
		return k.rewards.Set(ctx, jobID, r)
	}
	c, err := k.commitments.Get(ctx, r.CommitmentId)
	if err != nil {
		return err
	}
	if err := k.rewards.Remove(ctx, jobID); err != nil {
		return err
	}
	if err := k.compute.Pay(ctx, jobID, types.ModuleName, c.Sender, r.Amount, types.PurposeReward); err != nil {
		return err
	}
	return emit(ctx, &types.EventRewardPaid{JobId: jobID, CommitmentId: c.Id, Prover: c.Sender, Amount: r.Amount.String()})
}

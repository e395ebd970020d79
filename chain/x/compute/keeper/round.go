package keeper

import (
	"context"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// fixRound fixes the number of the round that draws a job's duties: the first whose nominal time lies after this block's
// time and the margin. The first round after the commitment may already be public, and the first one posted would let its
// poster choose.
func (k *Keeper) fixRound(ctx context.Context, j types.Job) error {
	p, err := k.ParamsAt(ctx, j.ParamsVersion)
	if err != nil {
		return err
	}
	round, err := k.beacon.RoundAfter(ctx, sdk.UnwrapSDKContext(ctx).BlockTime())
	if err != nil {
		return err
	}
	j.BeaconRound = round
	j.BeaconTries++
	j.Deadline = height(ctx) + int64(p.BeaconBlocks)
	if err := k.waiting.Set(ctx, collections.Join(round, j.Id)); err != nil {
		return err
	}
	_, recorded, err := k.beacon.Randomness(ctx, round)
	if err != nil {
		return err
	}
	if recorded {
		err = k.recorded.Set(ctx, round)
	} else {
		err = k.beacon.Pin(ctx, round)
	}
	if err != nil {
		return err
	}
	if err := k.enqueue(ctx, j.Deadline, j.Id); err != nil {
		return err
	}
	return k.saveJob(ctx, j, causeRoundFixed)
}

// beaconDue acts on a job whose round was to be recorded by now. Unrecorded, another round is fixed; after three the job
// ends VOID {BEACON}, unless something still holds it: then whatever closes last makes it due again.
func (k *Keeper) beaconDue(ctx context.Context, j types.Job) error {
	h := height(ctx)
	if h < j.Deadline {
		return nil
	}
	randomness, recorded, err := k.beacon.Randomness(ctx, j.BeaconRound)
	if err != nil {
		return err
	}
	if recorded {
		return k.draw(ctx, j, randomness)
	}
	if j.BeaconTries < types.BeaconTries {
		if err := k.stopWaiting(ctx, j); err != nil {
			return err
		}
		return k.fixRound(ctx, j)
	}
	if held, err := k.held(ctx, j); err != nil || held {
		return err
	}
	return k.void(ctx, j, types.END_REASON_BEACON)
}

// stopWaiting takes a job off the round that it waits for, if it does.
func (k *Keeper) stopWaiting(ctx context.Context, j types.Job) error {
	if j.State != types.JOB_STATE_COMMITTED || j.BeaconRound == 0 || j.DrawnHeight != 0 {
		return nil
	}
	if err := k.waiting.Remove(ctx, collections.Join(j.BeaconRound, j.Id)); err != nil {
		return err
	}
	_, recorded, err := k.beacon.Randomness(ctx, j.BeaconRound)
	if err != nil || recorded {
		return err // a recorded round is not pinned any more
	}
	return k.beacon.Unpin(ctx, j.BeaconRound)
}

// BeaconRecorded is called by the beacon in the transaction that records a round: its jobs are drawn by EndBlock.
func (k *Keeper) BeaconRecorded(ctx context.Context, round uint64) error {
	return k.recorded.Set(ctx, round)
}

// held tells whether a job must not end yet though its time has come (PROTOCOL §4, FINAL at h iff).
func (k *Keeper) held(ctx context.Context, j types.Job) (bool, error) {
	if height(ctx) < j.Ready {
		return true, nil
	}
	return k.dispute.HoldsFinal(ctx, j.Id)
}

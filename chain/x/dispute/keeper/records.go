package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

func emit(ctx context.Context, event proto.Message) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// height of the block that is being executed.
func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// findDispute returns a job's dispute; found is false where nothing was disputed.
func (k *Keeper) findDispute(ctx context.Context, jobID uint64) (d types.Dispute, found bool, err error) {
	d, err = k.disputes.Get(ctx, jobID)
	if errors.Is(err, collections.ErrNotFound) {
		return d, false, nil
	}
	return d, err == nil, err
}

// disputeOf returns a job's dispute, or a new one: without a challenge as yet.
func (k *Keeper) disputeOf(ctx context.Context, job *computetypes.Job) (types.Dispute, error) {
	d, found, err := k.findDispute(ctx, job.Id)
	if err != nil || found {
		return d, err
	}
	return types.Dispute{JobId: job.Id, Fee: math.ZeroInt(), Worker: job.Worker, TraceRoot: job.TraceRoot}, nil
}

// saveDispute writes a dispute and tells of it.
func (k *Keeper) saveDispute(ctx context.Context, d *types.Dispute, cause string) error {
	if err := k.disputes.Set(ctx, d.JobId, *d); err != nil {
		return err
	}
	return emit(ctx, &types.EventDisputeUpdated{Dispute: *d, Cause: cause})
}

// saveDemand writes a demand and tells of it.
func (k *Keeper) saveDemand(ctx context.Context, d *types.Demand) error {
	if err := k.demands.Set(ctx, d.Id, *d); err != nil {
		return err
	}
	return emit(ctx, &types.EventDemandUpdated{Demand: *d})
}

// saveCommitment writes a fault commitment and tells of it.
func (k *Keeper) saveCommitment(ctx context.Context, c *types.FaultCommitment) error {
	if err := k.commitments.Set(ctx, c.Id, *c); err != nil {
		return err
	}
	return emit(ctx, &types.EventFaultCommitmentUpdated{Commitment: *c})
}

// committedJob returns a job that must be COMMITTED: results stand, and nothing has ended it.
func (k *Keeper) committedJob(ctx context.Context, id uint64) (computetypes.Job, error) {
	job, err := k.compute.GetJob(ctx, id)
	if err != nil {
		return job, err
	}
	if job.State != computetypes.JOB_STATE_COMMITTED {
		return job, types.ErrJobState.Wrapf("job %d: expected COMMITTED, found %s", id, job.State)
	}
	return job, nil
}

// account decodes a sender's address.
func account(name, address string) (sdk.AccAddress, error) {
	a, err := sdk.AccAddressFromBech32(address)
	if err != nil {
		return nil, types.ErrInvalidAddress.Wrapf("%s: expected an account address, found %q: %s", name, address, err)
	}
	return a, nil
}

// isDrawn reports whether an address holds a duty on a job, and whether that duty is still open.
func (k *Keeper) isDrawn(ctx context.Context, jobID uint64, address string) (drawn, open bool, err error) {
	duty, found, err := k.compute.GetDuty(ctx, jobID, address)
	return found, found && duty.Verdict == computetypes.VERDICT_UNSPECIFIED, err
}

// hash32 checks the length of a root, a salt or a commitment.
func hash32(name string, b []byte) error {
	if len(b) != types.HashSize {
		return types.ErrInvalidField.Wrapf("%s: expected %d bytes, found %d", name, types.HashSize, len(b))
	}
	return nil
}

// orZero takes a missing number for zero.
func orZero(n uint64, err error) (uint64, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// addressString is the bech32 form of raw address bytes.
func addressString(b []byte) string { return sdk.AccAddress(b).String() }

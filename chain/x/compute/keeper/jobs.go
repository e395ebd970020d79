package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// Causes of EventJobUpdated.
const (
	causeSubmit     = "submit"
	causeCancel     = "cancel"
	causeClaim      = "claim"
	causeCommit     = "commit"
	causeRoundFixed = "round_fixed"
	causeDrawn      = "drawn"
	causeAttested   = "attested"
	causeTrace      = "trace_published"
	causeExtended   = "extended"
	causeFinal      = "final"
	causeFaulted    = "faulted"
	causeExpired    = "expired"
	causeVoid       = "void"
)

// GetJob returns a job, or ErrNotFound.
func (k *Keeper) GetJob(ctx context.Context, id uint64) (types.Job, error) {
	j, err := k.jobs.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return j, types.ErrNotFound.Wrapf("job %d", id)
	}
	return j, err
}

// jobIn returns a job that must be in the given state.
func (k *Keeper) jobIn(ctx context.Context, id uint64, state types.JobState) (types.Job, error) {
	j, err := k.GetJob(ctx, id)
	if err == nil && j.State != state {
		err = types.ErrState.Wrapf("job %d: %s expected, %s found", id, state, j.State)
	}
	return j, err
}

// saveJob writes a job, moves its index entries and emits EventJobUpdated.
func (k *Keeper) saveJob(ctx context.Context, j types.Job, cause string) error {
	old, err := k.jobs.Get(ctx, j.Id)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if old.State != j.State {
		if err := k.reindex(ctx, j, old.State); err != nil {
			return err
		}
	}
	if err := k.jobs.Set(ctx, j.Id, j); err != nil {
		return err
	}
	return emit(ctx, &types.EventJobUpdated{Job: j, Cause: cause})
}

// reindex moves a job between states; from UNSPECIFIED it enters.
func (k *Keeper) reindex(ctx context.Context, j types.Job, from types.JobState) error {
	indexes := []struct {
		in     func(types.JobState) bool
		set    func() error
		remove func() error
	}{
		{isUncommitted,
			func() error { return k.byArtifact.Set(ctx, collections.Join(j.ArtifactId, j.Id)) },
			func() error { return k.byArtifact.Remove(ctx, collections.Join(j.ArtifactId, j.Id)) }},
		{isOpen,
			func() error { return k.byDigest.Set(ctx, collections.Join(j.ArtifactDigest, j.Id)) },
			func() error { return k.byDigest.Remove(ctx, collections.Join(j.ArtifactDigest, j.Id)) }},
	}
	for _, x := range indexes {
		was, is := x.in(from), x.in(j.State)
		var err error
		if is && !was {
			err = x.set()
		} else if was && !is {
			err = x.remove()
		}
		if err != nil {
			return err
		}
	}
	if from != types.JOB_STATE_UNSPECIFIED {
		if err := k.byState.Remove(ctx, collections.Join(uint32(from), j.Id)); err != nil {
			return err
		}
	}
	return k.byState.Set(ctx, collections.Join(uint32(j.State), j.Id))
}

func isOpen(s types.JobState) bool { return s == types.JOB_STATE_OPEN }

func isUncommitted(s types.JobState) bool {
	return s == types.JOB_STATE_OPEN || s == types.JOB_STATE_CLAIMED
}

// isRunning tells that a job has not ended: its fee, and its bond and deposit if claimed, are held.
func isRunning(s types.JobState) bool { return isUncommitted(s) || s == types.JOB_STATE_COMMITTED }

// emit emits one typed event.
func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
}) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// height of the block that is executed.
func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

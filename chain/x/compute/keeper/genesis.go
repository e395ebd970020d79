package keeper

import (
	"context"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// InitGenesis writes records and builds queues and indexes from them: an export holds no queue. Registry and beacon must be
// initialised before, and SetDisputeKeeper called. Epoch 0 is not taken here, because genesis validators are bonded only
// after all modules, but at the end of the first block.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if k.dispute == nil {
		return types.ErrDisputeNotWired.Wrap("SetDisputeKeeper must be called before genesis")
	}
	if err := g.Validate(); err != nil {
		return err
	}
	for _, v := range g.Params {
		if err := k.addParams(ctx, v); err != nil {
			return err
		}
	}
	if err := k.jobSeq.Set(ctx, g.NextJobId); err != nil {
		return err
	}
	for _, w := range g.Workers {
		if err := k.workers.Set(ctx, sdk.MustAccAddressFromBech32(w.Address), w); err != nil {
			return err
		}
	}
	for _, v := range g.Verifiers {
		a := sdk.MustAccAddressFromBech32(v.Operator)
		if err := k.verifiers.Set(ctx, a, v); err != nil {
			return err
		}
		if v.Leaving {
			if err := k.withdraw.Set(ctx, collections.Join(v.LeaveJob, a)); err != nil {
				return err
			}
		}
	}
	for _, s := range g.Snapshots {
		s.Jobs = 0 // counted beside the record
		if err := k.addSnapshot(ctx, s); err != nil {
			return err
		}
	}
	for _, j := range g.Jobs {
		if err := k.importJob(ctx, j); err != nil {
			return err
		}
	}
	for _, d := range g.Duties {
		if err := k.importDuty(ctx, d); err != nil {
			return err
		}
	}
	return k.CheckInvariants(ctx)
}

// importJob writes a job and puts it on what running jobs are on.
func (k *Keeper) importJob(ctx context.Context, j types.Job) error {
	if err := k.jobs.Set(ctx, j.Id, j); err != nil {
		return err
	}
	if err := k.reindex(ctx, j, types.JOB_STATE_UNSPECIFIED); err != nil {
		return err
	}
	if !isRunning(j.State) {
		return nil
	}
	if j.Worker != "" {
		if err := k.pinSnapshot(ctx, j.SnapshotEpoch); err != nil {
			return err
		}
	}
	if isUncommitted(j.State) {
		if err := k.enqueue(ctx, j.Deadline, j.Id); err != nil {
			return err
		}
		return k.importDrains(ctx, j)
	}
	switch {
	case j.DrawnHeight != 0:
		return k.enqueue(ctx, j.Ready, j.Id)
	case j.BeaconRound == 0:
		return k.enqueue(ctx, j.CommitHeight+types.FixDelay, j.Id)
	}
	if err := k.waiting.Set(ctx, collections.Join(j.BeaconRound, j.Id)); err != nil {
		return err
	}
	_, recorded, err := k.beacon.Randomness(ctx, j.BeaconRound)
	if err != nil {
		return err
	}
	if recorded {
		if err := k.recorded.Set(ctx, j.BeaconRound); err != nil {
			return err
		}
	}
	// Two reasons to look at it: its round's time is over, and what held it has closed.
	if err := k.enqueue(ctx, j.Ready, j.Id); err != nil {
		return err
	}
	return k.enqueue(ctx, j.Deadline, j.Id)
}

// importDrains resumes a ban or a closing that had not got to this job.
func (k *Keeper) importDrains(ctx context.Context, j types.Job) error {
	a, err := k.registry.GetArtifact(ctx, j.ArtifactId)
	if err != nil {
		return err
	}
	if a.Status == registrytypes.ARTIFACT_STATUS_CLOSED {
		if err := k.voided.Set(ctx, j.ArtifactId); err != nil {
			return err
		}
	}
	policy, err := k.registry.GetPolicy(ctx, j.ArtifactDigest)
	if err != nil || policy.Status != registrytypes.POLICY_STATUS_BANNED || !isOpen(j.State) {
		return err
	}
	return k.banned.Set(ctx, j.ArtifactDigest)
}

// importDuty writes a duty, and lists it for its verifier while the job runs.
func (k *Keeper) importDuty(ctx context.Context, d types.Duty) error {
	a, err := types.Account("operator", d.Operator)
	if err != nil {
		return err
	}
	if err := k.duties.Set(ctx, collections.Join(d.JobId, a), d); err != nil {
		return err
	}
	j, err := k.GetJob(ctx, d.JobId)
	if err != nil || !isRunning(j.State) {
		return err
	}
	return k.byOperator.Set(ctx, collections.Join(a, d.JobId))
}

// ExportGenesis returns all records, in the order of their keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	g := &types.GenesisState{}
	var err error
	if g.Params, err = values(ctx, k.params); err != nil {
		return nil, err
	}
	if g.NextJobId, err = k.jobSeq.Peek(ctx); err != nil {
		return nil, err
	}
	if g.Jobs, err = values(ctx, k.jobs); err != nil {
		return nil, err
	}
	if g.Duties, err = values(ctx, k.duties); err != nil {
		return nil, err
	}
	if g.Workers, err = values(ctx, k.workers); err != nil {
		return nil, err
	}
	if g.Verifiers, err = values(ctx, k.verifiers); err != nil {
		return nil, err
	}
	if g.Snapshots, err = values(ctx, k.snapshots); err != nil {
		return nil, err
	}
	for i := range g.Snapshots {
		if g.Snapshots[i].Jobs, err = k.pinned(ctx, g.Snapshots[i].Number-1); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// values returns all values of a map in the order of its keys.
func values[K, V any](ctx context.Context, m collections.Map[K, V]) (list []V, err error) {
	err = m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		list = append(list, v)
		return false, nil
	})
	return list, err
}

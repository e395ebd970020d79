package keeper

import (
	"context"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// checkCounts checks that counters, indexes and queues say the same as the jobs' records.
func (k *Keeper) checkCounts(ctx context.Context, jobs []types.Job) error {
	queued := map[uint64]bool{}
	err := k.due.Walk(ctx, nil, func(key collections.Pair[int64, uint64]) (bool, error) {
		queued[key.K2()] = true
		return false, nil
	})
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if err := k.checkJob(ctx, j); err != nil {
			return err
		}
		if err := k.checkDue(ctx, j, queued[j.Id]); err != nil {
			return err
		}
	}
	if err := k.checkIndexSizes(ctx, jobs); err != nil {
		return err
	}
	return k.checkWorkersAndPins(ctx, jobs)
}

// checkJob checks one job's index entries and its duties.
func (k *Keeper) checkJob(ctx context.Context, j types.Job) error {
	if ok, err := k.byState.Has(ctx, collections.Join(uint32(j.State), j.Id)); err != nil || !ok {
		return types.ErrInvariant.Wrapf("job %d: an index entry under %s expected, none found (%v)", j.Id, j.State, err)
	}
	if ok, err := k.byArtifact.Has(ctx, collections.Join(j.ArtifactId, j.Id)); err != nil || ok != isUncommitted(j.State) {
		return types.ErrInvariant.Wrapf("job %d, %s: entry by artifact: %t found (%v)", j.Id, j.State, ok, err)
	}
	if ok, err := k.byDigest.Has(ctx, collections.Join(j.ArtifactDigest, j.Id)); err != nil || ok != isOpen(j.State) {
		return types.ErrInvariant.Wrapf("job %d, %s: entry by digest: %t found (%v)", j.Id, j.State, ok, err)
	}
	duties, err := k.jobDuties(ctx, j.Id)
	if err != nil {
		return err
	}
	fulfilled := uint32(0)
	for rank, d := range duties {
		if d.Verdict != types.VERDICT_UNSPECIFIED {
			fulfilled++
		}
		a, err := types.Account("operator", d.Operator)
		if err != nil {
			return err
		}
		listed, err := k.byOperator.Has(ctx, collections.Join(a, j.Id))
		if err != nil || listed != isRunning(j.State) || d.Rank != uint32(rank) {
			return types.ErrInvariant.Wrapf("job %d, %s: duty of %s of rank %d: listed %t (%v)", j.Id, j.State, d.Operator, d.Rank, listed, err)
		}
	}
	if uint32(len(duties)) != j.Duties || fulfilled != j.Fulfilled {
		return types.ErrInvariant.Wrapf("job %d: %d duties, %d fulfilled expected, %d and %d found", j.Id, j.Duties, j.Fulfilled, len(duties), fulfilled)
	}
	return nil
}

// checkDue wants a running job on the queue, unless a dispute holds it and will put it back.
func (k *Keeper) checkDue(ctx context.Context, j types.Job, queued bool) error {
	if queued || !isRunning(j.State) {
		return nil
	}
	held, err := k.dispute.HoldsFinal(ctx, j.Id)
	if err != nil || held && j.State == types.JOB_STATE_COMMITTED {
		return err
	}
	return types.ErrInvariant.Wrapf("job %d: %s, in no queue and held by no dispute: it would never end", j.Id, j.State)
}

// checkIndexSizes wants no index entry that no job stands for.
func (k *Keeper) checkIndexSizes(ctx context.Context, jobs []types.Job) error {
	n := 0
	err := k.byState.Walk(ctx, nil, func(collections.Pair[uint32, uint64]) (bool, error) { n++; return false, nil })
	if err != nil || n != len(jobs) {
		return types.ErrInvariant.Wrapf("%d entries by state expected, %d found (%v)", len(jobs), n, err)
	}
	waiting := 0
	for _, j := range jobs {
		if j.State == types.JOB_STATE_COMMITTED && j.BeaconRound != 0 && j.DrawnHeight == 0 {
			waiting++
		}
	}
	n = 0
	err = k.waiting.Walk(ctx, nil, func(collections.Pair[uint64, uint64]) (bool, error) { n++; return false, nil })
	if err != nil || n > waiting {
		return types.ErrInvariant.Wrapf("at most %d jobs that wait for a round expected, %d found (%v)", waiting, n, err)
	}
	return nil
}

// checkWorkersAndPins recounts what workers and snapshots count.
func (k *Keeper) checkWorkersAndPins(ctx context.Context, jobs []types.Job) error {
	err := k.workers.Walk(ctx, nil, func(_ sdk.AccAddress, w types.Worker) (bool, error) {
		n := uint64(0)
		for _, j := range jobs {
			if isRunning(j.State) && j.Worker == w.Address {
				n++
			}
		}
		if n != w.ActiveJobs {
			return true, types.ErrInvariant.Wrapf("worker %s: %d active jobs expected, %d found", w.Address, n, w.ActiveJobs)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return k.pins.Walk(ctx, nil, func(epoch, pinned uint64) (bool, error) {
		n := uint64(0)
		for _, j := range jobs {
			if isRunning(j.State) && j.Worker != "" && j.SnapshotEpoch == epoch {
				n++
			}
		}
		if kept, err := k.snapshots.Has(ctx, epoch); err != nil || n != pinned || !kept {
			return true, types.ErrInvariant.Wrapf("snapshot of epoch %d: %d jobs expected, %d found, kept %t (%v)", epoch, n, pinned, kept, err)
		}
		return false, nil
	})
}

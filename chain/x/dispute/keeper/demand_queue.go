package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// One demand a job is active, and a block activates at most demand_block_bytes on the whole chain (at least one demand
// always). readyQueue holds one candidate of each job: the first of its queue while none of it is active. So a block looks
// at as many demands as it activates, however many wait.

// enqueueDemand queues a demand of its job.
func (k *Keeper) enqueueDemand(ctx context.Context, d *types.Demand) error {
	return k.requeue(ctx, d.JobId, func() error {
		return k.jobQueue.Set(ctx, collections.Join3(d.JobId, class(d.Drawn), d.Id))
	})
}

// dequeueDemand takes a queued demand out again.
func (k *Keeper) dequeueDemand(ctx context.Context, d *types.Demand) error {
	return k.requeue(ctx, d.JobId, func() error {
		return k.jobQueue.Remove(ctx, collections.Join3(d.JobId, class(d.Drawn), d.Id))
	})
}

// releaseActive ends the turn of a job's active demand.
func (k *Keeper) releaseActive(ctx context.Context, d *types.Demand) error {
	if err := k.unschedule(ctx, d.Deadline, dueDemand, d.Id); err != nil {
		return err
	}
	return k.requeue(ctx, d.JobId, func() error { return k.active.Remove(ctx, d.JobId) })
}

// requeue runs a change of a job's queue and then makes the job's candidate in readyQueue what it must be.
func (k *Keeper) requeue(ctx context.Context, jobID uint64, change func() error) error {
	before, err := k.candidate(ctx, jobID)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := k.candidate(ctx, jobID)
	if err != nil {
		return err
	}
	if before != nil {
		if err := k.readyQueue.Remove(ctx, collections.Join(before.K2(), before.K3())); err != nil {
			return err
		}
	}
	if after == nil {
		return nil
	}
	return k.readyQueue.Set(ctx, collections.Join(after.K2(), after.K3()))
}

// candidate is the first queued demand of a job that has no active one; nil if there is none, or if the job has ended.
func (k *Keeper) candidate(ctx context.Context, jobID uint64) (first *collections.Triple[uint64, uint32, uint64], err error) {
	if d, found, err := k.findDispute(ctx, jobID); err != nil || found && d.Phase == types.DISPUTE_PHASE_ENDED {
		return nil, err
	}
	if _, err := k.active.Get(ctx, jobID); err == nil || !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	err = k.jobQueue.Walk(ctx, collections.NewPrefixedTripleRange[uint64, uint32, uint64](jobID),
		func(key collections.Triple[uint64, uint32, uint64]) (bool, error) {
			first = &key
			return true, nil
		})
	return first, err
}

// readyDemands lists the demands that this block activates, in order, and no more than most.
func (k *Keeper) readyDemands(ctx context.Context, budget uint64, most int) (ready []types.Demand, err error) {
	spent := uint64(0)
	err = k.readyQueue.Walk(ctx, nil, func(key collections.Pair[uint32, uint64]) (bool, error) {
		d, err := k.demands.Get(ctx, key.K2())
		if err != nil {
			return true, err
		}
		if spent += d.Bytes; spent > budget && len(ready) > 0 {
			return true, nil
		}
		ready = append(ready, d)
		return len(ready) >= most, nil
	})
	return ready, err
}

// activate starts the worker's clock for a demand.
func (k *Keeper) activate(ctx context.Context, d types.Demand) error {
	job, err := k.compute.GetJob(ctx, d.JobId)
	if err != nil {
		return err
	}
	p, err := k.paramsOf(ctx, &job)
	if err != nil {
		return err
	}
	if err := k.requeue(ctx, d.JobId, func() error {
		if err := k.jobQueue.Remove(ctx, collections.Join3(d.JobId, class(d.Drawn), d.Id)); err != nil {
			return err
		}
		return k.active.Set(ctx, d.JobId, d.Id)
	}); err != nil {
		return err
	}
	d.State, d.Deadline = types.DEMAND_STATE_ACTIVE, height(ctx)+int64(p.ServeBlocks)
	if err := k.schedule(ctx, d.Deadline, dueDemand, d.Id); err != nil {
		return err
	}
	return k.saveDemand(ctx, &d)
}

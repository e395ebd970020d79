package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// closeDemands works through the demands of ended jobs, at most as many as most in one block: open ones are dropped and
// repaid, and what only a running job needs is forgotten. It returns how many demands it looked at.
func (k *Keeper) closeDemands(ctx context.Context, most int) (seen int, err error) {
	for seen < most {
		var jobID, last uint64
		found := false
		if err := k.closing.Walk(ctx, nil, func(job, cursor uint64) (bool, error) {
			jobID, last, found = job, cursor, true
			return true, nil
		}); err != nil || !found {
			return seen, err
		}
		ids, err := k.demandsAfter(ctx, jobID, last, most-seen)
		if err != nil {
			return seen, err
		}
		for _, id := range ids {
			if err := isolate(ctx, id, k.closeDemand); err != nil {
				if err := k.retry(ctx, dueClosing, id, err); err != nil {
					return seen, err
				}
			}
		}
		seen += max(1, len(ids))
		if len(ids) > 0 {
			err = k.closing.Set(ctx, jobID, ids[len(ids)-1])
		} else {
			err = k.closing.Remove(ctx, jobID)
		}
		if err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// demandsAfter lists the next demands of a job.
func (k *Keeper) demandsAfter(ctx context.Context, jobID, last uint64, most int) (ids []uint64, err error) {
	rest := collections.NewPrefixedPairRange[uint64, uint64](jobID).StartExclusive(last)
	err = k.demandsByJob.Walk(ctx, rest, func(key collections.Pair[uint64, uint64]) (bool, error) {
		ids = append(ids, key.K2())
		return len(ids) >= most, nil
	})
	return ids, err
}

// closeDemand drops an open demand of an ended job, and forgets its ranges and its sender's tallies.
func (k *Keeper) closeDemand(ctx context.Context, id uint64) error {
	d, err := k.demands.Get(ctx, id)
	if err != nil {
		return err
	}
	if d.Open() {
		if err := k.dropDemand(ctx, &d, types.DEMAND_STATE_DROPPED); err != nil {
			return err
		}
	}
	sender, err := account("sender", d.Sender)
	if err != nil {
		return err
	}
	if err := k.budget.Remove(ctx, collections.Join(d.JobId, []byte(sender))); err != nil {
		return err
	}
	for _, c := range []uint32{classDrawn, classOutsider} {
		if err := k.costs.Remove(ctx, collections.Join3(d.JobId, c, []byte(sender))); err != nil {
			return err
		}
	}
	return k.dropRanges(ctx, &d)
}

// dropDemand closes an open demand that nobody served and repays its sender. It does not touch the dispute.
func (k *Keeper) dropDemand(ctx context.Context, d *types.Demand, state types.DemandState) error {
	var err error
	if d.State == types.DEMAND_STATE_ACTIVE {
		err = k.releaseActive(ctx, d)
	} else {
		err = k.dequeueDemand(ctx, d)
	}
	if err != nil {
		return err
	}
	if err := k.giveBackTo(ctx, d.JobId, d.Sender, d.ServeFee.Add(d.DemandFee)); err != nil {
		return err
	}
	d.State = state
	return k.saveDemand(ctx, d)
}

package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// enqueue makes a job due at a height. An entry says only "look at this job": what is to be done follows from its record,
// so an entry that the job has outrun drops.
func (k *Keeper) enqueue(ctx context.Context, h int64, jobID uint64) error {
	return k.due.Set(ctx, collections.Join(h, jobID))
}

// endDue settles due jobs in the order (height, id).
func (k *Keeper) endDue(ctx context.Context, limit int) error {
	h := height(ctx)
	keys, err := firstKeys(ctx, k.due, collections.NewPrefixUntilPairRange[int64, uint64](h), limit)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := k.due.Remove(ctx, key); err != nil {
			return err
		}
		id := key.K2()
		if err := isolate(ctx, func(ctx context.Context) error { return k.settle(ctx, id) }); err != nil {
			if err := k.retry(ctx, queueDue, id, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// retry makes a failed job due again and tells of it.
func (k *Keeper) retry(ctx context.Context, queue string, jobID uint64, cause error) error {
	at := height(ctx) + retryBlocks
	if err := k.enqueue(ctx, at, jobID); err != nil {
		return err
	}
	return k.failed(ctx, queue, jobID, "", at, cause)
}

// settle does what a job's record says is due now, or nothing.
func (k *Keeper) settle(ctx context.Context, id uint64) error {
	j, err := k.GetJob(ctx, id)
	if err != nil {
		return err
	}
	h := height(ctx)
	switch {
	case isUncommitted(j.State) && h < j.Deadline:
		return nil
	case j.State == types.JOB_STATE_OPEN:
		return k.expire(ctx, j, types.END_REASON_UNCLAIMED)
	case j.State == types.JOB_STATE_CLAIMED:
		return k.expire(ctx, j, types.END_REASON_UNCOMMITTED)
	case j.State != types.JOB_STATE_COMMITTED:
		return nil
	case j.DrawnHeight != 0:
		return k.tryFinal(ctx, j)
	case j.BeaconRound != 0:
		return k.beaconDue(ctx, j)
	case h >= j.CommitHeight+types.FixDelay:
		return k.fixRound(ctx, j)
	}
	return nil
}

// firstKeys collects at most limit keys of a set in a range. It collects before anything is changed, because an iterator
// must not see its own set move.
func firstKeys[K any](ctx context.Context, set collections.KeySet[K], rng collections.Ranger[K], limit int) (keys []K, err error) {
	if limit <= 0 {
		return nil, nil
	}
	err = set.Walk(ctx, rng, func(key K) (bool, error) {
		keys = append(keys, key)
		return len(keys) >= limit, nil
	})
	return keys, err
}

package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// PolicyChanged is called by the registry when governance decided about a digest. A ban ends its OPEN jobs by queue; claimed
// ones are not touched. A ban that is lifted stops where it got to.
func (k *Keeper) PolicyChanged(ctx context.Context, policy registrytypes.Policy) error {
	if policy.Status == registrytypes.POLICY_STATUS_BANNED {
		return k.banned.Set(ctx, policy.Digest)
	}
	return k.banned.Remove(ctx, policy.Digest)
}

// endDrains ends jobs on banned digests and voided artifacts, at most limit jobs a block.
func (k *Keeper) endDrains(ctx context.Context, limit int) error {
	digests, err := firstKeys(ctx, k.banned, new(collections.Range[[]byte]), limit)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if limit <= 0 {
			return nil
		}
		keys, err := firstKeys(ctx, k.byDigest, collections.NewPrefixedPairRange[[]byte, uint64](digest), limit)
		if err != nil {
			return err
		}
		empty, err := k.drain(ctx, ids(keys), limit, types.END_REASON_BANNED)
		if err != nil {
			return err
		}
		if empty {
			if err := k.banned.Remove(ctx, digest); err != nil {
				return err
			}
		}
		limit -= max(1, len(keys))
	}
	artifacts, err := firstKeys(ctx, k.voided, new(collections.Range[uint64]), limit)
	if err != nil {
		return err
	}
	for _, artifact := range artifacts {
		if limit <= 0 {
			return nil
		}
		keys, err := firstKeys(ctx, k.byArtifact, collections.NewPrefixedPairRange[uint64, uint64](artifact), limit)
		if err != nil {
			return err
		}
		empty, err := k.drain(ctx, ids(keys), limit, types.END_REASON_MODEL)
		if err != nil {
			return err
		}
		if empty {
			if err := k.voided.Remove(ctx, artifact); err != nil {
				return err
			}
		}
		limit -= max(1, len(keys))
	}
	return nil
}

// drain ends jobs as VOID. empty tells that there were fewer than limit and all ended: nothing is left to drain.
// A job that fails stays where it is and is tried again in the next block.
func (k *Keeper) drain(ctx context.Context, jobs []uint64, limit int, reason types.EndReason) (empty bool, err error) {
	empty = len(jobs) < limit
	for _, id := range jobs {
		err := isolate(ctx, func(ctx context.Context) error {
			j, err := k.GetJob(ctx, id)
			if err != nil {
				return err
			}
			return k.void(ctx, j, reason)
		})
		if err != nil {
			empty = false
			if err := k.failed(ctx, queueDrain, id, "", height(ctx)+1, err); err != nil {
				return false, err
			}
		}
	}
	return empty, nil
}

// ids are the second parts of index keys.
func ids[K any](keys []collections.Pair[K, uint64]) []uint64 {
	list := make([]uint64, len(keys))
	for i, key := range keys {
		list[i] = key.K2()
	}
	return list
}

package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// No chunk is demanded twice: what was served stands in a block for everybody, and what is open will. The ranges of a
// tensor therefore never overlap, and the one that could meet a new range is the last that begins before its end.

// tensorKey names a tensor within a job.
func tensorKey(it *types.DemandItem) uint64 { return uint64(it.Kind)<<32 | uint64(it.Index) }

// checkFresh refuses an item that meets a range that was demanded before, and says where its bytes stand.
func (k *Keeper) checkFresh(ctx context.Context, jobID uint64, it *types.DemandItem) error {
	tensor := tensorKey(it)
	before := new(collections.Range[collections.Triple[uint64, uint64, uint64]]).
		StartInclusive(collections.Join3(jobID, tensor, uint64(0))).
		EndExclusive(collections.Join3(jobID, tensor, it.First+it.Count)).
		Descending()
	var first, id uint64
	found := false
	err := k.ranges.Walk(ctx, before, func(key collections.Triple[uint64, uint64, uint64], demand uint64) (bool, error) {
		first, id, found = key.K3(), demand, true
		return true, nil
	})
	if err != nil || !found {
		return err
	}
	d, err := k.demands.Get(ctx, id)
	if err != nil {
		return err
	}
	for i := range d.Tensors {
		old := &d.Tensors[i].Item
		if tensorKey(old) == tensor && old.First == first && old.First+old.Count > it.First {
			return types.ErrDemanded.Wrapf("chunks %d to %d of %s %d stand in demand %d (%s)",
				max(old.First, it.First), min(old.First+old.Count, it.First+it.Count)-1, program.Kind(it.Kind), it.Index, id, d.State)
		}
	}
	return nil
}

// keepRanges records what a demand asks for.
func (k *Keeper) keepRanges(ctx context.Context, d *types.Demand) error {
	for i := range d.Tensors {
		it := &d.Tensors[i].Item
		if err := k.ranges.Set(ctx, collections.Join3(d.JobId, tensorKey(it), it.First), d.Id); err != nil {
			return err
		}
	}
	return nil
}

// dropRanges forgets them when the job has ended.
func (k *Keeper) dropRanges(ctx context.Context, d *types.Demand) error {
	for i := range d.Tensors {
		it := &d.Tensors[i].Item
		if err := k.ranges.Remove(ctx, collections.Join3(d.JobId, tensorKey(it), it.First)); err != nil {
			return err
		}
	}
	return nil
}

package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// EndBlock settles what is due, closes the demands of ended jobs and activates waiting ones, each a capped number a block;
// what is left runs in the next. It runs after the transactions of its block and before compute's.
func (k *Keeper) EndBlock(ctx context.Context) error {
	v, err := k.ParamsAt(ctx, 0)
	if err != nil {
		return err
	}
	most := int(v.Params.QueueCap)
	if err := k.settleDue(ctx, most); err != nil {
		return err
	}
	if _, err := k.closeDemands(ctx, most); err != nil {
		return err
	}
	ready, err := k.readyDemands(ctx, v.Params.DemandBlockBytes, most)
	if err != nil {
		return err
	}
	for _, d := range ready {
		k.isolate(ctx, dueActivation, d.Id, func(ctx context.Context, _ uint64) error { return k.activate(ctx, d) })
	}
	return nil
}

// retryBlocks is how long an item that could not be settled waits for the next attempt.
const retryBlocks = 100

// settleDue settles due items in the order (height, kind, id).
func (k *Keeper) settleDue(ctx context.Context, most int) error {
	var due []collections.Triple[int64, uint32, uint64]
	err := k.due.Walk(ctx, collections.NewPrefixUntilTripleRange[int64, uint32, uint64](height(ctx)),
		func(key collections.Triple[int64, uint32, uint64]) (bool, error) {
			due = append(due, key)
			return len(due) >= most, nil
		})
	if err != nil {
		return err
	}
	for _, key := range due {
		if err := k.due.Remove(ctx, key); err != nil {
			return err
		}
		if k.isolate(ctx, key.K2(), key.K3(), k.settler(key.K2())) {
			continue
		}
		// A held job must not stay held for ever because a payment failed once.
		if err := k.schedule(ctx, height(ctx)+retryBlocks, key.K2(), key.K3()); err != nil {
			return err
		}
	}
	return nil
}

// settler returns what settles items of a kind. Each does nothing where the item was settled otherwise.
func (k *Keeper) settler(kind uint32) func(context.Context, uint64) error {
	switch kind {
	case dueCommitment:
		return k.commitmentOverdue
	case dueDemand:
		return k.demandOverdue
	case dueTrace:
		return k.traceOverdue
	case dueProve:
		return k.proveOverdue
	case dueClosing:
		return k.closeDemand
	}
	return func(context.Context, uint64) error {
		return types.ErrInternal.Wrapf("unknown kind of due item %d", kind)
	}
}

// isolate runs the settlement of one item so that its failure changes nothing else and cannot stop the chain; it reports
// success.
func (k *Keeper) isolate(ctx context.Context, kind uint32, id uint64, settle func(context.Context, uint64) error) (ok bool) {
	sctx := sdk.UnwrapSDKContext(ctx)
	cached, write := sctx.CacheContext()
	if err := attempt(cached, id, settle); err != nil {
		sctx.Logger().Error("dispute: an item could not be settled", "kind", dueNames[kind], "id", id, "height", sctx.BlockHeight(), "error", err.Error())
		return false
	}
	write()
	return true
}

// attempt turns a panic into an error.
func attempt(ctx sdk.Context, id uint64, settle func(context.Context, uint64) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = types.ErrInternal.Wrap(fmt.Sprint(r))
		}
	}()
	return settle(ctx, id)
}

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
		err := isolate(ctx, d.Id, func(ctx context.Context, _ uint64) error { return k.activate(ctx, d) })
		if err == nil {
			continue
		}
		// It stays in its queue; the next block tries again.
		if err := tellFailed(ctx, dueActivation, d.Id, height(ctx)+1, err); err != nil {
			return err
		}
	}
	return nil
}

// retryBlocks is how long an item that could not be settled waits for the next attempt.
const retryBlocks = 10

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
		if err := isolate(ctx, key.K3(), k.settler(key.K2())); err != nil {
			if err := k.retry(ctx, key.K2(), key.K3(), err); err != nil {
				return err
			}
		}
	}
	return nil
}

// retry makes an item that failed due again: a held job must not stay held for ever because a payment failed once.
func (k *Keeper) retry(ctx context.Context, kind uint32, id uint64, cause error) error {
	at := height(ctx) + retryBlocks
	if err := k.schedule(ctx, at, kind, id); err != nil {
		return err
	}
	return tellFailed(ctx, kind, id, at, cause)
}

// tellFailed logs and emits that an item could not be settled.
func tellFailed(ctx context.Context, kind uint32, id uint64, at int64, cause error) error {
	sdk.UnwrapSDKContext(ctx).Logger().Error("a due item could not be settled", "queue", dueNames[kind], "id", id, "retry", at, "error", cause)
	return emit(ctx, &types.EventItemFailed{Queue: dueNames[kind], Id: id, Error: cause.Error(), RetryHeight: at})
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

// isolate runs the settlement of one item so that its failure changes nothing and cannot stop the chain.
func isolate(ctx context.Context, id uint64, settle func(context.Context, uint64) error) error {
	cached, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	if err := attempt(cached, id, settle); err != nil {
		return err
	}
	write()
	return nil
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

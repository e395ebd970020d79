package keeper

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// retryBlocks after which an item that failed is tried again.
const retryBlocks int64 = 10

// Queues of EventItemFailed.
const (
	queueDue      = "due"
	queueDraw     = "draw"
	queueDrain    = "drain"
	queueWithdraw = "withdraw"
	queueEpoch    = "epoch"
)

// EndBlock settles what is due: bans, deadlines, draws, withdrawals, and the epoch's snapshot. Each queue settles at most
// queue_cap items a block and leaves the rest to the next one. An item that fails changes nothing, is told in
// EventItemFailed and comes again: the chain never halts over one job.
func (k *Keeper) EndBlock(ctx context.Context) error {
	p, err := k.newestParams(ctx)
	if err != nil {
		return err
	}
	limit := int(p.Params.QueueCap)
	for _, step := range []func(context.Context, int) error{k.endDrains, k.endDue, k.endDraws, k.endWithdrawals} {
		if err := step(ctx, limit); err != nil {
			return err
		}
	}
	return k.endEpoch(ctx, p.Params)
}

// isolate runs f on a cached context and keeps its writes and events only if it succeeds. A panic is an error here.
func isolate(ctx context.Context, f func(ctx context.Context) error) (err error) {
	cached, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	defer func() {
		if r := recover(); r != nil {
			err = types.ErrItemPanicked.Wrap(fmt.Sprint(r))
		}
	}()
	if err := f(cached); err != nil {
		return err
	}
	write()
	return nil
}

// failed tells of an item that could not be settled.
func (k *Keeper) failed(ctx context.Context, queue string, jobID uint64, operator string, retry int64, cause error) error {
	sdk.UnwrapSDKContext(ctx).Logger().Error("a due item could not be settled", "queue", queue, "job", jobID, "operator", operator, "retry", retry, "error", cause)
	return emit(ctx, &types.EventItemFailed{Queue: queue, JobId: jobID, Operator: operator, Error: cause.Error(), RetryHeight: retry})
}

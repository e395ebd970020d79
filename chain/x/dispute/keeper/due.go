package keeper

import (
	"context"

	"cosmossdk.io/collections"
)

// Kinds of due items, in the order in which EndBlock settles those of one height. Commitments come first, so that a bond
// whose time is up is lost even if the job ends in the same block.
const (
	dueCommitment uint32 = iota
	dueDemand
	dueTrace
	dueProve
	// dueClosing is a demand of an ended job that could not be closed at the first attempt.
	dueClosing
	// dueActivation names the work of another queue in the log.
	dueActivation
)

var dueNames = [...]string{"commitment", "demand", "trace", "prove", "closing", "activation"}

// schedule makes EndBlock settle an item at a height: the last one at which its message is accepted.
func (k *Keeper) schedule(ctx context.Context, h int64, kind uint32, id uint64) error {
	return k.due.Set(ctx, collections.Join3(h, kind, id))
}

// unschedule drops an item that was settled otherwise.
func (k *Keeper) unschedule(ctx context.Context, h int64, kind uint32, id uint64) error {
	return k.due.Remove(ctx, collections.Join3(h, kind, id))
}

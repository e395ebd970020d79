package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/beacon/types"
)

// RoundAfter is the first round whose nominal time lies after t plus the margin.
func (k *Keeper) RoundAfter(ctx context.Context, t time.Time) (uint64, error) {
	params, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	return params.RoundAfter(t), nil
}

// Pin counts one more job that waits for a round.
func (k *Keeper) Pin(ctx context.Context, round uint64) error {
	pin, err := k.pins.Get(ctx, round)
	if errors.Is(err, collections.ErrNotFound) {
		params, err := k.params.Get(ctx)
		if err != nil {
			return err
		}
		due, err := params.Due(round)
		if err != nil {
			return err
		}
		pin = types.Pin{Round: round, Due: due}
	} else if err != nil {
		return err
	}
	pin.Jobs++
	if err := k.pins.Set(ctx, round, pin); err != nil {
		return err
	}
	return emit(ctx, &types.EventRoundPinned{Round: round, Due: pin.Due, Jobs: pin.Jobs})
}

// Unpin counts one job less. Unpinning more often than pinned is an error, because it would lose another job's round.
func (k *Keeper) Unpin(ctx context.Context, round uint64) error {
	pin, err := k.pins.Get(ctx, round)
	if errors.Is(err, collections.ErrNotFound) {
		return types.ErrNotPinned.Wrapf("expected a pin of round %d to take one job from, found none", round)
	} else if err != nil {
		return err
	}
	if pin.Jobs--; pin.Jobs > 0 {
		return k.pins.Set(ctx, round, pin)
	}
	if err := k.pins.Remove(ctx, round); err != nil {
		return err
	}
	recorded, err := k.rounds.Has(ctx, round)
	if err != nil || recorded {
		return err
	}
	return emit(ctx, &types.EventRoundUnpinned{Round: round})
}

// Randomness returns 32 bytes once the round is recorded.
func (k *Keeper) Randomness(ctx context.Context, round uint64) (randomness []byte, recorded bool, err error) {
	record, err := k.rounds.Get(ctx, round)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	return record.Randomness, true, nil
}

// TakeReimbursement marks a round's relay as paid by a job and returns whom to pay; ok is false if it was paid before,
// or if nothing was recorded. The caller pays the amount.
func (k *Keeper) TakeReimbursement(ctx context.Context, round, jobID uint64, amount math.Int) (poster sdk.AccAddress, ok bool, err error) {
	record, err := k.rounds.Get(ctx, round)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	if record.Reimbursed || !amount.IsPositive() {
		return nil, false, nil
	}
	poster, err = sdk.AccAddressFromBech32(record.Poster)
	if err != nil {
		return nil, false, types.ErrInvalidAddress.Wrapf("poster of round %d: %s", round, err)
	}
	record.Reimbursed = true
	if err := k.rounds.Set(ctx, round, record); err != nil {
		return nil, false, err
	}
	return poster, true, emit(ctx, &types.EventRelayReimbursed{Round: round, JobId: jobID, Poster: record.Poster, Amount: amount.String()})
}

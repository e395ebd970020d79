package keeper

import (
	"context"
	stdmath "math"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// endWithdrawals pays leaving verifiers out once every job up to their leave_job has ended, at most limit a block.
func (k *Keeper) endWithdrawals(ctx context.Context, limit int) error {
	first, err := k.firstRunning(ctx)
	if err != nil || first == 0 {
		return err
	}
	rng := collections.NewPrefixUntilPairRange[uint64, sdk.AccAddress](first - 1)
	keys, err := firstKeys(ctx, k.withdraw, rng, limit)
	if err != nil {
		return err
	}
	for _, key := range keys {
		a := key.K2()
		err := isolate(ctx, func(ctx context.Context) error {
			if err := k.withdraw.Remove(ctx, key); err != nil {
				return err
			}
			return k.payVerifierOut(ctx, a)
		})
		if err != nil {
			// It stays at the head of the queue; payments that bank refuses go to the pool, so only a broken store gets here.
			if err := k.failed(ctx, queueWithdraw, 0, a.String(), height(ctx)+1, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// firstRunning is the least id of a running job, the greatest number if none runs.
func (k *Keeper) firstRunning(ctx context.Context) (uint64, error) {
	first := uint64(stdmath.MaxUint64)
	for _, s := range []types.JobState{types.JOB_STATE_OPEN, types.JOB_STATE_CLAIMED, types.JOB_STATE_COMMITTED} {
		keys, err := firstKeys(ctx, k.byState, collections.NewPrefixedPairRange[uint32, uint64](uint32(s)), 1)
		if err != nil {
			return 0, err
		}
		for _, key := range keys {
			first = min(first, key.K2())
		}
	}
	return first, nil
}

// payVerifierOut removes a verifier and pays its deposit to its account.
func (k *Keeper) payVerifierOut(ctx context.Context, a sdk.AccAddress) error {
	v, err := k.verifiers.Get(ctx, a)
	if err != nil {
		return err
	}
	amount := v.Deposit
	if err := k.pay(ctx, 0, v.Operator, amount, forDeposit); err != nil {
		return err
	}
	v.Deposit = math.ZeroInt()
	if err := emit(ctx, &types.EventVerifierUpdated{Verifier: v, Cause: "paid_out"}); err != nil {
		return err
	}
	if err := k.verifiers.Remove(ctx, a); err != nil {
		return err
	}
	return emit(ctx, &types.EventVerifierRemoved{Operator: v.Operator, Amount: amount.String()})
}

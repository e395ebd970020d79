package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// GetVerifier reports whether an address is a registered verifier's operator.
func (k *Keeper) GetVerifier(ctx context.Context, operator string) (v types.Verifier, found bool, err error) {
	a, err := types.Account("operator", operator)
	if err != nil {
		return v, false, err
	}
	return k.verifier(ctx, a)
}

func (k *Keeper) verifier(ctx context.Context, a sdk.AccAddress) (v types.Verifier, found bool, err error) {
	v, err = k.verifiers.Get(ctx, a)
	if errors.Is(err, collections.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// saveVerifier writes a verifier and emits its record.
func (k *Keeper) saveVerifier(ctx context.Context, a sdk.AccAddress, v types.Verifier, cause string) error {
	if err := k.verifiers.Set(ctx, a, v); err != nil {
		return err
	}
	return emit(ctx, &types.EventVerifierUpdated{Verifier: v, Cause: cause})
}

// countVerifier changes a verifier's counters; one that has left counts nothing any more.
func (k *Keeper) countVerifier(ctx context.Context, a sdk.AccAddress, cause string, change func(*types.Verifier)) error {
	v, found, err := k.verifier(ctx, a)
	if err != nil || !found {
		return err
	}
	change(&v)
	return k.saveVerifier(ctx, a, v, cause)
}

// SpendDeposit moves part of a verifier's deposit to a module account.
func (k *Keeper) SpendDeposit(ctx context.Context, operator, module string, amount math.Int) error {
	if err := types.CheckAmount(amount, true); err != nil || amount.IsZero() {
		return err
	}
	a, err := types.Account("operator", operator)
	if err != nil {
		return err
	}
	v, found, err := k.verifier(ctx, a)
	if err != nil {
		return err
	}
	if !found {
		return types.ErrVerifier.Wrapf("%s is not a registered verifier", operator)
	}
	if v.Deposit.LT(amount) {
		return types.ErrDeposit.Wrapf("%s: %s needed, %s found: top it up", operator, amount, v.Deposit)
	}
	coins, err := k.coins(ctx, amount)
	if err != nil {
		return err
	}
	if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, module, coins); err != nil {
		return err
	}
	v.Deposit = v.Deposit.Sub(amount)
	return k.saveVerifier(ctx, a, v, "spent")
}

// ReturnDeposit moves an amount from a module account back into a verifier's deposit, or to its account if it has left.
func (k *Keeper) ReturnDeposit(ctx context.Context, operator, module string, amount math.Int) error {
	if err := types.CheckAmount(amount, true); err != nil || amount.IsZero() {
		return err
	}
	credited, err := k.creditDeposit(ctx, operator, amount, "refunded")
	if err != nil {
		return err
	}
	if !credited {
		return k.Pay(ctx, 0, module, operator, amount, forDeposit)
	}
	coins, err := k.coins(ctx, amount)
	if err != nil {
		return err
	}
	return k.bank.SendCoinsFromModuleToModule(ctx, module, types.ModuleName, coins)
}

// creditDeposit adds to a deposit whose coins are, or come, in the module. It tells false where the verifier has left.
func (k *Keeper) creditDeposit(ctx context.Context, operator string, amount math.Int, cause string) (bool, error) {
	a, err := types.Account("operator", operator)
	if err != nil {
		return false, err
	}
	v, found, err := k.verifier(ctx, a)
	if err != nil || !found {
		return false, err
	}
	v.Deposit = v.Deposit.Add(amount)
	return true, k.saveVerifier(ctx, a, v, cause)
}

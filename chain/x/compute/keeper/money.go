package keeper

import (
	"context"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// Recipients of EventPayment that are no addresses.
const (
	toBurn = "burn"
	toPool = "pool"
)

// Purposes of EventPayment.
const (
	forFee      = "fee"
	forBond     = "bond"
	forDeposit  = "deposit"
	forRefund   = "refund"
	forRelay    = "relay"
	forVerifier = "verifier"
	forSlash    = "slash"
	forDust     = "dust"
)

// coins of the module's denomination.
func (k *Keeper) coins(ctx context.Context, amount math.Int) (sdk.Coins, error) {
	denom, err := k.denom(ctx)
	if err != nil {
		return nil, err
	}
	return sdk.NewCoins(sdk.NewCoin(denom, amount)), nil
}

// collect takes an amount from an account into the module. Zero is skipped.
func (k *Keeper) collect(ctx context.Context, from sdk.AccAddress, amount math.Int) error {
	if amount.IsZero() {
		return nil
	}
	coins, err := k.coins(ctx, amount)
	if err != nil {
		return err
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, coins)
}

// Pay sends from a module account to an address, or to the community pool where the recipient is `pool` or bank refuses.
// Zero is skipped. It emits EventPayment with the one who really got it.
func (k *Keeper) Pay(ctx context.Context, jobID uint64, module, recipient string, amount math.Int, purpose string) error {
	if err := types.CheckAmount(amount, true); err != nil || amount.IsZero() {
		return err
	}
	coins, err := k.coins(ctx, amount)
	if err != nil {
		return err
	}
	if recipient != toPool && !k.trySend(ctx, module, recipient, coins) {
		recipient = toPool
	}
	if recipient == toPool {
		if err := k.distr.FundCommunityPool(ctx, coins, k.account.GetModuleAddress(module)); err != nil {
			return err
		}
	}
	return emit(ctx, &types.EventPayment{JobId: jobID, Recipient: recipient, Amount: amount.String(), Purpose: purpose})
}

// trySend keeps nothing of a transfer that bank refuses (a blocked address, a send restriction, no address at all).
func (k *Keeper) trySend(ctx context.Context, module, recipient string, coins sdk.Coins) bool {
	to, err := sdk.AccAddressFromBech32(recipient)
	if err != nil {
		return false
	}
	cached, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	if err := k.bank.SendCoinsFromModuleToAccount(cached, module, to, coins); err != nil {
		return false
	}
	write()
	return true
}

// Burn burns from a module account and emits EventPayment with recipient `burn`. Zero is skipped.
func (k *Keeper) Burn(ctx context.Context, jobID uint64, module string, amount math.Int, purpose string) error {
	if err := types.CheckAmount(amount, true); err != nil || amount.IsZero() {
		return err
	}
	coins, err := k.coins(ctx, amount)
	if err != nil {
		return err
	}
	if err := k.bank.BurnCoins(ctx, module, coins); err != nil {
		return err
	}
	return emit(ctx, &types.EventPayment{JobId: jobID, Recipient: toBurn, Amount: amount.String(), Purpose: purpose})
}

// pay is Pay from this module's account.
func (k *Keeper) pay(ctx context.Context, jobID uint64, recipient string, amount math.Int, purpose string) error {
	return k.Pay(ctx, jobID, types.ModuleName, recipient, amount, purpose)
}

// burn is Burn from this module's account.
func (k *Keeper) burn(ctx context.Context, jobID uint64, amount math.Int, purpose string) error {
	return k.Burn(ctx, jobID, types.ModuleName, amount, purpose)
}

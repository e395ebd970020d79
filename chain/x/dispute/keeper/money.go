package keeper

import (
	"context"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// million is the denominator of shares.
const million = 1_000_000

// part is a share in parts per million, floored.
func part(amount math.Int, ppm uint64) math.Int {
	return amount.Mul(math.NewIntFromUint64(ppm)).Quo(math.NewInt(million))
}

// take moves an amount into the module: from the deposit of a registered verifier, because its hot key must reach nothing
// else, and from the account of anybody else. It reports which.
func (k *Keeper) take(ctx context.Context, job *computetypes.Job, sender sdk.AccAddress, amount math.Int) (fromDeposit bool, err error) {
	address := sender.String()
	_, verifier, err := k.compute.GetVerifier(ctx, address)
	if err != nil || !amount.IsPositive() {
		return verifier, err
	}
	if verifier {
		if err := k.compute.SpendDeposit(ctx, address, types.ModuleName, amount); err != nil {
			return true, types.ErrFunds.Wrapf("expected %s in the deposit of verifier %s, top it up: %s", amount, address, err)
		}
		return true, nil
	}
	denom, err := k.denom(ctx, job)
	if err != nil {
		return false, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, sender, types.ModuleName, sdk.NewCoins(sdk.NewCoin(denom, amount))); err != nil {
		return false, types.ErrFunds.Wrap(err.Error())
	}
	return false, nil
}

// giveBack returns what was taken: into the deposit of a verifier, else to the account.
func (k *Keeper) giveBack(ctx context.Context, jobID uint64, address string, toDeposit bool, amount math.Int, purpose string) error {
	if !amount.IsPositive() {
		return nil
	}
	if toDeposit {
		return k.compute.ReturnDeposit(ctx, address, types.ModuleName, amount)
	}
	return k.compute.Pay(ctx, jobID, types.ModuleName, address, amount, purpose)
}

// giveBackTo returns an amount whose record does not say where it came from: a registered verifier pays from its deposit,
// so that is where its money goes back to.
func (k *Keeper) giveBackTo(ctx context.Context, jobID uint64, address string, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	_, verifier, err := k.compute.GetVerifier(ctx, address)
	if err != nil {
		return err
	}
	return k.giveBack(ctx, jobID, address, verifier, amount, types.PurposeRefund)
}

// halve pays half of an amount, floored, to the worker and burns the rest.
func (k *Keeper) halve(ctx context.Context, jobID uint64, worker string, amount math.Int, purpose string) error {
	if !amount.IsPositive() {
		return nil
	}
	half := amount.Quo(math.NewInt(2))
	if half.IsPositive() {
		if err := k.compute.Pay(ctx, jobID, types.ModuleName, worker, half, purpose); err != nil {
			return err
		}
	}
	return k.compute.Burn(ctx, jobID, types.ModuleName, amount.Sub(half), purpose)
}

// denom of a job's money.
func (k *Keeper) denom(ctx context.Context, job *computetypes.Job) (string, error) {
	p, err := k.compute.ParamsAt(ctx, job.ParamsVersion)
	return p.Denom, err
}

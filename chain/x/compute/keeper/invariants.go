package keeper

import (
	"context"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// CheckInvariants walks all records and checks that the module's balance is the sum of what they hold, to the last unit.
// It is for tests, imports and audits: its work is not bounded.
func (k *Keeper) CheckInvariants(ctx context.Context) error {
	held := math.ZeroInt()
	jobs, err := values(ctx, k.jobs)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if isRunning(j.State) {
			held = held.Add(j.Fee).Add(j.Bond).Add(j.Deposit)
		}
	}
	verifiers, err := values(ctx, k.verifiers)
	if err != nil {
		return err
	}
	for _, v := range verifiers {
		held = held.Add(v.Deposit)
	}
	denom, err := k.denom(ctx)
	if err != nil {
		return err
	}
	balance := k.bank.GetBalance(ctx, k.account.GetModuleAddress(types.ModuleName), denom).Amount
	if !balance.Equal(held) {
		return types.ErrInvariant.Wrapf("balance of the module: %s%s expected by its records, %s found", held, denom, balance)
	}
	return k.checkCounts(ctx, jobs)
}

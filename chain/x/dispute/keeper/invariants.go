package keeper

import (
	"context"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// Held is what the module owes by its records: challenge fees, bonds of live commitments, prepaid demands, and rewards that
// wait.
func (k *Keeper) Held(ctx context.Context) (math.Int, error) {
	sum := math.ZeroInt()
	if err := k.disputes.Walk(ctx, nil, func(_ uint64, d types.Dispute) (bool, error) {
		if d.Phase != types.DISPUTE_PHASE_ENDED {
			sum = sum.Add(d.Fee)
		}
		return false, nil
	}); err != nil {
		return sum, err
	}
	if err := k.demands.Walk(ctx, nil, func(_ uint64, d types.Demand) (bool, error) {
		if d.Open() {
			sum = sum.Add(d.ServeFee).Add(d.DemandFee)
		}
		return false, nil
	}); err != nil {
		return sum, err
	}
	if err := k.commitments.Walk(ctx, nil, func(_ uint64, c types.FaultCommitment) (bool, error) {
		if c.State == types.COMMITMENT_STATE_LIVE {
			sum = sum.Add(c.Bond)
		}
		return false, nil
	}); err != nil {
		return sum, err
	}
	err := k.rewards.Walk(ctx, nil, func(_ uint64, r types.PendingReward) (bool, error) {
		sum = sum.Add(r.Amount)
		return false, nil
	})
	return sum, err
}

// CheckInvariants compares the module's balance with its records, every dispute's counters with its demands and commitments,
// and every queue with what the records ask for. It reads everything: for tests and tools, never for a block.
func (k *Keeper) CheckInvariants(ctx context.Context) error {
	p, err := k.compute.ParamsAt(ctx, 0)
	if err != nil {
		return err
	}
	held, err := k.Held(ctx)
	if err != nil {
		return err
	}
	balance := k.bank.GetBalance(ctx, k.accounts.GetModuleAddress(types.ModuleName), p.Denom).Amount
	if !balance.Equal(held) {
		return types.ErrInvariant.Wrapf("expected %s, found %s", held, balance)
	}
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	return k.checkIndexes(ctx, g)
}

package types

import (
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Limits of parameters: generous, but such that no sum of heights, shares or texts can overflow.
const (
	maxBlocks      = 1 << 32
	maxLambda      = 1 << 40
	maxKappa       = 1 << 20
	maxQueueCap    = 10_000
	maxTextLimit   = 4_096
	maxUrisLimit   = 64
	maxInputsLimit = 1_024
	maxProfiles    = 64
	maxConstants   = 64
	// maxRho in units in the last place: 2^24 of them are a factor of two.
	maxRho = 1 << 24
	// minWeightBlock, maxWeightBlock of a certified summation: a block that a typing error made small would convict honest sums.
	minWeightBlock, maxWeightBlock = 128, 1 << 20
	// maxAmountBits of a fee, bond or deposit: products with shares and prices stay below the 256 bits of math.Int.
	maxAmountBits = 128
)

// Validate refuses parameters that the module could not run under. Errors carry ErrParams.
func (p Params) Validate() error {
	if err := sdk.ValidateDenom(p.Denom); err != nil {
		return ErrParams.Wrapf("denom: %s", err)
	}
	numbers := []struct {
		name          string
		value, lo, hi uint64
	}{
		{"claim_blocks", p.ClaimBlocks, 1, maxBlocks},
		{"commit_blocks", p.CommitBlocks, 1, maxBlocks},
		{"window_blocks", p.WindowBlocks, 1, maxBlocks},
		{"beacon_blocks", p.BeaconBlocks, 1, maxBlocks},
		{"epoch_blocks", p.EpochBlocks, 1, maxBlocks},
		{"lambda_ppm", p.LambdaPpm, 1, maxLambda},
		{"kappa", p.Kappa, 1, maxKappa},
		{"worker_ppm", p.WorkerPpm, 0, PPM},
		{"verifier_ppm", p.VerifierPpm, 0, PPM},
		{"pool_ppm", p.PoolPpm, 0, PPM},
		{"worker_ppm + verifier_ppm + pool_ppm", p.WorkerPpm + p.VerifierPpm + p.PoolPpm, 0, PPM},
		{"queue_cap", uint64(p.QueueCap), 1, maxQueueCap},
		// Half at most, so that colluding with oneself costs (PROTOCOL §6, money table).
		{"slash_paid_ppm", p.SlashPaidPpm, 0, PPM / 2},
		{"slash_costs_ppm", p.SlashCostsPpm, 0, min(p.SlashPaidPpm, PPM/4)},
		{"max_text", uint64(p.MaxText), 16, maxTextLimit},
		{"max_uris", uint64(p.MaxUris), 1, maxUrisLimit},
		{"max_inputs", uint64(p.MaxInputs), 1, maxInputsLimit},
		{"number of profiles", uint64(len(p.Profiles)), 1, maxProfiles},
	}
	for _, n := range numbers {
		if n.value < n.lo || n.value > n.hi {
			return ErrParams.Wrapf("%s: %d to %d expected, %d found", n.name, n.lo, n.hi, n.value)
		}
	}
	amounts := []struct {
		name  string
		value math.Int
	}{
		{"bond_min", p.BondMin}, {"claim_deposit", p.ClaimDeposit}, {"verifier_deposit_min", p.VerifierDepositMin},
		{"fee_min", p.FeeMin}, {"price", p.Price}, {"relay_fee", p.RelayFee},
	}
	for _, a := range amounts {
		if err := CheckAmount(a.value, true); err != nil {
			return ErrParams.Wrapf("%s: %s", a.name, err)
		}
	}
	// A job without a fee, or a claim without a bond, is spam that verifiers would work for.
	if !p.FeeMin.IsPositive() || !p.BondMin.IsPositive() {
		return ErrParams.Wrapf("fee_min and bond_min: positive amounts expected, %s and %s found", p.FeeMin, p.BondMin)
	}
	return validateProfiles(p.Profiles)
}

// validateProfiles wants names and functions strictly ascending, so that there is one way to write a set.
func validateProfiles(profiles []Profile) error {
	for i, q := range profiles {
		if err := CheckText("profile name", q.Name, 1, 64); err != nil {
			return ErrParams.Wrap(err.Error())
		}
		if i > 0 && q.Name <= profiles[i-1].Name {
			return ErrParams.Wrapf("profiles: names in ascending order without repetition expected, %q found after %q", q.Name, profiles[i-1].Name)
		}
		if len(q.Constants) > maxConstants {
			return ErrParams.Wrapf("profile %s: at most %d constants expected, %d found", q.Name, maxConstants, len(q.Constants))
		}
		if b := q.WeightBlock; b != 0 && (b < minWeightBlock || b > maxWeightBlock) {
			return ErrParams.Wrapf("profile %s: weight_block of 0 or %d to %d expected, %d found", q.Name, minWeightBlock, maxWeightBlock, b)
		}
		for j, c := range q.Constants {
			if err := CheckText("op", c.Op, 1, 64); err != nil {
				return ErrParams.Wrapf("profile %s: %s", q.Name, err)
			}
			if j > 0 && c.Op <= q.Constants[j-1].Op {
				return ErrParams.Wrapf("profile %s: constants in ascending order of op without repetition expected, %q found after %q", q.Name, c.Op, q.Constants[j-1].Op)
			}
			if c.Rho > maxRho {
				return ErrParams.Wrapf("profile %s, %s: rho of at most %d expected, %d found", q.Name, c.Op, maxRho, c.Rho)
			}
		}
	}
	return nil
}

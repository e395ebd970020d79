package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// shares of a slashed bond: what may be paid out at all, and how much of that for demand costs.
type shares struct{ paid, costs math.Int }

func (k *Keeper) sharesOf(ctx context.Context, job *computetypes.Job) (s shares, p computetypes.Params, err error) {
	p, err = k.compute.ParamsAt(ctx, job.ParamsVersion)
	if err != nil {
		return s, p, err
	}
	return shares{paid: part(job.Bond, p.SlashPaidPpm), costs: part(job.Bond, p.SlashCostsPpm)}, p, nil
}

// convict ends a job whose fault was proven. The worker's bond pays the costs of prover and drawn verifiers, then the
// prover, never more than its shares; the rest burns. While older commitments live the reward waits in this module.
func (k *Keeper) convict(ctx context.Context, job *computetypes.Job, d *types.Dispute, c *types.FaultCommitment, reason computetypes.EndReason) error {
	s, _, err := k.sharesOf(ctx, job)
	if err != nil {
		return err
	}
	payouts, costs, err := k.costPayouts(ctx, job.Id, c.Sender, math.MinInt(s.costs, s.paid))
	if err != nil {
		return err
	}
	reward := s.paid.Sub(costs)
	older, err := k.liveOf(ctx, job.Id, 0, c.Id)
	if err != nil {
		return err
	}
	if reward.IsPositive() {
		payout := computetypes.Payout{Recipient: c.Sender, Amount: reward, Purpose: types.PurposeReward}
		if len(older) > 0 {
			payout.ToModule = types.ModuleName
		}
		payouts = append(payouts, payout)
	}
	if err := k.compute.EndFaulted(ctx, job.Id, reason, payouts); err != nil {
		return err
	}
	if err := k.returnBond(ctx, c, types.COMMITMENT_STATE_PROVED); err != nil {
		return err
	}
	d.LiveCommitments--
	if err := k.returnYounger(ctx, d, c.Id); err != nil {
		return err
	}
	if err := k.giveBackTo(ctx, d.JobId, d.Challenger, d.Fee); err != nil {
		return err
	}
	if err := k.endDispute(ctx, d, reason); err != nil {
		return err
	}
	if err := k.saveDispute(ctx, d, types.CauseConvicted); err != nil {
		return err
	}
	if !reward.IsPositive() {
		return nil
	}
	if len(older) == 0 {
		return emit(ctx, &types.EventRewardPaid{JobId: job.Id, CommitmentId: c.Id, Prover: c.Sender, Amount: reward.String()})
	}
	return k.rewards.Set(ctx, job.Id, types.PendingReward{JobId: job.Id, Amount: reward, CommitmentId: c.Id, Deadline: latest(older)})
}

// latest is the last deadline of these commitments.
func latest(commitments []types.FaultCommitment) (h int64) {
	for i := range commitments {
		h = max(h, commitments[i].Deadline)
	}
	return h
}

// costPayouts repays what served demands cost the prover and the drawn verifiers; in proportion where it is more than most.
func (k *Keeper) costPayouts(ctx context.Context, jobID uint64, prover string, most math.Int) (payouts []computetypes.Payout, sum math.Int, err error) {
	var total math.Int
	if payouts, total, err = k.costsOf(ctx, jobID, prover); err != nil {
		return nil, math.ZeroInt(), err
	}
	sum = math.ZeroInt()
	kept := payouts[:0]
	for _, p := range payouts {
		if total.GT(most) {
			p.Amount = p.Amount.Mul(most).Quo(total)
		}
		if p.Amount.IsPositive() {
			sum = sum.Add(p.Amount)
			kept = append(kept, p)
		}
	}
	return kept, sum, nil
}

// costsOf lists the costs that a conviction repays: of all drawn verifiers, which are as many as duties at most, and of the
// prover, if there is one and it is none of them.
func (k *Keeper) costsOf(ctx context.Context, jobID uint64, prover string) (list []computetypes.Payout, total math.Int, err error) {
	total = math.ZeroInt()
	add := func(recipient string, toDeposit bool, amount math.Int) {
		if amount.IsPositive() {
			total = total.Add(amount)
			list = append(list, computetypes.Payout{Recipient: recipient, ToDeposit: toDeposit, Amount: amount, Purpose: types.PurposeCosts})
		}
	}
	if prover != "" {
		sender, err := account("prover", prover)
		if err != nil {
			return nil, total, err
		}
		amount, err := k.cost(ctx, collections.Join3(jobID, classOutsider, []byte(sender)))
		if err != nil {
			return nil, total, err
		}
		_, verifier, err := k.compute.GetVerifier(ctx, prover)
		if err != nil {
			return nil, total, err
		}
		add(prover, verifier, amount)
	}
	drawn := collections.NewSuperPrefixedTripleRange[uint64, uint32, []byte](jobID, classDrawn)
	err = k.costs.Walk(ctx, drawn, func(key collections.Triple[uint64, uint32, []byte], amount math.Int) (bool, error) {
		add(addressString(key.K3()), true, amount)
		return false, nil
	})
	return list, total, err
}

// returnYounger returns the bonds of live commitments younger than the one that proved.
func (k *Keeper) returnYounger(ctx context.Context, d *types.Dispute, id uint64) error {
	younger, err := k.liveOf(ctx, d.JobId, id+1, ^uint64(0))
	if err != nil {
		return err
	}
	for i := range younger {
		if err := k.returnBond(ctx, &younger[i], types.COMMITMENT_STATE_RETURNED); err != nil {
			return err
		}
		d.LiveCommitments--
	}
	return nil
}

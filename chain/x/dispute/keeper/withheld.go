package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// unserved is somebody whom a worker owed something, and what it had paid for that: a fee that returns to it anyway.
type unserved struct {
	address string
	stake   math.Int
}

// traceOverdue convicts a worker that published no trace in time.
func (k *Keeper) traceOverdue(ctx context.Context, jobID uint64) error {
	d, err := k.disputes.Get(ctx, jobID)
	if err != nil {
		return err
	}
	if d.Phase != types.DISPUTE_PHASE_TRACE_DEMANDED || !d.TraceClockRunning || d.TraceDeadline > height(ctx) {
		return nil
	}
	waiting := []unserved{{d.Challenger, d.Fee}}
	for _, operator := range d.Joined {
		if operator != d.Challenger {
			waiting = append(waiting, unserved{operator, math.ZeroInt()})
		}
	}
	return k.withheld(ctx, &d, waiting)
}

// demandOverdue convicts a worker that did not serve an active demand in time.
func (k *Keeper) demandOverdue(ctx context.Context, id uint64) error {
	demand, err := k.demands.Get(ctx, id)
	if err != nil {
		return err
	}
	d, err := k.disputes.Get(ctx, demand.JobId)
	if err != nil {
		return err
	}
	if demand.State != types.DEMAND_STATE_ACTIVE || d.Phase == types.DISPUTE_PHASE_ENDED || demand.Deadline > height(ctx) {
		return nil
	}
	stake := demand.ServeFee.Add(demand.DemandFee)
	if err := k.dropDemand(ctx, &demand, types.DEMAND_STATE_UNSERVED); err != nil {
		return err
	}
	d.OpenDemands--
	return k.withheld(ctx, &d, []unserved{{demand.Sender, stake}})
}

// withheld ends a job as FAULTED {WITHHELD}. The bond repays the drawn verifiers' demand costs, then each party that was
// left unserved gets at most twice its own costs and a duty's share of the fee; the rest burns. So a challenger cannot live
// on workers that merely were offline.
func (k *Keeper) withheld(ctx context.Context, d *types.Dispute, waiting []unserved) error {
	job, err := k.committedJob(ctx, d.JobId)
	if err != nil {
		return err
	}
	s, p, err := k.sharesOf(ctx, &job)
	if err != nil {
		return err
	}
	payouts, spent, err := k.costPayouts(ctx, job.Id, "", math.MinInt(s.costs, s.paid))
	if err != nil {
		return err
	}
	rest := s.paid.Sub(spent)
	share := part(job.Fee, p.VerifierPpm).Quo(math.NewInt(max(1, int64(job.Duties))))
	for _, w := range waiting {
		costs, err := k.costsOfSender(ctx, job.Id, w.address)
		if err != nil {
			return err
		}
		amount := math.MinInt(rest, costs.Add(w.stake).MulRaw(2).Add(share))
		if amount.IsPositive() {
			rest = rest.Sub(amount)
			payouts = append(payouts, computetypes.Payout{Recipient: w.address, Amount: amount, Purpose: types.PurposeReward})
		}
	}
	reason := computetypes.END_REASON_WITHHELD
	if err := k.compute.EndFaulted(ctx, job.Id, reason, payouts); err != nil {
		return err
	}
	if err := k.returnYounger(ctx, d, 0); err != nil {
		return err
	}
	if err := k.giveBackTo(ctx, d.JobId, d.Challenger, d.Fee); err != nil {
		return err
	}
	if err := k.endDispute(ctx, d, reason); err != nil {
		return err
	}
	return k.saveDispute(ctx, d, types.CauseWithheld)
}

// costsOfSender is what the served demands of one sender cost it, drawn or not.
func (k *Keeper) costsOfSender(ctx context.Context, jobID uint64, address string) (math.Int, error) {
	sender, err := account("sender", address)
	if err != nil {
		return math.ZeroInt(), err
	}
	drawn, err := k.cost(ctx, collections.Join3(jobID, classDrawn, []byte(sender)))
	if err != nil {
		return math.ZeroInt(), err
	}
	other, err := k.cost(ctx, collections.Join3(jobID, classOutsider, []byte(sender)))
	return drawn.Add(other), err
}

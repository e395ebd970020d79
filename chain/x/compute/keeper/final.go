package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// tryFinal makes a drawn job FINAL if its window is over and nothing holds it. Held, the entry drops: whatever closes last
// enqueues the job again.
func (k *Keeper) tryFinal(ctx context.Context, j types.Job) error {
	if held, err := k.held(ctx, j); err != nil || held {
		return err
	}
	if err := k.payFinal(ctx, j); err != nil {
		return err
	}
	if err := k.returnBond(ctx, j); err != nil {
		return err
	}
	ended, err := k.end(ctx, j, types.JOB_STATE_FINAL, types.END_REASON_UNSPECIFIED, causeFinal)
	if err != nil {
		return err
	}
	return k.dispute.JobEnded(ctx, ended)
}

// payFinal divides the fee: the worker's share, the fulfilled duties', the pool's, the relay's; the dust burns.
// A drawn challenger whose challenge the job survived gives its share to the worker.
func (k *Keeper) payFinal(ctx context.Context, j types.Job) error {
	p, err := k.ParamsAt(ctx, j.ParamsVersion)
	if err != nil {
		return err
	}
	duties, err := k.jobDuties(ctx, j.Id)
	if err != nil {
		return err
	}
	duties = slices.DeleteFunc(duties, func(d types.Duty) bool { return d.Verdict == types.VERDICT_UNSPECIFIED })
	relay, poster, err := k.takeRelay(ctx, p, j)
	if err != nil {
		return err
	}
	failed, err := k.dispute.FailedChallengers(ctx, j.Id)
	if err != nil {
		return err
	}
	s := types.SplitFee(p, j.Fee, uint32(len(duties)), relay)
	type payment struct {
		recipient string
		amount    math.Int
		purpose   string
	}
	payments := []payment{{j.Worker, s.Worker, forFee}}
	for _, d := range duties {
		recipient := d.Operator
		if slices.Contains(failed, d.Operator) {
			recipient = j.Worker
		}
		payments = append(payments, payment{recipient, s.Each, forVerifier})
	}
	payments = append(payments, payment{poster, s.Relay, forRelay}, payment{toPool, s.Pool, forFee})
	for _, q := range payments {
		if err := k.pay(ctx, j.Id, q.recipient, q.amount, q.purpose); err != nil {
			return err
		}
	}
	return k.burn(ctx, j.Id, s.Dust, forDust)
}

// takeRelay asks the beacon whom to repay for relaying the job's round: once a round, out of the pool's share.
func (k *Keeper) takeRelay(ctx context.Context, p types.Params, j types.Job) (amount math.Int, poster string, err error) {
	amount = math.MinInt(p.RelayFee, types.Share(j.Fee, p.PoolPpm))
	if !amount.IsPositive() {
		return math.ZeroInt(), "", nil
	}
	to, ok, err := k.beacon.TakeReimbursement(ctx, j.BeaconRound, j.Id, amount)
	if err != nil || !ok {
		return math.ZeroInt(), "", err
	}
	return amount, to.String(), nil
}

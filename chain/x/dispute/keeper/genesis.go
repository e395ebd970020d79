package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// InitGenesis writes the records and rebuilds every queue and index from them.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	for _, v := range g.Params {
		if err := k.params.Set(ctx, v.Version, v); err != nil {
			return err
		}
	}
	if err := k.paramsVersion.Set(ctx, uint64(len(g.Params))); err != nil {
		return err
	}
	if err := k.nextDemandID.Set(ctx, g.NextDemandId); err != nil {
		return err
	}
	if err := k.nextCommitmentID.Set(ctx, g.NextCommitmentId); err != nil {
		return err
	}
	for i := range g.Disputes {
		if err := k.importDispute(ctx, &g.Disputes[i]); err != nil {
			return err
		}
	}
	for i := range g.Demands {
		if err := k.importDemand(ctx, &g.Demands[i]); err != nil {
			return err
		}
	}
	for i := range g.Commitments {
		if err := k.importCommitment(ctx, &g.Commitments[i]); err != nil {
			return err
		}
	}
	for _, r := range g.Rewards {
		if err := k.rewards.Set(ctx, r.JobId, r); err != nil {
			return err
		}
	}
	return nil
}

// importDispute restores the clocks of a dispute.
func (k *Keeper) importDispute(ctx context.Context, d *types.Dispute) error {
	if err := k.disputes.Set(ctx, d.JobId, *d); err != nil {
		return err
	}
	worker, err := account("worker", d.Worker)
	if err != nil {
		return err
	}
	switch {
	case d.Phase == types.DISPUTE_PHASE_TRACE_DEMANDED && d.TraceClockRunning:
		if err := k.runningClocks.Set(ctx, worker, d.JobId); err != nil {
			return err
		}
		return k.schedule(ctx, d.TraceDeadline, dueTrace, d.JobId)
	case d.Phase == types.DISPUTE_PHASE_TRACE_DEMANDED:
		return k.waitingClocks.Set(ctx, waitingKey(worker, d))
	case d.Phase == types.DISPUTE_PHASE_PROVING && d.ProveDeadline != 0:
		return k.schedule(ctx, d.ProveDeadline, dueProve, d.JobId)
	}
	return nil
}

// importDemand restores the queues, ranges and tallies of a demand. Of an ended job, only what still has to be closed.
func (k *Keeper) importDemand(ctx context.Context, d *types.Demand) error {
	if err := k.demands.Set(ctx, d.Id, *d); err != nil {
		return err
	}
	if err := k.demandsByJob.Set(ctx, collections.Join(d.JobId, d.Id)); err != nil {
		return err
	}
	dispute, err := k.disputes.Get(ctx, d.JobId)
	if err != nil {
		return err
	}
	ended := dispute.Phase == types.DISPUTE_PHASE_ENDED
	if ended && !d.Open() {
		return nil
	}
	if err := k.keepRanges(ctx, d); err != nil {
		return err
	}
	switch d.State {
	case types.DEMAND_STATE_QUEUED:
		err = k.enqueueDemand(ctx, d)
	case types.DEMAND_STATE_ACTIVE:
		if err = k.requeue(ctx, d.JobId, func() error { return k.active.Set(ctx, d.JobId, d.Id) }); err == nil {
			err = k.schedule(ctx, d.Deadline, dueDemand, d.Id)
		}
	}
	if err != nil {
		return err
	}
	if ended {
		return k.resumeClosing(ctx, d)
	}
	return k.importTallies(ctx, d)
}

// resumeClosing goes on with the first open demand of an ended job: demands come in order of their ids.
func (k *Keeper) resumeClosing(ctx context.Context, d *types.Demand) error {
	if known, err := k.closing.Has(ctx, d.JobId); err != nil || known {
		return err
	}
	return k.closing.Set(ctx, d.JobId, d.Id-1)
}

// importTallies restores what a demand of a running job counted towards: its sender's costs and budget.
func (k *Keeper) importTallies(ctx context.Context, d *types.Demand) error {
	sender, err := account("sender", d.Sender)
	if err != nil {
		return err
	}
	drawn, _, err := k.isDrawn(ctx, d.JobId, d.Sender)
	if err != nil {
		return err
	}
	if d.State == types.DEMAND_STATE_SERVED {
		if err := k.addCosts(ctx, d.JobId, drawn, d.Sender, d.ServeFee.Add(d.DemandFee)); err != nil {
			return err
		}
	}
	// Only a drawn verifier's demand of VALUEs and a requester's free demand of its output spent a budget.
	job, err := k.compute.GetJob(ctx, d.JobId)
	if err != nil {
		return err
	}
	free := !d.Drawn && d.Sender == job.Requester && onlyOutput(d.Tensors) && d.DemandFee.IsZero()
	if d.Drawn && asksValueOf(d.Tensors) || free {
		_, err = k.spendBudget(ctx, d.JobId, sender, ^uint64(0))
	}
	return err
}

func (k *Keeper) importCommitment(ctx context.Context, c *types.FaultCommitment) error {
	if err := k.commitments.Set(ctx, c.Id, *c); err != nil {
		return err
	}
	if c.State != types.COMMITMENT_STATE_LIVE {
		return k.commitmentsByJob.Set(ctx, collections.Join(c.JobId, c.Id))
	}
	sender, err := account("sender", c.Sender)
	if err != nil {
		return err
	}
	return k.indexCommitment(ctx, c, sender)
}

// ExportGenesis reads every record.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	g := &types.GenesisState{}
	var err error
	if g.Params, err = values(ctx, k.params); err != nil {
		return nil, err
	}
	if g.Disputes, err = values(ctx, k.disputes); err != nil {
		return nil, err
	}
	if g.Demands, err = values(ctx, k.demands); err != nil {
		return nil, err
	}
	if g.Commitments, err = values(ctx, k.commitments); err != nil {
		return nil, err
	}
	if g.Rewards, err = values(ctx, k.rewards); err != nil {
		return nil, err
	}
	if g.NextDemandId, err = k.nextDemandID.Peek(ctx); err != nil {
		return nil, err
	}
	g.NextCommitmentId, err = k.nextCommitmentID.Peek(ctx)
	return g, err
}

// values lists a map in order of its keys.
func values[V any](ctx context.Context, m collections.Map[uint64, V]) (list []V, err error) {
	err = m.Walk(ctx, nil, func(_ uint64, v V) (bool, error) {
		list = append(list, v)
		return false, nil
	})
	return list, err
}

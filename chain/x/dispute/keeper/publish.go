package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// PublishTrace answers a challenge with the trace root, at any time from the challenge to the deadline of its clock, also
// while that clock still waits its turn. Challengers then have T_prove.
func (m msgServer) PublishTrace(ctx context.Context, msg *types.MsgPublishTrace) (*types.MsgPublishTraceResponse, error) {
	if _, err := account("worker", msg.Worker); err != nil {
		return nil, err
	}
	if err := hash32("trace_root", msg.TraceRoot); err != nil {
		return nil, err
	}
	job, err := m.committedJob(ctx, msg.JobId)
	if err != nil {
		return nil, err
	}
	if job.Worker != msg.Worker {
		return nil, types.ErrNotWorker.Wrapf("job %d: expected %s, found %s", job.Id, job.Worker, msg.Worker)
	}
	d, found, err := m.findDispute(ctx, job.Id)
	if err != nil {
		return nil, err
	}
	if !found || d.Phase != types.DISPUTE_PHASE_TRACE_DEMANDED {
		return nil, types.ErrNoChallenge.Wrapf("job %d: expected TRACE_DEMANDED, found %s", job.Id, d.Phase)
	}
	h := height(ctx)
	if d.TraceClockRunning && h > d.TraceDeadline {
		return nil, types.ErrDeadline.Wrapf("the trace of job %d was due at height %d, found %d", job.Id, d.TraceDeadline, h)
	}
	p, err := m.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	if err := m.stopClock(ctx, &d); err != nil {
		return nil, err
	}
	if err := m.compute.SetTraceRoot(ctx, job.Id, msg.TraceRoot); err != nil {
		return nil, err
	}
	d.Phase, d.TraceRoot, d.PublishedHeight = types.DISPUTE_PHASE_PROVING, msg.TraceRoot, h
	d.ProveLeft = p.TraceBlocks(p.ProveBaseBlocks, job.Program.TraceBytes)
	if err := m.resumeProving(ctx, &d); err != nil {
		return nil, err
	}
	return &types.MsgPublishTraceResponse{ProveDeadline: d.ProveDeadline}, m.saveDispute(ctx, &d, types.CausePublished)
}

// resumeProving lets T_prove run from this block on, unless a demand is queued or active. It does not save the dispute.
func (k *Keeper) resumeProving(ctx context.Context, d *types.Dispute) error {
	if d.Phase != types.DISPUTE_PHASE_PROVING || d.OpenDemands > 0 || d.ProveDeadline != 0 {
		return nil
	}
	d.ProveDeadline, d.ProveLeft = height(ctx)+int64(d.ProveLeft), 0
	return k.schedule(ctx, d.ProveDeadline, dueProve, d.JobId)
}

// pauseProving keeps what is left of T_prove while a demand is queued or active. It does not save the dispute.
func (k *Keeper) pauseProving(ctx context.Context, d *types.Dispute) error {
	if d.Phase != types.DISPUTE_PHASE_PROVING || d.ProveDeadline == 0 {
		return nil
	}
	if err := k.unschedule(ctx, d.ProveDeadline, dueProve, d.JobId); err != nil {
		return err
	}
	d.ProveLeft = uint64(max(0, d.ProveDeadline-height(ctx)))
	d.ProveDeadline = 0
	return nil
}

// proveOverdue clears a dispute: nothing was proven in time. Demands and proofs stay possible until the job is FINAL.
func (k *Keeper) proveOverdue(ctx context.Context, jobID uint64) error {
	d, err := k.disputes.Get(ctx, jobID)
	if err != nil {
		return err
	}
	if d.Phase != types.DISPUTE_PHASE_PROVING || d.ProveDeadline == 0 || d.ProveDeadline > height(ctx) {
		return nil
	}
	d.Phase, d.ProveDeadline = types.DISPUTE_PHASE_CLEARED, 0
	if err := k.saveDispute(ctx, &d, types.CauseCleared); err != nil {
		return err
	}
	return k.compute.RaiseReady(ctx, jobID, height(ctx)+1)
}

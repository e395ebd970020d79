package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// One trace clock a worker runs at a time: otherwise somebody could challenge all of a worker's jobs at once and no honest
// worker could answer. The others wait, drawn challengers first, then in order of their challenge. A waiting challenge
// holds FINAL as a running one does, so waiting costs nobody a verdict. PublishTrace is accepted while a clock waits.

// privileged reports whether a drawn verifier opened or joined a challenge.
func privileged(d *types.Dispute) bool { return d.Drawn || len(d.Joined) > 0 }

func waitingKey(worker []byte, d *types.Dispute) collections.Quad[[]byte, uint32, int64, uint64] {
	return collections.Join4(worker, class(privileged(d)), d.OpenedHeight, d.JobId)
}

// requestClock starts the trace clock of a challenge, or lets it wait. It changes the dispute but does not save it.
func (k *Keeper) requestClock(ctx context.Context, d *types.Dispute) error {
	worker, err := account("worker", d.Worker)
	if err != nil {
		return err
	}
	switch _, err := k.runningClocks.Get(ctx, worker); {
	case err == nil:
		return k.waitingClocks.Set(ctx, waitingKey(worker, d))
	case errors.Is(err, collections.ErrNotFound):
		return k.startClock(ctx, worker, d)
	default:
		return err
	}
}

func (k *Keeper) startClock(ctx context.Context, worker []byte, d *types.Dispute) error {
	job, err := k.compute.GetJob(ctx, d.JobId)
	if err != nil {
		return err
	}
	p, err := k.paramsOf(ctx, &job)
	if err != nil {
		return err
	}
	d.TraceClockRunning = true
	d.TraceDeadline = height(ctx) + int64(p.TraceBlocks(p.TraceBaseBlocks, job.Program.TraceBytes))
	if err := k.runningClocks.Set(ctx, worker, d.JobId); err != nil {
		return err
	}
	return k.schedule(ctx, d.TraceDeadline, dueTrace, d.JobId)
}

// promoteClock moves a waiting challenge forward because a drawn verifier joins it. It is called before the dispute changes.
func (k *Keeper) promoteClock(ctx context.Context, d *types.Dispute) error {
	if d.Phase != types.DISPUTE_PHASE_TRACE_DEMANDED || d.TraceClockRunning || privileged(d) {
		return nil
	}
	worker, err := account("worker", d.Worker)
	if err != nil {
		return err
	}
	if err := k.waitingClocks.Remove(ctx, waitingKey(worker, d)); err != nil {
		return err
	}
	return k.waitingClocks.Set(ctx, collections.Join4([]byte(worker), classDrawn, d.OpenedHeight, d.JobId))
}

// stopClock ends the clock of a dispute that leaves TRACE_DEMANDED, and starts the worker's next one. It changes the
// dispute but does not save it.
func (k *Keeper) stopClock(ctx context.Context, d *types.Dispute) error {
	if d.Phase != types.DISPUTE_PHASE_TRACE_DEMANDED {
		return nil
	}
	worker, err := account("worker", d.Worker)
	if err != nil {
		return err
	}
	if !d.TraceClockRunning {
		return k.waitingClocks.Remove(ctx, waitingKey(worker, d))
	}
	d.TraceClockRunning = false
	if err := k.unschedule(ctx, d.TraceDeadline, dueTrace, d.JobId); err != nil {
		return err
	}
	if err := k.runningClocks.Remove(ctx, worker); err != nil {
		return err
	}
	return k.startNextClock(ctx, worker)
}

// startNextClock starts the first waiting clock of a worker, if there is one, and saves that other dispute.
func (k *Keeper) startNextClock(ctx context.Context, worker []byte) error {
	var next *collections.Quad[[]byte, uint32, int64, uint64]
	err := k.waitingClocks.Walk(ctx, collections.NewPrefixedQuadRange[[]byte, uint32, int64, uint64](worker),
		func(key collections.Quad[[]byte, uint32, int64, uint64]) (bool, error) {
			next = &key
			return true, nil
		})
	if err != nil || next == nil {
		return err
	}
	if err := k.waitingClocks.Remove(ctx, *next); err != nil {
		return err
	}
	d, err := k.disputes.Get(ctx, next.K4())
	if err != nil {
		return err
	}
	if err := k.startClock(ctx, worker, &d); err != nil {
		return err
	}
	return k.saveDispute(ctx, &d, types.CauseClockStarted)
}

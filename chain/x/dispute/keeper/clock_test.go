package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// running lists which of these jobs' trace clocks run.
func (r *rig) running(jobs ...uint64) (on []uint64) {
	for _, id := range jobs {
		if r.dispute(id).Dispute.TraceClockRunning {
			on = append(on, id)
		}
	}
	return on
}

func TestOneTraceClockAWorkerDrawnFirst(t *testing.T) {
	r := newRig(t, func(_ *types.Params, c *computetypes.Params) { c.WindowBlocks = 500 })
	first, second, third, fourth := r.drawn(r.honest), r.drawn(r.honest), r.drawn(r.honest), r.drawn(r.honest)
	other := r.committedBy("worker2", r.honest, nil)
	for _, id := range []uint64{first, second, other} {
		r.challenge(id, alice)
	}
	r.challenge(third, verifier(0))
	r.challenge(fourth, bob)
	all := []uint64{first, second, third, fourth, other}
	require.Equal(t, []uint64{first, other}, r.running(all...), "one a worker")

	r.publishTrace(first, r.honest)
	require.Equal(t, []uint64{third, other}, r.running(all...), "the drawn verifier's challenge overtakes")
	// Joining promotes: the fourth now goes before the second.
	r.MustDeliver(r.attest(fourth, verifier(0), computetypes.VERDICT_CHALLENGED))
	r.publishTrace(third, r.honest)
	require.Equal(t, []uint64{fourth, other}, r.running(all...))
	// A trace is accepted while its clock waits, and the running clock goes on.
	deadline := r.dispute(fourth).Dispute.TraceDeadline
	r.publishTrace(second, r.honest)
	require.Equal(t, []uint64{fourth, other}, r.running(all...))
	require.Equal(t, deadline, r.dispute(fourth).Dispute.TraceDeadline)
	r.publishTrace(fourth, r.honest)
	require.Equal(t, []uint64{other}, r.running(all...))
}

func TestWaitingClockHoldsFinal(t *testing.T) {
	r := newRig(t, func(p *types.Params, _ *computetypes.Params) { p.TraceBaseBlocks = 60 })
	first, second := r.drawn(r.honest), r.drawn(r.honest)
	r.challenge(first, alice)
	r.challenge(second, alice)
	r.AdvanceTo(r.job(second).Ready + 5)
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(second).State)
	r.publishTrace(first, r.honest)
	r.settle(second, r.honest)
	require.Equal(t, computetypes.JOB_STATE_FINAL, r.job(second).State)
}

func TestTraceIsAcceptedUpToItsDeadline(t *testing.T) {
	r := newRig(t, nil)
	id := r.committed(r.honest)
	r.challenge(id, alice)
	r.AdvanceTo(r.dispute(id).Dispute.TraceDeadline - 1)
	r.MustRefuse(types.ErrNotWorker, &types.MsgPublishTrace{Worker: r.Address("worker2"), JobId: id, TraceRoot: make([]byte, 32)})
	require.Equal(t, r.dispute(id).Dispute.TraceDeadline, r.Height())
	require.Equal(t, computetypes.JOB_STATE_FAULTED, r.job(id).State, "EndBlock of the deadline convicts")

	id = r.committed(r.honest)
	r.challenge(id, alice)
	r.AdvanceTo(r.dispute(id).Dispute.TraceDeadline - 1)
	r.publishTrace(id, r.honest)
	require.Equal(t, types.DISPUTE_PHASE_PROVING, r.phase(id))
	r.MustRefuse(types.ErrNoChallenge, r.publishMsg(id, r.honest))
}

func TestPublishRefusals(t *testing.T) {
	r := newRig(t, nil)
	id := r.committed(r.honest)
	r.MustRefuse(types.ErrNoChallenge, r.publishMsg(id, r.honest))
	r.challenge(id, alice)
	short := r.publishMsg(id, r.honest)
	short.TraceRoot = short.TraceRoot[:31]
	r.MustRefuse(types.ErrInvalidField, short)
}

// The clock of the next job starts when the one before ends by withholding too.
func TestNextClockStartsAfterAWithheldOne(t *testing.T) {
	r := newRig(t, func(_ *types.Params, c *computetypes.Params) { c.WindowBlocks = 500 })
	first, second := r.committed(r.honest), r.committed(r.honest)
	r.challenge(first, alice)
	r.challenge(second, alice)
	r.AdvanceTo(r.dispute(first).Dispute.TraceDeadline)
	require.Equal(t, computetypes.END_REASON_WITHHELD, r.job(first).Reason)
	require.Equal(t, []uint64{second}, r.running(first, second))
	require.Equal(t, r.Height()+16, r.dispute(second).Dispute.TraceDeadline)
}

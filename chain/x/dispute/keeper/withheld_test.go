package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// dutyShare of the fee, with two duties drawn.
const dutyShare = jobFee * 8 / 100 / 2

func TestWithheldTraceOfADrawnChallenger(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	changes := r.watch(requester, worker, verifier(0), verifier(1))
	r.challenge(id, verifier(0))
	r.MustDeliver(r.attest(id, verifier(1), computetypes.VERDICT_CHALLENGED))
	r.AdvanceTo(r.dispute(id).Dispute.TraceDeadline)
	require.Equal(t, computetypes.JOB_STATE_FAULTED, r.job(id).State)
	require.Equal(t, computetypes.END_REASON_WITHHELD, r.dispute(id).Dispute.Reason)
	got := changes()
	require.EqualValues(t, jobFee, got[requester])
	require.EqualValues(t, dutyShare, got[verifier(0)])
	require.EqualValues(t, dutyShare, got[verifier(1)])
	require.EqualValues(t, 1_000_000, got[worker], "the claim deposit alone")
	require.EqualValues(t, -(jobBond - 2*dutyShare), got["supply"])
}

func TestWithheldTraceOfAnOutsider(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	changes := r.watch(alice)
	r.challenge(id, alice)
	r.finish(id)
	require.Equal(t, computetypes.END_REASON_WITHHELD, r.job(id).Reason)
	// The fee is back, twice of it and a duty's share on top.
	require.EqualValues(t, 2*outsiderFee+dutyShare, changes()[alice])
}

func TestUnservedDemand(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	changes := r.watch(requester, worker, alice, bob)
	served := r.demand(id, alice, item(program.Input, 0, 0, 1))
	r.serve(served, bob, r.honest)
	open := r.demand(id, alice, item(program.Input, 0, 1, 2))
	queued := r.demand(id, bob, item(program.Output, 0, 0, 1))
	deadline := r.demandRecord(open).Deadline
	r.AdvanceTo(deadline - 1)
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(id).State)
	r.Block()
	require.Equal(t, computetypes.END_REASON_WITHHELD, r.job(id).Reason)
	require.Equal(t, types.DEMAND_STATE_SERVED, r.demandRecord(served).State)
	require.Equal(t, types.DEMAND_STATE_UNSERVED, r.demandRecord(open).State)
	require.Equal(t, types.DEMAND_STATE_DROPPED, r.demandRecord(queued).State)
	p := r.params()
	first := p.ServeFee.Int64() + p.DemandFee.Int64()
	second := p.ServeFees(elements*4-1024).Int64() + p.DemandFee.Int64()
	got := changes()
	// What alice paid for the served demand is gone; twice both costs and a duty's share come in its place.
	require.EqualValues(t, -first+2*(first+second)+dutyShare, got[alice])
	require.Zero(t, got[bob])
	require.EqualValues(t, jobFee, got[requester])
	r.MustRefuse(types.ErrDemandState, &types.MsgServeChunks{Sender: r.Address(bob), DemandId: open})
}

// The payout for a withheld trace never exceeds half of the bond.
func TestWithheldPayoutIsCapped(t *testing.T) {
	r := newRig(t, func(p *types.Params, _ *computetypes.Params) { p.ChallengeFee = p.ChallengeFee.MulRaw(10_000) })
	id := r.drawn(r.honest)
	changes := r.watch(alice)
	r.challenge(id, alice)
	r.finish(id)
	got := changes()
	require.EqualValues(t, jobBond/2, got[alice])
	require.EqualValues(t, -jobBond/2, got["supply"])
}

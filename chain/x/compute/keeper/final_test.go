package keeper_test

import (
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// The whole life of one job, with every height and every unit by hand.
func TestFinal(t *testing.T) {
	f := ready(newFixture(t, nil), 3)
	f.beacon.poster = addr("relay")
	start := f.height()
	id := f.submit(nil)
	require.Equal(t, uint64(1), id)
	require.Equal(t, start+10, f.job(id).Deadline)
	f.claim(id)
	j := f.job(id)
	require.Equal(t, types.JOB_STATE_CLAIMED, j.State)
	require.Equal(t, start+8, j.Deadline)
	require.EqualValues(t, []uint64{1, 7, 0}, []uint64{j.ParamsVersion, j.DisputeParamsVersion, j.SnapshotEpoch})
	require.Equal(t, types.RefereeVersion, j.RefereeVersion)
	require.Equal(t, testParams().LambdaPpm, j.LambdaPpm)
	f.commit(id)
	require.Zero(t, f.job(id).Deadline)
	f.to(start + 2)
	require.Zero(t, f.job(id).BeaconRound, "EndBlock of commit + 2 has not run")
	f.end()
	j = f.job(id)
	require.Equal(t, uint64(1_000_000+start+2+2), j.BeaconRound, "after the time of the block commit + 2 and the margin")
	require.Equal(t, start+2+5, j.Deadline)
	f.record(j.BeaconRound)
	f.end()
	j = f.job(id)
	require.Equal(t, start+3, j.DrawnHeight)
	require.Equal(t, start+3+6, j.Ready)
	require.Zero(t, j.Deadline)
	require.EqualValues(t, 3, j.Duties)
	require.Zero(t, f.beacon.waiting(f.ctx))
	drawn := eventsOf[*types.EventDutyDrawn](f)
	require.Len(t, drawn, 3)
	for rank, e := range drawn {
		require.EqualValues(t, rank, e.Duty.Rank)
	}
	f.must(f.attest(id, "v0", types.VERDICT_VALID))
	f.must(f.attest(id, "v2", types.VERDICT_VALID))
	f.to(j.Ready)
	require.Equal(t, types.JOB_STATE_COMMITTED, f.job(id).State, "FINAL comes with EndBlock of ready, not before")
	f.end()
	j = f.job(id)
	require.Equal(t, types.JOB_STATE_FINAL, j.State)
	require.Equal(t, f.height()-1, j.EndHeight)
	// 10,007: worker 9,006 (9,006.3), verifiers 800 (800.56) in two parts of 400, pool 200 (200.14) less 7 for the relay, dust 1.
	require.EqualValues(t, -10_007, f.gained("requester"))
	require.EqualValues(t, 9_006, f.gained("worker"))
	require.EqualValues(t, 400-60_000, f.gained("v0"))
	require.EqualValues(t, 400-60_000, f.gained("v2"))
	require.EqualValues(t, -60_000, f.gained("v1"), "a duty that was not fulfilled earns nothing")
	require.EqualValues(t, 7, f.gained("relay"))
	require.EqualValues(t, 193, f.pool())
	require.EqualValues(t, 1, f.burned.Int64())
	require.Equal(t, types.JOB_STATE_FINAL, f.dispute.ended[id])
	w, err := f.queries.Worker(f.ctx, &types.QueryWorkerRequest{Address: who("worker")})
	require.NoError(t, err)
	require.Zero(t, w.Worker.ActiveJobs)
	sum := math.ZeroInt()
	for _, e := range eventsOf[*types.EventPayment](f) {
		amount, _ := math.NewIntFromString(e.Amount)
		sum = sum.Add(amount)
	}
	require.Equal(t, j.Fee.Add(j.Bond).Add(j.Deposit).String(), sum.String(), "every unit that the job held is in exactly one event")
	require.ErrorIs(t, f.attest(id, "v1", types.VERDICT_VALID), types.ErrState, "until FINAL, not after")
}

func TestFinalWithoutDutiesFulfilled(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	id := f.drawn()
	f.to(f.job(id).Ready + 1)
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State)
	require.EqualValues(t, 9_006, f.gained("worker"))
	require.EqualValues(t, 200+800, f.pool(), "without fulfilled duties their share is the pool's")
	require.EqualValues(t, 1, f.burned.Int64())
}

// A drawn challenger whose challenge the job survived gives its share to the worker.
func TestFinalFailedChallengers(t *testing.T) {
	f := ready(newFixture(t, nil), 3)
	id := f.drawn()
	f.dispute.open[id] = true
	f.must(f.attest(id, "v0", types.VERDICT_CHALLENGED))
	require.Equal(t, []string{who("v0")}, f.dispute.joined[id])
	f.must(f.k.Attested(f.ctx, id, who("v1"), types.VERDICT_CHALLENGED))
	f.must(f.attest(id, "v2", types.VERDICT_VALID))
	f.dispute.failed[id] = []string{who("v0"), who("v1")}
	f.to(f.job(id).Ready + 1)
	// 800 in three parts of 266, dust 2 + 1.
	require.EqualValues(t, 9_006+2*266, f.gained("worker"))
	require.EqualValues(t, 266-60_000, f.gained("v2"))
	require.EqualValues(t, -60_000, f.gained("v0"))
	require.EqualValues(t, 3, f.burned.Int64())
}

// The relay of a round is repaid once, though two jobs waited for it.
func TestRelayOnce(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.beacon.poster = addr("relay")
	a := f.committed()
	b := f.drawn()
	require.Equal(t, f.job(a).BeaconRound, f.job(b).BeaconRound)
	f.to(f.job(b).Ready + 1)
	require.Equal(t, types.JOB_STATE_FINAL, f.job(a).State)
	require.EqualValues(t, 7, f.gained("relay"))
}

// A payout that bank refuses goes to the pool: nobody can hold a job up with an address that cannot be paid.
func TestBlockedPayout(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.registerWorker(blocked, "")
	id := f.submit(nil)
	f.must(f.tryClaim(id, blocked))
	f.commit(id)
	f.to(f.height() + 3)
	f.record(f.job(id).BeaconRound)
	f.end()
	f.to(f.job(id).Ready + 1)
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State)
	require.EqualValues(t, -150_001-101, f.gained(blocked))
	require.EqualValues(t, 9_006+800+200+150_001+101, f.pool())
	for _, e := range eventsOf[*types.EventPayment](f) {
		require.Contains(t, []string{"pool", "burn"}, e.Recipient, "the events name who really got it")
	}
}

// FINAL at h iff the dispute does not hold and h has reached ready; what closes last enqueues the job again.
func TestFinalWaitsForHolds(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.drawn()
	end := f.job(id).Ready
	f.dispute.holds[id] = true
	f.to(end + 5)
	require.Equal(t, types.JOB_STATE_COMMITTED, f.job(id).State)
	f.must(f.attest(id, "v0", types.VERDICT_VALID)) // past the window's end: "until FINAL" means the state
	f.dispute.holds[id] = false
	f.must(f.k.RaiseReady(f.ctx, id, f.height()+3))
	h := f.height() + 3
	f.to(h)
	require.Equal(t, types.JOB_STATE_COMMITTED, f.job(id).State)
	f.end()
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State)
	require.Equal(t, h, f.job(id).EndHeight)
	f.must(f.k.RaiseReady(f.ctx, id, h+9))
	require.Equal(t, h, f.job(id).Ready, "an ended job waits for nothing")
}

// Raised within the window, the job is FINAL at the later of both; a lower height changes nothing.
func TestRaiseReadyWithinWindow(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.drawn()
	end := f.job(id).Ready
	f.must(f.k.RaiseReady(f.ctx, id, end-2))
	require.Equal(t, end, f.job(id).Ready)
	f.must(f.k.RaiseReady(f.ctx, id, end+2))
	f.to(end + 2)
	require.Equal(t, types.JOB_STATE_COMMITTED, f.job(id).State)
	f.end()
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State)
}

// Raised before the draw, the raise still counts after it.
func TestRaiseReadyBeforeDraw(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.committed()
	far := f.height() + 30
	f.must(f.k.RaiseReady(f.ctx, id, far))
	f.to(f.height() + 3)
	f.record(f.job(id).BeaconRound)
	f.end()
	require.Equal(t, far, f.job(id).Ready)
	f.to(far + 1)
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State)
	require.Equal(t, far, f.job(id).EndHeight)
}

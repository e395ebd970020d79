package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// outsiderFee of a challenge: 100,000 and 1,000 for the started megabyte.
const outsiderFee = 101_000

// settle publishes the trace, lets T_prove pass and waits for the end of the job.
func (r *rig) settle(id uint64, trace *run) {
	r.t.Helper()
	if r.phase(id) == types.DISPUTE_PHASE_TRACE_DEMANDED {
		r.publishTrace(id, trace)
	}
	r.finish(id)
}

// finish waits until a job has ended.
func (r *rig) finish(id uint64) {
	r.t.Helper()
	for range 200 {
		if r.job(id).EndHeight != 0 {
			return
		}
		r.Block()
	}
	r.t.Fatalf("job %d did not end: %s", id, r.job(id).State)
}

func TestDrawnChallengersPayNothingAndForfeitTheirShareAtFinal(t *testing.T) {
	r := newRig(t, nil)
	changes := r.watch(requester, worker, verifier(0), verifier(1))
	id := r.drawn(r.honest)
	r.challenge(id, verifier(0))
	d := r.dispute(id).Dispute
	require.True(t, d.Drawn)
	require.True(t, d.Fee.IsZero())
	duty, found, err := r.App.ComputeKeeper.GetDuty(r.Context(), id, r.Address(verifier(0)))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, computetypes.VERDICT_CHALLENGED, duty.Verdict)

	r.MustRefuse(types.ErrChallenged, r.challengeMsg(id, verifier(1)))
	r.MustDeliver(r.attest(id, verifier(1), computetypes.VERDICT_CHALLENGED))
	require.Equal(t, []string{r.Address(verifier(1))}, r.dispute(id).Dispute.Joined)

	r.settle(id, r.honest)
	require.Equal(t, computetypes.JOB_STATE_FINAL, r.job(id).State)
	// Both failed: their 8 % go to the worker; the pool's 2 % (and the relay in it) are the rest.
	got := changes()
	require.EqualValues(t, -jobFee, got[requester])
	require.EqualValues(t, jobFee*98/100, got[worker])
	require.Zero(t, got[verifier(0)])
	require.Zero(t, got[verifier(1)])
	require.Zero(t, got["supply"])
}

func TestOutsidersFeeIsHalvedAtFinal(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	changes := r.watch(worker, alice)
	r.challenge(id, alice)
	require.EqualValues(t, -outsiderFee, changes()[alice])
	r.MustRefuse(types.ErrChallenged, r.challengeMsg(id, bob))
	r.settle(id, r.honest)
	require.Equal(t, computetypes.JOB_STATE_FINAL, r.job(id).State)
	got := changes()
	require.EqualValues(t, outsiderFee, r.dispute(id).Dispute.Fee.Int64(), "the record says what was paid")
	require.EqualValues(t, -outsiderFee, got[alice])
	require.EqualValues(t, -outsiderFee/2, got["supply"])
	// 90 % of the fee, bond and deposit back, half of the challenge fee; no duty was fulfilled.
	require.EqualValues(t, jobFee*9/10+jobBond+1_000_000+outsiderFee/2, got[worker])
	require.Equal(t, types.DISPUTE_PHASE_ENDED, r.phase(id))
}

func TestChallengeRefusals(t *testing.T) {
	r := newRig(t, nil)
	open := r.submit(r.honest, nil)
	r.MustRefuse(types.ErrJobState, r.challengeMsg(open, alice))
	r.MustRefuse(computetypes.ErrNotFound, r.challengeMsg(999, alice))
	r.MustRefuse(types.ErrNoChallengeNeeded, r.challengeMsg(r.eager(r.honest), alice))
	id := r.drawn(r.honest)
	r.MustRefuse(types.ErrFunds, r.challengeMsg(id, "poor"))
	r.finish(id)
	require.Equal(t, computetypes.JOB_STATE_FINAL, r.job(id).State)
	r.MustRefuse(types.ErrJobState, r.challengeMsg(id, alice))
}

func TestJoinNeedsAnOpenChallenge(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	require.NotZero(t, r.Deliver(r.attest(id, verifier(0), computetypes.VERDICT_CHALLENGED)).Txs[0].Code, "nothing to join")
	r.challenge(id, alice)
	r.publishTrace(id, r.honest)
	r.MustDeliver(r.attest(id, verifier(0), computetypes.VERDICT_CHALLENGED)) // PROVING is open
	r.AdvanceTo(r.dispute(id).Dispute.ProveDeadline)
	require.Equal(t, types.DISPUTE_PHASE_CLEARED, r.phase(id))
	require.NotZero(t, r.Deliver(r.attest(id, verifier(1), computetypes.VERDICT_CHALLENGED)).Txs[0].Code, "CLEARED is not open")
}

func TestVerifierThatAttestedPaysLikeAnybody(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	r.MustDeliver(r.attest(id, verifier(0), computetypes.VERDICT_VALID))
	before := r.deposit(verifier(0))
	r.challenge(id, verifier(0))
	require.False(t, r.dispute(id).Dispute.Drawn)
	// From the deposit: its hot key must reach nothing else.
	require.EqualValues(t, outsiderFee, before.Sub(r.deposit(verifier(0))).Int64())
}

// A cheat that challenges itself first gets no verdict by it: demands and proofs stay possible until FINAL.
func TestSelfChallengeFinalisesNothing(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	id := r.drawn(cheat)
	r.challenge(id, worker)
	r.publishTrace(id, cheat)
	r.AdvanceTo(r.dispute(id).Dispute.ProveDeadline)
	require.Equal(t, types.DISPUTE_PHASE_CLEARED, r.phase(id))
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(id).State)
	got := r.accuse(id, verifier(0), cheat.arithmetic(t, cheatElement).Encode())
	require.True(t, got.Convicted, got.Message)
	require.Equal(t, computetypes.END_REASON_ARITHMETIC, r.job(id).Reason)
}

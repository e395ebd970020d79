package keeper_test

import (
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// ended wants a terminal state, and the whole story of the money: what each party has more or less than it started with.
func (f *fixture) ended(id uint64, state types.JobState, reason types.EndReason, requester, worker, pool, burned int64) {
	f.t.Helper()
	f.check()
	j := f.job(id)
	require.Equal(f.t, state, j.State)
	require.Equal(f.t, reason, j.Reason)
	require.NotZero(f.t, j.EndHeight)
	require.Zero(f.t, j.Deadline)
	require.EqualValues(f.t, requester, f.gained("requester"), "requester")
	require.EqualValues(f.t, worker, f.gained("worker"), "worker")
	require.EqualValues(f.t, pool, f.pool(), "pool")
	require.EqualValues(f.t, burned, f.burned.Int64(), "burned")
}

func (f *fixture) cancel(id uint64, name string) error {
	return f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.CancelJob(ctx, &types.MsgCancelJob{Requester: who(name), JobId: id})
		return err
	})
}

func TestExpiredCancelled(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.submit(nil)
	require.ErrorIs(t, f.cancel(id, "outsider"), types.ErrUnauthorised)
	f.must(f.cancel(id, "requester"))
	f.end()
	f.ended(id, types.JOB_STATE_EXPIRED, types.END_REASON_CANCELLED, 0, 0, 0, 0)
	require.ErrorIs(t, f.cancel(id, "requester"), types.ErrState)
}

func TestExpiredUnclaimed(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.submit(nil)
	d := f.job(id).Deadline
	require.Equal(t, f.height()+10, d)
	f.to(d)
	require.Equal(t, types.JOB_STATE_OPEN, f.job(id).State, "the deadline's own block still accepts a claim")
	thrownAway, _ := f.ctx.CacheContext()
	_, err := f.msgs.ClaimJob(thrownAway, &types.MsgClaimJob{Worker: who("worker"), JobId: id, Bond: bond})
	require.NoError(t, err)
	f.end()
	f.ended(id, types.JOB_STATE_EXPIRED, types.END_REASON_UNCLAIMED, 0, 0, 0, 0)
	require.ErrorIs(t, f.tryClaim(id, "worker"), types.ErrState)
}

func TestExpiredUncommitted(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.submit(nil)
	f.claim(id)
	f.to(f.job(id).Deadline)
	require.Equal(t, types.JOB_STATE_CLAIMED, f.job(id).State)
	f.end()
	f.ended(id, types.JOB_STATE_EXPIRED, types.END_REASON_UNCOMMITTED, 0, -101, 0, 101)
}

// The claim's stale queue entry drops: the job lives on after the height at which it would have expired.
func TestStaleEntriesDrop(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.drawn()
	f.dispute.holds[id] = true
	f.to(f.height() + 40)
	require.Equal(t, types.JOB_STATE_COMMITTED, f.job(id).State)
}

// Commit in the deadline's own block, not after it; a queue that is behind never reopens the message.
func TestCommitDeadline(t *testing.T) {
	f := ready(newFixture(t, func(g *types.GenesisState) { g.Params[0].Params.QueueCap = 1 }), 1)
	a, b := f.submit(nil), f.submit(nil)
	f.claim(a)
	f.claim(b)
	f.to(f.job(b).Deadline + 1)
	require.Equal(t, types.JOB_STATE_EXPIRED, f.job(a).State)
	require.Equal(t, types.JOB_STATE_CLAIMED, f.job(b).State, "the cap left it to the next block")
	m := f.commitMsg(b)
	_, err := f.msgs.CommitResult(f.ctx, m)
	require.ErrorIs(t, err, types.ErrDeadline)
	f.end()
	require.Equal(t, types.JOB_STATE_EXPIRED, f.job(b).State)
	f.check()
}

func TestVoidInput(t *testing.T) {
	for _, claimed := range []bool{false, true} {
		f := ready(newFixture(t, nil), 1)
		id := f.submit(nil)
		if claimed {
			f.claim(id)
		}
		require.ErrorIs(t, f.k.EndVoid(f.ctx, id, types.END_REASON_BEACON), types.ErrReason)
		f.must(f.k.EndVoid(f.ctx, id, types.END_REASON_INPUT))
		f.ended(id, types.JOB_STATE_VOID, types.END_REASON_INPUT, 0, 0, 0, 0)
		require.ErrorIs(t, f.k.EndVoid(f.ctx, id, types.END_REASON_INPUT), types.ErrState)
		f.end()
	}
	f := ready(newFixture(t, nil), 1)
	id := f.committed()
	require.ErrorIs(t, f.k.EndVoid(f.ctx, id, types.END_REASON_INPUT), types.ErrState, "from its commitment on the worker vouches for the input")
}

// No beacon, no payment: three rounds, then VOID, and everybody gets back what they paid in.
func TestVoidBeacon(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.committed()
	f.to(f.height() + 3)
	var rounds []uint64
	for try := uint32(1); try <= 3; try++ {
		j := f.job(id)
		require.Equal(t, try, j.BeaconTries)
		rounds = append(rounds, j.BeaconRound)
		require.EqualValues(t, 1, f.pinned(j.BeaconRound))
		require.EqualValues(t, 1, f.beacon.waiting(f.ctx))
		f.to(j.Deadline + 1)
	}
	require.IsIncreasing(t, rounds)
	f.ended(id, types.JOB_STATE_VOID, types.END_REASON_BEACON, 0, 0, 0, 0)
	require.Zero(t, f.beacon.waiting(f.ctx))
	require.Equal(t, types.JOB_STATE_VOID, f.dispute.ended[id])
	f.record(rounds[2])
	f.end()
	require.Equal(t, types.JOB_STATE_VOID, f.job(id).State)
}

// A round that is recorded in the last block of its deadline counts; only the round that is fixed now draws.
func TestBeaconInTime(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.committed()
	f.to(f.height() + 3)
	first := f.job(id).BeaconRound
	f.to(f.job(id).Deadline + 1)
	f.record(first)
	f.end()
	require.Zero(t, f.job(id).DrawnHeight, "the job waits for its second round")
	f.to(f.job(id).Deadline)
	f.record(f.job(id).BeaconRound)
	f.end()
	require.Equal(t, f.height()-1, f.job(id).DrawnHeight)
	require.EqualValues(t, 2, f.job(id).BeaconTries)
}

// VOID {BEACON} waits for the same as FINAL, and a round that is recorded meanwhile still draws.
func TestVoidBeaconWaits(t *testing.T) {
	for _, late := range []bool{false, true} {
		f := ready(newFixture(t, nil), 1)
		id := f.committed()
		f.dispute.holds[id] = true
		f.to(f.height() + 3 + 3*5 + 5)
		j := f.job(id)
		require.Equal(t, types.JOB_STATE_COMMITTED, j.State)
		require.EqualValues(t, 3, j.BeaconTries)
		if late {
			f.record(j.BeaconRound)
			f.end()
			require.NotZero(t, f.job(id).DrawnHeight)
			continue
		}
		f.dispute.holds[id] = false
		f.must(f.k.RaiseReady(f.ctx, id, f.height()+2))
		f.to(f.height() + 2)
		require.Equal(t, types.JOB_STATE_COMMITTED, f.job(id).State)
		f.end()
		f.ended(id, types.JOB_STATE_VOID, types.END_REASON_BEACON, 0, 0, 0, 0)
	}
}

func TestFaulted(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	id := f.drawn()
	f.must(f.attest(id, "v1", types.VERDICT_VALID))
	payouts := []types.Payout{
		{Recipient: who("v0"), ToDeposit: true, Amount: math.NewInt(1_000), Purpose: "costs"},
		{Recipient: who("outsider"), Amount: math.NewInt(30_000), Purpose: "reward"},
		{Recipient: who(blocked), Amount: math.NewInt(5), Purpose: "costs"},
		{Recipient: who("outsider"), ToDeposit: true, Amount: math.NewInt(7), Purpose: "costs"},
		{ToModule: disputeModule, Amount: math.NewInt(43_988), Purpose: "reward"},
		{Recipient: who("relay"), Amount: math.ZeroInt(), Purpose: "reward"},
	}
	// Half of 150,001 is 75,000.5: 75,000 may be paid, and this is all of it.
	for _, reason := range []types.EndReason{types.END_REASON_UNSPECIFIED, types.END_REASON_CANCELLED, types.END_REASON_BEACON} {
		require.ErrorIs(t, f.k.EndFaulted(f.ctx, id, reason, payouts), types.ErrReason)
	}
	greedy := append([]types.Payout{{Recipient: who("outsider"), Amount: math.OneInt()}}, payouts...)
	require.ErrorIs(t, f.k.EndFaulted(f.ctx, id, types.END_REASON_ARITHMETIC, greedy), types.ErrPayouts)
	negative := []types.Payout{{Recipient: who("outsider"), Amount: math.NewInt(-1)}, {Recipient: who("v0"), Amount: math.NewInt(100)}}
	require.ErrorIs(t, f.k.EndFaulted(f.ctx, id, types.END_REASON_ARITHMETIC, negative), types.ErrPayouts)
	f.must(f.k.EndFaulted(f.ctx, id, types.END_REASON_ARITHMETIC, payouts))
	f.end()
	f.ended(id, types.JOB_STATE_FAULTED, types.END_REASON_ARITHMETIC, 0, -150_001, 5, 75_001)
	require.EqualValues(t, 30_007, f.gained("outsider"))
	v, found, err := f.k.GetVerifier(f.ctx, who("v0"))
	require.NoError(t, err)
	require.True(t, found)
	require.EqualValues(t, 61_000, v.Deposit.Int64())
	require.EqualValues(t, -60_000, f.gained("v1"), "attesters of VALID are unpaid")
	module := f.bank.GetBalance(f.ctx, moduleAddress(disputeModule), denom)
	require.EqualValues(t, 43_988, module.Amount.Int64())
	_, told := f.dispute.ended[id]
	require.False(t, told, "an end that disputes decided is not told to them")
	sum := int64(0)
	for _, e := range eventsOf[*types.EventPayment](f) {
		n, _ := math.NewIntFromString(e.Amount)
		sum += n.Int64()
	}
	require.EqualValues(t, 10_007+150_001+101-43_988, sum, "all but the reward that waits in another module")
	require.ErrorIs(t, f.k.EndFaulted(f.ctx, id, types.END_REASON_FORMAT, nil), types.ErrState)
	f.to(f.job(id).Ready + 3)
	require.Equal(t, types.JOB_STATE_FAULTED, f.job(id).State, "one terminal outcome per job")
}

// A conviction before the draw takes the job off its round; without payouts all of the bond burns.
func TestFaultedBeforeDraw(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.committed()
	f.to(f.height() + 3)
	round := f.job(id).BeaconRound
	require.EqualValues(t, 1, f.beacon.waiting(f.ctx))
	f.must(f.k.EndFaulted(f.ctx, id, types.END_REASON_WITHHELD, nil))
	require.Zero(t, f.beacon.waiting(f.ctx))
	f.record(round)
	f.end()
	f.ended(id, types.JOB_STATE_FAULTED, types.END_REASON_WITHHELD, 0, -150_001, 0, 150_001)
	require.Zero(t, f.job(id).DrawnHeight)
}

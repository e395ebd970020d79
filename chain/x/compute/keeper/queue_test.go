package keeper_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// 10,000 jobs due at one height pass in capped blocks, in the order of their ids, and every unit returns.
func TestTenThousandJobsDueAtOnce(t *testing.T) {
	const jobs, limit = 10_000, 100
	f := newFixture(t, func(g *types.GenesisState) { g.Params[0].Params.QueueCap = limit })
	for range jobs {
		f.submit(nil)
	}
	d := f.job(1).Deadline
	require.Equal(t, d, f.job(jobs).Deadline)
	f.slow = true
	f.to(d)
	require.Equal(t, types.JOB_STATE_OPEN, f.job(1).State)
	var longest time.Duration
	blocks := 0
	for ; f.job(jobs).State == types.JOB_STATE_OPEN; blocks++ {
		start := time.Now()
		f.end()
		longest = max(longest, time.Since(start))
		ended := eventsOf[*types.EventJobUpdated](f)
		require.Len(t, ended, limit)
		for i, e := range ended {
			require.Equal(t, uint64(blocks*limit+i+1), e.Job.Id)
			require.Equal(t, types.END_REASON_UNCLAIMED, e.Job.Reason)
		}
	}
	require.Equal(t, jobs/limit, blocks)
	f.check()
	require.EqualValues(t, 0, f.gained("requester"))
	t.Logf("%d jobs in %d blocks, the longest %s with its commit", jobs, blocks, longest)
}

// A job that cannot be settled changes nothing, is told of, comes again, and holds nobody else up: by an error or a panic.
func TestFailingItemsAreIsolated(t *testing.T) {
	for _, panics := range []bool{false, true} {
		f := ready(newFixture(t, nil), 1)
		bad, good := f.committed(), f.committed()
		f.to(f.height() + 3)
		f.record(f.job(bad).BeaconRound)
		f.end()
		broken := true
		f.dispute.breaks[bad] = func() error {
			if broken && panics {
				panic("no such thing")
			}
			if broken {
				return errors.New("no such thing")
			}
			return nil
		}
		f.to(f.job(bad).Ready + 1)
		require.Equal(t, types.JOB_STATE_COMMITTED, f.job(bad).State)
		require.Equal(t, types.JOB_STATE_FINAL, f.job(good).State)
		failed := eventsOf[*types.EventItemFailed](f)
		require.Len(t, failed, 1)
		require.Equal(t, bad, failed[0].JobId)
		require.Equal(t, "due", failed[0].Queue)
		require.Contains(t, failed[0].Error, "no such thing")
		for _, e := range eventsOf[*types.EventPayment](f) {
			require.Equal(t, good, e.JobId, "nothing of the attempt was kept")
		}
		broken = false
		f.to(failed[0].RetryHeight + 1)
		require.Equal(t, types.JOB_STATE_FINAL, f.job(bad).State, "at the retry, or at an older entry of its own that looks at it sooner")
	}
}

// The same for a draw: a beacon that fails while the round is fixed, and a round that is told but not there.
func TestFailingBeacon(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.beacon.fails = errors.New("no schedule")
	id := f.committed()
	f.to(f.height() + 3)
	require.Len(t, eventsOf[*types.EventItemFailed](f), 1)
	require.Zero(t, f.job(id).BeaconRound)
	f.beacon.fails = nil
	for limit := f.height() + 11; f.job(id).BeaconRound == 0 && f.height() < limit; {
		f.end()
	}
	round := f.job(id).BeaconRound
	require.NotZero(t, round)
	f.must(f.k.BeaconRecorded(f.ctx, round))
	f.end()
	failed := eventsOf[*types.EventItemFailed](f)
	require.Len(t, failed, 1)
	require.Equal(t, "draw", failed[0].Queue)
	f.beacon.rounds[round] = randomnessOf(round)
	f.to(max(failed[0].RetryHeight, f.job(id).Deadline) + 1)
	require.NotZero(t, f.job(id).DrawnHeight)
	require.Zero(t, f.beacon.waiting(f.ctx))
}

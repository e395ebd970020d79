package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

func (f *fixture) ban(artifact uint64, status registrytypes.PolicyStatus) {
	f.t.Helper()
	p := registrytypes.Policy{Digest: f.registry.artifacts[artifact].Digest, Status: status}
	f.registry.policies[string(p.Digest)] = p
	f.must(f.k.PolicyChanged(f.ctx, p))
}

func (f *fixture) count(state types.JobState) int {
	f.t.Helper()
	r, err := f.queries.Jobs(f.ctx, &types.QueryJobsRequest{State: state})
	require.NoError(f.t, err)
	return len(r.Jobs)
}

// A ban drains OPEN jobs on the digest by queue; claimed ones and other digests are not touched.
func TestBanDrainsOpenJobs(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.publish(2, nil)
	f.publish(3, func(a *registrytypes.Artifact) { a.Digest = root("artifact 1") }) // the same digest, published again
	claimed, other := f.submit(nil), f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 2 })
	f.claim(claimed)
	for i := range 24 {
		f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 1 + 2*uint64(i%2) })
	}
	f.ban(1, registrytypes.POLICY_STATUS_BANNED)
	for _, left := range []int{14 + 1, 4 + 1, 1, 1} {
		f.end()
		require.Equal(t, left, f.count(types.JOB_STATE_OPEN))
	}
	require.Equal(t, types.JOB_STATE_CLAIMED, f.job(claimed).State)
	require.Equal(t, types.JOB_STATE_OPEN, f.job(other).State)
	require.Equal(t, types.END_REASON_BANNED, f.job(26).Reason)
	require.Equal(t, types.JOB_STATE_VOID, f.job(26).State)
	require.EqualValues(t, -2*10_007, f.gained("requester"))
}

// A ban that is lifted stops where it got to.
func TestLiftedBan(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	for range 25 {
		f.submit(nil)
	}
	f.ban(1, registrytypes.POLICY_STATUS_BANNED)
	f.end()
	f.ban(1, registrytypes.POLICY_STATUS_ALLOWED)
	f.end()
	require.Equal(t, 15, f.count(types.JOB_STATE_OPEN))
}

// A forbidden weight ends OPEN and CLAIMED jobs by queue; a commitment cannot slip through while it drains.
func TestVoidArtifact(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	committed := f.committed()
	for range 12 {
		f.submit(nil)
	}
	for id := uint64(9); id <= 13; id++ {
		f.claim(id)
	}
	f.publish(1, func(a *registrytypes.Artifact) { a.Status = registrytypes.ARTIFACT_STATUS_CLOSED })
	f.must(f.k.VoidArtifact(f.ctx, 1))
	_, err := f.msgs.CommitResult(f.ctx, f.commitMsg(13))
	require.ErrorIs(t, err, types.ErrArtifact)
	f.end()
	require.Equal(t, 2, f.count(types.JOB_STATE_CLAIMED))
	f.end()
	require.Zero(t, f.count(types.JOB_STATE_CLAIMED))
	require.Equal(t, types.END_REASON_MODEL, f.job(13).Reason)
	require.Equal(t, types.JOB_STATE_COMMITTED, f.job(committed).State, "from its commitment on the worker vouches for the weights")
	require.EqualValues(t, -150_001-101, f.gained("worker"), "only the committed job's bond is still held")
	require.EqualValues(t, -10_007, f.gained("requester"))
}

// Deadlines are not starved by a drain: each queue has its own cap.
func TestDrainsAndDeadlinesHaveTheirOwnCaps(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.publish(2, nil)
	for range 10 {
		f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 2 })
	}
	d := f.job(1).Deadline
	f.to(d)
	for range 15 {
		f.submit(nil)
	}
	f.ban(1, registrytypes.POLICY_STATUS_BANNED)
	f.end()
	require.Equal(t, 10, f.count(types.JOB_STATE_VOID))
	require.Equal(t, 10, f.count(types.JOB_STATE_EXPIRED))
}

package keeper_test

import (
	"testing"

	"github.com/cosmos/cosmos-sdk/types/query"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

func TestQueries(t *testing.T) {
	f := ready(newFixture(t, nil), 3)
	id := f.drawn()
	open := f.submit(nil)
	more := f.submit(nil)
	f.must(f.attest(id, "v1", types.VERDICT_VALID))

	job, err := f.queries.Job(f.ctx, &types.QueryJobRequest{Id: id})
	require.NoError(t, err)
	require.Len(t, job.Duties, 3)
	for rank, d := range job.Duties {
		require.EqualValues(t, rank, d.Rank)
		require.Equal(t, d.Operator == who("v1"), d.Verdict == types.VERDICT_VALID)
	}
	all, err := f.queries.Jobs(f.ctx, &types.QueryJobsRequest{})
	require.NoError(t, err)
	require.Equal(t, []uint64{id, open, more}, idsOf(all.Jobs))
	opened, err := f.queries.Jobs(f.ctx, &types.QueryJobsRequest{State: types.JOB_STATE_OPEN, Pagination: &query.PageRequest{Limit: 1}})
	require.NoError(t, err)
	require.Equal(t, []uint64{open}, idsOf(opened.Jobs))
	opened, err = f.queries.Jobs(f.ctx, &types.QueryJobsRequest{State: types.JOB_STATE_OPEN, Pagination: &query.PageRequest{Key: opened.Pagination.NextKey}})
	require.NoError(t, err)
	require.Equal(t, []uint64{more}, idsOf(opened.Jobs))

	duties, err := f.queries.Duties(f.ctx, &types.QueryDutiesRequest{Operator: who("v1")})
	require.NoError(t, err)
	require.Len(t, duties.Duties, 1)
	require.Equal(t, types.VERDICT_VALID, duties.Duties[0].Verdict)
	workers, err := f.queries.Workers(f.ctx, &types.QueryWorkersRequest{})
	require.NoError(t, err)
	require.Len(t, workers.Workers, 2)
	verifiers, err := f.queries.Verifiers(f.ctx, &types.QueryVerifiersRequest{})
	require.NoError(t, err)
	require.Len(t, verifiers.Verifiers, 3)
	v, err := f.queries.Verifier(f.ctx, &types.QueryVerifierRequest{Operator: who("v1")})
	require.NoError(t, err)
	require.EqualValues(t, 1, v.Verifier.Attested)
	require.EqualValues(t, 1, v.Verifier.Duties)
	p, err := f.queries.Params(f.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 1, p.Params.Version)
	price, err := f.queries.Price(f.ctx, &types.QueryPriceRequest{ArtifactId: 1})
	require.NoError(t, err)
	require.Equal(t, &types.QueryPriceResponse{Fee: "1003", Bond: "20011", Deposit: "101", Denom: denom, Cost: 1_000_000}, price)
	f.publish(2, func(a *registrytypes.Artifact) { a.Program.Macs, a.Program.ElementsRead = ^uint64(0), ^uint64(0) })
	price, err = f.queries.Price(f.ctx, &types.QueryPriceRequest{ArtifactId: 2})
	require.NoError(t, err)
	require.Equal(t, "36893488147419104", price.Fee)
	require.Equal(t, ^uint64(0), price.Cost, "a cost beyond 64 bits is shown as the greatest number")

	f.to(f.job(id).Ready + 1)
	duties, err = f.queries.Duties(f.ctx, &types.QueryDutiesRequest{Operator: who("v1")})
	require.NoError(t, err)
	require.Empty(t, duties.Duties, "only of jobs that have not ended")
	job, err = f.queries.Job(f.ctx, &types.QueryJobRequest{Id: id})
	require.NoError(t, err)
	require.Len(t, job.Duties, 3, "the records stay")
	out, err := f.k.GetProducedOutput(f.ctx, id)
	require.NoError(t, err)
	require.True(t, out.Final)
	require.False(t, out.ZeroTolerance)
	require.Equal(t, [][]byte{root("out")}, out.OutputDataRoots)
}

func idsOf(jobs []types.Job) (list []uint64) {
	for _, j := range jobs {
		list = append(list, j.Id)
	}
	return list
}

func TestQueriesOfWhatIsNotThere(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.publish(2, func(a *registrytypes.Artifact) { a.Program = nil })
	is := func(err error, code codes.Code) {
		t.Helper()
		require.Error(t, err)
		require.Equal(t, code, status.Code(err), "%v", err)
	}
	_, err := f.queries.Job(f.ctx, &types.QueryJobRequest{Id: 9})
	is(err, codes.NotFound)
	_, err = f.queries.Worker(f.ctx, &types.QueryWorkerRequest{Address: who("outsider")})
	is(err, codes.NotFound)
	_, err = f.queries.Worker(f.ctx, &types.QueryWorkerRequest{Address: "x"})
	is(err, codes.InvalidArgument)
	_, err = f.queries.Verifier(f.ctx, &types.QueryVerifierRequest{Operator: who("outsider")})
	is(err, codes.NotFound)
	_, err = f.queries.Duties(f.ctx, &types.QueryDutiesRequest{Operator: ""})
	is(err, codes.InvalidArgument)
	_, err = f.queries.Snapshot(f.ctx, &types.QuerySnapshotRequest{Epoch: 9})
	is(err, codes.NotFound)
	_, err = f.queries.Params(f.ctx, &types.QueryParamsRequest{Version: 9})
	is(err, codes.NotFound)
	_, err = f.queries.Price(f.ctx, &types.QueryPriceRequest{ArtifactId: 2})
	is(err, codes.InvalidArgument)
	_, err = f.queries.Price(f.ctx, &types.QueryPriceRequest{ArtifactId: 99})
	require.ErrorIs(t, err, errUnknown)
}

// Every value in the provable store is non-empty: beside an empty one ICS23 proves nothing.
func TestProvableValuesAreNotEmpty(t *testing.T) {
	f := ready(newFixture(t, nil), 3)
	id := f.drawn()
	f.must(f.attest(id, "v1", types.VERDICT_VALID))
	f.submit(nil)
	f.committed()
	f.must(f.k.SpendDeposit(f.ctx, who("v2"), disputeModule, fee))
	f.to(f.height() + 30)
	seen := 0
	it := f.ctx.KVStore(f.keys[types.StoreKey]).Iterator(nil, nil)
	defer it.Close()
	prefixes := map[byte]bool{}
	for ; it.Valid(); it.Next() {
		require.NotEmpty(t, it.Value(), "key %x", it.Key())
		prefixes[it.Key()[0]] = true
		seen++
	}
	require.Len(t, prefixes, 7, "all of params, sequence, jobs, duties, workers, verifiers and snapshots")
	require.Greater(t, seen, 12)
}

// SetTraceRoot records a root once.
func TestSetTraceRoot(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	open, id := f.submit(nil), f.committed()
	require.ErrorIs(t, f.k.SetTraceRoot(f.ctx, open, root("t")), types.ErrState)
	require.ErrorIs(t, f.k.SetTraceRoot(f.ctx, id, root("t")[:31]), types.ErrTraceRoot)
	f.must(f.k.SetTraceRoot(f.ctx, id, root("t")))
	require.ErrorIs(t, f.k.SetTraceRoot(f.ctx, id, root("u")), types.ErrTraceRoot)
	require.Equal(t, root("t"), f.job(id).TraceRoot)
	require.ErrorIs(t, f.k.RaiseReady(f.ctx, 99, 5), types.ErrNotFound)
	_, found, err := f.k.GetDuty(f.ctx, id, who("v0"))
	require.NoError(t, err)
	require.False(t, found)
	f.end()
	updated := eventsOf[*types.EventJobUpdated](f)
	require.Equal(t, "trace_published", updated[len(updated)-1].Cause)
}

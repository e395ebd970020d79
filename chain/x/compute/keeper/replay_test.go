package keeper_test

import (
	"cmp"
	"slices"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// replay follows a chain by its events alone, as an indexer does. After every block it must know what the records say.
type replay struct {
	jobs      map[uint64]types.Job
	duties    map[string]types.Duty
	workers   map[string]types.Worker
	verifiers map[string]types.Verifier
	snapshots map[uint64]types.Snapshot
	params    map[uint64]types.VersionedParams
	// paid out of each job's escrow, as events tell.
	paid map[uint64]math.Int
}

func newReplay() *replay {
	return &replay{map[uint64]types.Job{}, map[string]types.Duty{}, map[string]types.Worker{}, map[string]types.Verifier{},
		map[uint64]types.Snapshot{}, map[uint64]types.VersionedParams{}, map[uint64]math.Int{}}
}

// follow applies the events of the last block.
func (r *replay) follow(f *fixture) {
	f.t.Helper()
	for _, e := range eventsOf[*types.EventJobUpdated](f) {
		r.jobs[e.Job.Id] = e.Job
	}
	duty := func(d types.Duty) { r.duties[string(rune(d.JobId))+d.Operator] = d }
	for _, e := range eventsOf[*types.EventDutyDrawn](f) {
		duty(e.Duty)
	}
	for _, e := range eventsOf[*types.EventAttested](f) {
		duty(e.Duty)
	}
	for _, e := range eventsOf[*types.EventWorkerUpdated](f) {
		r.workers[e.Worker.Address] = e.Worker
	}
	r.followVerifiers(f)
	for _, e := range eventsOf[*types.EventSnapshotTaken](f) {
		r.snapshots[e.Snapshot.Number] = e.Snapshot
	}
	for _, e := range eventsOf[*types.EventSnapshotPruned](f) {
		delete(r.snapshots, e.Number)
	}
	for _, e := range eventsOf[*types.EventParamsUpdated](f) {
		r.params[e.Params.Version] = e.Params
	}
	for _, e := range eventsOf[*types.EventPayment](f) {
		amount, ok := math.NewIntFromString(e.Amount)
		require.True(f.t, ok)
		sum, found := r.paid[e.JobId]
		if !found {
			sum = math.ZeroInt()
		}
		r.paid[e.JobId] = sum.Add(amount)
	}
}

// followVerifiers applies updates and removals in the order of the block: one may leave and register again.
func (r *replay) followVerifiers(f *fixture) {
	f.t.Helper()
	updates, removals := eventsOf[*types.EventVerifierUpdated](f), eventsOf[*types.EventVerifierRemoved](f)
	for _, e := range updates {
		if e.Cause == "paid_out" {
			delete(r.verifiers, e.Verifier.Operator)
			require.Equal(f.t, e.Verifier.Operator, removals[0].Operator)
			removals = removals[1:]
			continue
		}
		r.verifiers[e.Verifier.Operator] = e.Verifier
	}
	require.Empty(f.t, removals)
}

// same wants the records to be what the events told.
func (r *replay) same(f *fixture) {
	f.t.Helper()
	g, err := f.k.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	require.Len(f.t, r.jobs, len(g.Jobs))
	for _, j := range g.Jobs {
		told := r.jobs[j.Id]
		require.Equal(f.t, j.String(), told.String(), "job %d", j.Id)
	}
	require.Equal(f.t, len(g.Duties), len(r.duties))
	for _, d := range g.Duties {
		require.Equal(f.t, d, r.duties[string(rune(d.JobId))+d.Operator])
	}
	require.Len(f.t, r.workers, len(g.Workers))
	for _, w := range g.Workers {
		require.Equal(f.t, w, r.workers[w.Address])
	}
	require.Len(f.t, r.verifiers, len(g.Verifiers))
	for _, v := range g.Verifiers {
		told := r.verifiers[v.Operator]
		require.Equal(f.t, v.String(), told.String())
	}
	require.Len(f.t, r.snapshots, len(g.Snapshots))
	for _, s := range g.Snapshots {
		s.Jobs = 0
		told := r.snapshots[s.Number]
		require.Equal(f.t, s.String(), told.String())
	}
	for _, v := range g.Params[1:] {
		told := r.params[v.Version]
		require.Equal(f.t, v.String(), told.String())
	}
}

// settled wants every ended job to have paid out exactly what it held; elsewhere tells what left for another module.
func (r *replay) settled(f *fixture, elsewhere map[uint64]math.Int) {
	f.t.Helper()
	ids := []uint64{}
	for id := range r.jobs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, cmp.Compare[uint64])
	for _, id := range ids {
		j := r.jobs[id]
		if j.EndHeight == 0 {
			continue
		}
		out := r.paid[id]
		if more, found := elsewhere[id]; found {
			out = out.Add(more)
		}
		require.Equal(f.t, j.Fee.Add(j.Bond).Add(j.Deposit).String(), out.String(), "job %d, %s %s", id, j.State, j.Reason)
	}
}

package keeper_test

import (
	"sort"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// replay rebuilds every record from the events alone, as an indexer does, and compares it with the state.
func (r *rig) replay() {
	r.t.Helper()
	state, err := r.App.DisputeKeeper.ExportGenesis(r.Context())
	require.NoError(r.t, err)
	disputes, demands, commitments := map[uint64]types.Dispute{}, map[uint64]types.Demand{}, map[uint64]types.FaultCommitment{}
	for _, e := range apptest.Find[*types.EventDisputeUpdated](r.t, r.events) {
		require.NotEmpty(r.t, e.Cause)
		disputes[e.Dispute.JobId] = e.Dispute
	}
	for _, e := range apptest.Find[*types.EventDemandUpdated](r.t, r.events) {
		demands[e.Demand.Id] = e.Demand
	}
	for _, e := range apptest.Find[*types.EventFaultCommitmentUpdated](r.t, r.events) {
		commitments[e.Commitment.Id] = e.Commitment
	}
	// Compared by their encodings, because JSON knows no difference between an empty list and none.
	require.Len(r.t, disputes, len(state.Disputes))
	for _, d := range sorted(disputes) {
		require.True(r.t, contains(state.Disputes, func(x types.Dispute) bool { return same(&x, &d) }), "dispute of job %d", d.JobId)
	}
	require.Len(r.t, demands, len(state.Demands))
	for _, d := range sorted(demands) {
		require.True(r.t, contains(state.Demands, func(x types.Demand) bool { return same(&x, &d) }), "demand %d", d.Id)
	}
	require.Len(r.t, commitments, len(state.Commitments))
	for _, c := range sorted(commitments) {
		require.True(r.t, contains(state.Commitments, func(x types.FaultCommitment) bool { return same(&x, &c) }), "commitment %d", c.Id)
	}
}

func contains[T any](list []T, is func(T) bool) bool {
	for _, x := range list {
		if is(x) {
			return true
		}
	}
	return false
}

func same(a, b interface{ Marshal() ([]byte, error) }) bool {
	x, errX := a.Marshal()
	y, errY := b.Marshal()
	return errX == nil && errY == nil && string(x) == string(y)
}

func sorted[T any](m map[uint64]T) (list []T) {
	var ids []uint64
	for id := range m {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	for _, id := range ids {
		list = append(list, m[id])
	}
	return list
}

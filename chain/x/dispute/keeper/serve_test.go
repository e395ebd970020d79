package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

func TestServedDemandPaysTheWorker(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	p := r.params()
	changes := r.watch(worker, alice, bob)
	demand := r.demand(id, alice, item(program.Input, 0, 0, 3), item(program.Weight, 0, 0, 2), item(program.Output, 0, 1, 2))
	record := r.demandRecord(demand)
	require.Equal(t, types.DEMAND_STATE_ACTIVE, record.State, "EndBlock of the same block activates it")
	require.EqualValues(t, r.Height()+int64(p.ServeBlocks), record.Deadline)
	r.serve(demand, bob, r.honest)
	record = r.demandRecord(demand)
	require.Equal(t, types.DEMAND_STATE_SERVED, record.State)
	require.Equal(t, r.Address(bob), record.ServedBy)
	require.Equal(t, r.Height(), record.ServedHeight)
	serve, fee := p.ServeFees(record.Bytes).Int64(), p.DemandFee.Int64()
	require.EqualValues(t, 6*p.ServeFee.Int64(), serve, "5,824 bytes are six started kilobytes")
	got := changes()
	require.EqualValues(t, -serve-fee, got[alice])
	require.EqualValues(t, serve+fee/2, got[worker], "whoever serves, the pay goes to the worker")
	require.Zero(t, got[bob])
	require.EqualValues(t, -fee/2, got["supply"])
	r.MustRefuse(types.ErrDemandState, r.serveMsg(record, worker, r.honest))
}

func TestServeRefusals(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	demand := r.demandRecord(r.demand(id, alice, item(program.Input, 0, 0, 2), item(program.Weight, 0, 2, 1)))
	good := func() *types.MsgServeChunks { return r.serveMsg(demand, worker, r.honest) }
	refuse := func(err error, change func(*types.MsgServeChunks)) {
		t.Helper()
		m := good()
		change(m)
		r.MustRefuse(err, m)
	}
	refuse(types.ErrNotFound, func(m *types.MsgServeChunks) { m.DemandId = 99 })
	refuse(types.ErrServed, func(m *types.MsgServeChunks) { m.Tensors = m.Tensors[:1] })
	refuse(types.ErrServed, func(m *types.MsgServeChunks) { m.Tensors[0], m.Tensors[1] = m.Tensors[1], m.Tensors[0] })
	refuse(types.ErrServed, func(m *types.MsgServeChunks) { m.Tensors[0].Opening.Chunks = m.Tensors[0].Opening.Chunks[:1] })
	refuse(types.ErrServed, func(m *types.MsgServeChunks) { m.Tensors[0].Opening.Hashes = nil })
	refuse(types.ErrServed, func(m *types.MsgServeChunks) {
		m.Tensors[0].Opening.Hashes = append(m.Tensors[0].Opening.Hashes, make([]byte, 32))
	})
	refuse(types.ErrServed, func(m *types.MsgServeChunks) {
		m.Tensors[0].RootHashes = append(m.Tensors[0].RootHashes, make([]byte, 32))
	})
	refuse(types.ErrInvalidField, func(m *types.MsgServeChunks) { m.Tensors[0].RootHashes = [][]byte{{1}} })
	// A shifted index: the bytes and hashes of chunks 1 and 2 do not pass for 0 and 1, though the lengths would fit.
	refuse(types.ErrServed, func(m *types.MsgServeChunks) {
		o := r.honest.opening(t, program.Input, 0, 1, 2)
		m.Tensors[0].Opening.Hashes = slices32(o.Hashes)
	})
	refuse(types.ErrServed, func(m *types.MsgServeChunks) { m.Tensors[0].Opening.Chunks[0][5] ^= 1 })
	refuse(types.ErrMalformedChunk, func(m *types.MsgServeChunks) {
		m.Tensors[1].Opening.Chunks[0] = append(m.Tensors[1].Opening.Chunks[0], 0)
	})
	r.MustDeliver(good())
}

// A forged chunk cannot be shielded by making it unreadable: what the worker committed to serves nothing where it is
// malformed, and is a fault of its own.
func TestMalformedContentServesNothing(t *testing.T) {
	r := newRig(t, long)
	bad := r.honest.clone()
	bad.setBits(program.Output, 0, 3, 0x7fc00001)
	id := r.drawn(bad)
	demand := r.demand(id, alice, item(program.Output, 0, 0, 1))
	r.MustRefuse(types.ErrMalformedChunk, r.serveMsg(r.demandRecord(demand), worker, bad))
	r.AdvanceTo(r.demandRecord(demand).Deadline)
	require.Equal(t, "END_REASON_WITHHELD", r.job(id).Reason.String())
}

func TestOneDemandAJobIsActiveDrawnFirst(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	first := r.demand(id, alice, item(program.Input, 0, 0, 1))
	second := r.demand(id, alice, item(program.Input, 0, 1, 1))
	third := r.demand(id, verifier(0), item(program.Input, 0, 2, 1))
	state := func(d uint64) types.DemandState { return r.demandRecord(d).State }
	require.Equal(t, types.DEMAND_STATE_ACTIVE, state(first))
	require.Equal(t, types.DEMAND_STATE_QUEUED, state(second))
	require.Equal(t, types.DEMAND_STATE_QUEUED, state(third))
	r.serve(first, worker, r.honest)
	require.Equal(t, types.DEMAND_STATE_ACTIVE, state(third), "the drawn verifier overtakes")
	require.Equal(t, types.DEMAND_STATE_QUEUED, state(second))
	r.serve(second, worker, r.honest) // a queued demand may be served early
	require.Equal(t, types.DEMAND_STATE_SERVED, state(second))
	r.serve(third, worker, r.honest)
	require.Zero(t, r.dispute(id).Dispute.OpenDemands)
}

func TestBytesActivatedABlockAreCapped(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) {
		long(p, c)
		p.DemandMaxBytes, p.DemandBlockBytes = 2048, 4096
	})
	var jobs, demands []uint64
	for range 3 {
		jobs = append(jobs, r.committed(r.honest))
	}
	var txs [][]byte
	for i, by := range []string{alice, bob, carol} {
		txs = append(txs, r.Sign(r.demandMsg(jobs[i], by, item(program.Input, 0, 0, 2))))
	}
	result := r.Block(txs...)
	for _, tx := range result.Txs {
		require.Zero(t, tx.Code, tx.Log)
		demands = append(demands, apptest.Response(t, tx, 0, &types.MsgDemandChunksResponse{}).DemandId)
	}
	states := func() (list []types.DemandState) {
		for _, d := range demands {
			list = append(list, r.demandRecord(d).State)
		}
		return list
	}
	active, queued := types.DEMAND_STATE_ACTIVE, types.DEMAND_STATE_QUEUED
	require.Equal(t, []types.DemandState{active, active, queued}, states())
	r.Block()
	require.Equal(t, []types.DemandState{active, active, active}, states())
	require.Equal(t, r.demandRecord(demands[0]).Deadline+1, r.demandRecord(demands[2]).Deadline, "the clock starts when it becomes active")
}

package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// long makes the window long enough for what a test does in it.
func long(_ *types.Params, c *computetypes.Params) { c.WindowBlocks = 500 }

func TestDemandNeedsWhatItNames(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	in := item(program.Input, 0, 0, 1)
	refuse := func(err error, items ...types.DemandItem) {
		t.Helper()
		r.MustRefuse(err, r.demandMsg(id, alice, items...))
	}
	r.MustRefuse(types.ErrItems, &types.MsgDemandChunks{Sender: r.Address(alice), JobId: id})
	refuse(types.ErrItems, item(program.None, 0, 0, 1))
	refuse(types.ErrItems, types.DemandItem{Kind: 9, Count: 1})
	refuse(types.ErrItems, item(program.Input, 0, 0, 0))
	refuse(types.ErrItems, item(program.Input, 0, 2, ^uint64(0)))
	refuse(types.ErrItems, item(program.Input, 0, 3, 1))
	refuse(types.ErrItems, item(program.Input, 0, 2, 2))
	refuse(types.ErrItems, item(program.Input, 1, 0, 1))
	refuse(types.ErrItems, item(program.Weight, 1, 0, 1))
	refuse(types.ErrItems, item(program.Output, 1, 0, 1))
	refuse(types.ErrItems, in, in)
	refuse(types.ErrItems, item(program.Input, 0, 0, 2), item(program.Input, 0, 1, 1))
	refuse(types.ErrItems, item(program.Weight, 0, 0, 1), in)
	withNode := in
	withNode.Node = 1
	refuse(types.ErrItems, withNode)
	refuse(types.ErrTraceUnknown, item(program.Value, 0, 0, 1))

	r.challenge(id, verifier(0))
	r.publishTrace(id, r.honest)
	wrong := item(program.Value, 1, 0, 1)
	wrong.Node = 0
	refuse(types.ErrItems, wrong) // node 0 does not define VALUE 1
	beyond := item(program.Value, 0, 0, 1)
	beyond.Node = 2
	missing := r.demandMsg(id, alice, item(program.Value, 0, 0, 1))
	missing.Items[0] = beyond
	r.MustRefuse(types.ErrRecords, missing)
	tooMany := make([]types.DemandItem, types.MaxItems+1)
	for i := range tooMany {
		tooMany[i] = item(program.Input, 0, uint64(i), 1)
	}
	refuse(types.ErrItems, tooMany...)
}

func TestDemandNeedsTrueRecords(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	good := func() *types.MsgDemandChunks {
		return r.demandMsg(id, alice, item(program.Input, 0, 0, 1))
	}
	m := good()
	m.Records.Hashes = m.Records.Hashes[1:]
	r.MustRefuse(types.ErrRecords, m) // a hash too few
	m = good()
	m.Records.Hashes = append(m.Records.Hashes, make([]byte, 32))
	r.MustRefuse(types.ErrRecords, m) // one too many
	m = good()
	m.Records.Hashes[0] = m.Records.Hashes[0][:31]
	r.MustRefuse(types.ErrInvalidField, m)
	m = good()
	m.Records.Header = nil
	r.MustRefuse(types.ErrRecords, m)
	m = good()
	m.Records.Nodes = [][]byte{r.honest.record.Nodes[0].Encode()}
	r.MustRefuse(types.ErrRecords, m) // a record that no item needs
	m = good()
	header := r.honest.record.Header
	header.Inputs = []program.Tensor{{Dtype: program.Float32, Dims: []uint64{1, 6000}}}
	m.Records.Header = header.Encode()
	r.MustRefuse(types.ErrRecords, m) // another program's header
	m = good()
	m.Records.Header = append(m.Records.Header, 0)
	r.MustRefuse(types.ErrRecords, m)
}

func TestDemandSizeIsCapped(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { long(p, c); p.DemandMaxBytes = 2048 })
	id := r.drawn(r.honest)
	r.MustRefuse(types.ErrDemandSize, r.demandMsg(id, alice, item(program.Input, 0, 0, 3)))
	demand := r.demandRecord(r.demand(id, alice, item(program.Input, 0, 1, 2)))
	require.EqualValues(t, elements*4-1024, demand.Bytes, "the last chunk is short")
	require.EqualValues(t, elements*4, demand.Tensors[0].Size_)
	require.EqualValues(t, program.Float32, demand.Tensors[0].Dtype)
}

func TestNoChunkIsDemandedTwice(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	first := r.demand(id, alice, item(program.Input, 0, 1, 1))
	for _, it := range []types.DemandItem{item(program.Input, 0, 1, 1), item(program.Input, 0, 0, 2), item(program.Input, 0, 1, 2), item(program.Input, 0, 0, 3)} {
		require.Contains(t, r.MustRefuse(types.ErrDemanded, r.demandMsg(id, bob, it)), "DEMAND_STATE_ACTIVE")
	}
	r.serve(first, worker, r.honest)
	require.Contains(t, r.MustRefuse(types.ErrDemanded, r.demandMsg(id, bob, item(program.Input, 0, 0, 3))), "DEMAND_STATE_SERVED")
	r.demand(id, bob, item(program.Input, 0, 0, 1), item(program.Input, 0, 2, 1), item(program.Weight, 0, 1, 1))
}

func TestDemandPrices(t *testing.T) {
	r := newRig(t, long)
	p := r.params()
	id := r.drawn(r.honest)
	r.challenge(id, verifier(0))
	r.publishTrace(id, r.honest)
	paid := func(by string, it types.DemandItem) (fee int64, record types.Demand) {
		before := r.purse(by)
		record = r.demandRecord(r.demand(id, by, it))
		spent := before.Sub(r.purse(by)).Int64()
		require.Equal(t, record.ServeFee.Add(record.DemandFee).Int64(), spent)
		require.Equal(t, p.ServeFee.Int64(), record.ServeFee.Int64())
		return record.DemandFee.Int64(), record
	}
	base := p.DemandFee.Int64()
	// A drawn verifier pays the serve fee alone; its budget is depth + free_demands = 3 demands of VALUEs.
	for i := range uint64(3) {
		fee, d := paid(verifier(0), item(program.Value, 0, i, 1))
		require.Zero(t, fee)
		require.True(t, d.Drawn)
	}
	// Of anything else it may demand as much as it likes; others pay double with every budget of demands.
	fee, d := paid(verifier(0), item(program.Weight, 0, 0, 1))
	require.Zero(t, fee)
	require.True(t, d.Drawn)
	fee, d = paid(alice, item(program.Weight, 0, 1, 1))
	require.EqualValues(t, 2*base, fee, "four demands were made: one doubling")
	require.False(t, d.Drawn)
	fee, d = paid(verifier(0), item(program.Value, 1, 0, 1))
	require.EqualValues(t, 2*base, fee, "beyond its budget a verifier pays like anybody")
	require.False(t, d.Drawn)
	fee, _ = paid(verifier(1), item(program.Value, 1, 1, 1))
	require.Zero(t, fee, "each verifier has a budget of its own")
	fee, _ = paid(bob, item(program.Weight, 0, 2, 1))
	require.EqualValues(t, 4*base, fee, "seven demands: two doublings")
	// The requester has its output for the serve fee: as many demands as it needs at demand_max_bytes, here one.
	fee, _ = paid(requester, item(program.Output, 0, 0, 1))
	require.Zero(t, fee)
	fee, _ = paid(requester, item(program.Output, 0, 1, 1))
	require.EqualValues(t, 8*base, fee)
	fee, _ = paid(requester, item(program.Input, 0, 0, 1))
	require.EqualValues(t, 8*base, fee, "only its output")
	r.MustRefuse(types.ErrFunds, r.demandMsg(id, "poor", item(program.Input, 0, 1, 1)))
}

func TestDemandsStopTheClockOfProving(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	r.challenge(id, alice)
	r.publishTrace(id, r.honest)
	r.Advance(5)
	left := r.dispute(id).Dispute.ProveDeadline - r.Height() - 1
	first := r.demand(id, alice, item(program.Value, 0, 0, 1))
	require.Zero(t, r.dispute(id).Dispute.ProveDeadline)
	require.EqualValues(t, left, r.dispute(id).Dispute.ProveLeft)
	second := r.demand(id, alice, item(program.Value, 0, 1, 1))
	r.Advance(4)
	r.serve(first, worker, r.honest)
	require.Zero(t, r.dispute(id).Dispute.ProveDeadline, "one demand is still open")
	r.serve(second, worker, r.honest)
	require.Equal(t, r.Height()+left, r.dispute(id).Dispute.ProveDeadline)
	r.AdvanceTo(r.Height() + left)
	require.Equal(t, types.DISPUTE_PHASE_CLEARED, r.phase(id))
	// Demands stay possible.
	r.demand(id, alice, item(program.Value, 1, 0, 1))
}

func TestServingRaisesReadyByTReveal(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	r.AdvanceTo(r.job(id).Ready - 3)
	served := r.demand(id, alice, item(program.Input, 0, 0, 1))
	r.serve(served, worker, r.honest)
	require.EqualValues(t, r.Height()+int64(r.params().RevealBlocks), r.job(id).Ready)
	r.AdvanceTo(r.job(id).Ready - 1)
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(id).State)
	r.Block()
	require.Equal(t, computetypes.JOB_STATE_FINAL, r.job(id).State)
}

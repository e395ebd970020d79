package keeper_test

import (
	"crypto/sha256"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	refereev1 "github.com/assay-chain/assay/chain/types/refereev1"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

func (r *rig) challengeMsg(id uint64, by string) *types.MsgChallenge {
	return &types.MsgChallenge{Sender: r.Address(by), JobId: id}
}

func (r *rig) challenge(id uint64, by string) apptest.Result {
	r.t.Helper()
	return r.MustDeliver(r.challengeMsg(id, by))
}

func (r *rig) publishMsg(id uint64, trace *run) *types.MsgPublishTrace {
	return &types.MsgPublishTrace{Worker: r.job(id).Worker, JobId: id, TraceRoot: trace.root(program.Value)}
}

func (r *rig) publishTrace(id uint64, trace *run) apptest.Result {
	r.t.Helper()
	return r.MustDeliver(r.publishMsg(id, trace))
}

func (r *rig) attest(id uint64, by string, v computetypes.Verdict) *computetypes.MsgAttest {
	return &computetypes.MsgAttest{Operator: r.Address(by), JobId: id, Verdict: v}
}

// item asks for chunks of the model's tensor; VALUE i is defined by node i.
func item(k program.Kind, index uint32, first, count uint64) types.DemandItem {
	it := types.DemandItem{Kind: refereev1.TensorKind(k), Index: index, First: first, Count: count}
	if k == program.Value {
		it.Node = index
	}
	return it
}

// demandMsg opens exactly the records that the items need.
func (r *rig) demandMsg(id uint64, by string, items ...types.DemandItem) *types.MsgDemandChunks {
	var indices []uint64
	records := types.RecordOpening{}
	for _, it := range items {
		if program.Kind(it.Kind) != program.Value && len(records.Header) == 0 {
			records.Header = r.honest.record.Header.Encode()
			indices = append([]uint64{0}, indices...)
		}
		if program.Kind(it.Kind) == program.Value && (len(indices) == 0 || indices[len(indices)-1] != 1+uint64(it.Node)) && it.Node < 2 {
			records.Nodes = append(records.Nodes, r.honest.record.Nodes[it.Node].Encode())
			indices = append(indices, 1+uint64(it.Node))
		}
	}
	if len(indices) > 0 {
		hashes, err := merkle.Prove(r.honest.leaves(), indices)
		require.NoError(r.t, err)
		records.Hashes = slices32(hashes)
	}
	return &types.MsgDemandChunks{Sender: r.Address(by), JobId: id, Items: items, Records: records}
}

func (r *rig) demand(id uint64, by string, items ...types.DemandItem) uint64 {
	r.t.Helper()
	result := r.MustDeliver(r.demandMsg(id, by, items...))
	return apptest.Response(r.t, result.Txs[0], 0, &types.MsgDemandChunksResponse{}).DemandId
}

// serveMsg answers a demand from a run's tensors.
func (r *rig) serveMsg(demand types.Demand, by string, from *run) *types.MsgServeChunks {
	msg := &types.MsgServeChunks{Sender: r.Address(by), DemandId: demand.Id}
	for i := range demand.Tensors {
		it := demand.Tensors[i].Item
		var chunks []uint64
		for c := it.First; c < it.First+it.Count; c++ {
			chunks = append(chunks, c)
		}
		o := from.opening(r.t, program.Kind(it.Kind), int(it.Index), chunks...)
		msg.Tensors = append(msg.Tensors, types.ServedTensor{
			Opening:    refereev1.TensorOpening{Chunks: o.Chunks, Hashes: slices32(o.Hashes)},
			RootHashes: slices32(from.rootHashes(r.t, program.Kind(it.Kind), uint64(it.Index))),
		})
	}
	return msg
}

func (r *rig) demandRecord(id uint64) types.Demand {
	d, err := r.queries().Demand(r.Context(), &types.QueryDemandRequest{Id: id})
	require.NoError(r.t, err)
	return d.Demand
}

func (r *rig) serve(demand uint64, by string, from *run) apptest.Result {
	r.t.Helper()
	return r.MustDeliver(r.serveMsg(r.demandRecord(demand), by, from))
}

// salt of a test; commitments of one test may share it.
func salt() []byte {
	s := sha256.Sum256([]byte("salt"))
	return s[:]
}

func (r *rig) commitFaultMsg(id uint64, by string, proof []byte) *types.MsgCommitFault {
	h := types.FaultHash(apptest.ChainID, id, r.Account(by).Address, [32]byte(salt()), proof)
	return &types.MsgCommitFault{Sender: r.Address(by), JobId: id, Hash: h[:]}
}

func (r *rig) proveMsg(id uint64, by string, proof []byte) *types.MsgProveFault {
	return &types.MsgProveFault{Sender: r.Address(by), JobId: id, Salt: salt(), Proof: proof}
}

// commitFault returns the commitment's id.
func (r *rig) commitFault(id uint64, by string, proof []byte) uint64 {
	r.t.Helper()
	result := r.MustDeliver(r.commitFaultMsg(id, by, proof))
	return apptest.Response(r.t, result.Txs[0], 0, &types.MsgCommitFaultResponse{}).CommitmentId
}

// prove reveals a proof; the transaction must succeed whatever the verdict.
func (r *rig) prove(id uint64, by string, proof []byte) *types.MsgProveFaultResponse {
	r.t.Helper()
	return apptest.Response(r.t, r.MustDeliver(r.proveMsg(id, by, proof)).Txs[0], 0, &types.MsgProveFaultResponse{})
}

// accuse commits and reveals.
func (r *rig) accuse(id uint64, by string, proof []byte) *types.MsgProveFaultResponse {
	r.t.Helper()
	r.commitFault(id, by, proof)
	return r.prove(id, by, proof)
}

// purse is what a party holds: its account, and its deposit if it is a verifier.
func (r *rig) purse(name string) math.Int {
	v, found, err := r.App.ComputeKeeper.GetVerifier(r.Context(), r.Address(name))
	require.NoError(r.t, err)
	if found {
		return r.Balance(name).Add(v.Deposit)
	}
	return r.Balance(name)
}

// watch remembers purses and supply; the returned function gives the changes since.
func (r *rig) watch(names ...string) func() map[string]int64 {
	before := map[string]math.Int{"supply": r.Supply()}
	for _, n := range names {
		before[n] = r.purse(n)
	}
	return func() map[string]int64 {
		changes := map[string]int64{"supply": r.Supply().Sub(before["supply"]).Int64()}
		for _, n := range names {
			changes[n] = r.purse(n).Sub(before[n]).Int64()
		}
		return changes
	}
}

// burned adds what the events burned.
func (r *rig) burned(events []abci.Event) int64 { return r.Sum(events, "burn", "amount").Int64() }

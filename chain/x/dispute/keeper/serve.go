package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
	refereev1 "github.com/assay-chain/assay/chain/types/refereev1"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// ServeChunks answers a demand whole, so that its bytes stand in a block. Anyone may serve; the pay goes to the worker. A
// demand that still waits its turn may be served too. A chunk whose content is malformed serves nothing, even if it is
// what the worker committed to: the worker could otherwise make a forged chunk unreadable.
func (m msgServer) ServeChunks(ctx context.Context, msg *types.MsgServeChunks) (*types.MsgServeChunksResponse, error) {
	if _, err := account("sender", msg.Sender); err != nil {
		return nil, err
	}
	demand, err := m.demand(ctx, msg.DemandId)
	if err != nil {
		return nil, err
	}
	if !demand.Open() {
		return nil, types.ErrDemandState.Wrapf("demand %d: expected QUEUED or ACTIVE, found %s", demand.Id, demand.State)
	}
	job, err := m.committedJob(ctx, demand.JobId)
	if err != nil {
		return nil, err
	}
	if demand.State == types.DEMAND_STATE_ACTIVE && height(ctx) > demand.Deadline {
		return nil, types.ErrDeadline.Wrapf("demand %d was due at height %d, found %d", demand.Id, demand.Deadline, height(ctx))
	}
	p, err := m.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	if len(msg.Tensors) != len(demand.Tensors) {
		return nil, types.ErrServed.Wrapf("demand %d: expected %d tensors, found %d", demand.Id, len(demand.Tensors), len(msg.Tensors))
	}
	for i := range demand.Tensors {
		if err := checkServed(ctx, &p, &job, &demand.Tensors[i], &msg.Tensors[i]); err != nil {
			return nil, err
		}
	}
	if err := m.payServed(ctx, &job, &demand); err != nil {
		return nil, err
	}
	return &types.MsgServeChunksResponse{}, m.closeServed(ctx, &p, &demand, msg.Sender)
}

// demand returns a demand by id.
func (k *Keeper) demand(ctx context.Context, id uint64) (types.Demand, error) {
	has, err := k.demands.Has(ctx, id)
	if err != nil {
		return types.Demand{}, err
	}
	if !has {
		return types.Demand{}, types.ErrNotFound.Wrapf("demand %d", id)
	}
	return k.demands.Get(ctx, id)
}

// checkServed checks one item's chunks: how many, their lengths and contents, and that they lead to the committed root.
func checkServed(ctx context.Context, p *types.Params, job *computetypes.Job, want *types.DemandTensor, got *types.ServedTensor) error {
	it := &want.Item
	name := program.Kind(it.Kind)
	if uint64(len(got.Opening.Chunks)) != it.Count {
		return types.ErrServed.Wrapf("%s %d: expected %d chunks, found %d", name, it.Index, it.Count, len(got.Opening.Chunks))
	}
	hashes, err := hashes32(got.Opening.Hashes)
	if err != nil {
		return err
	}
	rootHashes, err := hashes32(got.RootHashes)
	if err != nil {
		return err
	}
	chunks := got.Opening.Chunks
	blocks := merkle.OpenBlocks(len(chunks), len(hashes)) + merkle.OpenBlocks(1, len(rootHashes)) + merkle.Blocks(33)
	for _, c := range chunks {
		blocks += merkle.Blocks(uint64(len(c)) + 1)
	}
	chargeHashes(ctx, p, blocks)

	// The chain keeps dtype and size of the tensor; its shape does not matter to a chunk.
	dtype := program.Dtype(want.Dtype)
	t := program.Tensor{Dtype: dtype, Dims: []uint64{want.Size_ / dtype.Width()}}
	indices := make([]uint64, it.Count)
	for i := range indices {
		indices[i] = it.First + uint64(i)
		if err := referee.CheckChunk(&t, indices[i], chunks[i]); err != nil {
			return types.ErrMalformedChunk.Wrapf("%s %d, chunk %d: %s", name, it.Index, indices[i], err)
		}
	}
	opening := merkle.Opening{Chunks: chunks, Hashes: hashes}
	data, err := opening.Root(merkle.Chunks(want.Size_), indices)
	if err != nil {
		return types.ErrServed.Wrapf("%s %d: %s", name, it.Index, err)
	}
	leaves, root := committedTree(job, it.Kind)
	found, err := merkle.Open(leaves, []uint64{uint64(it.Index)}, []merkle.Hash{merkle.RootLeaf(data)}, rootHashes)
	if err != nil {
		return types.ErrServed.Wrapf("the data root of %s %d: %s", name, it.Index, err)
	}
	if !slices.Equal(found[:], root) {
		return types.ErrServed.Wrapf("%s %d: expected root %x, found %x", name, it.Index, root, found)
	}
	return nil
}

// committedTree returns the number of leaves and the root of the tree over the data roots of a kind.
func committedTree(job *computetypes.Job, kind refereev1.TensorKind) (leaves uint64, root []byte) {
	switch kind {
	case refereev1.TensorKind_TENSOR_KIND_INPUT:
		return uint64(job.Program.Inputs), job.InputRoot
	case refereev1.TensorKind_TENSOR_KIND_WEIGHT:
		return uint64(job.Program.Weights), job.WeightsRoot
	case refereev1.TensorKind_TENSOR_KIND_VALUE:
		return uint64(job.Program.Values), job.TraceRoot
	case refereev1.TensorKind_TENSOR_KIND_OUTPUT:
		return uint64(job.Program.Outputs), job.OutputRoot
	}
	return 0, nil
}

// payServed pays the worker: the serve fee, and half of the demand fee; the other half burns. What the demand cost its
// sender is kept, because a conviction repays it to the prover and to drawn verifiers.
func (k *Keeper) payServed(ctx context.Context, job *computetypes.Job, d *types.Demand) error {
	if d.ServeFee.IsPositive() {
		if err := k.compute.Pay(ctx, job.Id, types.ModuleName, job.Worker, d.ServeFee, types.PurposeServe); err != nil {
			return err
		}
	}
	if err := k.halve(ctx, job.Id, job.Worker, d.DemandFee, types.PurposeDemandFee); err != nil {
		return err
	}
	drawn, _, err := k.isDrawn(ctx, job.Id, d.Sender)
	if err != nil {
		return err
	}
	return k.addCosts(ctx, job.Id, drawn, d.Sender, d.ServeFee.Add(d.DemandFee))
}

// cost is what the served demands of a sender cost it so far.
func (k *Keeper) cost(ctx context.Context, key collections.Triple[uint64, uint32, []byte]) (math.Int, error) {
	amount, err := k.costs.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return math.ZeroInt(), nil
	}
	return amount, err
}

func (k *Keeper) addCosts(ctx context.Context, jobID uint64, drawn bool, address string, amount math.Int) error {
	sender, err := sdk.AccAddressFromBech32(address)
	if err != nil {
		return err
	}
	key := collections.Join3(jobID, class(drawn), []byte(sender))
	before, err := k.cost(ctx, key)
	if err != nil {
		return err
	}
	return k.costs.Set(ctx, key, before.Add(amount))
}

// closeServed closes a demand that was served and lets everything that waited for it go on.
func (k *Keeper) closeServed(ctx context.Context, p *types.Params, demand *types.Demand, by string) error {
	var err error
	if demand.State == types.DEMAND_STATE_ACTIVE {
		err = k.releaseActive(ctx, demand)
	} else {
		err = k.dequeueDemand(ctx, demand)
	}
	if err != nil {
		return err
	}
	demand.State, demand.ServedBy, demand.ServedHeight = types.DEMAND_STATE_SERVED, by, height(ctx)
	if err := k.saveDemand(ctx, demand); err != nil {
		return err
	}
	d, err := k.disputes.Get(ctx, demand.JobId)
	if err != nil {
		return err
	}
	d.OpenDemands--
	if err := k.resumeProving(ctx, &d); err != nil {
		return err
	}
	if err := k.saveDispute(ctx, &d, types.CauseServed); err != nil {
		return err
	}
	// Whoever got the bytes has T_reveal to make a proof of them.
	return k.compute.RaiseReady(ctx, demand.JobId, height(ctx)+int64(p.RevealBlocks))
}

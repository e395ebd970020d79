package keeper

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	refereev1 "github.com/assay-chain/assay/chain/types/refereev1"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// DemandChunks asks for bytes on chain: of INPUT, WEIGHT and OUTPUT at any time from the commitment on, of VALUEs once the
// trace root is known. The sender prepays; what is not served comes back.
func (m msgServer) DemandChunks(ctx context.Context, msg *types.MsgDemandChunks) (*types.MsgDemandChunksResponse, error) {
	sender, err := account("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	job, err := m.committedJob(ctx, msg.JobId)
	if err != nil {
		return nil, err
	}
	p, err := m.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	if err := checkItems(msg.Items); err != nil {
		return nil, err
	}
	if asksValue(msg.Items) && len(job.TraceRoot) == 0 {
		return nil, types.ErrTraceUnknown.Wrapf("job %d: a VALUE can be demanded after PublishTrace", job.Id)
	}
	records, err := openRecords(ctx, &p, &job, msg.Items, &msg.Records)
	if err != nil {
		return nil, err
	}
	tensors, bytes, err := records.typeItems(msg.Items, p.DemandMaxBytes)
	if err != nil {
		return nil, err
	}
	for i := range msg.Items {
		if err := m.checkFresh(ctx, job.Id, &msg.Items[i]); err != nil {
			return nil, err
		}
	}
	d, err := m.disputeOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	demand := types.Demand{
		JobId: job.Id, Sender: msg.Sender, Tensors: tensors, Bytes: bytes,
		ServeFee: p.ServeFees(bytes), DemandFee: math.ZeroInt(), State: types.DEMAND_STATE_QUEUED, Height: height(ctx),
	}
	if err := m.priceDemand(ctx, &p, &job, &d, &demand, sender); err != nil {
		return nil, err
	}
	paid := demand.ServeFee.Add(demand.DemandFee)
	if _, err := m.take(ctx, &job, sender, paid); err != nil {
		return nil, err
	}
	if demand.Id, err = m.nextDemandID.Next(ctx); err != nil {
		return nil, err
	}
	return &types.MsgDemandChunksResponse{DemandId: demand.Id, Paid: paid.String()}, m.openDemand(ctx, &d, &demand)
}

// openDemand records a new demand, queues it and stops T_prove.
func (k *Keeper) openDemand(ctx context.Context, d *types.Dispute, demand *types.Demand) error {
	if err := k.keepRanges(ctx, demand); err != nil {
		return err
	}
	if err := k.demandsByJob.Set(ctx, collections.Join(demand.JobId, demand.Id)); err != nil {
		return err
	}
	if err := k.enqueueDemand(ctx, demand); err != nil {
		return err
	}
	if err := k.pauseProving(ctx, d); err != nil {
		return err
	}
	d.Demands++
	d.OpenDemands++
	if err := k.saveDemand(ctx, demand); err != nil {
		return err
	}
	return k.saveDispute(ctx, d, types.CauseDemanded)
}

// priceDemand decides whether a demand goes first and whether it pays the demand fee on top of the serve fee:
//
//   - a drawn verifier goes first and pays no fee; of demands of VALUEs, as many as its budget holds;
//   - the requester pays no fee for its output: as many demands as the output needs, and no chunk twice;
//   - everybody else, and a verifier beyond its budget, pays a fee that doubles with the demands of the job.
func (k *Keeper) priceDemand(ctx context.Context, p *types.Params, job *computetypes.Job, d *types.Dispute, demand *types.Demand, sender sdk.AccAddress) error {
	drawn, _, err := k.isDrawn(ctx, job.Id, demand.Sender)
	if err != nil {
		return err
	}
	values := asksValueOf(demand.Tensors)
	switch {
	case drawn && !values:
		demand.Drawn = true
		return nil
	case drawn:
		demand.Drawn, err = k.spendBudget(ctx, job.Id, sender, p.Budget(job.Program.Depth))
	case demand.Sender == job.Requester && onlyOutput(demand.Tensors):
		demands := job.Program.OutputBytes/p.DemandMaxBytes + min(1, job.Program.OutputBytes%p.DemandMaxBytes)
		free, err := k.spendBudget(ctx, job.Id, sender, demands)
		if err != nil || free {
			return err
		}
	}
	if err == nil && !demand.Drawn {
		demand.DemandFee = p.DemandFees(d.Demands, job.Program.Depth)
	}
	return err
}

// spendBudget counts one more demand at a reduced price, if the budget allows it.
func (k *Keeper) spendBudget(ctx context.Context, jobID uint64, sender []byte, budget uint64) (bool, error) {
	key := collections.Join(jobID, sender)
	spent, err := orZero(k.budget.Get(ctx, key))
	if err != nil || spent >= budget {
		return false, err
	}
	return true, k.budget.Set(ctx, key, spent+1)
}

func asksValue(items []types.DemandItem) bool {
	for i := range items {
		if items[i].Kind == refereev1.TensorKind_TENSOR_KIND_VALUE {
			return true
		}
	}
	return false
}

func asksValueOf(tensors []types.DemandTensor) bool {
	for i := range tensors {
		if tensors[i].Item.Kind == refereev1.TensorKind_TENSOR_KIND_VALUE {
			return true
		}
	}
	return false
}

func onlyOutput(tensors []types.DemandTensor) bool {
	for i := range tensors {
		if tensors[i].Item.Kind != refereev1.TensorKind_TENSOR_KIND_OUTPUT {
			return false
		}
	}
	return true
}

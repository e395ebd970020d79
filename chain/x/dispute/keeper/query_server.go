package keeper

import (
	"context"

	"cosmossdk.io/collections"
	sdkquery "github.com/cosmos/cosmos-sdk/types/query"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

type queryServer struct{ *Keeper }

// NewQueryServer returns the query service.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// Params returns a version of the parameters, 0 the newest.
func (q queryServer) Params(ctx context.Context, r *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	v, err := q.ParamsAt(ctx, r.Version)
	return &types.QueryParamsResponse{Params: v}, err
}

// Dispute returns a job's dispute with its commitments and a page of its demands, both by id.
func (q queryServer) Dispute(ctx context.Context, r *types.QueryDisputeRequest) (*types.QueryDisputeResponse, error) {
	d, found, err := q.findDispute(ctx, r.JobId)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, status.Errorf(codes.NotFound, "job %d has no dispute", r.JobId)
	}
	response := &types.QueryDisputeResponse{Dispute: d}
	response.Demands, response.Pagination, err = sdkquery.CollectionPaginate(ctx, q.demandsByJob, r.Pagination,
		func(key collections.Pair[uint64, uint64], _ collections.NoValue) (types.Demand, error) {
			return q.demands.Get(ctx, key.K2())
		},
		sdkquery.WithCollectionPaginationPairPrefix[uint64, uint64](r.JobId))
	if err != nil {
		return nil, err
	}
	err = q.commitmentsByJob.Walk(ctx, collections.NewPrefixedPairRange[uint64, uint64](r.JobId), func(key collections.Pair[uint64, uint64]) (bool, error) {
		c, err := q.commitments.Get(ctx, key.K2())
		response.Commitments = append(response.Commitments, c)
		return false, err
	})
	return response, err
}

// Disputes lists disputes by job.
func (q queryServer) Disputes(ctx context.Context, r *types.QueryDisputesRequest) (*types.QueryDisputesResponse, error) {
	list, page, err := sdkquery.CollectionPaginate(ctx, q.disputes, r.Pagination, func(_ uint64, d types.Dispute) (types.Dispute, error) { return d, nil })
	return &types.QueryDisputesResponse{Disputes: list, Pagination: page}, err
}

// Demand returns one demand.
func (q queryServer) Demand(ctx context.Context, r *types.QueryDemandRequest) (*types.QueryDemandResponse, error) {
	d, err := q.demand(ctx, r.Id)
	if err != nil {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	return &types.QueryDemandResponse{Demand: d}, nil
}

// DryRun judges a proof as ProveFault would, but without a commitment and without changing anything. It also judges jobs
// that ended, so that a conviction can be replayed. Its gas is the node's query gas.
func (q queryServer) DryRun(ctx context.Context, r *types.QueryDryRunRequest) (*types.QueryDryRunResponse, error) {
	job, err := q.compute.GetJob(ctx, r.JobId)
	if err != nil {
		return nil, err
	}
	if job.CommitHeight == 0 {
		return nil, types.ErrJobState.Wrapf("job %d: expected a committed result, found %s", job.Id, job.State)
	}
	p, err := q.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	commitments, err := q.commitmentsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	before := gasOf(ctx)
	j, err := judge(ctx, &p, commitments, r.Proof)
	if err != nil {
		return nil, err
	}
	return &types.QueryDryRunResponse{Convicts: j.fault, Code: j.code, Message: j.message, Explanation: j.explanation, JudgeGas: gasOf(ctx) - before}, nil
}

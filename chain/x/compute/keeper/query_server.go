package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// queryServer answers queries.
type queryServer struct{ k *Keeper }

// NewQueryServer returns the handlers of the module's queries.
func NewQueryServer(k *Keeper) types.QueryServer { return queryServer{k} }

// asStatus gives clients the gRPC code that a refusal deserves; the module's own code stays in the text.
func asStatus(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, types.ErrNotFound), errors.Is(err, collections.ErrNotFound):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, types.ErrAddress):
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return err
}

// Params returns a version of the parameters; 0 asks for the newest.
func (q queryServer) Params(ctx context.Context, r *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	v, err := q.k.versionedParams(ctx, r.Version)
	return &types.QueryParamsResponse{Params: v}, asStatus(err)
}

// Job returns one job with its duties by rank.
func (q queryServer) Job(ctx context.Context, r *types.QueryJobRequest) (*types.QueryJobResponse, error) {
	j, err := q.k.GetJob(ctx, r.Id)
	if err != nil {
		return nil, asStatus(err)
	}
	duties, err := q.k.jobDuties(ctx, r.Id)
	return &types.QueryJobResponse{Job: j, Duties: duties}, err
}

// Jobs lists jobs by id, or those of one state.
func (q queryServer) Jobs(ctx context.Context, r *types.QueryJobsRequest) (*types.QueryJobsResponse, error) {
	if r.State == types.JOB_STATE_UNSPECIFIED {
		jobs, page, err := query.CollectionPaginate(ctx, q.k.jobs, r.Pagination, func(_ uint64, j types.Job) (types.Job, error) { return j, nil })
		return &types.QueryJobsResponse{Jobs: jobs, Pagination: page}, err
	}
	jobs, page, err := query.CollectionPaginate(ctx, q.k.byState, r.Pagination,
		func(key collections.Pair[uint32, uint64], _ collections.NoValue) (types.Job, error) {
			return q.k.GetJob(ctx, key.K2())
		},
		query.WithCollectionPaginationPairPrefix[uint32, uint64](uint32(r.State)))
	return &types.QueryJobsResponse{Jobs: jobs, Pagination: page}, err
}

// Worker returns one worker.
func (q queryServer) Worker(ctx context.Context, r *types.QueryWorkerRequest) (*types.QueryWorkerResponse, error) {
	a, err := types.Account("worker", r.Address)
	if err != nil {
		return nil, asStatus(err)
	}
	w, err := q.k.getWorker(ctx, a)
	return &types.QueryWorkerResponse{Worker: w}, asStatus(err)
}

// Workers lists workers by address.
func (q queryServer) Workers(ctx context.Context, r *types.QueryWorkersRequest) (*types.QueryWorkersResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, q.k.workers, r.Pagination, func(_ sdk.AccAddress, w types.Worker) (types.Worker, error) { return w, nil })
	return &types.QueryWorkersResponse{Workers: list, Pagination: page}, err
}

// Verifier returns one verifier.
func (q queryServer) Verifier(ctx context.Context, r *types.QueryVerifierRequest) (*types.QueryVerifierResponse, error) {
	v, found, err := q.k.GetVerifier(ctx, r.Operator)
	if err == nil && !found {
		err = types.ErrNotFound.Wrapf("verifier %s", r.Operator)
	}
	return &types.QueryVerifierResponse{Verifier: v}, asStatus(err)
}

// Verifiers lists verifiers by operator.
func (q queryServer) Verifiers(ctx context.Context, r *types.QueryVerifiersRequest) (*types.QueryVerifiersResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, q.k.verifiers, r.Pagination, func(_ sdk.AccAddress, v types.Verifier) (types.Verifier, error) { return v, nil })
	return &types.QueryVerifiersResponse{Verifiers: list, Pagination: page}, err
}

// Duties lists an operator's duties on jobs that have not ended.
func (q queryServer) Duties(ctx context.Context, r *types.QueryDutiesRequest) (*types.QueryDutiesResponse, error) {
	a, err := types.Account("operator", r.Operator)
	if err != nil {
		return nil, asStatus(err)
	}
	list, page, err := query.CollectionPaginate(ctx, q.k.byOperator, r.Pagination,
		func(key collections.Pair[sdk.AccAddress, uint64], _ collections.NoValue) (types.Duty, error) {
			return q.k.duties.Get(ctx, collections.Join(key.K2(), a))
		},
		query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint64](a))
	return &types.QueryDutiesResponse{Duties: list, Pagination: page}, err
}

// Snapshot returns the set of an epoch, with the number of running jobs that pin it.
func (q queryServer) Snapshot(ctx context.Context, r *types.QuerySnapshotRequest) (*types.QuerySnapshotResponse, error) {
	s, err := q.k.snapshots.Get(ctx, r.Epoch)
	if errors.Is(err, collections.ErrNotFound) {
		err = types.ErrNotFound.Wrapf("snapshot of epoch %d: not taken yet, or pruned", r.Epoch)
	}
	if err != nil {
		return nil, asStatus(err)
	}
	s.Jobs, err = q.k.pinned(ctx, r.Epoch)
	return &types.QuerySnapshotResponse{Snapshot: s}, err
}

// Price returns the least fee of a job on an artifact now, and what a claim at that fee locks.
func (q queryServer) Price(ctx context.Context, r *types.QueryPriceRequest) (*types.QueryPriceResponse, error) {
	p, err := q.k.ParamsAt(ctx, 0)
	if err != nil {
		return nil, err
	}
	a, err := q.k.registry.GetArtifact(ctx, r.ArtifactId)
	if err != nil {
		return nil, asStatus(err)
	}
	if a.Program == nil {
		return nil, status.Error(codes.InvalidArgument, types.ErrArtifact.Wrapf("artifact %d: MODEL or PROGRAM expected, %s found", a.Id, a.Kind).Error())
	}
	return price(p, *a.Program), nil
}

// price states fee, bond, deposit and cost; a cost beyond 64 bits is shown as the greatest number.
func price(p types.Params, s registrytypes.ProgramSummary) *types.QueryPriceResponse {
	fee, cost := types.MinFee(p, s), ^uint64(0)
	if c := types.Cost(s); c.IsUint64() {
		cost = c.Uint64()
	}
	return &types.QueryPriceResponse{Fee: fee.String(), Bond: types.MinBond(p, fee).String(), Deposit: p.ClaimDeposit.String(), Denom: p.Denom, Cost: cost}
}

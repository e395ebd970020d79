package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-chain/assay/chain/x/beacon/types"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(keeper *Keeper) types.QueryServer { return queryServer{keeper} }

// Params returns the parameters.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryParamsResponse{Params: params}, nil
}

// Round returns a recorded round, or NotFound.
func (s queryServer) Round(ctx context.Context, req *types.QueryRoundRequest) (*types.QueryRoundResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "expected a round number, found an empty request")
	}
	round, err := s.rounds.Get(ctx, req.Round)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, status.Error(codes.NotFound, types.ErrNotRecorded.Wrapf("round %d", req.Round).Error())
	} else if err != nil {
		return nil, err
	}
	return &types.QueryRoundResponse{Round: round}, nil
}

// PinnedRounds lists the rounds that jobs wait for, by number. Rounds already recorded stay listed until their jobs are drawn.
func (s queryServer) PinnedRounds(ctx context.Context, req *types.QueryPinnedRoundsRequest) (*types.QueryPinnedRoundsResponse, error) {
	if req == nil {
		return nil, status.Error(codes.InvalidArgument, "expected a page request, found an empty request")
	}
	pins, page, err := query.CollectionPaginate(ctx, s.pins, req.Pagination,
		func(_ uint64, pin types.Pin) (types.Pin, error) { return pin, nil })
	if err != nil {
		return nil, err
	}
	return &types.QueryPinnedRoundsResponse{Pins: pins, Pagination: page}, nil
}

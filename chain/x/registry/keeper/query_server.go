package keeper

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/cosmos/cosmos-sdk/types/query"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(keeper *Keeper) types.QueryServer { return queryServer{keeper} }

var errEmptyRequest = status.Error(codes.InvalidArgument, "expected a request, found none")

// Params returns the parameters.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &types.QueryParamsResponse{Params: params}, nil
}

// Artifact returns one publication, or NotFound.
func (s queryServer) Artifact(ctx context.Context, req *types.QueryArtifactRequest) (*types.QueryArtifactResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	artifact, err := s.GetArtifact(ctx, req.Id)
	if errors.Is(err, types.ErrUnknownArtifact) {
		return nil, status.Error(codes.NotFound, err.Error())
	} else if err != nil {
		return nil, err
	}
	return &types.QueryArtifactResponse{Artifact: artifact}, nil
}

// Artifacts lists publications by id.
func (s queryServer) Artifacts(ctx context.Context, req *types.QueryArtifactsRequest) (*types.QueryArtifactsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	artifacts, page, err := query.CollectionPaginate(ctx, s.artifacts, req.Pagination,
		func(_ uint64, artifact types.Artifact) (types.Artifact, error) { return artifact, nil })
	if err != nil {
		return nil, err
	}
	return &types.QueryArtifactsResponse{Artifacts: artifacts, Pagination: page}, nil
}

// Policy returns what governance decided about a digest (64 lower-case hexadecimal digits); ALLOWED where nothing was decided.
func (s queryServer) Policy(ctx context.Context, req *types.QueryPolicyRequest) (*types.QueryPolicyResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	digest, err := hex.DecodeString(req.Digest)
	if err != nil || len(digest) != types.HashSize || hex.EncodeToString(digest) != req.Digest {
		return nil, status.Error(codes.InvalidArgument,
			types.ErrInvalidDigest.Wrapf("expected %d lower-case hexadecimal digits, found %d characters", 2*types.HashSize, len(req.Digest)).Error())
	}
	policy, err := s.GetPolicy(ctx, digest)
	if err != nil {
		return nil, err
	}
	return &types.QueryPolicyResponse{Policy: policy}, nil
}

// Policies lists decided policies by digest.
func (s queryServer) Policies(ctx context.Context, req *types.QueryPoliciesRequest) (*types.QueryPoliciesResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	policies, page, err := query.CollectionPaginate(ctx, s.policies, req.Pagination,
		func(_ []byte, policy types.Policy) (types.Policy, error) { return policy, nil })
	if err != nil {
		return nil, err
	}
	return &types.QueryPoliciesResponse{Policies: policies, Pagination: page}, nil
}

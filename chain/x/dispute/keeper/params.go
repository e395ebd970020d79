package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// ParamsVersion is the newest version of the dispute parameters; a claim pins it.
func (k *Keeper) ParamsVersion(ctx context.Context) (uint64, error) { return k.paramsVersion.Get(ctx) }

// ParamsAt returns a version of the parameters, 0 the newest.
func (k *Keeper) ParamsAt(ctx context.Context, version uint64) (types.VersionedParams, error) {
	if version == 0 {
		var err error
		if version, err = k.paramsVersion.Get(ctx); err != nil {
			return types.VersionedParams{}, err
		}
	}
	v, err := k.params.Get(ctx, version)
	if errors.Is(err, collections.ErrNotFound) {
		return v, types.ErrNotFound.Wrapf("version %d of the dispute parameters", version)
	}
	return v, err
}

// paramsOf returns the parameters that a job's claim pinned; the newest for a job that is not claimed.
func (k *Keeper) paramsOf(ctx context.Context, job *computetypes.Job) (types.Params, error) {
	v, err := k.ParamsAt(ctx, job.DisputeParamsVersion)
	return v.Params, err
}

// UpdateParams adds a version of the parameters. Jobs that are claimed keep theirs.
func (m msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != m.authority {
		return nil, govtypes.ErrInvalidSigner.Wrapf("expected %s, found %s", m.authority, msg.Authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	compute, err := m.compute.ParamsAt(ctx, 0)
	if err != nil {
		return nil, err
	}
	// Otherwise a worker's bond might not repay the prover that convicts it (PROTOCOL.md §4).
	if four := msg.Params.ProofBond.Mul(math.NewInt(4)); compute.BondMin.LT(four) {
		return nil, types.ErrInvalidParams.Wrapf("proof_bond: expected at most a quarter of compute's bond_min %s, found %s", compute.BondMin, msg.Params.ProofBond)
	}
	last, err := m.paramsVersion.Get(ctx)
	if err != nil {
		return nil, err
	}
	v := types.VersionedParams{Version: last + 1, Params: msg.Params, Height: sdk.UnwrapSDKContext(ctx).BlockHeight()}
	if err := m.params.Set(ctx, v.Version, v); err != nil {
		return nil, err
	}
	if err := m.paramsVersion.Set(ctx, v.Version); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{Version: v.Version}, emit(ctx, &types.EventParamsUpdated{Params: v})
}

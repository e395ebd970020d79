package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// newestParams returns the newest version of the parameters.
func (k *Keeper) newestParams(ctx context.Context) (types.VersionedParams, error) {
	version, err := k.paramsVersion.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return types.VersionedParams{}, types.ErrNotFound.Wrap("parameters: the genesis of compute was not run")
	}
	if err != nil {
		return types.VersionedParams{}, err
	}
	return k.params.Get(ctx, version)
}

// addParams writes a version, which is then the newest.
func (k *Keeper) addParams(ctx context.Context, v types.VersionedParams) error {
	if err := k.params.Set(ctx, v.Version, v); err != nil {
		return err
	}
	return k.paramsVersion.Set(ctx, v.Version)
}

// versionedParams returns one version, 0 the newest.
func (k *Keeper) versionedParams(ctx context.Context, version uint64) (types.VersionedParams, error) {
	if version == 0 {
		return k.newestParams(ctx)
	}
	v, err := k.params.Get(ctx, version)
	if errors.Is(err, collections.ErrNotFound) {
		return v, types.ErrNotFound.Wrapf("parameters of version %d", version)
	}
	return v, err
}

// ParamsAt returns a version of the parameters, 0 the newest. A job that is not claimed yet has pinned version 0.
func (k *Keeper) ParamsAt(ctx context.Context, version uint64) (types.Params, error) {
	v, err := k.versionedParams(ctx, version)
	return v.Params, err
}

// denom of all amounts. It never changes, so every version has the same.
func (k *Keeper) denom(ctx context.Context) (string, error) {
	v, err := k.newestParams(ctx)
	return v.Params.Denom, err
}

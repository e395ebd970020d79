// Package keeper holds what may be computed on: published artifacts, where they come from, and governance's policy.
package keeper

import (
	"context"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

// Keeper owns the registry's store. Artifacts by id from 1, policies by digest; values are never empty.
type Keeper struct {
	schema    collections.Schema
	params    collections.Item[types.Params]
	nextID    collections.Item[uint64]
	artifacts collections.Map[uint64, types.Artifact]
	policies  collections.Map[[]byte, types.Policy]
	compute   types.ComputeKeeper

	authority string
}

// NewKeeper builds the keeper; SetComputeKeeper must follow before the first block.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService, authority string) *Keeper {
	builder := collections.NewSchemaBuilder(storeService)
	keeper := &Keeper{
		params:    collections.NewItem(builder, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		nextID:    collections.NewItem(builder, types.NextIDKey, "next_artifact_id", collections.Uint64Value),
		artifacts: collections.NewMap(builder, types.ArtifactsKey, "artifacts", collections.Uint64Key, codec.CollValue[types.Artifact](cdc)),
		policies:  collections.NewMap(builder, types.PoliciesKey, "policies", collections.BytesKey, codec.CollValue[types.Policy](cdc)),
		authority: authority,
	}
	schema, err := builder.Build()
	if err != nil {
		panic(err)
	}
	keeper.schema = schema
	return keeper
}

// SetComputeKeeper binds who knows jobs. It comes after construction, because compute depends on the registry.
func (k *Keeper) SetComputeKeeper(compute types.ComputeKeeper) {
	if k.compute != nil {
		panic("the registry's compute keeper is set twice")
	}
	k.compute = compute
}

// Params returns the parameters.
func (k *Keeper) Params(ctx context.Context) (types.Params, error) { return k.params.Get(ctx) }

func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
}) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

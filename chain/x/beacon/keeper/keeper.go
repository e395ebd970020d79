// Package keeper records public randomness: which rounds jobs wait for, and what was verified for them.
package keeper

import (
	"context"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/beacon/types"
)

// Keeper owns the beacon's store. Keys: round numbers; values are never empty.
type Keeper struct {
	schema  collections.Schema
	params  collections.Item[types.Params]
	rounds  collections.Map[uint64, types.Round]
	pins    collections.Map[uint64, types.Pin]
	compute types.ComputeKeeper

	authority string
}

// NewKeeper builds the keeper; SetComputeKeeper must follow before the first block.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService, authority string) *Keeper {
	builder := collections.NewSchemaBuilder(storeService)
	keeper := &Keeper{
		params:    collections.NewItem(builder, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		rounds:    collections.NewMap(builder, types.RoundsKey, "rounds", collections.Uint64Key, codec.CollValue[types.Round](cdc)),
		pins:      collections.NewMap(builder, types.PinsKey, "pins", collections.Uint64Key, codec.CollValue[types.Pin](cdc)),
		authority: authority,
	}
	schema, err := builder.Build()
	if err != nil {
		panic(err)
	}
	keeper.schema = schema
	return keeper
}

// SetComputeKeeper binds who is told of recorded rounds. It comes after construction, because compute depends on the beacon.
func (k *Keeper) SetComputeKeeper(compute types.ComputeKeeper) {
	if k.compute != nil {
		panic("the beacon's compute keeper is set twice")
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

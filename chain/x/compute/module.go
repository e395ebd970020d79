// Package compute is the module of jobs, workers, verifiers and duties. See DESIGN §6 and §8, PROTOCOL §4 and §5.
package compute

import (
	"context"
	"encoding/json"

	"cosmossdk.io/core/appmodule"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	cdctypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/grpc-ecosystem/grpc-gateway/runtime"

	"github.com/assay-chain/assay/chain/x/compute/keeper"
	"github.com/assay-chain/assay/chain/x/compute/types"
)

var (
	_ module.AppModuleBasic      = AppModule{}
	_ module.HasGenesis          = AppModule{}
	_ module.HasServices         = AppModule{}
	_ module.HasConsensusVersion = AppModule{}
	_ appmodule.AppModule        = AppModule{}
	_ appmodule.HasEndBlocker    = AppModule{}
)

// AppModule wires the keeper into the application.
type AppModule struct {
	cdc codec.Codec
	k   *keeper.Keeper
}

// NewAppModule returns the module around a keeper.
func NewAppModule(cdc codec.Codec, k *keeper.Keeper) AppModule { return AppModule{cdc, k} }

// IsOnePerModuleType and IsAppModule mark the module for the SDK.
func (AppModule) IsOnePerModuleType() {}

// IsAppModule marks the module for the SDK.
func (AppModule) IsAppModule() {}

// Name of the module.
func (AppModule) Name() string { return types.ModuleName }

// ConsensusVersion of the module's state.
func (AppModule) ConsensusVersion() uint64 { return 1 }

// RegisterLegacyAminoCodec does nothing: amino JSON is not offered.
func (AppModule) RegisterLegacyAminoCodec(*codec.LegacyAmino) {}

// RegisterInterfaces makes the messages known.
func (AppModule) RegisterInterfaces(r cdctypes.InterfaceRegistry) { types.RegisterInterfaces(r) }

// RegisterGRPCGatewayRoutes offers the queries over REST.
func (AppModule) RegisterGRPCGatewayRoutes(c client.Context, mux *runtime.ServeMux) {
	if err := types.RegisterQueryHandlerClient(context.Background(), mux, types.NewQueryClient(c)); err != nil {
		panic(err)
	}
}

// RegisterServices offers messages and queries.
func (a AppModule) RegisterServices(cfg module.Configurator) {
	types.RegisterMsgServer(cfg.MsgServer(), keeper.NewMsgServer(a.k))
	types.RegisterQueryServer(cfg.QueryServer(), keeper.NewQueryServer(a.k))
}

// EndBlock settles what is due.
func (a AppModule) EndBlock(ctx context.Context) error { return a.k.EndBlock(ctx) }

// DefaultGenesis has the public parameters and nothing else.
func (AppModule) DefaultGenesis(c codec.JSONCodec) json.RawMessage {
	return c.MustMarshalJSON(types.DefaultGenesis())
}

// ValidateGenesis checks a genesis without other modules' state.
func (AppModule) ValidateGenesis(c codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	var g types.GenesisState
	if err := c.UnmarshalJSON(bz, &g); err != nil {
		return types.ErrGenesis.Wrap(err.Error())
	}
	return g.Validate()
}

// InitGenesis writes the records; it panics on a genesis that is not valid, as the SDK expects.
func (a AppModule) InitGenesis(ctx sdk.Context, c codec.JSONCodec, bz json.RawMessage) {
	var g types.GenesisState
	c.MustUnmarshalJSON(bz, &g)
	if err := a.k.InitGenesis(ctx, g); err != nil {
		panic(err)
	}
}

// ExportGenesis returns the records.
func (a AppModule) ExportGenesis(ctx sdk.Context, c codec.JSONCodec) json.RawMessage {
	g, err := a.k.ExportGenesis(ctx)
	if err != nil {
		panic(err)
	}
	return c.MustMarshalJSON(g)
}

// Package dispute lets anybody ask for a worker's trace and prove a fault in it. A clock convicts for withholding, the
// referee for everything else; nothing is decided by vote.
package dispute

import (
	"context"
	"encoding/json"
	"fmt"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/grpc-ecosystem/grpc-gateway/runtime"

	"github.com/assay-chain/assay/chain/x/dispute/keeper"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

var (
	_ module.AppModuleBasic      = AppModule{}
	_ module.HasGenesis          = AppModule{}
	_ module.HasServices         = AppModule{}
	_ module.HasConsensusVersion = AppModule{}
	_ appmodule.AppModule        = AppModule{}
	_ appmodule.HasEndBlocker    = AppModule{}
)

// AppModule plugs disputes into the application. Its EndBlock must run before compute's.
type AppModule struct {
	cdc    codec.Codec
	keeper *keeper.Keeper
}

// NewAppModule wraps a keeper.
func NewAppModule(cdc codec.Codec, keeper *keeper.Keeper) AppModule { return AppModule{cdc, keeper} }

// IsOnePerModuleType marks the module for the application framework.
func (AppModule) IsOnePerModuleType() {}

// IsAppModule marks the module for the application framework.
func (AppModule) IsAppModule() {}

// Name of the module.
func (AppModule) Name() string { return types.ModuleName }

// ConsensusVersion rises with every change of the store's form.
func (AppModule) ConsensusVersion() uint64 { return 1 }

// RegisterLegacyAminoCodec does nothing: amino is not supported.
func (AppModule) RegisterLegacyAminoCodec(*codec.LegacyAmino) {}

// RegisterInterfaces registers the messages.
func (AppModule) RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	types.RegisterInterfaces(registry)
}

// RegisterGRPCGatewayRoutes serves the queries over REST.
func (AppModule) RegisterGRPCGatewayRoutes(clientCtx client.Context, mux *runtime.ServeMux) {
	if err := types.RegisterQueryHandlerClient(context.Background(), mux, types.NewQueryClient(clientCtx)); err != nil {
		panic(err)
	}
}

// RegisterServices registers messages and queries.
func (a AppModule) RegisterServices(cfg module.Configurator) {
	types.RegisterMsgServer(cfg.MsgServer(), keeper.NewMsgServer(a.keeper))
	types.RegisterQueryServer(cfg.QueryServer(), keeper.NewQueryServer(a.keeper))
}

// EndBlock settles what is due.
func (a AppModule) EndBlock(ctx context.Context) error { return a.keeper.EndBlock(ctx) }

// DefaultGenesis of the module, as JSON.
func (AppModule) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(types.DefaultGenesis())
}

// ValidateGenesis refuses a genesis that could not be started from.
func (AppModule) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, encoded json.RawMessage) error {
	var state types.GenesisState
	if err := cdc.UnmarshalJSON(encoded, &state); err != nil {
		return fmt.Errorf("%s genesis: %w", types.ModuleName, err)
	}
	return state.Validate()
}

// InitGenesis writes the state; a bad genesis must stop the node. It runs after compute's.
func (a AppModule) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, encoded json.RawMessage) {
	var state types.GenesisState
	cdc.MustUnmarshalJSON(encoded, &state)
	if err := a.keeper.InitGenesis(ctx, state); err != nil {
		panic(err)
	}
}

// ExportGenesis reads the state.
func (a AppModule) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	state, err := a.keeper.ExportGenesis(ctx)
	if err != nil {
		panic(err)
	}
	return cdc.MustMarshalJSON(state)
}

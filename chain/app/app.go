// Package app wires assayd by hand: the modules of the SDK, and registry, beacon, compute and dispute on top.
package app

import (
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	reflectionv1 "cosmossdk.io/api/cosmos/reflection/v1"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	runtimeservices "github.com/cosmos/cosmos-sdk/runtime/services"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/version"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	"github.com/cosmos/gogoproto/proto"
)

var (
	_ runtime.AppI            = (*App)(nil)
	_ servertypes.Application = (*App)(nil)
)

// App is the whole state machine.
type App struct {
	*baseapp.BaseApp
	Keepers

	legacyAmino       *codec.LegacyAmino
	appCodec          codec.Codec
	txConfig          client.TxConfig
	interfaceRegistry codectypes.InterfaceRegistry
	keys              map[string]*storetypes.KVStoreKey

	ModuleManager      *module.Manager
	BasicModuleManager module.BasicManager
	configurator       module.Configurator
	simulation         *module.SimulationManager
}

// New builds the application on a database. With load it also loads the latest committed state; otherwise LoadHeight must
// follow. It panics on anything that would make a node run another chain than its peers.
func New(logger log.Logger, db dbm.DB, load bool, options servertypes.AppOptions, baseAppOptions ...func(*baseapp.BaseApp)) *App {
	encoding := newEncoding()
	base := baseapp.NewBaseApp(Name, logger, db, encoding.TxConfig.TxDecoder(), baseAppOptions...)
	base.SetVersion(version.Version)
	base.SetInterfaceRegistry(encoding.InterfaceRegistry)
	base.SetTxEncoder(encoding.TxConfig.TxEncoder())

	app := &App{
		BaseApp:           base,
		legacyAmino:       encoding.Amino,
		appCodec:          encoding.Codec,
		txConfig:          encoding.TxConfig,
		interfaceRegistry: encoding.InterfaceRegistry,
		keys:              newStoreKeys(),
	}
	must(base.RegisterStreamingServices(options, app.keys))
	app.buildKeepers(logger, options)
	app.buildModules()
	app.registerServices()

	app.MountKVStores(app.keys)
	app.SetInitChainer(app.InitChainer)
	// A method of one's own: BaseApp's PreBlocker() is a getter, and setting its result sets nil.
	app.SetPreBlocker(app.preBlock)
	app.SetBeginBlocker(app.BeginBlocker)
	app.SetEndBlocker(app.EndBlocker)
	app.setAnteHandler()

	if load {
		must(app.LoadLatestVersion())
	}
	return app
}

func (app *App) registerServices() {
	app.configurator = module.NewConfigurator(app.appCodec, app.MsgServiceRouter(), app.GRPCQueryRouter())
	must(app.ModuleManager.RegisterServices(app.configurator))
	autocliv1.RegisterQueryServer(app.GRPCQueryRouter(), runtimeservices.NewAutoCLIQueryService(app.ModuleManager.Modules))
	reflection, err := runtimeservices.NewReflectionService()
	must(err)
	reflectionv1.RegisterReflectionServiceServer(app.GRPCQueryRouter(), reflection)

	// A message without its signer option would be found only when somebody sends it.
	files, err := proto.MergedRegistry()
	must(err)
	must(msgservice.ValidateProtoAnnotations(files))
}

func (app *App) setAnteHandler() {
	handler, err := ante.NewAnteHandler(ante.HandlerOptions{
		AccountKeeper:   app.AccountKeeper,
		BankKeeper:      app.BankKeeper,
		FeegrantKeeper:  app.FeeGrantKeeper,
		SignModeHandler: app.txConfig.SignModeHandler(),
		SigGasConsumer:  ante.DefaultSigVerificationGasConsumer,
		SigVerifyOptions: []ante.SigVerificationDecoratorOption{
			ante.WithUnorderedTxGasCost(ante.DefaultUnorderedTxGasCost),
			ante.WithMaxUnorderedTxTimeoutDuration(ante.DefaultMaxTimeoutDuration),
		},
	})
	must(err)
	app.SetAnteHandler(handler)
}

func (app *App) preBlock(ctx sdk.Context, _ *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
	return app.ModuleManager.PreBlock(ctx)
}

// BeginBlocker runs before a block's transactions.
func (app *App) BeginBlocker(ctx sdk.Context) (sdk.BeginBlock, error) {
	return app.ModuleManager.BeginBlock(ctx)
}

// EndBlocker runs after a block's transactions.
func (app *App) EndBlocker(ctx sdk.Context) (sdk.EndBlock, error) {
	return app.ModuleManager.EndBlock(ctx)
}

// LoadHeight loads the state committed at a height.
func (app *App) LoadHeight(height int64) error { return app.LoadVersion(height) }

func must(err error) {
	if err != nil {
		panic(fmt.Errorf("assayd cannot be built: %w", err))
	}
}

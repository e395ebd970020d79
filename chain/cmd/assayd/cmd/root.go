// Package cmd is the command line of assayd.
package cmd

import (
	"fmt"
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log/v2"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/debug"
	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/cmd/assayd/testnet"
)

// NewRoot builds the whole command line. It wires an application on a memory database once, for its codecs and commands.
func NewRoot() (*cobra.Command, error) {
	home, err := os.MkdirTemp("", "assayd")
	if err != nil {
		return nil, fmt.Errorf("a temporary folder is needed to build the command line: %w", err)
	}
	defer os.RemoveAll(home)
	wired := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, simtestutil.NewAppOptionsWithFlagHome(home))
	encoding := wired.Encoding()
	initial := client.Context{}.
		WithCodec(encoding.Codec).
		WithInterfaceRegistry(encoding.InterfaceRegistry).
		WithTxConfig(encoding.TxConfig).
		WithLegacyAmino(encoding.Amino).
		WithInput(os.Stdin).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithHomeDir(app.DefaultNodeHome).
		WithViper("")

	root := &cobra.Command{
		Use:           "assayd",
		Short:         short,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, initial)
		},
	}
	sdk.GetConfig().Seal()
	root.AddCommand(
		genutilcli.InitCmd(wired.BasicModuleManager, app.DefaultNodeHome),
		genutilcli.Commands(encoding.TxConfig, wired.BasicModuleManager, app.DefaultNodeHome),
		debug.Cmd(),
		keys.Commands(),
		server.StatusCommand(),
		queryCommand(),
		txCommand(),
		markOffline(testnet.NewCommand(encoding, wired.DefaultGenesis)),
	)
	for _, command := range offlineCommands() {
		root.AddCommand(markOffline(command))
	}
	server.AddCommands(root, app.DefaultNodeHome, newApp, export, func(*cobra.Command) {})

	options := wired.AutoCLIOptions()
	options.ClientCtx = initial
	node := nodeservice.NewNodeCommands()
	options.ModuleOptions[node.Name()] = node.AutoCLIOptions()
	if err := options.EnhanceRootCommand(root); err != nil {
		return nil, fmt.Errorf("the command line cannot be built: %w", err)
	}
	return root, nil
}

// prepare reads flags and configuration files before any command runs.
func prepare(cmd *cobra.Command, initial client.Context) error {
	cmd.SetOut(cmd.OutOrStdout())
	cmd.SetErr(cmd.ErrOrStderr())
	clientCtx, err := client.ReadPersistentCommandFlags(initial.WithCmdContext(cmd.Context()), cmd.Flags())
	if err != nil {
		return err
	}
	if isOffline(cmd) {
		return client.SetCmdClientContextHandler(clientCtx, cmd)
	}
	if clientCtx, err = config.ReadFromClientConfig(clientCtx); err != nil {
		return err
	}
	if err := client.SetCmdClientContextHandler(clientCtx, cmd); err != nil {
		return err
	}
	defaults := serverconfig.DefaultConfig()
	defaults.MinGasPrices = "0" + app.Denom
	return server.InterceptConfigsPreRunHandler(cmd, serverconfig.DefaultConfigTemplate, defaults, cmtcfg.DefaultConfig())
}

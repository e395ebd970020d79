package testnet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/assay-chain/assay/chain/app"
)

func newApp(t *testing.T, chainID string) *app.App {
	return app.New(log.NewNopLogger(), dbm.NewMemDB(), true, simtestutil.NewAppOptionsWithFlagHome(t.TempDir()), baseapp.SetChainID(chainID))
}

func write(t *testing.T) (Options, *Network) {
	options := DefaultOptions()
	options.Dir, options.Validators, options.Accounts, options.BeaconSeed = filepath.Join(t.TempDir(), "net"), 3, "alice=1000000, bob=7uassay", "seed"
	wired := newApp(t, "")
	network, err := Write(options, wired.Encoding(), wired.DefaultGenesis())
	require.NoError(t, err)
	return options, network
}

// The written genesis starts: validators bonded, operators verifiers of epoch 0, accounts funded, every unit accounted for.
func TestWrittenGenesisStarts(t *testing.T) {
	options, network := write(t)
	document, err := genutiltypes.AppGenesisFromFile(filepath.Join(options.Dir, "node-0", "config", "genesis.json"))
	require.NoError(t, err)
	require.NoError(t, document.ValidateAndComplete())
	require.EqualValues(t, 200_000_000, document.Consensus.Params.Block.MaxGas)

	started := newApp(t, options.ChainID)
	state := app.GenesisState{}
	require.NoError(t, json.Unmarshal(document.AppState, &state))
	require.NoError(t, started.BasicModuleManager.ValidateGenesis(started.AppCodec(), started.TxConfig(), state))
	params := document.Consensus.Params.ToProto()
	response, err := started.InitChain(&abci.RequestInitChain{ChainId: options.ChainID, Time: document.GenesisTime, InitialHeight: 1, AppStateBytes: document.AppState, ConsensusParams: &params})
	require.NoError(t, err)
	require.Len(t, response.Validators, 3)
	for height := range int64(2) {
		_, err = started.FinalizeBlock(&abci.RequestFinalizeBlock{Height: height + 1, Time: document.GenesisTime.Add(time.Duration(height+1) * time.Second)})
		require.NoError(t, err)
		_, err = started.Commit()
		require.NoError(t, err)
	}
	ctx := started.NewContext(true)
	require.NoError(t, started.CheckInvariants(ctx))
	alice, err := sdk.AccAddressFromBech32(network.Accounts["alice"])
	require.NoError(t, err)
	require.Equal(t, "1000000uassay", started.BankKeeper.GetBalance(ctx, alice, app.Denom).String())
	require.Equal(t, (3*(options.Stake+options.Balance+options.Deposit) + 1_000_007), started.BankKeeper.GetSupply(ctx, app.Denom).Amount.Int64(), "nothing is minted, so that a run's balances close")
	for _, node := range network.Nodes {
		verifier, found, err := started.ComputeKeeper.GetVerifier(ctx, node.Operator)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, options.Deposit, verifier.Deposit.Int64())
	}
}

func TestFilesAndNodes(t *testing.T) {
	options, network := write(t)
	for name, mode := range map[string]os.FileMode{"accounts.json": 0o600, "beacon.json": 0o600, "network.json": 0o644} {
		info, err := os.Stat(filepath.Join(options.Dir, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
	public, err := os.ReadFile(filepath.Join(options.Dir, "network.json"))
	require.NoError(t, err)
	require.NotContains(t, string(public), "mnemonic")
	require.NotContains(t, string(public), "secret")

	var secrets Accounts
	content, err := os.ReadFile(filepath.Join(options.Dir, "accounts.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &secrets))
	require.Len(t, secrets.Accounts, 5)
	for _, secret := range secrets.Accounts {
		require.Len(t, strings.Fields(secret.Mnemonic), 24, secret.Name)
		require.Equal(t, network.Accounts[secret.Name], secret.Address)
	}
	first, err := os.ReadFile(filepath.Join(options.Dir, "node-0", "config", "genesis.json"))
	require.NoError(t, err)
	for i, node := range network.Nodes {
		genesis, err := os.ReadFile(filepath.Join(options.Dir, node.Home, "config", "genesis.json"))
		require.NoError(t, err)
		require.Equal(t, first, genesis, "every node starts from the same bytes")
		config, err := os.ReadFile(filepath.Join(options.Dir, node.Home, "config", "config.toml"))
		require.NoError(t, err)
		require.Contains(t, string(config), `timeout_commit = "300ms"`)
		for j, peer := range network.Nodes {
			require.Equal(t, i != j, strings.Contains(string(config), peer.P2P), "node %d and peer %d", i, j)
		}
		application, err := os.ReadFile(filepath.Join(options.Dir, node.Home, "config", "app.toml"))
		require.NoError(t, err)
		require.Contains(t, string(application), `query-gas-limit = "200000000"`)
		require.Contains(t, string(application), `pruning = "nothing"`)
	}
}

func TestSeedFixesTheBeacon(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	a, err := newBeacon("seed", start)
	require.NoError(t, err)
	b, err := newBeacon("seed", start)
	require.NoError(t, err)
	c, err := newBeacon("", start)
	require.NoError(t, err)
	d, err := newBeacon("", start)
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.NotEqual(t, c.SecretKey, d.SecretKey)
}

func TestBadOptionsWriteNothing(t *testing.T) {
	wired := newApp(t, "")
	for name, change := range map[string]func(*Options){
		"no validators":      func(o *Options) { o.Validators = 0 },
		"many validators":    func(o *Options) { o.Validators = 100 },
		"low port":           func(o *Options) { o.BasePort = 80 },
		"high port":          func(o *Options) { o.BasePort = 65300 },
		"chain id":           func(o *Options) { o.ChainID = "../x" },
		"block time":         func(o *Options) { o.BlockTime = time.Millisecond },
		"stake":              func(o *Options) { o.Stake = 10 },
		"account form":       func(o *Options) { o.Accounts = "alice" },
		"account amount":     func(o *Options) { o.Accounts = "alice=-5" },
		"account denom":      func(o *Options) { o.Accounts = "alice=5stake" },
		"account twice":      func(o *Options) { o.Accounts = "alice=5,alice=6" },
		"account name":       func(o *Options) { o.Accounts = "../alice=5" },
		"a validator's name": func(o *Options) { o.Accounts = "validator-0=5" },
	} {
		options := DefaultOptions()
		options.Dir = filepath.Join(t.TempDir(), "net")
		change(&options)
		_, err := Write(options, wired.Encoding(), wired.DefaultGenesis())
		require.ErrorContains(t, err, "expected", name)
		_, err = os.Stat(options.Dir)
		require.True(t, os.IsNotExist(err), "%s: nothing may be written", name)
	}
}

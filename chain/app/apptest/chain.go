// Package apptest runs the whole application in process, without CometBFT: real ante handler, real bank, real blocks and
// events on a memory database. A chain starts in about 0.1 s and makes a block in a few milliseconds.
//
//	chain := apptest.New(t, apptest.Options{Validators: 4, Accounts: map[string]int64{"alice": 1_000_000}})
//	result := chain.MustDeliver(&computetypes.MsgSubmitJob{Requester: chain.Address("alice"), ...})
//	job := apptest.One[*computetypes.EventJobSubmitted](t, result.Events).Job
//	chain.Advance(20)
package apptest

import (
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/genesis"
	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

const (
	// ChainID of every test chain.
	ChainID = "assay-test"
	// ValidatorStake is each validator's bonded stake, ValidatorBalance what its operator's account holds besides, and
	// VerifierDeposit what it has in the compute module as a verifier.
	ValidatorStake   = 1_000_000_000
	ValidatorBalance = 1_000_000_000_000
	VerifierDeposit  = 1_000_000_000
)

// Start is the genesis time of every test chain.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Options of a test chain.
type Options struct {
	// Validators, 1 if zero. Operator i is the account "validator-i", and a verifier from epoch 0 on.
	Validators int
	// NoVerifiers leaves the operators unregistered.
	NoVerifiers bool
	// Accounts by name with their balance in uassay; each is in genesis and can sign.
	Accounts map[string]int64
	// BlockTime between blocks, 500 ms if zero.
	BlockTime time.Duration
	// Edit changes the genesis before the chain starts. Parameters are those of a development network.
	Edit func(cdc codec.Codec, state app.GenesisState)
	// SkipInvariants leaves out the check of the whole state after every block, for chains with thousands of records.
	SkipInvariants bool
	// Observe sees every block from the first, before it is checked: for tests that replay events.
	Observe func(Result)
	// Logger of the application; none if nil.
	Logger log.Logger
}

// Chain is an application with its keys and its clock.
type Chain struct {
	App        *app.App
	Validators []*Account
	// Beacon signs the rounds of this chain.
	Beacon drand.SecretKey

	t         testing.TB
	options   Options
	accounts  map[string]*Account
	byAddress map[string]*Account
	sequences map[string]uint64
	now       time.Time
	supply    math.Int
	// first is the height of the first block, above 1 after a restart.
	first int64
}

// New starts a chain and commits its first block.
func New(t testing.TB, options Options) *Chain {
	t.Helper()
	if options.Validators == 0 {
		options.Validators = 1
	}
	if options.BlockTime == 0 {
		options.BlockTime = 500 * time.Millisecond
	}
	if options.Logger == nil {
		options.Logger = log.NewNopLogger()
	}
	chain := &Chain{t: t, options: options, now: Start, accounts: map[string]*Account{}, byAddress: map[string]*Account{}, sequences: map[string]uint64{}}
	chain.App = app.New(options.Logger, dbm.NewMemDB(), true, simtestutil.NewAppOptionsWithFlagHome(t.TempDir()), baseapp.SetChainID(ChainID))
	state := chain.genesis()
	if options.Edit != nil {
		options.Edit(chain.App.AppCodec(), state)
	}
	chain.init(state, 1)
	return chain
}

// Restart exports the committed state, starts a second application from it at the next height and returns that chain.
// The first one is left as it is.
func (c *Chain) Restart() *Chain {
	c.t.Helper()
	exported, err := c.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(c.t, err)
	var state app.GenesisState
	require.NoError(c.t, json.Unmarshal(exported.AppState, &state))
	next := *c
	next.sequences = map[string]uint64{}
	next.App = app.New(c.options.Logger, dbm.NewMemDB(), true, simtestutil.NewAppOptionsWithFlagHome(c.t.TempDir()), baseapp.SetChainID(ChainID))
	next.init(state, exported.Height)
	return &next
}

func (c *Chain) init(state app.GenesisState, height int64) {
	c.t.Helper()
	encoded, err := json.Marshal(state)
	require.NoError(c.t, err)
	_, err = c.App.InitChain(&abci.RequestInitChain{
		ChainId: ChainID, Time: c.now, InitialHeight: height, AppStateBytes: encoded, Validators: []abci.ValidatorUpdate{},
		ConsensusParams: &cmtproto.ConsensusParams{
			Block:     &cmtproto.BlockParams{MaxBytes: cmttypes.DefaultConsensusParams().Block.MaxBytes, MaxGas: genesis.MaxBlockGas},
			Evidence:  &cmtproto.EvidenceParams{MaxAgeNumBlocks: 100_000, MaxAgeDuration: 48 * time.Hour, MaxBytes: 10_000},
			Validator: &cmtproto.ValidatorParams{PubKeyTypes: []string{cmttypes.ABCIPubKeyTypeEd25519}},
			Version:   &cmtproto.VersionParams{},
			Abci:      &cmtproto.ABCIParams{},
		},
	})
	require.NoError(c.t, err)
	c.supply, c.first = math.Int{}, height
	c.Block()
}

// Context reads the last committed state. What is written to it is lost.
func (c *Chain) Context() sdk.Context {
	header := cmtproto.Header{ChainID: ChainID, Height: c.App.LastBlockHeight(), Time: c.now}
	return c.App.NewUncachedContext(false, header).WithMultiStore(c.App.CommitMultiStore().CacheMultiStore())
}

// Height of the last committed block.
func (c *Chain) Height() int64 { return c.App.LastBlockHeight() }

// Now is the time of the last committed block.
func (c *Chain) Now() time.Time { return c.now }

// Balance of an account in uassay; module names are accepted too.
func (c *Chain) Balance(name string) math.Int {
	return c.App.BankKeeper.GetBalance(c.Context(), c.resolve(name), app.Denom).Amount
}

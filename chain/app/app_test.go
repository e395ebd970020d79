package app_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/apptest"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

func TestBlocksTransactionsAndSupply(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Validators: 4, Accounts: map[string]int64{"alice": 1000, "bob": 5}, Edit: func(cdc codec.Codec, state app.GenesisState) {
		state[minttypes.ModuleName] = cdc.MustMarshalJSON(minttypes.DefaultGenesisState())
	}})
	alice, bob := chain.Account("alice"), chain.Account("bob")
	coins := sdk.NewCoins(sdk.NewInt64Coin(app.Denom, 400))
	chain.MustDeliver(banktypes.NewMsgSend(alice.Address, bob.Address, coins))
	require.Equal(t, "600", chain.Balance("alice").String())
	require.Equal(t, "405", chain.Balance("bob").String())

	before := chain.Supply()
	chain.Advance(10)
	require.True(t, chain.Supply().GT(before), "minting shows that the harness's check of supply has something to check")
}

func TestGovernanceChangesAParameter(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Validators: 3})
	params, err := chain.App.RegistryKeeper.Params(chain.Context())
	require.NoError(t, err)
	params.MaxParents = 7
	proposal, events := chain.Govern("fewer parents", &registrytypes.MsgUpdateParams{Authority: app.Authority(), Params: params})
	require.Equal(t, govv1.StatusPassed, proposal.Status, proposal.FailedReason)
	require.Equal(t, params, apptest.One[*registrytypes.EventParamsUpdated](t, events).Params)
	after, err := chain.App.RegistryKeeper.Params(chain.Context())
	require.NoError(t, err)
	require.EqualValues(t, 7, after.MaxParents)
}

func TestGovernanceFailsWithAnInvalidParameter(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Validators: 3})
	params := registrytypes.DefaultParams()
	params.MaxParents = 0
	proposal, _ := chain.Govern("no parents", &registrytypes.MsgUpdateParams{Authority: app.Authority(), Params: params})
	require.Equal(t, govv1.StatusFailed, proposal.Status)
	require.Contains(t, proposal.FailedReason, "max_parents")
}

func TestGenesisRoundTrip(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Validators: 2, Accounts: map[string]int64{"alice": 1000}})
	chain.Advance(3)
	first := export(t, chain)
	next := chain.Restart()
	require.Equal(t, chain.Height()+1, next.Height(), "the restarted chain goes on at the next height")
	require.Equal(t, chain.Balance("alice"), next.Balance("alice"))
	second := export(t, next)
	for _, name := range []string{"registry", "beacon", "compute", "dispute"} {
		require.JSONEq(t, string(first[name]), string(second[name]), name)
	}
}

func export(t *testing.T, chain *apptest.Chain) app.GenesisState {
	exported, err := chain.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	var state app.GenesisState
	require.NoError(t, json.Unmarshal(exported.AppState, &state))
	return state
}

func TestExportAtHeightZeroIsRefused(t *testing.T) {
	chain := apptest.New(t, apptest.Options{})
	_, err := chain.App.ExportAppStateAndValidators(true, nil, nil)
	require.ErrorContains(t, err, "--for-zero-height")
}

func TestModuleAccountsAreBlocked(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Accounts: map[string]int64{"alice": 1000}})
	for address := range app.BlockedAddresses() {
		result := chain.Deliver(&banktypes.MsgSend{FromAddress: chain.Address("alice"), ToAddress: address, Amount: sdk.NewCoins(sdk.NewInt64Coin(app.Denom, 1))})
		require.NotZero(t, result.Txs[0].Code, address)
	}
}

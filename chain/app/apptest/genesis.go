package apptest

import (
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/genesis"
	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

// genesis is a development network's: accounts with balances, and bonded validators that are verifiers and can sign.
func (c *Chain) genesis() app.GenesisState {
	c.t.Helper()
	key, err := drand.DeriveSecretKey([]byte("apptest/beacon"))
	require.NoError(c.t, err)
	c.Beacon = key

	ledger := genesis.Ledger{Denom: app.Denom}
	deposit := math.NewInt(VerifierDeposit)
	if c.options.NoVerifiers {
		deposit = math.ZeroInt()
	}
	for i := range c.options.Validators {
		operator := c.Account(ValidatorName(i))
		operator.Consensus = ed25519.GenPrivKeyFromSecret([]byte("apptest/consensus/" + operator.Name))
		c.Validators = append(c.Validators, operator)
		ledger.Validators = append(ledger.Validators, genesis.Validator{
			Account:   genesis.Account{Address: operator.Address, Amount: math.NewInt(ValidatorBalance)},
			Name:      operator.Name,
			Consensus: operator.Consensus.PubKey(),
			Stake:     math.NewInt(ValidatorStake),
			Deposit:   deposit,
		})
	}
	for _, name := range c.names() {
		ledger.Accounts = append(ledger.Accounts, genesis.Account{Address: c.Account(name).Address, Amount: math.NewInt(c.options.Accounts[name])})
	}
	state := c.App.DefaultGenesis()
	devnet := genesis.Devnet{Denom: app.Denom, BeaconKey: key.PublicKey(), Start: Start}
	require.NoError(c.t, devnet.Apply(c.App.AppCodec(), state))
	require.NoError(c.t, ledger.Apply(c.App.AppCodec(), state))
	return state
}

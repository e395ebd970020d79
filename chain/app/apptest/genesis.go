package apptest

import (
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/assay-chain/assay/chain/app"
)

// genesis is the default genesis with accounts, balances and bonded validators whose operators can sign.
func (c *Chain) genesis() app.GenesisState {
	state := c.App.DefaultGenesis()
	var accounts []authtypes.GenesisAccount
	var balances []banktypes.Balance
	add := func(account *Account, amount int64) {
		accounts = append(accounts, authtypes.NewBaseAccount(account.Address, nil, uint64(len(accounts)), 0))
		balances = append(balances, banktypes.Balance{Address: account.String(), Coins: coins(amount)})
	}
	var validators []stakingtypes.Validator
	var delegations []stakingtypes.Delegation
	for i := range c.options.Validators {
		operator := c.Account(ValidatorName(i))
		operator.Consensus = ed25519.GenPrivKeyFromSecret([]byte("apptest/consensus/" + operator.Name))
		c.Validators = append(c.Validators, operator)
		add(operator, ValidatorStake)
		validators = append(validators, c.validator(operator))
		delegations = append(delegations, stakingtypes.NewDelegation(operator.String(), sdk.ValAddress(operator.Address).String(), math.LegacyNewDec(ValidatorStake)))
	}
	for _, name := range c.names() {
		add(c.Account(name), c.options.Accounts[name])
	}
	bonded := authtypes.NewModuleAddress(stakingtypes.BondedPoolName).String()
	balances = append(balances, banktypes.Balance{Address: bonded, Coins: coins(ValidatorStake * int64(c.options.Validators))})

	cdc := c.App.AppCodec()
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(authtypes.NewGenesisState(authtypes.DefaultParams(), accounts))
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(banktypes.NewGenesisState(banktypes.DefaultParams(), balances, nil, nil, nil))
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(stakingtypes.NewGenesisState(stakingtypes.DefaultParams(), validators, delegations))
	return state
}

func (c *Chain) validator(operator *Account) stakingtypes.Validator {
	key, err := codectypes.NewAnyWithValue(operator.Consensus.PubKey())
	require.NoError(c.t, err)
	return stakingtypes.Validator{
		OperatorAddress:   sdk.ValAddress(operator.Address).String(),
		ConsensusPubkey:   key,
		Status:            stakingtypes.Bonded,
		Tokens:            math.NewInt(ValidatorStake),
		DelegatorShares:   math.LegacyNewDec(ValidatorStake),
		Description:       stakingtypes.NewDescription(operator.Name, "", "", "", ""),
		Commission:        stakingtypes.NewCommission(math.LegacyZeroDec(), math.LegacyZeroDec(), math.LegacyZeroDec()),
		MinSelfDelegation: math.OneInt(),
	}
}

func coins(amount int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(app.Denom, amount)) }

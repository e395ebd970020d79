// Package genesis writes the genesis of networks that one person starts: who holds what, who validates, and the
// parameters of a development network. Test chains and `assayd testnet` share it.
package genesis

import (
	"encoding/json"
	"fmt"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
)

// State holds each module's genesis by the module's name.
type State = map[string]json.RawMessage

// Account holds coins from the start.
type Account struct {
	Address sdk.AccAddress
	// Amount in the chain's denomination.
	Amount math.Int
}

// Validator is bonded from the first block on, by a delegation of its own operator.
type Validator struct {
	Account
	Name      string
	Consensus cryptotypes.PubKey
	// Stake is bonded on top of the account's amount.
	Stake math.Int
	// Deposit registers the operator as a verifier on top of both, if positive: it is drawn from epoch 0 on.
	Deposit math.Int
}

// Ledger is who holds what. Amounts are on top of each other; the supply is their sum.
type Ledger struct {
	Denom      string
	Validators []Validator
	Accounts   []Account
}

// Apply writes accounts, balances, validators and verifiers into a genesis, replacing what auth's accounts, bank and
// staking had. The parameters of the modules stay.
func (l Ledger) Apply(cdc codec.Codec, state State) error {
	var auth authtypes.GenesisState
	var bank banktypes.GenesisState
	var staking stakingtypes.GenesisState
	var compute computetypes.GenesisState
	for name, into := range map[string]codec.ProtoMarshaler{
		authtypes.ModuleName: &auth, banktypes.ModuleName: &bank, stakingtypes.ModuleName: &staking, computetypes.ModuleName: &compute,
	} {
		if err := cdc.UnmarshalJSON(state[name], into); err != nil {
			return fmt.Errorf("genesis of %s: %w", name, err)
		}
	}
	var accounts []authtypes.GenesisAccount
	hold := func(account Account) {
		accounts = append(accounts, authtypes.NewBaseAccount(account.Address, nil, uint64(len(accounts)), 0))
		l.credit(&bank, account.Address, account.Amount)
	}
	staked, deposited := math.ZeroInt(), math.ZeroInt()
	for _, validator := range l.Validators {
		hold(validator.Account)
		if err := l.bond(&staking, validator); err != nil {
			return err
		}
		staked = staked.Add(validator.Stake)
		if validator.Deposit.IsPositive() {
			compute.Verifiers = append(compute.Verifiers, computetypes.Verifier{Operator: validator.Address.String(), Deposit: validator.Deposit})
			deposited = deposited.Add(validator.Deposit)
		}
	}
	for _, account := range l.Accounts {
		hold(account)
	}
	l.credit(&bank, authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName), staked)
	l.credit(&bank, authtypes.NewModuleAddress(computetypes.ModuleName), deposited)

	packed, err := authtypes.PackAccounts(accounts)
	if err != nil {
		return err
	}
	auth.Accounts = packed
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(&auth)
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(&bank)
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(&staking)
	state[computetypes.ModuleName] = cdc.MustMarshalJSON(&compute)
	return nil
}

func (l Ledger) credit(bank *banktypes.GenesisState, address sdk.AccAddress, amount math.Int) {
	if amount.IsNil() || !amount.IsPositive() {
		return
	}
	bank.Balances = append(bank.Balances, banktypes.Balance{Address: address.String(), Coins: sdk.NewCoins(sdk.NewCoin(l.Denom, amount))})
}

// bond writes an unbonded validator with its delegation: staking bonds it while it reads the genesis, and so calls the
// hooks by which slashing and distribution learn of it.
func (l Ledger) bond(staking *stakingtypes.GenesisState, v Validator) error {
	key, err := codectypes.NewAnyWithValue(v.Consensus)
	if err != nil {
		return fmt.Errorf("consensus key of %s: %w", v.Name, err)
	}
	operator := sdk.ValAddress(v.Address).String()
	staking.Validators = append(staking.Validators, stakingtypes.Validator{
		OperatorAddress:   operator,
		ConsensusPubkey:   key,
		Status:            stakingtypes.Unbonded,
		Tokens:            v.Stake,
		DelegatorShares:   math.LegacyNewDecFromInt(v.Stake),
		Description:       stakingtypes.NewDescription(v.Name, "", "", "", ""),
		Commission:        stakingtypes.NewCommission(math.LegacyZeroDec(), math.LegacyOneDec(), math.LegacyOneDec()),
		MinSelfDelegation: math.OneInt(),
	})
	staking.Delegations = append(staking.Delegations, stakingtypes.NewDelegation(v.Address.String(), operator, math.LegacyNewDecFromInt(v.Stake)))
	return nil
}

package apptest

import (
	"fmt"
	"sort"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Account can sign. Its key follows from its name, so that every run has the same addresses.
type Account struct {
	Name    string
	Key     *secp256k1.PrivKey
	Address sdk.AccAddress
	// Consensus is set for validators.
	Consensus *ed25519.PrivKey
}

// NewAccount derives an account from a name without putting it in genesis.
func NewAccount(name string) *Account {
	key := secp256k1.GenPrivKeyFromSecret([]byte("apptest/account/" + name))
	return &Account{Name: name, Key: key, Address: sdk.AccAddress(key.PubKey().Address())}
}

// String is the bech32 address.
func (a *Account) String() string { return a.Address.String() }

// ValidatorName is the account name of operator i.
func ValidatorName(i int) string { return fmt.Sprintf("validator-%d", i) }

// Account returns a named account; an unknown name gets a new, empty account that can sign once it was sent coins.
func (c *Chain) Account(name string) *Account {
	if account, ok := c.accounts[name]; ok {
		return account
	}
	account := NewAccount(name)
	c.accounts[name] = account
	c.byAddress[account.String()] = account
	return account
}

// Address of a named account, in bech32.
func (c *Chain) Address(name string) string { return c.Account(name).String() }

// resolve finds the address of a module account or of a named account.
func (c *Chain) resolve(name string) sdk.AccAddress {
	if address := c.App.AccountKeeper.GetModuleAddress(name); address != nil {
		return address
	}
	if address, err := sdk.AccAddressFromBech32(name); err == nil {
		return address
	}
	account, ok := c.accounts[name]
	require.True(c.t, ok, "no account, address or module is called %q", name)
	return account.Address
}

// names lists the genesis accounts in a fixed order.
func (c *Chain) names() []string {
	names := make([]string, 0, len(c.options.Accounts))
	for name := range c.options.Accounts {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

package apptest

import (
	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/assay-chain/assay/chain/app"
)

// Supply of uassay on the last committed state.
func (c *Chain) Supply() math.Int {
	return c.App.BankKeeper.GetSupply(c.Context(), app.Denom).Amount
}

// checkSupply holds every block to: change of supply = minted - burned.
func (c *Chain) checkSupply(result Result) {
	c.t.Helper()
	supply := c.Supply()
	if !c.supply.IsNil() {
		minted := c.Sum(result.Events, banktypes.EventTypeCoinMint, sdk.AttributeKeyAmount)
		burned := c.Sum(result.Events, banktypes.EventTypeCoinBurn, sdk.AttributeKeyAmount)
		require.Equal(c.t, minted.Sub(burned).String(), supply.Sub(c.supply).String(), "supply after block %d: minted %s, burned %s", result.Height, minted, burned)
	}
	c.supply = supply
}

// Sum adds the uassay of an amount attribute over all bank events of a type: coinbase, burn, coin_spent, coin_received.
func (c *Chain) Sum(events []abci.Event, eventType, key string) math.Int {
	c.t.Helper()
	total := math.ZeroInt()
	for _, value := range Attributes(events, eventType, key) {
		if value == "" {
			continue
		}
		coins, err := sdk.ParseCoinsNormalized(value)
		require.NoError(c.t, err, "%s of event %s", key, eventType)
		total = total.Add(coins.AmountOf(app.Denom))
	}
	return total
}

// Burned is what a block burned.
func (c *Chain) Burned(result Result) math.Int {
	return c.Sum(result.Events, banktypes.EventTypeCoinBurn, sdk.AttributeKeyAmount)
}

package apptest

import (
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	beaconkeeper "github.com/assay-chain/assay/chain/x/beacon/keeper"
	beacontypes "github.com/assay-chain/assay/chain/x/beacon/types"
)

// Pins lists the rounds that jobs wait for.
func (c *Chain) Pins() []beacontypes.Pin {
	c.t.Helper()
	response, err := beaconkeeper.NewQueryServer(c.App.BeaconKeeper).PinnedRounds(c.Context(), &beacontypes.QueryPinnedRoundsRequest{Pagination: &query.PageRequest{Limit: 1000}})
	require.NoError(c.t, err)
	return response.Pins
}

// BeaconMessage is a round, signed by the chain's beacon.
func (c *Chain) BeaconMessage(poster string, round uint64) *beacontypes.MsgPostBeacon {
	c.t.Helper()
	signature, err := c.Beacon.Sign(round)
	require.NoError(c.t, err)
	return &beacontypes.MsgPostBeacon{Poster: c.Address(poster), Round: round, Signature: signature}
}

// PostDueBeacons makes a block in which poster relays every pinned, unrecorded round whose time has come.
func (c *Chain) PostDueBeacons(poster string) Result {
	c.t.Helper()
	var msgs []sdk.Msg
	for _, pin := range c.Pins() {
		_, recorded, err := c.App.BeaconKeeper.Randomness(c.Context(), pin.Round)
		require.NoError(c.t, err)
		if !recorded && !pin.Due.After(c.now) {
			msgs = append(msgs, c.BeaconMessage(poster, pin.Round))
		}
	}
	if len(msgs) == 0 {
		return c.Block()
	}
	return c.MustDeliver(msgs...)
}

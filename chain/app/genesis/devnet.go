package genesis

import (
	"fmt"
	"time"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"

	beacontypes "github.com/assay-chain/assay/chain/x/beacon/types"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	disputetypes "github.com/assay-chain/assay/chain/x/dispute/types"
)

const (
	// BeaconPeriod of a development network.
	BeaconPeriod = time.Second
	// MaxBlockGas of every network (PROTOCOL's table).
	MaxBlockGas = 200_000_000
)

// Devnet is what a development network needs besides its ledger.
type Devnet struct {
	Denom string
	// BeaconKey is the 96-byte public key of the network's own signer.
	BeaconKey []byte
	// Start is the nominal time of the beacon's round 1, in whole milliseconds.
	Start time.Time
}

// Apply sets the devnet column of PROTOCOL's table: half-second blocks, every verifier drawn for every job, a vote in ten
// seconds. It mints nothing, so that the balances of a run close to the last unit.
func (d Devnet) Apply(cdc codec.Codec, state State) error {
	if err := edit(cdc, state, beacontypes.ModuleName, &beacontypes.GenesisState{}, func(g *beacontypes.GenesisState) {
		g.Params.PublicKey = d.BeaconKey
		g.Params.GenesisTime = d.Start.UTC()
		g.Params.PeriodMs = uint64(BeaconPeriod.Milliseconds())
		g.Params.MarginMs = 1000
	}); err != nil {
		return err
	}
	if err := edit(cdc, state, computetypes.ModuleName, &computetypes.GenesisState{}, func(g *computetypes.GenesisState) {
		g.Params[0].Params = computetypes.DevnetParams()
		g.Params[0].Params.Denom = d.Denom
	}); err != nil {
		return err
	}
	if err := edit(cdc, state, disputetypes.ModuleName, &disputetypes.GenesisState{}, func(g *disputetypes.GenesisState) {
		g.Params[0].Params = disputetypes.DevnetParams()
	}); err != nil {
		return err
	}
	if err := edit(cdc, state, govtypes.ModuleName, &govv1.GenesisState{}, func(g *govv1.GenesisState) {
		voting, expedited := 10*time.Second, 5*time.Second
		g.Params.VotingPeriod, g.Params.ExpeditedVotingPeriod, g.Params.MaxDepositPeriod = &voting, &expedited, &voting
		g.Params.MinDeposit = sdk.NewCoins(sdk.NewInt64Coin(d.Denom, 1_000_000))
		g.Params.ExpeditedMinDeposit = sdk.NewCoins(sdk.NewInt64Coin(d.Denom, 2_000_000))
	}); err != nil {
		return err
	}
	if err := edit(cdc, state, slashingtypes.ModuleName, &slashingtypes.GenesisState{}, func(g *slashingtypes.GenesisState) {
		// A busy machine starves single nodes for minutes; that must not jail them.
		g.Params.SignedBlocksWindow = 10_000
		g.Params.MinSignedPerWindow = math.LegacyNewDecWithPrec(1, 2)
	}); err != nil {
		return err
	}
	return edit(cdc, state, minttypes.ModuleName, &minttypes.GenesisState{}, func(g *minttypes.GenesisState) {
		zero := math.LegacyZeroDec()
		g.Minter.Inflation = zero
		g.Params.InflationMin, g.Params.InflationMax, g.Params.InflationRateChange = zero, zero, zero
	})
}

// edit decodes one module's genesis, changes it and writes it back.
func edit[T codec.ProtoMarshaler](cdc codec.Codec, state State, module string, into T, change func(T)) error {
	if err := cdc.UnmarshalJSON(state[module], into); err != nil {
		return fmt.Errorf("genesis of %s: %w", module, err)
	}
	change(into)
	encoded, err := cdc.MarshalJSON(into)
	if err != nil {
		return fmt.Errorf("genesis of %s: %w", module, err)
	}
	state[module] = encoded
	return nil
}

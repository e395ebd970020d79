package types

import (
	"bytes"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

// DefaultGenesis waits for nothing and has recorded nothing.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the parameters and that rounds and pins are well-formed and strictly ascending.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	var last uint64
	for _, round := range g.Rounds {
		if round.Round <= last {
			return ErrInvalidGenesis.Wrapf("rounds: expected numbers ascending from 1, found %d after %d", round.Round, last)
		}
		if err := round.Validate(); err != nil {
			return err
		}
		last = round.Round
	}
	last = 0
	for _, pin := range g.Pins {
		if pin.Round <= last || pin.Jobs == 0 {
			return ErrInvalidGenesis.Wrapf("pins: expected rounds ascending from 1, each with jobs, found round %d with %d jobs after %d", pin.Round, pin.Jobs, last)
		}
		last = pin.Round
	}
	return nil
}

// Validate checks the form of a recorded round; its signature was verified under the key of its time.
func (r Round) Validate() error {
	if _, err := drand.ParseSignature(r.Signature); err != nil {
		return ErrInvalidGenesis.Wrapf("round %d: %s", r.Round, err)
	}
	if !bytes.Equal(drand.Randomness(r.Signature), r.Randomness) {
		return ErrInvalidGenesis.Wrapf("round %d: expected randomness SHA256(signature), found %x", r.Round, r.Randomness)
	}
	if _, err := sdk.AccAddressFromBech32(r.Poster); err != nil {
		return ErrInvalidGenesis.Wrapf("round %d: poster: %s", r.Round, err)
	}
	return nil
}

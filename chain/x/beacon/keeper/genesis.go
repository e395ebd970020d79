package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/x/beacon/types"
)

// InitGenesis writes a checked state into an empty store.
func (k *Keeper) InitGenesis(ctx context.Context, state types.GenesisState) error {
	if err := state.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, state.Params); err != nil {
		return err
	}
	for _, round := range state.Rounds {
		if err := k.rounds.Set(ctx, round.Round, round); err != nil {
			return err
		}
	}
	for _, pin := range state.Pins {
		if err := k.pins.Set(ctx, pin.Round, pin); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis reads the whole state, in key order.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	params, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	state := &types.GenesisState{Params: params}
	if err := k.rounds.Walk(ctx, nil, func(_ uint64, round types.Round) (bool, error) {
		state.Rounds = append(state.Rounds, round)
		return false, nil
	}); err != nil {
		return nil, err
	}
	return state, k.pins.Walk(ctx, nil, func(_ uint64, pin types.Pin) (bool, error) {
		state.Pins = append(state.Pins, pin)
		return false, nil
	})
}

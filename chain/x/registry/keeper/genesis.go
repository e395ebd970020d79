package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

// InitGenesis writes a checked state into an empty store.
func (k *Keeper) InitGenesis(ctx context.Context, state types.GenesisState) error {
	if err := state.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, state.Params); err != nil {
		return err
	}
	if err := k.nextID.Set(ctx, state.NextArtifactId); err != nil {
		return err
	}
	for _, artifact := range state.Artifacts {
		if err := k.artifacts.Set(ctx, artifact.Id, artifact); err != nil {
			return err
		}
	}
	for _, policy := range state.Policies {
		if err := k.policies.Set(ctx, policy.Digest, policy); err != nil {
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
	next, err := k.nextID.Get(ctx)
	if err != nil {
		return nil, err
	}
	state := &types.GenesisState{Params: params, NextArtifactId: next}
	if err := k.artifacts.Walk(ctx, nil, func(_ uint64, artifact types.Artifact) (bool, error) {
		state.Artifacts = append(state.Artifacts, artifact)
		return false, nil
	}); err != nil {
		return nil, err
	}
	return state, k.policies.Walk(ctx, nil, func(_ []byte, policy types.Policy) (bool, error) {
		state.Policies = append(state.Policies, policy)
		return false, nil
	})
}

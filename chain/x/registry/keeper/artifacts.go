package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

// GetArtifact returns a publication, or ErrUnknownArtifact.
func (k *Keeper) GetArtifact(ctx context.Context, id uint64) (types.Artifact, error) {
	artifact, err := k.artifacts.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return artifact, types.ErrUnknownArtifact.Wrapf("expected the id of a publication, found %d", id)
	}
	return artifact, err
}

// GetPolicy returns governance's decision about a digest; ALLOWED where nothing was decided.
func (k *Keeper) GetPolicy(ctx context.Context, digest []byte) (types.Policy, error) {
	policy, err := k.policies.Get(ctx, digest)
	if errors.Is(err, collections.ErrNotFound) {
		return types.AllowedPolicy(digest), nil
	}
	return policy, err
}

// MaxTolerance is the cap for a digest: its policy's, else the parameter's.
func (k *Keeper) MaxTolerance(ctx context.Context, digest []byte) (types.Tolerance, error) {
	policy, err := k.GetPolicy(ctx, digest)
	if err != nil {
		return types.Tolerance{}, err
	}
	if policy.MaxTolerance != nil {
		return *policy.MaxTolerance, nil
	}
	params, err := k.params.Get(ctx)
	return params.MaxTolerance, err
}

// CloseArtifact ends a publication whose weights are proven forbidden: no new jobs. Closing a closed one changes nothing,
// because two proofs may arrive in one block.
func (k *Keeper) CloseArtifact(ctx context.Context, id uint64, reason string) error {
	artifact, err := k.GetArtifact(ctx, id)
	if err != nil {
		return err
	}
	if artifact.Status == types.ARTIFACT_STATUS_CLOSED {
		return nil
	}
	return k.setStatus(ctx, artifact, types.ARTIFACT_STATUS_CLOSED, reason)
}

func (k *Keeper) setStatus(ctx context.Context, artifact types.Artifact, status types.ArtifactStatus, reason string) error {
	artifact.Status = status
	if err := k.artifacts.Set(ctx, artifact.Id, artifact); err != nil {
		return err
	}
	return emit(ctx, &types.EventArtifactStatusChanged{ArtifactId: artifact.Id, Status: status, Reason: reason})
}

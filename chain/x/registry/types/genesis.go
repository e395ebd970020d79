package types

import (
	"bytes"
)

// DefaultGenesis has published nothing.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextArtifactId: 1}
}

// Validate checks the parameters, that artifacts ascend by id below the next one, and that each digest is what its fields give.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.NextArtifactId == 0 {
		return ErrInvalidGenesis.Wrap("next_artifact_id: expected at least 1, found 0")
	}
	var last uint64
	for _, artifact := range g.Artifacts {
		if artifact.Id <= last || artifact.Id >= g.NextArtifactId {
			return ErrInvalidGenesis.Wrapf("artifacts: expected ids ascending from 1 below %d, found %d after %d", g.NextArtifactId, artifact.Id, last)
		}
		if err := artifact.Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("artifact %d: %s", artifact.Id, err)
		}
		last = artifact.Id
	}
	var before []byte
	for _, policy := range g.Policies {
		if err := policy.Validate(); err != nil {
			return ErrInvalidGenesis.Wrap(err.Error())
		}
		if bytes.Compare(policy.Digest, before) <= 0 {
			return ErrInvalidGenesis.Wrapf("policies: expected digests ascending, found %x after %x", policy.Digest, before)
		}
		before = policy.Digest
	}
	return nil
}

package types

import (
	"bytes"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Validate checks a stored artifact: its digest is what its fields give, and its fields are those of its kind.
func (a Artifact) Validate() error {
	if _, err := sdk.AccAddressFromBech32(a.Publisher); err != nil {
		return ErrInvalidAddress.Wrapf("publisher: %s", err)
	}
	digest, err := a.computeDigest()
	if err != nil {
		return err
	}
	if !bytes.Equal(digest, a.Digest) {
		return ErrInvalidDigest.Wrapf("digest: expected %x, found %x", digest, a.Digest)
	}
	switch a.Status {
	case ARTIFACT_STATUS_ACTIVE, ARTIFACT_STATUS_DEPRECATED, ARTIFACT_STATUS_CLOSED:
	default:
		return ErrStatus.Wrapf("expected ACTIVE, DEPRECATED or CLOSED, found %s", a.Status)
	}
	for i, parent := range a.Parents {
		if parent.ArtifactId >= a.Id {
			return ErrInvalidParent.Wrapf("parent %d: expected an artifact older than %d, found %d", i, a.Id, parent.ArtifactId)
		}
	}
	return a.DefaultTolerance.Validate()
}

func (a Artifact) computeDigest() ([]byte, error) {
	if !a.Kind.IsProgram() {
		return ArtifactDigest(a.Kind, a.ManifestRoot)
	}
	if a.Program == nil {
		return nil, ErrInvalidField.Wrapf("program: expected one for %s, found none", a.Kind)
	}
	return ArtifactDigest(a.Kind, a.Program.Root, a.WeightsRoot)
}

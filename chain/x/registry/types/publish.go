package types

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/merkle"
)

// ValidateForm checks everything of a publication that needs neither state nor the program's validation.
func (m *MsgPublishArtifact) ValidateForm(params Params) error {
	if _, err := sdk.AccAddressFromBech32(m.Publisher); err != nil {
		return ErrInvalidAddress.Wrapf("publisher: %s", err)
	}
	if _, err := m.Kind.Tag(); err != nil {
		return err
	}
	if err := ValidateText("name", m.Name, params.MaxText, true); err != nil {
		return err
	}
	if err := ValidateText("licence", m.Licence, params.MaxText, true); err != nil {
		return err
	}
	if len(m.SourceDigest) != 0 {
		if err := ValidateHash("source_digest", m.SourceDigest); err != nil {
			return err
		}
	}
	if len(m.Uris) > int(params.MaxUris) {
		return ErrInvalidURI.Wrapf("uris: expected at most %d, found %d", params.MaxUris, len(m.Uris))
	}
	for _, uri := range m.Uris {
		if err := ValidateURI("uris", uri, params.MaxText); err != nil {
			return err
		}
	}
	if len(m.Parents) > int(params.MaxParents) {
		return ErrInvalidParent.Wrapf("parents: expected at most %d, found %d", params.MaxParents, len(m.Parents))
	}
	if m.Kind.IsProgram() {
		return m.validateProgram(params)
	}
	return m.validateManifest()
}

func (m *MsgPublishArtifact) validateProgram(params Params) error {
	if len(m.ManifestRoot) != 0 || m.Entries != 0 {
		return ErrInvalidField.Wrapf("manifest_root, entries: expected none for %s", m.Kind)
	}
	if len(m.Program) == 0 {
		return ErrInvalidField.Wrapf("program: expected a record for %s, found none", m.Kind)
	}
	if uint64(len(m.Program)) > params.MaxProgramBytes {
		return ErrProgramTooLarge.Wrapf("expected at most %d bytes, found %d: prepare the model with smaller constants", params.MaxProgramBytes, len(m.Program))
	}
	return ValidateHash("weights_root", m.WeightsRoot)
}

func (m *MsgPublishArtifact) validateManifest() error {
	if len(m.Program) != 0 || len(m.WeightsRoot) != 0 || !m.Tolerance().IsZero() {
		return ErrInvalidField.Wrapf("program, weights_root, default_tolerance: expected none for %s", m.Kind)
	}
	if m.Entries == 0 || m.Entries > maxEntries {
		return ErrInvalidField.Wrapf("entries: expected 1 to %d, found %d", uint64(maxEntries), m.Entries)
	}
	return ValidateHash("manifest_root", m.ManifestRoot)
}

// Tolerance is the default tolerance with unset parts as zero, that is: exact.
func (m *MsgPublishArtifact) Tolerance() Tolerance {
	tolerance := ZeroTolerance()
	if !m.DefaultTolerance.Abs.IsNil() {
		tolerance.Abs = m.DefaultTolerance.Abs
	}
	if !m.DefaultTolerance.Rel.IsNil() {
		tolerance.Rel = m.DefaultTolerance.Rel
	}
	return tolerance
}

// EmptyRoot is the root of a tree without leaves: the weights root of a program that has none.
func EmptyRoot() []byte {
	root := merkle.Root(nil)
	return root[:]
}

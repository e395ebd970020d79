package types

import (
	"crypto/sha256"
)

// HashSize of every digest and root: SHA-256.
const HashSize = sha256.Size

// Tags under which an artifact's identity is hashed. MODEL and PROGRAM hash program root and weights root, the other kinds
// the root of their manifest. A manifest's root is the RFC 6962 tree over its entries, each a record leaf under EntryTag.
const (
	ModelTag   = "assay/model/1"
	ProgramTag = "assay/program-artifact/1"
	DatasetTag = "assay/dataset/1"
	AdapterTag = "assay/adapter/1"
	ReportTag  = "assay/report/1"
	EntryTag   = "assay/entry/1"
)

// Tag returns the tag of a kind, or an error for an unknown one.
func (k ArtifactKind) Tag() (string, error) {
	switch k {
	case ARTIFACT_KIND_MODEL:
		return ModelTag, nil
	case ARTIFACT_KIND_PROGRAM:
		return ProgramTag, nil
	case ARTIFACT_KIND_DATASET:
		return DatasetTag, nil
	case ARTIFACT_KIND_ADAPTER:
		return AdapterTag, nil
	case ARTIFACT_KIND_REPORT:
		return ReportTag, nil
	default:
		return "", ErrInvalidKind.Wrapf("expected MODEL, PROGRAM, DATASET, ADAPTER or REPORT, found %s", k)
	}
}

// IsProgram reports whether artifacts of the kind are executed: MODEL and PROGRAM. The others are manifests.
func (k ArtifactKind) IsProgram() bool {
	return k == ARTIFACT_KIND_MODEL || k == ARTIFACT_KIND_PROGRAM
}

// ArtifactDigest is the content address of an artifact: SHA256(0x00 ‖ one length byte ‖ tag ‖ roots), the form of every
// record leaf, with roots = program root ‖ weights root, or the manifest root. Each root is 32 bytes.
func ArtifactDigest(kind ArtifactKind, roots ...[]byte) ([]byte, error) {
	tag, err := kind.Tag()
	if err != nil {
		return nil, err
	}
	expected := 1
	if kind.IsProgram() {
		expected = 2
	}
	if len(roots) != expected {
		return nil, ErrInvalidDigest.Wrapf("a digest of kind %s: expected %d roots, found %d", kind, expected, len(roots))
	}
	hash := sha256.New()
	hash.Write([]byte{0, byte(len(tag))})
	hash.Write([]byte(tag))
	for _, root := range roots {
		if len(root) != HashSize {
			return nil, ErrInvalidDigest.Wrapf("a root: expected %d bytes, found %d", HashSize, len(root))
		}
		hash.Write(root)
	}
	return hash.Sum(nil), nil
}

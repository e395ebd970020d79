package types

import (
	"strings"

	"github.com/assay-chain/assay/chain/merkle"
)

const (
	// maxPath bounds the path of a manifest's entry, in bytes.
	maxPath = 1024
	// maxEntries of a manifest; proofs then have at most 40 hashes.
	maxEntries = 1 << 40
	// maxEntryHashes is checked before any hashing.
	maxEntryHashes = 40
)

// Validate checks the form of an entry.
func (e Entry) Validate() error {
	if e.Path == "" || len(e.Path) > maxPath {
		return ErrEntryMismatch.Wrapf("path: expected 1 to %d bytes, found %d", maxPath, len(e.Path))
	}
	for _, part := range strings.Split(e.Path, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "\\\x00") {
			return ErrEntryMismatch.Wrapf("path: expected a relative path with forward slashes and no dot segments, found %q", e.Path)
		}
	}
	if len(e.Digest) != HashSize {
		return ErrEntryMismatch.Wrapf("digest: expected %d bytes, found %d", HashSize, len(e.Digest))
	}
	if n := len(e.DataRoot); n != 0 && n != HashSize {
		return ErrEntryMismatch.Wrapf("data_root: expected none or %d bytes, found %d", HashSize, n)
	}
	return nil
}

// Leaf is the entry's leaf in a manifest: SHA256(0x00 ‖ length ‖ assay/entry/1 ‖ canonical bytes).
func (e Entry) Leaf() (merkle.Hash, error) {
	encoded, err := e.Marshal()
	if err != nil {
		return merkle.Hash{}, ErrEntryMismatch.Wrapf("entry: %s", err)
	}
	return merkle.TaggedLeaf(EntryTag, encoded), nil
}

// Verify checks that the entry stands at its index in a manifest of so many entries with that root.
func (p *EntryProof) Verify(manifestRoot []byte, entries uint64) error {
	if p == nil {
		return ErrEntryMismatch.Wrap("expected a proof of an entry, found none")
	}
	if err := p.Entry.Validate(); err != nil {
		return err
	}
	if p.Index >= entries {
		return ErrEntryMismatch.Wrapf("index: expected less than %d, found %d", entries, p.Index)
	}
	if len(p.Hashes) > maxEntryHashes {
		return ErrEntryMismatch.Wrapf("hashes: expected at most %d, found %d", maxEntryHashes, len(p.Hashes))
	}
	hashes := make([]merkle.Hash, len(p.Hashes))
	for i, hash := range p.Hashes {
		if len(hash) != HashSize {
			return ErrEntryMismatch.Wrapf("hash %d: expected %d bytes, found %d", i, HashSize, len(hash))
		}
		hashes[i] = merkle.Hash(hash)
	}
	leaf, err := p.Entry.Leaf()
	if err != nil {
		return err
	}
	root, err := merkle.Open(entries, []uint64{p.Index}, []merkle.Hash{leaf}, hashes)
	if err != nil {
		return ErrEntryMismatch.Wrap(err.Error())
	}
	if string(root[:]) != string(manifestRoot) {
		return ErrEntryMismatch.Wrapf("entry %q at %d: expected the manifest root %x, found %x", p.Entry.Path, p.Index, manifestRoot, root)
	}
	return nil
}

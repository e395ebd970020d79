package types_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/x/registry/types"
)

var update = flag.Bool("update", false, "write the golden vectors anew")

const vectorFile = "../../../../test/vectors/registry.json"

type digestVector struct {
	Kind string `json:"kind"`
	Tag  string `json:"tag"`
	// Roots: program root and weights root, or the manifest root.
	Roots  []string `json:"roots"`
	Digest string   `json:"digest"`
}

type entryVector struct {
	Path     string `json:"path"`
	Size     string `json:"size"`
	Digest   string `json:"digest"`
	DataRoot string `json:"data_root"`
	// Bytes: the entry's canonical protobuf encoding; Leaf: SHA256(0x00 ‖ len ‖ assay/entry/1 ‖ bytes).
	Bytes string `json:"bytes"`
	Leaf  string `json:"leaf"`
}

type manifestVector struct {
	Entries []entryVector `json:"entries"`
	Root    string        `json:"root"`
	// Proofs: the hashes that open each entry alone, by index.
	Proofs [][]string `json:"proofs"`
}

type vectors struct {
	Note      string           `json:"note"`
	EmptyRoot string           `json:"empty_weights_root"`
	Digests   []digestVector   `json:"digests"`
	Manifests []manifestVector `json:"manifests"`
}

func sum(text string) []byte { h := sha256.Sum256([]byte(text)); return h[:] }

func entry(i int) types.Entry {
	e := types.Entry{Path: fmt.Sprintf("data/%03d.bin", i), Size_: uint64(i) * 1000, Digest: sum(fmt.Sprint("file ", i))}
	if i%2 == 1 {
		e.DataRoot = sum(fmt.Sprint("tensor ", i))
	}
	return e
}

func manifest(t *testing.T, n int) (manifestVector, []merkle.Hash) {
	var v manifestVector
	var leaves []merkle.Hash
	for i := range n {
		e := entry(i)
		encoded, err := e.Marshal()
		require.NoError(t, err)
		leaf, err := e.Leaf()
		require.NoError(t, err)
		leaves = append(leaves, leaf)
		v.Entries = append(v.Entries, entryVector{e.Path, fmt.Sprint(e.Size_), hex.EncodeToString(e.Digest), hex.EncodeToString(e.DataRoot), hex.EncodeToString(encoded), hex.EncodeToString(leaf[:])})
	}
	root := merkle.Root(leaves)
	v.Root = hex.EncodeToString(root[:])
	for i := range n {
		hashes, err := merkle.Prove(leaves, []uint64{uint64(i)})
		require.NoError(t, err)
		proof := []string{}
		for _, hash := range hashes {
			proof = append(proof, hex.EncodeToString(hash[:]))
		}
		v.Proofs = append(v.Proofs, proof)
	}
	return v, leaves
}

func TestGoldenVectors(t *testing.T) {
	v := vectors{
		Note:      "digest = SHA256(0x00, one length byte, tag, roots); a manifest's root is the RFC 6962 tree over its entries' tagged leaves, sorted by path; u64 as decimal strings",
		EmptyRoot: hex.EncodeToString(types.EmptyRoot()),
	}
	for _, kind := range []types.ArtifactKind{1, 2, 3, 4, 5} {
		roots := [][]byte{sum("program"), sum("weights")}
		if !kind.IsProgram() {
			roots = [][]byte{sum("manifest")}
		}
		tag, err := kind.Tag()
		require.NoError(t, err)
		digest, err := types.ArtifactDigest(kind, roots...)
		require.NoError(t, err)
		// Written out once more, independently of the code under test.
		require.Equal(t, sum(string([]byte{0, byte(len(tag))})+tag+string(bytes.Join(roots, nil))), digest)
		d := digestVector{Kind: kind.String(), Tag: tag, Digest: hex.EncodeToString(digest)}
		for _, root := range roots {
			d.Roots = append(d.Roots, hex.EncodeToString(root))
		}
		v.Digests = append(v.Digests, d)
	}
	for _, n := range []int{1, 2, 3, 5} {
		m, _ := manifest(t, n)
		v.Manifests = append(v.Manifests, m)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	require.NoError(t, encoder.Encode(v))
	if *update {
		require.NoError(t, os.WriteFile(vectorFile, out.Bytes(), 0o644))
	}
	kept, err := os.ReadFile(vectorFile)
	require.NoError(t, err)
	require.Equal(t, string(kept), out.String(), "a change here is a change of the protocol (refresh with -update)")
}

func TestEntryProofs(t *testing.T) {
	v, leaves := manifest(t, 5)
	root, err := hex.DecodeString(v.Root)
	require.NoError(t, err)
	proof := func(i uint64) *types.EntryProof {
		hashes, err := merkle.Prove(leaves, []uint64{i})
		require.NoError(t, err)
		p := &types.EntryProof{Entry: entry(int(i)), Index: i}
		for _, hash := range hashes {
			p.Hashes = append(p.Hashes, append([]byte{}, hash[:]...))
		}
		return p
	}
	for i := range uint64(5) {
		require.NoError(t, proof(i).Verify(root, 5), i)
	}
	for name, change := range map[string]func(*types.EntryProof){
		"another entry":         func(p *types.EntryProof) { p.Entry = entry(1) },
		"another index":         func(p *types.EntryProof) { p.Index = 3 },
		"index out of range":    func(p *types.EntryProof) { p.Index = 5 },
		"one hash too few":      func(p *types.EntryProof) { p.Hashes = p.Hashes[1:] },
		"one hash too many":     func(p *types.EntryProof) { p.Hashes = append(p.Hashes, p.Hashes[0]) },
		"a short hash":          func(p *types.EntryProof) { p.Hashes[0] = p.Hashes[0][:31] },
		"very many hashes":      func(p *types.EntryProof) { p.Hashes = make([][]byte, 1000) },
		"size":                  func(p *types.EntryProof) { p.Entry.Size_++ },
		"an absolute path":      func(p *types.EntryProof) { p.Entry.Path = "/etc/passwd" },
		"a path that climbs":    func(p *types.EntryProof) { p.Entry.Path = "a/../../b" },
		"no path":               func(p *types.EntryProof) { p.Entry.Path = "" },
		"a short digest":        func(p *types.EntryProof) { p.Entry.Digest = p.Entry.Digest[:31] },
		"a data root too short": func(p *types.EntryProof) { p.Entry.DataRoot = []byte{1} },
	} {
		p := proof(2)
		change(p)
		require.ErrorIs(t, p.Verify(root, 5), types.ErrEntryMismatch, name)
	}
	// A different number of entries is a different tree: leaf 2 of 5 is not leaf 2 of 4.
	require.ErrorIs(t, proof(2).Verify(root, 4), types.ErrEntryMismatch)
	var none *types.EntryProof
	require.ErrorIs(t, none.Verify(root, 5), types.ErrEntryMismatch)
}

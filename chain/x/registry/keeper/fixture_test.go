package keeper_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/x/registry/types"
)

const amount = 1_000_000_000_000

func start(t *testing.T) *apptest.Chain {
	return apptest.New(t, apptest.Options{Validators: 2, Accounts: map[string]int64{"alice": amount, "bob": amount}})
}

type record struct {
	Name   string `json:"name"`
	Record string `json:"record"`
	Root   string `json:"root"`
	Code   string `json:"code"`
}

// records are the shared golden vectors: accepted and refused program records.
func records(t *testing.T) (valid, invalid []record) {
	content, err := os.ReadFile("../../../../test/vectors/records.json")
	require.NoError(t, err)
	var file struct{ Valid, Invalid []record }
	require.NoError(t, json.Unmarshal(content, &file))
	require.NotEmpty(t, file.Valid)
	require.NotEmpty(t, file.Invalid)
	return file.Valid, file.Invalid
}

func unhex(t *testing.T, text string) []byte {
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

func sum(text string) []byte { h := sha256.Sum256([]byte(text)); return h[:] }

// model is a well-formed publication of the golden record "add" (one input, one weight, one output).
func model(t *testing.T, chain *apptest.Chain) *types.MsgPublishArtifact {
	valid, _ := records(t)
	require.Equal(t, "add", valid[0].Name)
	return &types.MsgPublishArtifact{
		Publisher: chain.Address("alice"), Kind: types.ARTIFACT_KIND_MODEL, Name: "adder", Licence: "MIT",
		Uris: []string{"https://models.example/adder"}, Program: unhex(t, valid[0].Record), WeightsRoot: sum("weights"),
		DefaultTolerance: types.Tolerance{Abs: math.LegacyNewDecWithPrec(1, 5), Rel: math.LegacyNewDecWithPrec(1, 4)},
	}
}

// dataset is a manifest of the given entries.
func dataset(t *testing.T, chain *apptest.Chain, entries ...types.Entry) (*types.MsgPublishArtifact, func(i uint64) *types.EntryProof) {
	var leaves []merkle.Hash
	for _, entry := range entries {
		leaf, err := entry.Leaf()
		require.NoError(t, err)
		leaves = append(leaves, leaf)
	}
	root := merkle.Root(leaves)
	msg := &types.MsgPublishArtifact{
		Publisher: chain.Address("alice"), Kind: types.ARTIFACT_KIND_DATASET, Name: "lines", Licence: "CC0-1.0",
		ManifestRoot: root[:], Entries: uint64(len(entries)),
	}
	return msg, func(i uint64) *types.EntryProof {
		hashes, err := merkle.Prove(leaves, []uint64{i})
		require.NoError(t, err)
		proof := &types.EntryProof{Entry: entries[i], Index: i}
		for _, hash := range hashes {
			proof.Hashes = append(proof.Hashes, append([]byte{}, hash[:]...))
		}
		return proof
	}
}

func file(path string) types.Entry { return types.Entry{Path: path, Size_: 10, Digest: sum(path)} }

// publish delivers a publication that must be accepted, and returns what the chain keeps.
func publish(t *testing.T, chain *apptest.Chain, msg *types.MsgPublishArtifact) types.Artifact {
	result := chain.MustDeliver(msg)
	artifact := apptest.One[*types.EventArtifactPublished](t, result.Events).Artifact
	response := apptest.Response(t, result.Txs[0], 0, &types.MsgPublishArtifactResponse{})
	require.Equal(t, artifact.Id, response.ArtifactId)
	require.Equal(t, artifact.Digest, response.Digest)
	kept, err := chain.App.RegistryKeeper.GetArtifact(chain.Context(), artifact.Id)
	require.NoError(t, err)
	require.NoError(t, kept.Validate())
	require.Equal(t, kept.String(), artifact.String(), "the event must carry the whole publication")
	return kept
}

package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/x/registry/types"
)

func TestEveryGoldenRecordIsPublishedWithItsRoot(t *testing.T) {
	chain := start(t)
	valid, _ := records(t)
	for i, v := range valid {
		msg := model(t, chain)
		msg.Program = unhex(t, v.Record)
		summary, err := program.Validate(msg.Program)
		require.NoError(t, err, v.Name)
		if summary.Weights == 0 {
			none := merkle.Root(nil)
			msg.WeightsRoot = none[:]
		}
		if summary.Quantised {
			msg.DefaultTolerance = types.Tolerance{Abs: math.LegacyZeroDec(), Rel: math.LegacyZeroDec()}
		}
		artifact := publish(t, chain, msg)
		require.EqualValues(t, i+1, artifact.Id, "ids count from 1")
		require.Equal(t, unhex(t, v.Root), artifact.Program.Root, v.Name)
		digest, err := types.ArtifactDigest(types.ARTIFACT_KIND_MODEL, artifact.Program.Root, msg.WeightsRoot)
		require.NoError(t, err)
		require.Equal(t, digest, artifact.Digest)
	}
	// Digests may repeat, so that nobody can squat on one.
	again := publish(t, chain, model(t, chain))
	first, err := chain.App.RegistryKeeper.GetArtifact(chain.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, first.Digest, again.Digest)
	require.NotEqual(t, first.Id, again.Id)
}

func TestEveryMalformedGoldenRecordIsRefused(t *testing.T) {
	chain := start(t)
	_, invalid := records(t)
	var txs [][]byte
	for _, v := range invalid {
		msg := model(t, chain)
		msg.Program = unhex(t, v.Record)
		if len(msg.Program) == 0 {
			msg.Program = []byte{0}
		}
		txs = append(txs, chain.Sign(msg))
	}
	result := chain.Block(txs...)
	for i, tx := range result.Txs {
		require.Equal(t, types.ErrInvalidProgram.ABCICode(), tx.Code, "%s: %s", invalid[i].Name, tx.Log)
	}
	require.NotZero(t, len(result.Txs))
	publish(t, chain, model(t, chain))
}

func TestPublishRefuses(t *testing.T) {
	chain := start(t)
	dec := math.LegacyMustNewDecFromStr
	for name, c := range map[string]struct {
		expected error
		change   func(*types.MsgPublishArtifact)
	}{
		"no kind":              {types.ErrInvalidKind, func(m *types.MsgPublishArtifact) { m.Kind = 0 }},
		"unknown kind":         {types.ErrInvalidKind, func(m *types.MsgPublishArtifact) { m.Kind = 77 }},
		"no name":              {types.ErrInvalidText, func(m *types.MsgPublishArtifact) { m.Name = "" }},
		"control characters":   {types.ErrInvalidText, func(m *types.MsgPublishArtifact) { m.Name = "a\x1bb" }},
		"long name":            {types.ErrInvalidText, func(m *types.MsgPublishArtifact) { m.Name = strings.Repeat("x", 513) }},
		"no licence":           {types.ErrInvalidText, func(m *types.MsgPublishArtifact) { m.Licence = "" }},
		"short source digest":  {types.ErrInvalidDigest, func(m *types.MsgPublishArtifact) { m.SourceDigest = []byte{1} }},
		"file uri":             {types.ErrInvalidURI, func(m *types.MsgPublishArtifact) { m.Uris = []string{"file:///etc/passwd"} }},
		"many uris":            {types.ErrInvalidURI, func(m *types.MsgPublishArtifact) { m.Uris = make([]string, 9) }},
		"many parents":         {types.ErrInvalidParent, func(m *types.MsgPublishArtifact) { m.Parents = make([]types.ParentClaim, 33) }},
		"no program":           {types.ErrInvalidField, func(m *types.MsgPublishArtifact) { m.Program = nil }},
		"program too large":    {types.ErrProgramTooLarge, func(m *types.MsgPublishArtifact) { m.Program = make([]byte, 512*1024+1) }},
		"no weights root":      {types.ErrInvalidDigest, func(m *types.MsgPublishArtifact) { m.WeightsRoot = nil }},
		"manifest of a model":  {types.ErrInvalidField, func(m *types.MsgPublishArtifact) { m.ManifestRoot = sum("x") }},
		"entries of a model":   {types.ErrInvalidField, func(m *types.MsgPublishArtifact) { m.Entries = 1 }},
		"negative tolerance":   {types.ErrInvalidTolerance, func(m *types.MsgPublishArtifact) { m.DefaultTolerance.Abs = dec("-1") }},
		"tolerance over cap":   {types.ErrInvalidTolerance, func(m *types.MsgPublishArtifact) { m.DefaultTolerance.Rel = dec("0.011") }},
		"dataset with program": {types.ErrInvalidField, func(m *types.MsgPublishArtifact) { m.Kind = types.ARTIFACT_KIND_DATASET }},
	} {
		msg := model(t, chain)
		c.change(msg)
		log := chain.MustRefuse(c.expected, msg)
		require.Contains(t, log, "expected", "%s: an error says what was expected", name)
	}
	require.EqualValues(t, 1, publish(t, chain, model(t, chain)).Id, "a refused publication uses up no id")
}

func TestManifestRefuses(t *testing.T) {
	chain := start(t)
	for _, change := range []func(*types.MsgPublishArtifact){
		func(m *types.MsgPublishArtifact) { m.Entries = 0 },
		func(m *types.MsgPublishArtifact) { m.Entries = 1 << 41 },
		func(m *types.MsgPublishArtifact) { m.WeightsRoot = sum("w") },
		func(m *types.MsgPublishArtifact) { m.DefaultTolerance.Abs = math.LegacyOneDec() },
	} {
		msg, _ := dataset(t, chain, file("a"))
		change(msg)
		chain.MustRefuse(types.ErrInvalidField, msg)
	}
	msg, _ := dataset(t, chain, file("a"))
	msg.ManifestRoot = msg.ManifestRoot[1:]
	chain.MustRefuse(types.ErrInvalidDigest, msg)
}

func TestGasPerByteIsChargedBeforeValidation(t *testing.T) {
	chain := start(t)
	msg := model(t, chain)
	msg.Program = make([]byte, 400_000)
	result := chain.Block(chain.SignWithGas(5_900_000, msg))
	require.Equal(t, sdkerrors.ErrOutOfGas.ABCICode(), result.Txs[0].Code, result.Txs[0].Log)
	require.Contains(t, result.Txs[0].Log, "program record validation")
	// With enough gas the same bytes are judged, and refused for what they are.
	result = chain.Block(chain.SignWithGas(20_000_000, msg))
	require.Equal(t, types.ErrInvalidProgram.ABCICode(), result.Txs[0].Code, result.Txs[0].Log)
	require.Greater(t, result.Txs[0].GasUsed, int64(2_000_000))
}

func TestDeprecate(t *testing.T) {
	chain := start(t)
	artifact := publish(t, chain, model(t, chain))
	deprecate := func(who string, id uint64) *types.MsgDeprecateArtifact {
		return &types.MsgDeprecateArtifact{Publisher: chain.Address(who), ArtifactId: id, Reason: "superseded"}
	}
	chain.MustRefuse(types.ErrNotPublisher, deprecate("bob", artifact.Id))
	chain.MustRefuse(types.ErrUnknownArtifact, deprecate("alice", 99))
	chain.MustDeliver(deprecate("alice", artifact.Id))
	chain.MustRefuse(types.ErrStatus, deprecate("alice", artifact.Id))
}

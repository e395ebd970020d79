package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

func TestURIs(t *testing.T) {
	for _, good := range []string{"http://localhost:8080/v1", "https://models.example/a?b=c#d", "assay://registry/1"} {
		require.NoError(t, types.ValidateURI("uris", good, 64), good)
	}
	for _, bad := range []string{"", "file:///etc/passwd", "ftp://host/x", "HTTP://host", "javascript:alert(1)", "http:/host", "http://", "https://a b", "https://a\nb", "https://ä", "//host", "https://" + strings.Repeat("a", 64)} {
		require.ErrorIs(t, types.ValidateURI("uris", bad, 64), types.ErrInvalidURI, "%q", bad)
	}
}

func TestTexts(t *testing.T) {
	require.NoError(t, types.ValidateText("name", "PP-OCRv4 recognition – 文字", 64, true))
	require.NoError(t, types.ValidateText("reason", "", 64, false))
	for _, bad := range []string{"", "a\x00b", "line\nbreak", "\x1b[31m", "\xff\xfe", strings.Repeat("é", 33)} {
		require.ErrorIs(t, types.ValidateText("name", bad, 64, true), types.ErrInvalidText, "%q", bad)
	}
}

func TestTolerances(t *testing.T) {
	dec := math.LegacyMustNewDecFromStr
	require.NoError(t, types.ZeroTolerance().Validate())
	require.True(t, types.ZeroTolerance().IsZero())
	for name, bad := range map[string]types.Tolerance{
		"unset":    {},
		"negative": {Abs: dec("-0.1"), Rel: dec("0")},
		"huge":     {Abs: dec("0"), Rel: dec("1" + strings.Repeat("0", 50))},
	} {
		require.ErrorIs(t, bad.Validate(), types.ErrInvalidTolerance, name)
	}
	limit := types.Tolerance{Abs: dec("1"), Rel: dec("0.01")}
	require.True(t, limit.Within(limit))
	require.False(t, types.Tolerance{Abs: dec("1.000000000000000001"), Rel: dec("0")}.Within(limit))
	require.False(t, types.Tolerance{Abs: dec("0"), Rel: dec("0.02")}.Within(limit))
}

func TestParamsAndPolicies(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	for name, change := range map[string]func(*types.Params){
		"no bytes":   func(p *types.Params) { p.MaxProgramBytes = 0 },
		"bytes":      func(p *types.Params) { p.MaxProgramBytes++ },
		"free bytes": func(p *types.Params) { p.GasPerByte = 0 },
		"parents":    func(p *types.Params) { p.MaxParents = 1 << 20 },
		"uris":       func(p *types.Params) { p.MaxUris = 0 },
		"text":       func(p *types.Params) { p.MaxText = 1 << 20 },
		"tolerance":  func(p *types.Params) { p.MaxTolerance = types.Tolerance{} },
	} {
		p := types.DefaultParams()
		change(&p)
		require.ErrorIs(t, p.Validate(), types.ErrInvalidParams, name)
	}
	good := types.Policy{Digest: make([]byte, 32), Status: types.POLICY_STATUS_BANNED}
	require.NoError(t, good.Validate())
	for name, change := range map[string]func(*types.Policy){
		"digest":    func(p *types.Policy) { p.Digest = p.Digest[1:] },
		"status":    func(p *types.Policy) { p.Status = 0 },
		"unknown":   func(p *types.Policy) { p.Status = 9 },
		"lambda":    func(p *types.Policy) { p.LambdaPpm = 1 << 62 },
		"tolerance": func(p *types.Policy) { p.MaxTolerance = &types.Tolerance{} },
	} {
		p := good
		change(&p)
		require.ErrorIs(t, p.Validate(), types.ErrInvalidPolicy, name)
	}
}

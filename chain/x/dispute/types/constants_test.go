package types_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/audit"
	"github.com/assay-chain/assay/chain/referee"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// constantsVector fixes how a profile's rows become the constants that offline tools judge under; TypeScript checks the
// same file. Numbers of 64 bits are decimal text.
type constantsVector struct {
	Name    string `json:"name"`
	Profile struct {
		GradualUnderflow bool          `json:"gradual_underflow"`
		WeightBlock      uint32        `json:"weight_block"`
		Constants        []constantRow `json:"constants"`
	} `json:"profile"`
	Constants *audit.ConstantsJSON `json:"constants"`
}

type constantRow struct {
	Op    string `json:"op"`
	Rho   string `json:"rho"`
	Alpha string `json:"alpha"`
}

func TestConstantsVectors(t *testing.T) {
	usual, found := computetypes.DefaultParams().FindProfile("ieee-fp32")
	require.True(t, found)
	certified, found := computetypes.DefaultParams().FindProfile("ort-x64-avx512")
	require.True(t, found)
	rows := func(rows ...computetypes.UnaryConstant) computetypes.Profile {
		return computetypes.Profile{GradualUnderflow: true, Constants: rows}
	}
	var vectors []constantsVector
	for _, c := range []struct {
		name    string
		profile computetypes.Profile
	}{
		{"the usual profile", usual},
		{"a certified order of sums", certified},
		{"no rows", computetypes.Profile{}},
		{"every row differs", rows(
			computetypes.UnaryConstant{Op: "Erf", Rho: 5, Alpha: 3 << 24},
			computetypes.UnaryConstant{Op: "Exp", Rho: 3},
			computetypes.UnaryConstant{Op: "Log", Rho: 7},
			computetypes.UnaryConstant{Op: "Reciprocal", Rho: 9},
			computetypes.UnaryConstant{Op: "Sigmoid", Rho: 10, Alpha: 1 << 40},
			computetypes.UnaryConstant{Op: "Sqrt", Rho: 11},
			computetypes.UnaryConstant{Op: "Tanh", Rho: 12, Alpha: 1<<24 + 1})},
		{"alpha is rounded up", rows(computetypes.UnaryConstant{Op: "Sigmoid", Rho: 1, Alpha: 1})},
		{"what is too large saturates", rows(computetypes.UnaryConstant{Op: "Exp", Rho: 1 << 40, Alpha: 1<<64 - 1})},
		{"a root's row of zero changes nothing", rows(computetypes.UnaryConstant{Op: "Sqrt"})},
		{"a row that no function has", rows(computetypes.UnaryConstant{Op: "Zeta", Rho: 99})},
	} {
		v := constantsVector{Name: c.name, Constants: audit.CommitmentsOf(&referee.Commitments{Constants: types.Constants(&c.profile)}).Constants}
		v.Profile.GradualUnderflow, v.Profile.WeightBlock, v.Profile.Constants = c.profile.GradualUnderflow, c.profile.WeightBlock, []constantRow{}
		for _, r := range c.profile.Constants {
			v.Profile.Constants = append(v.Profile.Constants, constantRow{r.Op, strconv.FormatUint(r.Rho, 10), strconv.FormatUint(r.Alpha, 10)})
		}
		vectors = append(vectors, v)
	}
	golden(t, "constants.json", vectors)
}

// golden compares vectors with the file in test/vectors, which -update writes anew.
func golden(t *testing.T, name string, vectors any) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "test", "vectors", name)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(vectors))
	if *update {
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(kept), b.String(), "a change here is a change of the protocol (refresh with -update)")
}

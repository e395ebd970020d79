package types

import (
	"strings"
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

func TestDefaultParamsAreValid(t *testing.T) {
	require.NoError(t, DefaultParams().Validate())
	require.NoError(t, DevnetParams().Validate())
	require.NoError(t, DefaultGenesis().Validate())
}

func TestParamsValidate(t *testing.T) {
	big := math.NewInt(1)
	for range 128 {
		big = big.MulRaw(2)
	}
	bad := map[string]func(*Params){
		"denom":                  func(p *Params) { p.Denom = "1" },
		"no denom":               func(p *Params) { p.Denom = "" },
		"claim_blocks 0":         func(p *Params) { p.ClaimBlocks = 0 },
		"commit_blocks 0":        func(p *Params) { p.CommitBlocks = 0 },
		"window_blocks huge":     func(p *Params) { p.WindowBlocks = 1 << 63 },
		"beacon_blocks 0":        func(p *Params) { p.BeaconBlocks = 0 },
		"epoch_blocks 0":         func(p *Params) { p.EpochBlocks = 0 },
		"lambda 0":               func(p *Params) { p.LambdaPpm = 0 },
		"kappa 0":                func(p *Params) { p.Kappa = 0 },
		"bond_min unset":         func(p *Params) { p.BondMin = math.Int{} },
		"bond_min 0":             func(p *Params) { p.BondMin = math.ZeroInt() },
		"fee_min 0":              func(p *Params) { p.FeeMin = math.ZeroInt() },
		"claim_deposit negative": func(p *Params) { p.ClaimDeposit = math.NewInt(-1) },
		"price of 129 bits":      func(p *Params) { p.Price = big },
		"shares above one":       func(p *Params) { p.PoolPpm = 20_001 },
		"share wraps":            func(p *Params) { p.WorkerPpm = ^uint64(0); p.VerifierPpm = 1; p.PoolPpm = 0 },
		"queue_cap 0":            func(p *Params) { p.QueueCap = 0 },
		"slash above half":       func(p *Params) { p.SlashPaidPpm = 500_001 },
		"costs above a quarter":  func(p *Params) { p.SlashCostsPpm = 250_001 },
		"costs above paid":       func(p *Params) { p.SlashPaidPpm = 100; p.SlashCostsPpm = 101 },
		"max_text small":         func(p *Params) { p.MaxText = 1 },
		"no profiles":            func(p *Params) { p.Profiles = nil },
		"profiles unsorted":      func(p *Params) { p.Profiles[0], p.Profiles[1] = p.Profiles[1], p.Profiles[0] },
		"profile twice":          func(p *Params) { p.Profiles[1] = p.Profiles[0] },
		"profile without name":   func(p *Params) { p.Profiles[0].Name = "" },
		"constants unsorted":     func(p *Params) { c := p.Profiles[0].Constants; c[0], c[1] = c[1], c[0] },
		"constant twice":         func(p *Params) { c := p.Profiles[0].Constants; c[1] = c[0] },
		"a block of one":         func(p *Params) { p.Profiles[1].WeightBlock = 1 },
		"a block too small":      func(p *Params) { p.Profiles[1].WeightBlock = minWeightBlock - 1 },
		"a block too large":      func(p *Params) { p.Profiles[1].WeightBlock = maxWeightBlock + 1 },
		"rho beyond everything":  func(p *Params) { p.Profiles[0].Constants[0].Rho = 1<<24 + 1 },
		"relay_fee negative":     func(p *Params) { p.RelayFee = math.NewInt(-5) },
		"verifier_deposit unset": func(p *Params) { p.VerifierDepositMin = math.Int{} },
		"max_inputs 0":           func(p *Params) { p.MaxInputs = 0 },
		"max_uris beyond":        func(p *Params) { p.MaxUris = 65 },
	}
	for name, change := range bad {
		p := DefaultParams()
		change(&p)
		require.ErrorIs(t, p.Validate(), ErrParams, name)
	}
}

func TestMinFee(t *testing.T) {
	p := DefaultParams()
	p.FeeMin, p.Price = math.NewInt(10), math.NewInt(3)
	s := registrytypes.ProgramSummary{Macs: 1, Exponentials: 1, ElementsRead: 1, WeightBytes: 1, InputBytes: 1, TraceBytes: 1}
	require.Equal(t, "45", Cost(s).String())
	require.Equal(t, "10", MinFee(p, s).String())
	s.Macs = 10_000_000 - 44 // cost 10,000,000: exactly 30
	require.Equal(t, "30", MinFee(p, s).String())
	s.Macs++
	require.Equal(t, "31", MinFee(p, s).String(), "rounded up")
	max := ^uint64(0)
	require.Equal(t, "830103483316929822675", Cost(registrytypes.ProgramSummary{Macs: max, Exponentials: max, ElementsRead: max, WeightBytes: max, InputBytes: max, TraceBytes: max}).String())
}

func TestCheckURL(t *testing.T) {
	for _, s := range []string{"http://127.0.0.1:8080", "https://a.example/x/y?z=1", "http://[::1]:80"} {
		require.NoError(t, CheckURL("endpoint", s, 256), s)
	}
	for _, s := range []string{"", "ftp://a", "http://", "https:///x", "http://a/", "http://u@a", "http://a b", "http://a/\n", "http://a#f", "file:///etc/passwd",
		"http://" + strings.Repeat("a", 250), "javascript:alert(1)", "http://ä", "HTTP://a", "http://a?b"} {
		require.ErrorIs(t, CheckURL("endpoint", s, 256), ErrEndpoint, "%q", s)
	}
}

func TestCheckAmount(t *testing.T) {
	require.NoError(t, CheckAmount(math.NewInt(1), false))
	require.NoError(t, CheckAmount(math.ZeroInt(), true))
	require.ErrorIs(t, CheckAmount(math.ZeroInt(), false), ErrAmount)
	require.ErrorIs(t, CheckAmount(math.Int{}, true), ErrAmount)
	require.ErrorIs(t, CheckAmount(math.NewInt(-1), true), ErrAmount)
}

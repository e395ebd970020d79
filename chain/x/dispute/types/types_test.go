package types_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/referee"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

var update = flag.Bool("update", false, "write the golden vectors anew")

// faultVector fixes the hash of a fault commitment; TypeScript checks the same file.
type faultVector struct {
	Name    string `json:"name"`
	ChainID string `json:"chain_id"`
	Job     string `json:"job"`
	Sender  string `json:"sender"`
	Salt    string `json:"salt"`
	Proof   string `json:"proof"`
	Hash    string `json:"hash"`
}

func TestFaultHashVectors(t *testing.T) {
	sender := bytes.Repeat([]byte{7}, 20)
	var salt [32]byte
	for i := range salt {
		salt[i] = byte(i)
	}
	cases := []struct {
		name, chain string
		job         uint64
		sender      []byte
		salt        [32]byte
		proof       []byte
	}{
		{"base", "assay-test", 1, sender, salt, []byte("proof")},
		{"another chain", "assay-tesu", 1, sender, salt, []byte("proof")},
		{"another job", "assay-test", 1 << 40, sender, salt, []byte("proof")},
		{"another sender", "assay-test", 1, bytes.Repeat([]byte{8}, 20), salt, []byte("proof")},
		{"a long sender", "assay-test", 1, bytes.Repeat([]byte{8}, 32), salt, []byte("proof")},
		{"another salt", "assay-test", 1, sender, [32]byte{}, []byte("proof")},
		{"another proof", "assay-test", 1, sender, salt, []byte("proog")},
		{"an empty proof", "assay-test", 1, sender, salt, nil},
	}
	seen := map[[32]byte]string{}
	var vectors []faultVector
	for _, c := range cases {
		h := types.FaultHash(c.chain, c.job, c.sender, c.salt, c.proof)
		require.Empty(t, seen[h], "%s hashes as %s", c.name, seen[h])
		seen[h] = c.name
		vectors = append(vectors, faultVector{c.name, c.chain, math.NewIntFromUint64(c.job).String(), hex.EncodeToString(c.sender),
			hex.EncodeToString(c.salt[:]), hex.EncodeToString(c.proof), hex.EncodeToString(h[:])})
	}
	golden(t, "fault.json", vectors)
}

func TestParamsValidate(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	require.NoError(t, types.DevnetParams().Validate())
	for name, change := range map[string]func(*types.Params){
		"trace_base_blocks":     func(p *types.Params) { p.TraceBaseBlocks = 0 },
		"trace_bytes_per_block": func(p *types.Params) { p.TraceBytesPerBlock = 0 },
		"serve_blocks":          func(p *types.Params) { p.ServeBlocks = 0 },
		"prove_base_blocks":     func(p *types.Params) { p.ProveBaseBlocks = 1 << 33 },
		"reveal_blocks":         func(p *types.Params) { p.RevealBlocks = 1 },
		"demand_max_bytes":      func(p *types.Params) { p.DemandMaxBytes = 1023 },
		"demand_block_bytes":    func(p *types.Params) { p.DemandBlockBytes = p.DemandMaxBytes - 1 },
		"free_demands":          func(p *types.Params) { p.FreeDemands = 0 },
		"max_proof_bytes":       func(p *types.Params) { p.MaxProofBytes = 1<<20 + 1 },
		"mac_milligas":          func(p *types.Params) { p.MacMilligas = 0 },
		"exponential_milligas":  func(p *types.Params) { p.ExponentialMilligas = 0 },
		"hash_milligas":         func(p *types.Params) { p.HashMilligas = 0 },
		"queue_cap":             func(p *types.Params) { p.QueueCap = 0 },
		"max_commitments":       func(p *types.Params) { p.MaxCommitments = 1_001 },
		"challenge_fee":         func(p *types.Params) { p.ChallengeFee = math.NewInt(-1) },
		"challenge_fee_per_mb":  func(p *types.Params) { p.ChallengeFeePerMb = math.Int{} },
		"proof_bond":            func(p *types.Params) { p.ProofBond = math.NewIntWithDecimal(1, 60) },
		"serve_fee":             func(p *types.Params) { p.ServeFee = math.NewInt(-1) },
		"demand_fee":            func(p *types.Params) { p.DemandFee = math.NewInt(-1) },
	} {
		p := types.DefaultParams()
		change(&p)
		require.ErrorIs(t, p.Validate(), types.ErrInvalidParams, name)
		require.ErrorContains(t, p.Validate(), name)
	}
}

func TestPrices(t *testing.T) {
	p := types.DefaultParams()
	require.EqualValues(t, 100_000, p.Fee(0).Int64())
	require.EqualValues(t, 101_000, p.Fee(1).Int64())
	require.EqualValues(t, 101_000, p.Fee(1_000_000).Int64())
	require.EqualValues(t, 102_000, p.Fee(1_000_001).Int64())
	require.EqualValues(t, 100, p.ServeFees(1).Int64())
	require.EqualValues(t, 25_600, p.ServeFees(256<<10).Int64())
	// Doubled every depth + 16 demands.
	require.EqualValues(t, 10_000, p.DemandFees(25, 10).Int64())
	require.EqualValues(t, 20_000, p.DemandFees(26, 10).Int64())
	require.EqualValues(t, 40_000, p.DemandFees(52, 10).Int64())
	p.DemandFee = math.NewIntWithDecimal(3, 38) // the largest that Validate allows, about 2^128
	require.NotPanics(t, func() { p.DemandFees(^uint64(0), 0) })
	require.EqualValues(t, 52, types.DefaultParams().TraceBlocks(50, 29_999_999))
}

func TestGenesisValidate(t *testing.T) {
	require.NoError(t, types.DefaultGenesis().Validate())
	address := "cosmos1qyqszqgpqyqszqgpqyqszqgpqyqszqgpjnp7du"
	good := func() *types.GenesisState {
		g := types.DefaultGenesis()
		g.Disputes = []types.Dispute{{JobId: 1, Worker: address, Fee: math.ZeroInt(), Demands: 1, OpenDemands: 1, LiveCommitments: 1}}
		g.Demands = []types.Demand{{Id: 1, JobId: 1, Sender: address, ServeFee: math.ZeroInt(), DemandFee: math.ZeroInt(), State: types.DEMAND_STATE_QUEUED}}
		g.Commitments = []types.FaultCommitment{{Id: 1, JobId: 1, Sender: address, Bond: math.ZeroInt(), State: types.COMMITMENT_STATE_LIVE}}
		g.Rewards = []types.PendingReward{{JobId: 1, Amount: math.OneInt()}}
		g.NextDemandId, g.NextCommitmentId = 2, 2
		return g
	}
	require.NoError(t, good().Validate())
	for name, change := range map[string]func(*types.GenesisState){
		"no parameters":                   func(g *types.GenesisState) { g.Params = nil },
		"a version left out":              func(g *types.GenesisState) { g.Params[0].Version = 2 },
		"a dispute of no job":             func(g *types.GenesisState) { g.Disputes[0].JobId = 0 },
		"a negative fee":                  func(g *types.GenesisState) { g.Disputes[0].Fee = math.NewInt(-1) },
		"no worker":                       func(g *types.GenesisState) { g.Disputes[0].Worker = "" },
		"a demand beyond the next id":     func(g *types.GenesisState) { g.NextDemandId = 1 },
		"a demand of no dispute":          func(g *types.GenesisState) { g.Demands[0].JobId = 2 },
		"a demand of nobody":              func(g *types.GenesisState) { g.Demands[0].Sender = "x" },
		"a demand without fees":           func(g *types.GenesisState) { g.Demands[0].ServeFee = math.Int{} },
		"a commitment beyond the next id": func(g *types.GenesisState) { g.NextCommitmentId = 1 },
		"a commitment of no dispute":      func(g *types.GenesisState) { g.Commitments[0].JobId = 2 },
		"a commitment of nobody":          func(g *types.GenesisState) { g.Commitments[0].Sender = "" },
		"a commitment without bond":       func(g *types.GenesisState) { g.Commitments[0].Bond = math.Int{} },
		"an empty reward":                 func(g *types.GenesisState) { g.Rewards[0].Amount = math.ZeroInt() },
		"a count that is wrong":           func(g *types.GenesisState) { g.Disputes[0].OpenDemands = 0 },
		"a live count that is wrong":      func(g *types.GenesisState) { g.Disputes[0].LiveCommitments = 2 },
	} {
		g := good()
		change(g)
		require.Error(t, g.Validate(), name)
	}
}

// The profile's rows become the referee's constants; the units of alpha are compute's 2^-64 and the referee's 2^-40.
func TestConstants(t *testing.T) {
	profile, found := computetypes.DefaultParams().FindProfile("ieee-fp32")
	require.True(t, found)
	require.Equal(t, referee.DefaultConstants(), types.Constants(&profile))
	require.EqualValues(t, 149, types.Constants(&computetypes.Profile{GradualUnderflow: true}).Underflow)
	require.Equal(t, referee.DefaultConstants().Exp, types.Constants(&computetypes.Profile{}).Exp, "a function without a row keeps what holds for every machine")
	for name, block := range map[string]uint32{"ort-x64-avx512": 256, "ort-wasm": 256} {
		blocked, found := computetypes.DefaultParams().FindProfile(name)
		require.True(t, found, name)
		want := referee.DefaultConstants()
		want.WeightBlock = block
		require.Equal(t, want, types.Constants(&blocked), name)
	}
	odd := computetypes.Profile{Constants: []computetypes.UnaryConstant{{Op: "Sigmoid", Rho: 1 << 40, Alpha: 1}}}
	require.Equal(t, referee.Function{Ulps: 1<<32 - 1, Absolute: 1}, types.Constants(&odd).Sigmoid, "rounded up, never down")
}

package keeper_test

import (
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// transplant exports a chain's state and starts another chain with it: same neighbours, same balance of the module.
func transplant(t *testing.T, f *fixture) *fixture {
	t.Helper()
	out, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	held := f.bank.GetBalance(f.ctx, moduleAddress(types.ModuleName), denom)
	h := bare(t, func(h *fixture) {
		h.registry, h.dispute, h.beacon.rounds = f.registry, f.dispute, f.beacon.rounds
		h.must(f.beacon.pins.Walk(f.ctx, nil, func(round, jobs uint64) (bool, error) { return false, h.beacon.pins.Set(h.ctx, round, jobs) }))
	}, held.Amount, out)
	// Heights go on, as with a genesis whose initial_height is the exported one.
	h.ctx = h.ctx.WithBlockHeader(f.ctx.BlockHeader())
	h.validator("v0", 10)
	h.validator("v1", 10)
	return h
}

// Every state of a job survives an export and an import: queues and indexes are rebuilt, and each job ends as it would have.
func TestGenesisRoundTrip(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	f.publish(2, nil)
	open, claimed, fresh := f.submit(nil), f.submit(nil), uint64(0)
	f.claim(claimed)
	leaving := f.drawn() // drawn, in its window
	f.must(f.withdraw("v1"))
	f.must(f.attest(leaving, "v0", types.VERDICT_VALID))
	waiting := f.committed()
	f.to(f.height() + 3) // its round is fixed
	recorded := f.committed()
	banned := f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 2 })
	digest := f.registry.artifacts[2].Digest
	f.registry.policies[string(digest)] = registrytypes.Policy{Digest: digest, Status: registrytypes.POLICY_STATUS_BANNED}
	fresh = f.committed()
	cancelled := f.submit(nil)
	f.must(f.cancel(cancelled, "requester"))
	f.beacon.rounds[f.job(waiting).BeaconRound] = randomnessOf(f.job(waiting).BeaconRound) // recorded, not yet drawn
	h := transplant(t, f)

	again, err := h.k.ExportGenesis(h.ctx)
	require.NoError(t, err)
	first, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Equal(t, first, again, "export of the import is the export")

	h.end()
	require.NotZero(t, h.job(waiting).DrawnHeight, "its round was recorded before the export")
	require.Equal(t, types.JOB_STATE_VOID, h.job(banned).State, "the ban drains on")
	h.to(h.height() + 4)
	require.NotZero(t, h.job(recorded).BeaconRound)
	h.record(h.job(fresh).BeaconRound)
	h.to(h.height() + 40)
	for id, want := range map[uint64]types.JobState{open: types.JOB_STATE_EXPIRED, claimed: types.JOB_STATE_EXPIRED, leaving: types.JOB_STATE_FINAL,
		waiting: types.JOB_STATE_FINAL, fresh: types.JOB_STATE_FINAL, cancelled: types.JOB_STATE_EXPIRED} {
		require.Equal(t, want, h.job(id).State, "job %d", id)
	}
	_, found, err := h.k.GetVerifier(h.ctx, who("v1"))
	require.NoError(t, err)
	require.False(t, found, "the one that leaves is paid out")
	next := h.submit(nil)
	require.Equal(t, cancelled+1, next, "ids go on")
}

// A job that waits for its round and was raised far beyond the round's deadline gets its next round in time after an import.
func TestGenesisKeepsTheBeaconsDeadline(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	id := f.committed()
	f.to(f.height() + 3)
	f.must(f.k.RaiseReady(f.ctx, id, f.height()+100))
	h := transplant(t, f)
	h.to(h.job(id).Deadline + 1)
	require.EqualValues(t, 2, h.job(id).BeaconTries)
}

// Genesis verifiers stand in the snapshot of epoch 0, taken at the end of the first block.
func TestGenesisVerifiers(t *testing.T) {
	v := types.Verifier{Operator: who("v0"), Deposit: math.NewInt(60_000)}
	g := types.NewGenesis(testParams())
	g.Verifiers = []types.Verifier{v}
	f := bare(t, nil, math.NewInt(60_000), g)
	f.validator("v0", 10)
	_, err := f.snapshot(0)
	require.Error(t, err)
	f.end()
	s, err := f.snapshot(0)
	require.NoError(t, err)
	require.Equal(t, who("v0"), s.Entries[0].Operator)
	f.registerWorker("worker", "")
	f.claim(f.submit(nil))
}

// A genesis whose records hold what the module's account does not is refused.
func TestGenesisRefuses(t *testing.T) {
	f := newFixture(t, nil)
	g, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	g.Verifiers = []types.Verifier{{Operator: who("v0"), Deposit: math.OneInt()}}
	require.ErrorIs(t, f.k.InitGenesis(f.ctx, *g), types.ErrInvariant)
	f.k.SetDisputeKeeper(nil)
	require.ErrorIs(t, f.k.InitGenesis(f.ctx, *g), types.ErrDisputeNotWired)
	bad := map[string]func(*types.GenesisState){
		"no params":        func(g *types.GenesisState) { g.Params = nil },
		"params not valid": func(g *types.GenesisState) { g.Params[0].Params.Kappa = 0 },
		"version 0":        func(g *types.GenesisState) { g.Params[0].Version = 0 },
		"version gap": func(g *types.GenesisState) {
			g.Params = append(g.Params, types.VersionedParams{Version: 3, Params: testParams()})
		},
		"two denoms": func(g *types.GenesisState) {
			p := testParams()
			p.Denom = "other"
			g.Params = append(g.Params, types.VersionedParams{Version: 2, Params: p})
		},
		"next_job_id 0": func(g *types.GenesisState) { g.NextJobId = 0 },
		"job beyond next": func(g *types.GenesisState) {
			g.Jobs = []types.Job{{Id: 1, State: types.JOB_STATE_OPEN, Fee: math.OneInt()}}
		},
		"job without state": func(g *types.GenesisState) { g.NextJobId = 2; g.Jobs = []types.Job{{Id: 1, Fee: math.OneInt()}} },
		"job without fee": func(g *types.GenesisState) {
			g.NextJobId = 2
			g.Jobs = []types.Job{{Id: 1, State: types.JOB_STATE_OPEN}}
		},
		"worker twice":       func(g *types.GenesisState) { g.Workers = []types.Worker{{Address: who("a")}, {Address: who("a")}} },
		"worker's address":   func(g *types.GenesisState) { g.Workers = []types.Worker{{Address: "a"}} },
		"verifier's address": func(g *types.GenesisState) { g.Verifiers = []types.Verifier{{Operator: "a", Deposit: math.OneInt()}} },
		"verifier's deposit": func(g *types.GenesisState) { g.Verifiers = []types.Verifier{{Operator: who("a")}} },
		"snapshot 0":         func(g *types.GenesisState) { g.Snapshots = []types.Snapshot{{}} },
	}
	for name, change := range bad {
		g := types.NewGenesis(testParams())
		change(g)
		require.Error(t, g.Validate(), name)
	}
}

// The module's JSON genesis: default, validation, import and export.
func TestModuleGenesisJSON(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.submit(nil)
	bz := f.module.ExportGenesis(f.ctx, f.cdc)
	require.NoError(t, f.module.ValidateGenesis(f.cdc, nil, bz))
	require.NoError(t, f.module.ValidateGenesis(f.cdc, nil, f.module.DefaultGenesis(f.cdc)))
	require.ErrorIs(t, f.module.ValidateGenesis(f.cdc, nil, []byte(`{"unknown":1}`)), types.ErrGenesis)
	var g types.GenesisState
	f.cdc.MustUnmarshalJSON(bz, &g)
	h := bare(t, nil, f.bank.GetBalance(f.ctx, moduleAddress(types.ModuleName), denom).Amount, &g)
	require.Equal(t, bz, h.module.ExportGenesis(h.ctx, h.cdc))
}

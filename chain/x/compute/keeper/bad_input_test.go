package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// refused wants an error of a code, and every record as it was.
func (f *fixture) refused(what string, code error, run func(ctx sdk.Context) error) {
	f.t.Helper()
	before, err := f.k.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	err = f.tx(run)
	require.Error(f.t, err, what)
	require.True(f.t, errors.Is(err, code), "%s: %v expected, %v found", what, code, err)
	after, err := f.k.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	require.Equal(f.t, before, after, what)
	f.check()
}

func entryOf(root []byte, path string) *registrytypes.EntryProof {
	return &registrytypes.EntryProof{Entry: registrytypes.Entry{Path: path, DataRoot: root}}
}

func TestSubmitRefuses(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.registry.entries[9] = "line.png"
	f.publish(2, func(a *registrytypes.Artifact) { a.Kind, a.Program = registrytypes.ARTIFACT_KIND_DATASET, nil })
	f.publish(3, func(a *registrytypes.Artifact) { a.Status = registrytypes.ARTIFACT_STATUS_CLOSED })
	f.publish(4, func(a *registrytypes.Artifact) { a.Program.Quantised = true })
	f.publish(5, func(a *registrytypes.Artifact) { a.Program.Macs = 1 << 62 })
	f.publish(6, nil)
	f.publish(7, nil)
	f.publish(8, func(a *registrytypes.Artifact) { a.Program.Inputs = 100 })
	f.publish(10, func(a *registrytypes.Artifact) { a.DefaultTolerance = tolerance("2", "0") })
	f.publish(11, func(a *registrytypes.Artifact) { a.Kind = registrytypes.ARTIFACT_KIND_REPORT })
	for id, s := range map[uint64]registrytypes.PolicyStatus{6: registrytypes.POLICY_STATUS_BANNED, 7: registrytypes.POLICY_STATUS_DEPRECATED} {
		d := f.registry.artifacts[id].Digest
		f.registry.policies[string(d)] = registrytypes.Policy{Digest: d, Status: s}
	}
	bits := math.NewIntFromBigInt(math.OneInt().BigInt().Lsh(math.OneInt().BigInt(), 128))
	tol := func(abs, rel string) *registrytypes.Tolerance { t := tolerance(abs, rel); return &t }
	cases := []struct {
		name   string
		code   error
		change func(*types.MsgSubmitJob)
	}{
		{"requester", types.ErrAddress, func(m *types.MsgSubmitJob) { m.Requester = "nobody" }},
		{"unknown artifact", errUnknown, func(m *types.MsgSubmitJob) { m.ArtifactId = 99 }},
		{"dataset", types.ErrArtifact, func(m *types.MsgSubmitJob) { m.ArtifactId = 2 }},
		{"closed", types.ErrArtifact, func(m *types.MsgSubmitJob) { m.ArtifactId = 3 }},
		{"a report with a program", types.ErrArtifact, func(m *types.MsgSubmitJob) { m.ArtifactId = 11 }},
		{"banned", types.ErrPolicy, func(m *types.MsgSubmitJob) { m.ArtifactId = 6 }},
		{"deprecated by governance", types.ErrPolicy, func(m *types.MsgSubmitJob) { m.ArtifactId = 7 }},
		{"too few inputs", types.ErrInputs, func(m *types.MsgSubmitJob) { m.Inputs = m.Inputs[:1] }},
		{"too many inputs", types.ErrInputs, func(m *types.MsgSubmitJob) { m.Inputs = append(m.Inputs, m.Inputs[0]) }},
		{"no inputs", types.ErrInputs, func(m *types.MsgSubmitJob) { m.Inputs = nil }},
		{"more than max_inputs", types.ErrInputs, func(m *types.MsgSubmitJob) { m.ArtifactId = 8; m.Inputs = make([]types.JobInput, 100) }},
		{"short root", types.ErrInputs, func(m *types.MsgSubmitJob) { m.Inputs[1].DataRoot = root("x")[:31] }},
		{"long root", types.ErrInputs, func(m *types.MsgSubmitJob) { m.Inputs[0].DataRoot = append(root("x"), 0) }},
		{"too many uris", types.ErrInputs, func(m *types.MsgSubmitJob) { m.Inputs[0].Uris = make([]string, 5) }},
		{"file uri", types.ErrEndpoint, func(m *types.MsgSubmitJob) { m.Inputs[0].Uris = []string{"file:///etc/passwd"} }},
		{"long uri", types.ErrEndpoint, func(m *types.MsgSubmitJob) { m.Inputs[0].Uris = []string{"http://" + strings.Repeat("a", 300)} }},
		{"dataset without entry", types.ErrSource, func(m *types.MsgSubmitJob) { m.Inputs[0].DatasetId = 9 }},
		{"entry without dataset", types.ErrSource, func(m *types.MsgSubmitJob) { m.Inputs[0].Entry = entryOf(root("in 0"), "line.png") }},
		{"entry of another root", types.ErrSource, func(m *types.MsgSubmitJob) {
			m.Inputs[0].DatasetId, m.Inputs[0].Entry = 9, entryOf(root("in 1"), "line.png")
		}},
		{"entry without root", types.ErrSource, func(m *types.MsgSubmitJob) { m.Inputs[0].DatasetId, m.Inputs[0].Entry = 9, entryOf(nil, "line.png") }},
		{"entry that is not in the manifest", errUnknown, func(m *types.MsgSubmitJob) {
			m.Inputs[0].DatasetId, m.Inputs[0].Entry = 9, entryOf(root("in 0"), "x.png")
		}},
		{"no fee", types.ErrAmount, func(m *types.MsgSubmitJob) { m.JobFee = math.Int{} }},
		{"zero fee", types.ErrAmount, func(m *types.MsgSubmitJob) { m.JobFee = math.ZeroInt() }},
		{"negative fee", types.ErrAmount, func(m *types.MsgSubmitJob) { m.JobFee = math.NewInt(-1) }},
		{"fee of 129 bits", types.ErrAmount, func(m *types.MsgSubmitJob) { m.JobFee = bits }},
		{"fee below fee_min", types.ErrFee, func(m *types.MsgSubmitJob) { m.JobFee = math.NewInt(1_002) }},
		{"fee below the price", types.ErrFee, func(m *types.MsgSubmitJob) { m.ArtifactId = 5 }},
		{"fee beyond the purse", sdkerrors.ErrInsufficientFunds, func(m *types.MsgSubmitJob) { m.JobFee = purse.AddRaw(1) }},
		{"unknown profile", types.ErrProfile, func(m *types.MsgSubmitJob) { m.Profile = "fast" }},
		{"no profile", types.ErrProfile, func(m *types.MsgSubmitJob) { m.Profile = "" }},
		{"tolerance beyond the cap", types.ErrTolerance, func(m *types.MsgSubmitJob) { m.Tolerance = tol("1.000000000000000001", "0") }},
		{"relative tolerance beyond the cap", types.ErrTolerance, func(m *types.MsgSubmitJob) { m.Tolerance = tol("0", "0.2") }},
		{"default beyond the cap", types.ErrTolerance, func(m *types.MsgSubmitJob) { m.ArtifactId = 10 }},
		{"negative tolerance", types.ErrTolerance, func(m *types.MsgSubmitJob) { m.Tolerance = tol("-0.1", "0") }},
		{"half a tolerance", types.ErrTolerance, func(m *types.MsgSubmitJob) { m.Tolerance = &registrytypes.Tolerance{Abs: math.LegacyZeroDec()} }},
		{"tolerance of a quantised program", types.ErrTolerance, func(m *types.MsgSubmitJob) { m.ArtifactId = 4; m.Tolerance = tol("0.1", "0") }},
	}
	for _, c := range cases {
		m := submitMsg()
		c.change(m)
		f.refused(c.name, c.code, func(ctx sdk.Context) error { _, err := f.msgs.SubmitJob(ctx, m); return err })
	}
	f.end()
	// What stands at the edges is accepted.
	f.submit(func(m *types.MsgSubmitJob) { m.JobFee = math.NewInt(1_003); m.Tolerance = tol("1", "0.1") })
	quantised := f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 4 })
	require.True(t, f.job(quantised).Eager)
	require.True(t, f.job(quantised).Tolerance.Abs.IsZero() && f.job(quantised).Tolerance.Rel.IsZero())
	exact := f.submit(func(m *types.MsgSubmitJob) { m.Tolerance = tol("0", "0") })
	require.True(t, f.job(exact).Eager)
	require.False(t, f.job(f.submit(nil)).Eager)
	f.publish(1, func(a *registrytypes.Artifact) { a.Status = registrytypes.ARTIFACT_STATUS_DEPRECATED })
	matched := f.submit(func(m *types.MsgSubmitJob) {
		m.Inputs[1].DatasetId, m.Inputs[1].Entry = 9, entryOf(root("in 1"), "line.png")
	})
	require.Equal(t, []types.JobSource{{Input: 1, DatasetId: 9, Path: "line.png", Evidence: registrytypes.EVIDENCE_MATCHED}}, f.job(matched).Sources)
	f.end()
}

func TestClaimRefuses(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.publish(2, nil)
	f.publish(3, nil)
	id, banned, closed := f.submit(nil), f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 2 }), f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 3 })
	d := f.registry.artifacts[2].Digest
	f.registry.policies[string(d)] = registrytypes.Policy{Digest: d, Status: registrytypes.POLICY_STATUS_BANNED}
	f.publish(3, func(a *registrytypes.Artifact) { a.Status = registrytypes.ARTIFACT_STATUS_CLOSED })
	taken := f.submit(nil)
	f.claim(taken)
	claim := func(name, worker string, id uint64, bond math.Int, code error) {
		f.refused(name, code, func(ctx sdk.Context) error {
			_, err := f.msgs.ClaimJob(ctx, &types.MsgClaimJob{Worker: worker, JobId: id, Bond: bond})
			return err
		})
	}
	claim("worker's address", "x", id, bond, types.ErrAddress)
	claim("not registered", who("outsider"), id, bond, types.ErrNotFound)
	claim("unknown job", who("worker"), 99, bond, types.ErrNotFound)
	claim("job 0", who("worker"), 0, bond, types.ErrNotFound)
	claim("taken", who("worker2"), taken, bond, types.ErrState)
	claim("no bond", who("worker"), id, math.Int{}, types.ErrAmount)
	claim("below kappa times the fee", who("worker"), id, math.NewInt(100_069), types.ErrBond)
	claim("beyond the purse", who("worker"), id, purse.SubRaw(100), sdkerrors.ErrInsufficientFunds)
	claim("banned", who("worker"), banned, bond, types.ErrPolicy)
	claim("closed", who("worker"), closed, bond, types.ErrArtifact)
	f.must(f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.ClaimJob(ctx, &types.MsgClaimJob{Worker: who("worker"), JobId: id, Bond: math.NewInt(100_070)})
		return err
	}))
	f.end()
	cheap := f.submit(func(m *types.MsgSubmitJob) { m.JobFee = math.NewInt(1_003) })
	claim("below bond_min", who("worker"), cheap, math.NewInt(20_010), types.ErrBond)
}

// Without verifiers in the newest snapshot nobody could be drawn: the claim is refused.
func TestClaimRefusesEmptySnapshot(t *testing.T) {
	f := newFixture(t, nil)
	f.registerWorker("worker", "")
	id := f.submit(nil)
	require.ErrorIs(t, f.tryClaim(id, "worker"), types.ErrNoVerifiers, "before epoch 0 is taken")
	f.end()
	f.validator("v0", 10)
	f.must(f.register("v0", ""))
	require.ErrorIs(t, f.tryClaim(id, "worker"), types.ErrNoVerifiers, "registered after epoch 0 was taken")
}

func TestCommitRefuses(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.publish(2, func(a *registrytypes.Artifact) { a.Program.Quantised = true })
	id := f.submit(nil)
	eager := f.submit(func(m *types.MsgSubmitJob) { m.ArtifactId = 2 })
	open := f.submit(nil)
	f.claim(id)
	f.claim(eager)
	cases := []struct {
		name   string
		job    uint64
		code   error
		change func(*types.MsgCommitResult)
		signed bool
	}{
		{"unknown job", id, types.ErrNotFound, func(m *types.MsgCommitResult) { m.JobId = 99 }, false},
		{"open job", id, types.ErrState, func(m *types.MsgCommitResult) { m.JobId = open }, false},
		{"another worker", id, types.ErrUnauthorised, func(m *types.MsgCommitResult) { m.Worker = who("worker2") }, false},
		{"no outputs", id, types.ErrRoots, func(m *types.MsgCommitResult) { m.OutputDataRoots = nil }, false},
		{"two outputs", id, types.ErrRoots, func(m *types.MsgCommitResult) { m.OutputDataRoots = [][]byte{root("a"), root("b")} }, true},
		{"short root", id, types.ErrRoots, func(m *types.MsgCommitResult) { m.OutputDataRoots[0] = root("a")[1:] }, false},
		{"trace of a job that is not eager", id, types.ErrTraceRoot, func(m *types.MsgCommitResult) { m.TraceRoot = root("trace") }, true},
		{"no trace of an eager job", eager, types.ErrTraceRoot, func(m *types.MsgCommitResult) { m.TraceRoot = nil }, true},
		{"short trace", eager, types.ErrTraceRoot, func(m *types.MsgCommitResult) { m.TraceRoot = root("t")[:31] }, false},
		{"another profile", id, types.ErrExecution, func(m *types.MsgCommitResult) { m.Execution.Profile = "ort-wasm" }, true},
		{"no runtime", id, types.ErrExecution, func(m *types.MsgCommitResult) { m.Execution.Runtime = "" }, true},
		{"long version", id, types.ErrExecution, func(m *types.MsgCommitResult) { m.Execution.Version = strings.Repeat("1", 300) }, true},
		{"control characters", id, types.ErrExecution, func(m *types.MsgCommitResult) { m.Execution.InstructionSet = "x64\n" }, true},
		{"short library hash", id, types.ErrExecution, func(m *types.MsgCommitResult) { m.Execution.LibraryHash = []byte{1} }, true},
		{"no threads", id, types.ErrExecution, func(m *types.MsgCommitResult) { m.Execution.Threads = 0 }, true},
		{"no commitment", id, types.ErrCommitment, func(m *types.MsgCommitResult) { m.Commitment = nil }, false},
		{"commitment of other threads", id, types.ErrCommitment, func(m *types.MsgCommitResult) { m.Execution.Threads = 3 }, false},
		{"commitment of another output", id, types.ErrCommitment, func(m *types.MsgCommitResult) { m.OutputDataRoots = [][]byte{root("other")} }, false},
		{"commitment of another trace", eager, types.ErrCommitment, func(m *types.MsgCommitResult) { m.TraceRoot = root("other") }, false},
		{"another job's commitment", id, types.ErrCommitment, func(m *types.MsgCommitResult) { m.Commitment = root("x") }, false},
	}
	for _, c := range cases {
		m := f.commitMsg(c.job)
		c.change(m)
		if c.signed {
			f.sign(m)
		}
		f.refused(c.name, c.code, func(ctx sdk.Context) error { _, err := f.msgs.CommitResult(ctx, m); return err })
	}
	f.commit(id)
	f.commit(eager)
	require.Equal(t, root("trace"), f.job(eager).TraceRoot)
	require.Empty(t, f.job(id).TraceRoot)
	again := f.commitMsg(id)
	f.refused("committed already", types.ErrState, func(ctx sdk.Context) error { _, err := f.msgs.CommitResult(ctx, again); return err })
	f.end()
}

func TestAttestRefuses(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	open := f.submit(nil)
	early := f.committed()
	require.ErrorIs(t, f.attest(open, "v0", types.VERDICT_VALID), types.ErrState)
	require.ErrorIs(t, f.attest(early, "v0", types.VERDICT_VALID), types.ErrNoDuty, "nothing is drawn yet")
	id := f.drawn()
	for _, v := range []types.Verdict{types.VERDICT_UNSPECIFIED, 3, -1} {
		require.ErrorIs(t, f.attest(id, "v0", v), types.ErrVerdict)
		require.ErrorIs(t, f.k.Attested(f.ctx, id, who("v0"), v), types.ErrVerdict)
	}
	require.ErrorIs(t, f.attest(99, "v0", types.VERDICT_VALID), types.ErrNotFound)
	require.ErrorIs(t, f.attest(id, "outsider", types.VERDICT_VALID), types.ErrNoDuty)
	require.ErrorContains(t, f.attest(id, "v0", types.VERDICT_CHALLENGED), "no challenge is open")
	f.must(f.attest(id, "v0", types.VERDICT_VALID))
	require.ErrorIs(t, f.attest(id, "v0", types.VERDICT_VALID), types.ErrAttested)
	require.ErrorIs(t, f.attest(id, "v0", types.VERDICT_CHALLENGED), types.ErrAttested, "a verdict is not taken back")
	require.ErrorIs(t, f.k.Attested(f.ctx, id, who("v0"), types.VERDICT_CHALLENGED), types.ErrAttested)
	require.EqualValues(t, 1, f.job(id).Fulfilled)
	f.end()
}

func TestRegisterWorkerRefuses(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	register := func(name string, m *types.MsgRegisterWorker, code error) {
		f.refused(name, code, func(ctx sdk.Context) error { _, err := f.msgs.RegisterWorker(ctx, m); return err })
	}
	register("address", &types.MsgRegisterWorker{Worker: "x", Endpoint: "http://a"}, types.ErrAddress)
	register("endpoint", &types.MsgRegisterWorker{Worker: who("worker"), Endpoint: "a"}, types.ErrEndpoint)
	register("no endpoint", &types.MsgRegisterWorker{Worker: who("worker")}, types.ErrEndpoint)
	register("owner", &types.MsgRegisterWorker{Worker: who("worker"), Endpoint: "http://a", Owner: "me"}, types.ErrAddress)
	id := f.submit(nil)
	f.claim(id)
	f.registerWorker("worker", who("v0"))
	r, err := f.queries.Worker(f.ctx, &types.QueryWorkerRequest{Address: who("worker")})
	require.NoError(t, err)
	require.EqualValues(t, 1, r.Worker.ActiveJobs, "registering anew forgets no job")
	require.Equal(t, who("v0"), r.Worker.Owner)
	f.end()
}

func TestUpdateParams(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	id := f.committed()
	p := testParams()
	p.WindowBlocks = 50
	update := func(authority string, p types.Params) func(ctx sdk.Context) error {
		return func(ctx sdk.Context) error {
			_, err := f.msgs.UpdateParams(ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
			return err
		}
	}
	f.refused("anyone", sdkerrors.ErrUnauthorized, update(who("outsider"), p))
	bad, other := p, p
	bad.QueueCap = 0
	other.Denom = "other"
	f.refused("not valid", types.ErrParams, update(authority, bad))
	f.refused("another denom under held escrows", types.ErrParams, update(authority, other))
	f.must(f.tx(update(authority, p)))
	f.to(f.height() + 3)
	f.record(f.job(id).BeaconRound)
	f.end()
	require.Equal(t, f.job(id).DrawnHeight+6, f.job(id).Ready, "a claimed job keeps its parameters")
	next := f.drawn()
	require.EqualValues(t, 2, f.job(next).ParamsVersion)
	require.Equal(t, f.job(next).DrawnHeight+50, f.job(next).Ready)
	for version, want := range map[uint64]uint64{0: 50, 1: 6, 2: 50} {
		got, err := f.k.ParamsAt(f.ctx, version)
		require.NoError(t, err)
		require.Equal(t, want, got.WindowBlocks)
	}
	_, err := f.k.ParamsAt(f.ctx, 3)
	require.ErrorIs(t, err, types.ErrNotFound)
}

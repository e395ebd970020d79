package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/x/beacon/drand"
	beacontypes "github.com/assay-chain/assay/chain/x/beacon/types"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/keeper"
	"github.com/assay-chain/assay/chain/x/dispute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// Accounts of the rig, besides validators: drawn verifiers are validator-0 and validator-1.
const (
	requester = "requester"
	worker    = "worker"
	alice     = "alice"
	bob       = "bob"
	carol     = "carol"
	rich      = 100_000_000_000
	jobFee    = 1_000_000
	jobBond   = 40_000_000
)

// rig is a whole chain with a published model, a registered worker and two verifiers that are drawn for every job.
type rig struct {
	*apptest.Chain
	t        testing.TB
	key      drand.SecretKey
	artifact uint64
	honest   *run
	// restarted: the harness's invariants read the first application; the test checks those of both.
	restarted bool
}

// testParams are devnet's with a budget of demands that a test can use up.
func testParams() types.Params {
	p := types.DevnetParams()
	p.FreeDemands = 1
	return p
}

// newRig starts a chain; edit may change the parameters of disputes and compute before.
func newRig(t testing.TB, edit func(*types.Params, *computetypes.Params)) *rig {
	t.Helper()
	return newRigOf(t, model(7), edit)
}

// newRigOf publishes the program of another run.
func newRigOf(t testing.TB, honest *run, edit func(*types.Params, *computetypes.Params)) *rig {
	t.Helper()
	key, err := drand.DeriveSecretKey([]byte("dispute tests"))
	require.NoError(t, err)
	r := &rig{t: t, key: key, honest: honest}
	r.Chain = apptest.New(t, apptest.Options{
		Validators: 2,
		Accounts:   map[string]int64{requester: rich, worker: rich, alice: rich, bob: rich, carol: rich, "worker2": rich, "relay": rich, "poor": 10},
		Edit: func(cdc codec.Codec, state app.GenesisState) {
			dispute, compute := testParams(), computetypes.DevnetParams()
			compute.Denom, compute.EpochBlocks = app.Denom, 4
			if edit != nil {
				edit(&dispute, &compute)
			}
			var c computetypes.GenesisState
			cdc.MustUnmarshalJSON(state[computetypes.ModuleName], &c)
			c.Params[0].Params = compute
			state[computetypes.ModuleName] = cdc.MustMarshalJSON(&c)
			state[types.ModuleName] = cdc.MustMarshalJSON(types.NewGenesis(dispute))
			noInflation(cdc, state)
			var b beacontypes.GenesisState
			cdc.MustUnmarshalJSON(state[beacontypes.ModuleName], &b)
			b.Params.PublicKey, b.Params.GenesisTime, b.Params.PeriodMs, b.Params.MarginMs = key.PublicKey(), apptest.Start, 1000, 1000
			state[beacontypes.ModuleName] = cdc.MustMarshalJSON(&b)
		},
		Invariants: map[string]func(sdk.Context) error{
			"dispute": func(ctx sdk.Context) error { return r.check(ctx, r.disputeInvariant) },
			"compute": func(ctx sdk.Context) error { return r.check(ctx, r.computeInvariant) },
		},
	})
	r.publish()
	r.register()
	return r
}

// noInflation makes every change of supply a burn.
func noInflation(cdc codec.Codec, state app.GenesisState) {
	var m minttypes.GenesisState
	cdc.MustUnmarshalJSON(state[minttypes.ModuleName], &m)
	zero := math.LegacyZeroDec()
	m.Minter.Inflation, m.Params.InflationMin, m.Params.InflationMax, m.Params.InflationRateChange = zero, zero, zero, zero
	state[minttypes.ModuleName] = cdc.MustMarshalJSON(&m)
}

// check runs an invariant once the chain exists: the first block is made before.
func (r *rig) check(ctx sdk.Context, invariant func(sdk.Context) error) error {
	if r.Chain == nil || r.restarted {
		return nil
	}
	return invariant(ctx)
}

func (r *rig) disputeInvariant(ctx sdk.Context) error {
	return r.App.DisputeKeeper.CheckInvariants(ctx)
}
func (r *rig) computeInvariant(ctx sdk.Context) error {
	return r.App.ComputeKeeper.CheckInvariants(ctx)
}

// restart starts a second chain from the export of this one.
func (r *rig) restart() *rig {
	r.t.Helper()
	r.restarted = true
	next := *r
	next.Chain = r.Restart()
	next.checkAll()
	return &next
}

// checkAll checks the invariants of a chain whose harness no longer does.
func (r *rig) checkAll() {
	r.t.Helper()
	require.NoError(r.t, r.disputeInvariant(r.Context()))
	require.NoError(r.t, r.computeInvariant(r.Context()))
}

func (r *rig) publish() {
	result := r.MustDeliver(&registrytypes.MsgPublishArtifact{
		Publisher: r.Address(requester), Kind: registrytypes.ARTIFACT_KIND_MODEL, Name: "add and relu", Licence: "MIT",
		Program: r.honest.record.Encode(), WeightsRoot: r.honest.root(program.Weight), DefaultTolerance: tolerance("0.00001", "0.001"),
	})
	r.artifact = apptest.Response(r.t, result.Txs[0], 0, &registrytypes.MsgPublishArtifactResponse{}).ArtifactId
}

func (r *rig) register() {
	for _, v := range r.Validators {
		r.MustDeliver(&computetypes.MsgRegisterVerifier{Operator: v.String(), Deposit: math.NewInt(1_000_000_000)})
	}
	for _, w := range []string{worker, "worker2"} {
		r.MustDeliver(&computetypes.MsgRegisterWorker{Worker: r.Address(w), Endpoint: "http://127.0.0.1:1"})
	}
	r.Advance(5) // the next epoch's snapshot holds both
}

func tolerance(abs, rel string) registrytypes.Tolerance {
	return registrytypes.Tolerance{Abs: math.LegacyMustNewDecFromStr(abs), Rel: math.LegacyMustNewDecFromStr(rel)}
}

// submit pays for a job; nil takes the default tolerance.
func (r *rig) submit(input *run, t *registrytypes.Tolerance) uint64 {
	r.t.Helper()
	result := r.MustDeliver(&computetypes.MsgSubmitJob{
		Requester: r.Address(requester), ArtifactId: r.artifact, JobFee: math.NewInt(jobFee), Profile: "ieee-fp32", Tolerance: t,
		Inputs: []computetypes.JobInput{{DataRoot: input.dataRoots(program.Input)[0][:], Uris: []string{"http://127.0.0.1:1/x"}}},
	})
	return apptest.Response(r.t, result.Txs[0], 0, &computetypes.MsgSubmitJobResponse{}).JobId
}

func (r *rig) claim(id uint64, by string) {
	r.t.Helper()
	r.MustDeliver(&computetypes.MsgClaimJob{Worker: r.Address(by), JobId: id, Bond: math.NewInt(jobBond)})
}

// commitMsg commits to what a worker claims to have computed.
func (r *rig) commitMsg(id uint64, by string, result *run) *computetypes.MsgCommitResult {
	r.t.Helper()
	job := r.job(id)
	msg := &computetypes.MsgCommitResult{
		Worker: r.Address(by), JobId: id,
		Execution: computetypes.Execution{Profile: "ieee-fp32", Runtime: "go", Version: "1", LibraryHash: make([]byte, 32), InstructionSet: "any", Threads: 1},
	}
	for _, d := range result.dataRoots(program.Output) {
		msg.OutputDataRoots = append(msg.OutputDataRoots, append([]byte(nil), d[:]...))
	}
	if job.Eager {
		msg.TraceRoot = result.root(program.Value)
	}
	execution, err := computetypes.ExecutionHash(msg.Execution)
	require.NoError(r.t, err)
	msg.Commitment, err = computetypes.ResultParts{
		ChainID: apptest.ChainID, JobID: id, Worker: r.Account(by).Address, ProgramRoot: job.Program.Root, WeightsRoot: job.WeightsRoot,
		ExecutionHash: execution, InputRoot: job.InputRoot, OutputRoot: result.root(program.Output), TraceRoot: msg.TraceRoot,
	}.Commitment()
	require.NoError(r.t, err)
	return msg
}

// committed submits, claims and commits a job of the worker; duties are not drawn yet.
func (r *rig) committed(result *run) uint64 { return r.committedBy(worker, result, nil) }

func (r *rig) committedBy(by string, result *run, t *registrytypes.Tolerance) uint64 {
	r.t.Helper()
	id := r.submit(result, t)
	r.claim(id, by)
	r.MustDeliver(r.commitMsg(id, by, result))
	return id
}

// eager commits a job of zero tolerance, and with it its trace.
func (r *rig) eager(result *run) uint64 {
	t := tolerance("0", "0")
	return r.committedBy(worker, result, &t)
}

// drawn commits a job and draws its duties: both verifiers, because devnet draws all.
func (r *rig) drawn(result *run) uint64 {
	r.t.Helper()
	id := r.committed(result)
	r.draw(id)
	return id
}

// draw posts the round that a job waits for.
func (r *rig) draw(id uint64) {
	r.t.Helper()
	for r.job(id).BeaconRound == 0 {
		r.Block()
	}
	r.Advance(6) // the round's nominal time must have come
	round := r.job(id).BeaconRound
	signature, err := r.key.Sign(round)
	require.NoError(r.t, err)
	result := r.Deliver(&beacontypes.MsgPostBeacon{Poster: r.Address("relay"), Round: round, Signature: signature})
	if result.Txs[0].Code != 0 {
		require.NotZero(r.t, r.job(id).DrawnHeight, result.Txs[0].Log) // the round was there already
	}
	for r.job(id).DrawnHeight == 0 {
		r.Block()
	}
	require.EqualValues(r.t, len(r.Validators), r.job(id).Duties)
}

func (r *rig) job(id uint64) computetypes.Job {
	r.t.Helper()
	job, err := r.App.ComputeKeeper.GetJob(r.Context(), id)
	require.NoError(r.t, err)
	return job
}

// dispute reads a job's dispute through the query server.
func (r *rig) dispute(id uint64) *types.QueryDisputeResponse {
	r.t.Helper()
	response, err := r.queries().Dispute(r.Context(), &types.QueryDisputeRequest{JobId: id})
	require.NoError(r.t, err)
	return response
}

func (r *rig) phase(id uint64) types.DisputePhase { return r.dispute(id).Dispute.Phase }

// verifier is the account name of a drawn verifier.
func verifier(i int) string { return apptest.ValidatorName(i) }

// deposit of a verifier.
func (r *rig) deposit(name string) math.Int {
	v, found, err := r.App.ComputeKeeper.GetVerifier(r.Context(), r.Address(name))
	require.NoError(r.t, err)
	require.True(r.t, found)
	return v.Deposit
}

func (r *rig) params() types.Params {
	v, err := r.App.DisputeKeeper.ParamsAt(r.Context(), 0)
	require.NoError(r.t, err)
	return v.Params
}

func (r *rig) queries() types.QueryServer { return keeper.NewQueryServer(r.App.DisputeKeeper) }

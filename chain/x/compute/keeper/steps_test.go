package keeper_test

import (
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// fee of the tests' jobs: nine tenths, eight and two hundredths of it leave dust.
var fee = math.NewInt(10_007)

// bond of the tests' claims: more than the least, odd.
var bond = math.NewInt(150_001)

func submitMsg() *types.MsgSubmitJob {
	return &types.MsgSubmitJob{
		Requester: who("requester"), ArtifactId: 1, JobFee: fee, Profile: "ieee-fp32",
		Inputs: []types.JobInput{{DataRoot: root("in 0"), Uris: []string{"http://127.0.0.1:1/x"}}, {DataRoot: root("in 1")}},
	}
}

// submit sends a job and returns its id.
func (f *fixture) submit(change func(*types.MsgSubmitJob)) uint64 {
	f.t.Helper()
	m := submitMsg()
	if change != nil {
		change(m)
	}
	var id uint64
	f.must(f.tx(func(ctx sdk.Context) error {
		r, err := f.msgs.SubmitJob(ctx, m)
		if err == nil {
			id = r.JobId
		}
		return err
	}))
	return id
}

func (f *fixture) registerWorker(name, owner string) {
	f.t.Helper()
	f.must(f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.RegisterWorker(ctx, &types.MsgRegisterWorker{Worker: who(name), Endpoint: "http://127.0.0.1:9", Owner: owner})
		return err
	}))
}

func (f *fixture) tryClaim(id uint64, name string) error {
	return f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.ClaimJob(ctx, &types.MsgClaimJob{Worker: who(name), JobId: id, Bond: bond})
		return err
	})
}

func (f *fixture) claim(id uint64) {
	f.t.Helper()
	f.must(f.tryClaim(id, "worker"))
}

func execution() types.Execution {
	return types.Execution{Profile: "ieee-fp32", Runtime: "onnxruntime-node", Version: "1.30.0", LibraryHash: root("lib"), InstructionSet: "x64-avx2", Threads: 2}
}

// commitMsg is a right commitment to a job of artifact 1.
func (f *fixture) commitMsg(id uint64) *types.MsgCommitResult {
	f.t.Helper()
	j := f.job(id)
	m := &types.MsgCommitResult{Worker: j.Worker, JobId: id, OutputDataRoots: [][]byte{root("out")}, Execution: execution()}
	if j.Eager {
		m.TraceRoot = root("trace")
	}
	f.sign(m)
	return m
}

// sign computes a message's commitment from its parts, as a worker does.
func (f *fixture) sign(m *types.MsgCommitResult) {
	f.t.Helper()
	j := f.job(m.JobId)
	out, err := types.RootOfRoots("output", m.OutputDataRoots)
	require.NoError(f.t, err)
	eh, err := types.ExecutionHash(m.Execution)
	require.NoError(f.t, err)
	m.Commitment, err = types.ResultParts{ChainID: chainID, JobID: j.Id, Worker: sdk.MustAccAddressFromBech32(j.Worker), ProgramRoot: j.Program.Root, WeightsRoot: j.WeightsRoot,
		ExecutionHash: eh, InputRoot: j.InputRoot, OutputRoot: out, TraceRoot: m.TraceRoot}.Commitment()
	require.NoError(f.t, err)
}

func (f *fixture) commit(id uint64) {
	f.t.Helper()
	m := f.commitMsg(id)
	f.must(f.tx(func(ctx sdk.Context) error { _, err := f.msgs.CommitResult(ctx, m); return err }))
}

func (f *fixture) attest(id uint64, name string, v types.Verdict) error {
	return f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.Attest(ctx, &types.MsgAttest{Operator: who(name), JobId: id, Verdict: v})
		return err
	})
}

// record makes a round's randomness public, as the beacon does in a transaction.
func (f *fixture) record(round uint64) {
	f.t.Helper()
	f.beacon.rounds[round] = randomnessOf(round)
	f.must(f.k.BeaconRecorded(f.ctx, round))
}

// committed is a job of `worker` that is committed.
func (f *fixture) committed() uint64 {
	f.t.Helper()
	id := f.submit(nil)
	f.claim(id)
	f.commit(id)
	return id
}

// drawn is a job whose duties are drawn in the block that just ended.
func (f *fixture) drawn() uint64 {
	f.t.Helper()
	id := f.committed()
	f.to(f.height() + types.FixDelay + 1)
	require.NotZero(f.t, f.job(id).BeaconRound, "the round is fixed two blocks after the commitment")
	f.record(f.job(id).BeaconRound)
	f.end()
	require.NotZero(f.t, f.job(id).DrawnHeight)
	return id
}

// ready has n verifiers and a worker, in the second block.
func ready(f *fixture, n int) *fixture {
	f.t.Helper()
	f.verifiers(n)
	f.registerWorker("worker", "")
	f.registerWorker("worker2", "")
	return f
}

// pinned is the number of jobs that wait for a round.
func (f *fixture) pinned(round uint64) uint64 {
	f.t.Helper()
	n, err := f.beacon.pinned(f.ctx, round)
	require.NoError(f.t, err)
	return n
}

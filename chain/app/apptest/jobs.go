package apptest

import (
	"crypto/sha256"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// JobRun is an honest job's whole life. Requester and worker are accounts with coins.
type JobRun struct {
	Requester, Worker string
	ArtifactID        uint64
	// Inputs and Outputs are data roots, 32 bytes each.
	Inputs, Outputs [][]byte
	// Tolerance that the requester signs; nil takes the artifact's default.
	Tolerance *registrytypes.Tolerance
}

// RunJob submits, claims and commits a job, posts its beacon, and makes blocks until it is FINAL.
func (c *Chain) RunJob(run JobRun) computetypes.Job {
	c.t.Helper()
	job := c.CommitJob(run)
	c.Wait(3 * time.Second)
	c.PostDueBeacons(run.Worker)
	for range 200 {
		c.Block()
		if job = c.Job(job.Id); job.State == computetypes.JOB_STATE_FINAL {
			return job
		}
	}
	require.Fail(c.t, "the job does not end", "%s", job.String())
	return job
}

// CommitJob submits, claims and commits a job, and makes the blocks that fix its beacon round.
func (c *Chain) CommitJob(run JobRun) computetypes.Job {
	c.t.Helper()
	artifact, err := c.App.RegistryKeeper.GetArtifact(c.Context(), run.ArtifactID)
	require.NoError(c.t, err)
	params, err := c.App.ComputeKeeper.ParamsAt(c.Context(), 0)
	require.NoError(c.t, err)
	fee := computetypes.MinFee(params, *artifact.Program)
	submit := &computetypes.MsgSubmitJob{Requester: c.Address(run.Requester), ArtifactId: run.ArtifactID, JobFee: fee, Profile: params.Profiles[0].Name, Tolerance: run.Tolerance}
	for _, root := range run.Inputs {
		submit.Inputs = append(submit.Inputs, computetypes.JobInput{DataRoot: root, Uris: []string{"http://localhost/input"}})
	}
	id := Response(c.t, c.MustDeliver(submit).Txs[0], 0, &computetypes.MsgSubmitJobResponse{}).JobId

	worker := c.Address(run.Worker)
	c.MustDeliver(
		&computetypes.MsgRegisterWorker{Worker: worker, Endpoint: "http://localhost:1"},
		&computetypes.MsgClaimJob{Worker: worker, JobId: id, Bond: math.MaxInt(params.BondMin, fee.MulRaw(int64(params.Kappa)))},
	)
	c.MustDeliver(c.commitMessage(run, c.Job(id)))
	c.Advance(int(computetypes.FixDelay))
	return c.Job(id)
}

func (c *Chain) commitMessage(run JobRun, job computetypes.Job) *computetypes.MsgCommitResult {
	c.t.Helper()
	library := sha256.Sum256([]byte("library"))
	execution := computetypes.Execution{Profile: job.Profile, Runtime: "onnxruntime-node", Version: "1.30.0", LibraryHash: library[:], InstructionSet: "x64", Threads: 1}
	executionHash, err := computetypes.ExecutionHash(execution)
	require.NoError(c.t, err)
	outputRoot, err := computetypes.RootOfRoots("output", run.Outputs)
	require.NoError(c.t, err)
	var trace []byte
	if job.Eager {
		sum := sha256.Sum256([]byte("trace"))
		trace = sum[:]
	}
	worker := c.Account(run.Worker)
	commitment, err := computetypes.ResultParts{
		ChainID: ChainID, JobID: job.Id, Worker: worker.Address, ProgramRoot: job.Program.Root, WeightsRoot: job.WeightsRoot,
		ExecutionHash: executionHash, InputRoot: job.InputRoot, OutputRoot: outputRoot, TraceRoot: trace,
	}.Commitment()
	require.NoError(c.t, err)
	return &computetypes.MsgCommitResult{Worker: worker.String(), JobId: job.Id, OutputDataRoots: run.Outputs, TraceRoot: trace, Execution: execution, Commitment: commitment}
}

// Job reads a job from the committed state.
func (c *Chain) Job(id uint64) computetypes.Job {
	c.t.Helper()
	job, err := c.App.ComputeKeeper.GetJob(c.Context(), id)
	require.NoError(c.t, err)
	return job
}

package keeper

import (
	"bytes"
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// maxThreads that an execution may name.
const maxThreads = 4096

// CommitResult commits to program, weights, input and output. From here on the worker vouches for them and serves them.
func (m msgServer) CommitResult(ctx context.Context, msg *types.MsgCommitResult) (*types.MsgCommitResultResponse, error) {
	j, err := m.jobIn(ctx, msg.JobId, types.JOB_STATE_CLAIMED)
	if err != nil {
		return nil, err
	}
	if msg.Worker != j.Worker {
		return nil, types.ErrUnauthorised.Wrapf("job %d: its worker %s expected, %s found", j.Id, j.Worker, msg.Worker)
	}
	if err := inTime(ctx, j); err != nil {
		return nil, err
	}
	// A job that is about to end VOID {MODEL} must not make its worker vouch for a forbidden weight.
	if draining, err := m.voided.Has(ctx, j.ArtifactId); err != nil {
		return nil, err
	} else if draining {
		return nil, types.ErrArtifact.Wrapf("artifact %d is closed, because a weight is forbidden: the job ends VOID", j.ArtifactId)
	}
	if len(msg.OutputDataRoots) != int(j.Program.Outputs) {
		return nil, types.ErrRoots.Wrapf("the program's %d output data roots expected, %d found", j.Program.Outputs, len(msg.OutputDataRoots))
	}
	outputRoot, err := types.RootOfRoots("output data root", msg.OutputDataRoots)
	if err != nil {
		return nil, err
	}
	if j.Eager && len(msg.TraceRoot) != 32 {
		return nil, types.ErrTraceRoot.Wrapf("32 bytes expected, because the program is quantised or the tolerance zero, %d found", len(msg.TraceRoot))
	}
	if !j.Eager && len(msg.TraceRoot) != 0 {
		return nil, types.ErrTraceRoot.Wrapf("none expected: this job's trace is published only when a challenge asks for it, %d bytes found", len(msg.TraceRoot))
	}
	p, err := m.ParamsAt(ctx, j.ParamsVersion)
	if err != nil {
		return nil, err
	}
	if err := checkExecution(msg.Execution, j.Profile, int(p.MaxText)); err != nil {
		return nil, err
	}
	commitment, err := commitmentOf(ctx, j, msg, outputRoot)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(commitment, msg.Commitment) {
		return nil, types.ErrCommitment.Wrapf("%x expected, %x found", commitment, msg.Commitment)
	}
	h := height(ctx)
	j.State, j.CommitHeight, j.Deadline = types.JOB_STATE_COMMITTED, h, 0
	j.OutputRoot, j.OutputDataRoots, j.TraceRoot = outputRoot, msg.OutputDataRoots, msg.TraceRoot
	j.Commitment, j.Execution = commitment, &msg.Execution
	if err := m.enqueue(ctx, h+types.FixDelay, j.Id); err != nil {
		return nil, err
	}
	if err := m.saveJob(ctx, j, causeCommit); err != nil {
		return nil, err
	}
	return &types.MsgCommitResultResponse{OutputRoot: outputRoot, Commitment: commitment}, nil
}

// checkExecution wants every part named, so that a verifier can tell whether it should get the same bits.
func checkExecution(e types.Execution, profile string, maxText int) error {
	if e.Profile != profile {
		return types.ErrExecution.Wrapf("profile: the job's %s expected, %q found", profile, e.Profile)
	}
	texts := []struct{ name, value string }{{"runtime", e.Runtime}, {"version", e.Version}, {"instruction_set", e.InstructionSet}}
	for _, t := range texts {
		if err := types.CheckText(t.name, t.value, 1, maxText); err != nil {
			return types.ErrExecution.Wrap(err.Error())
		}
	}
	if len(e.LibraryHash) != 32 {
		return types.ErrExecution.Wrapf("library_hash: 32 bytes expected, %d found", len(e.LibraryHash))
	}
	if e.Threads == 0 || e.Threads > maxThreads {
		return types.ErrExecution.Wrapf("threads: 1 to %d expected, %d found", maxThreads, e.Threads)
	}
	return nil
}

// commitmentOf computes what the worker must have signed.
func commitmentOf(ctx context.Context, j types.Job, msg *types.MsgCommitResult, outputRoot []byte) ([]byte, error) {
	worker, err := types.Account("worker", j.Worker)
	if err != nil {
		return nil, err
	}
	execution, err := types.ExecutionHash(msg.Execution)
	if err != nil {
		return nil, err
	}
	return types.ResultParts{
		ChainID: sdk.UnwrapSDKContext(ctx).ChainID(), JobID: j.Id, Worker: worker,
		ProgramRoot: j.Program.Root, WeightsRoot: j.WeightsRoot, ExecutionHash: execution,
		InputRoot: j.InputRoot, OutputRoot: outputRoot, TraceRoot: msg.TraceRoot,
	}.Commitment()
}

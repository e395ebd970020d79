package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/referee"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// OpenInput ends an OPEN or CLAIMED job as VOID {INPUT} by showing a malformed or forbidden element of its input. A
// COMMITTED job is its worker's matter: it vouched for the input, and a malformed chunk of it is a FORMAT fault.
func (m msgServer) OpenInput(ctx context.Context, msg *types.MsgOpenInput) (*types.MsgOpenInputResponse, error) {
	if _, err := account("sender", msg.Sender); err != nil {
		return nil, err
	}
	job, err := m.compute.GetJob(ctx, msg.JobId)
	if err != nil {
		return nil, err
	}
	if job.State != computetypes.JOB_STATE_OPEN && job.State != computetypes.JOB_STATE_CLAIMED {
		return nil, types.ErrJobState.Wrapf("job %d: expected OPEN or CLAIMED, found %s", job.Id, job.State)
	}
	p, err := m.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	c := types.ProgramCommitments(&job.Program, nil)
	if err := setRoot(&c.InputRoot, job.InputRoot); err != nil {
		return nil, err
	}
	if err := judgeOpening(ctx, &p, c, msg.Proof); err != nil {
		return nil, err
	}
	return &types.MsgOpenInputResponse{}, m.compute.EndVoid(ctx, job.Id, computetypes.END_REASON_INPUT)
}

// OpenWeight shows a malformed or forbidden element of a publication's weights: the publication closes, and its OPEN and
// CLAIMED jobs end as VOID {MODEL}, by compute's queue.
func (m msgServer) OpenWeight(ctx context.Context, msg *types.MsgOpenWeight) (*types.MsgOpenWeightResponse, error) {
	if _, err := account("sender", msg.Sender); err != nil {
		return nil, err
	}
	artifact, err := m.registry.GetArtifact(ctx, msg.ArtifactId)
	if err != nil {
		return nil, err
	}
	if artifact.Program == nil || artifact.Program.Weights == 0 {
		return nil, types.ErrArtifact.Wrapf("artifact %d: expected a program with weights, found %s", artifact.Id, artifact.Kind)
	}
	if artifact.Status == registrytypes.ARTIFACT_STATUS_CLOSED {
		return nil, types.ErrArtifact.Wrapf("artifact %d is closed already", artifact.Id)
	}
	v, err := m.ParamsAt(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := judgeOpening(ctx, &v.Params, types.ProgramCommitments(artifact.Program, artifact.WeightsRoot), msg.Proof); err != nil {
		return nil, err
	}
	if err := m.registry.CloseArtifact(ctx, artifact.Id, "a weight is malformed or forbidden, shown by "+msg.Sender); err != nil {
		return nil, err
	}
	return &types.MsgOpenWeightResponse{}, m.compute.VoidArtifact(ctx, artifact.Id)
}

// judgeOpening is nil where a proof shows a forbidden element. There is no bond to lose: anything else is an error.
func judgeOpening(ctx context.Context, p *types.Params, c *referee.Commitments, proof []byte) error {
	j, err := judgeWith(ctx, p, c, proof, referee.JudgeOpening)
	switch {
	case err != nil:
		return err
	case j.fault:
		return nil
	case j.explanation == nil:
		return types.ErrProofRefused.Wrap(j.message)
	}
	return types.ErrNoFault.Wrap(j.message)
}

func setRoot(to *[types.HashSize]byte, from []byte) error {
	if err := hash32("root", from); err != nil {
		return err
	}
	copy(to[:], from)
	return nil
}

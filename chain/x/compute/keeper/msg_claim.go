package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// ClaimJob takes an OPEN job: it locks a bond of its own and a small deposit, and pins parameters, policy, referee and the
// verifier snapshot, so that no later change touches the job.
func (m msgServer) ClaimJob(ctx context.Context, msg *types.MsgClaimJob) (*types.MsgClaimJobResponse, error) {
	a, err := types.Account("worker", msg.Worker)
	if err != nil {
		return nil, err
	}
	w, err := m.getWorker(ctx, a)
	if err != nil {
		return nil, err
	}
	j, err := m.jobIn(ctx, msg.JobId, types.JOB_STATE_OPEN)
	if err != nil {
		return nil, err
	}
	if err := inTime(ctx, j); err != nil {
		return nil, err
	}
	v, err := m.newestParams(ctx)
	if err != nil {
		return nil, err
	}
	p := v.Params
	if err := types.CheckAmount(msg.Bond, false); err != nil {
		return nil, err
	}
	if least := types.MinBond(p, j.Fee); msg.Bond.LT(least) {
		return nil, types.ErrBond.Wrapf("at least %s%s expected, %s found", least, p.Denom, msg.Bond)
	}
	if _, found := p.FindProfile(j.Profile); !found {
		return nil, types.ErrProfile.Wrapf("job %d: profile %s is no longer among the parameters", j.Id, j.Profile)
	}
	if j.LambdaPpm, err = m.claimable(ctx, j, p); err != nil {
		return nil, err
	}
	s, found, err := m.newestSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	if !found || len(s.Entries) == 0 {
		return nil, types.ErrNoVerifiers.Wrap("a registered verifier with a bonded validator expected in the newest snapshot, none found: wait for the next epoch")
	}
	if j.DisputeParamsVersion, err = m.dispute.ParamsVersion(ctx); err != nil {
		return nil, err
	}
	if j.Parties, err = m.parties(ctx, msg.Worker, j.Requester); err != nil {
		return nil, err
	}
	if err := m.collect(ctx, a, msg.Bond.Add(p.ClaimDeposit)); err != nil {
		return nil, err
	}
	h := height(ctx)
	j.State, j.Worker, j.Bond, j.Deposit, j.ClaimHeight = types.JOB_STATE_CLAIMED, msg.Worker, msg.Bond, p.ClaimDeposit, h
	j.ParamsVersion, j.RefereeVersion, j.SnapshotEpoch = v.Version, types.RefereeVersion, s.Number-1
	j.Deadline = h + int64(p.CommitBlocks)
	if err := m.pinSnapshot(ctx, j.SnapshotEpoch); err != nil {
		return nil, err
	}
	w.ActiveJobs++
	if err := m.saveWorker(ctx, a, w); err != nil {
		return nil, err
	}
	if err := m.enqueue(ctx, j.Deadline, j.Id); err != nil {
		return nil, err
	}
	if err := m.saveJob(ctx, j, causeClaim); err != nil {
		return nil, err
	}
	return &types.MsgClaimJobResponse{ParamsVersion: j.ParamsVersion, SnapshotEpoch: j.SnapshotEpoch, CommitDeadline: j.Deadline}, nil
}

// claimable refuses a job that is about to be drained, and returns the expected number of verifiers after policy.
func (k *Keeper) claimable(ctx context.Context, j types.Job, p types.Params) (lambdaPpm uint64, err error) {
	a, err := k.registry.GetArtifact(ctx, j.ArtifactId)
	if err != nil {
		return 0, err
	}
	if a.Status == registrytypes.ARTIFACT_STATUS_CLOSED {
		return 0, types.ErrArtifact.Wrapf("artifact %d is closed, because a weight is forbidden", a.Id)
	}
	policy, err := k.registry.GetPolicy(ctx, j.ArtifactDigest)
	if err != nil {
		return 0, err
	}
	if policy.Status == registrytypes.POLICY_STATUS_BANNED {
		return 0, types.ErrPolicy.Wrapf("artifact %d is banned: %s", a.Id, policy.Reason)
	}
	if policy.LambdaPpm > 0 {
		return policy.LambdaPpm, nil
	}
	return p.LambdaPpm, nil
}

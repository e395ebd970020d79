package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/math"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// Challenge asks a COMMITTED job for its trace. It is free for a drawn verifier and is its attestation CHALLENGED; anybody
// else, a verifier that attested VALID among them, pays a fee. Anybody includes the worker: its challenge of its own job
// closes nothing, because demands and proofs stay possible until FINAL.
func (m msgServer) Challenge(ctx context.Context, msg *types.MsgChallenge) (*types.MsgChallengeResponse, error) {
	sender, err := account("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	job, err := m.committedJob(ctx, msg.JobId)
	if err != nil {
		return nil, err
	}
	if job.Eager {
		return nil, types.ErrNoChallengeNeeded.Wrapf("job %d", job.Id)
	}
	d, err := m.disputeOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	if d.Challenger != "" {
		return nil, types.ErrChallenged.Wrapf("job %d: by %s at height %d; a drawn verifier joins with Attest CHALLENGED", job.Id, d.Challenger, d.OpenedHeight)
	}
	_, free, err := m.isDrawn(ctx, job.Id, msg.Sender)
	if err != nil {
		return nil, err
	}
	d.Challenger, d.Drawn, d.OpenedHeight, d.Fee = msg.Sender, free, height(ctx), math.ZeroInt()
	if free {
		err = m.compute.Attested(ctx, job.Id, msg.Sender, computetypes.VERDICT_CHALLENGED)
	} else {
		d.Fee, err = m.takeChallengeFee(ctx, &job, sender)
	}
	if err != nil {
		return nil, err
	}
	d.Phase = types.DISPUTE_PHASE_TRACE_DEMANDED
	if err := m.requestClock(ctx, &d); err != nil {
		return nil, err
	}
	return &types.MsgChallengeResponse{Phase: d.Phase, Fee: d.Fee.String()}, m.saveDispute(ctx, &d, types.CauseChallenged)
}

func (k *Keeper) takeChallengeFee(ctx context.Context, job *computetypes.Job, sender []byte) (math.Int, error) {
	p, err := k.paramsOf(ctx, job)
	if err != nil {
		return math.ZeroInt(), err
	}
	fee := p.Fee(job.Program.TraceBytes)
	_, err = k.take(ctx, job, sender, fee)
	return fee, err
}

// challengeOpen reports whether a challenge is being answered: CLEARED and ENDED are not.
func challengeOpen(d *types.Dispute) bool {
	return d.Phase == types.DISPUTE_PHASE_TRACE_DEMANDED || d.Phase == types.DISPUTE_PHASE_PROVING
}

// Join records a drawn verifier that attests CHALLENGED on an open challenge; an error where none is open.
func (k *Keeper) Join(ctx context.Context, jobID uint64, operator string) error {
	d, found, err := k.findDispute(ctx, jobID)
	if err != nil {
		return err
	}
	if !found || !challengeOpen(&d) {
		return types.ErrNoChallenge.Wrapf("job %d: expected TRACE_DEMANDED or PROVING, found %s", jobID, d.Phase)
	}
	if d.Drawn && d.Challenger == operator || slices.Contains(d.Joined, operator) {
		return types.ErrChallenged.Wrapf("job %d: %s is among the challengers already", jobID, operator)
	}
	if err := k.promoteClock(ctx, &d); err != nil {
		return err
	}
	d.Joined = append(d.Joined, operator)
	return k.saveDispute(ctx, &d, types.CauseJoined)
}

// FailedChallengers lists the drawn verifiers whose challenge a FINAL job survived: opener and joined, each once.
func (k *Keeper) FailedChallengers(ctx context.Context, jobID uint64) ([]string, error) {
	d, found, err := k.findDispute(ctx, jobID)
	if err != nil || !found {
		return nil, err
	}
	var failed []string
	if d.Drawn {
		failed = append(failed, d.Challenger)
	}
	return append(failed, d.Joined...), nil
}

// HoldsFinal reports whether a job must not become FINAL yet.
func (k *Keeper) HoldsFinal(ctx context.Context, jobID uint64) (bool, error) {
	d, found, err := k.findDispute(ctx, jobID)
	if err != nil || !found {
		return false, err
	}
	return challengeOpen(&d) || d.OpenDemands > 0 || d.LiveCommitments > 0, nil
}

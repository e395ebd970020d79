package keeper

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// ProveFault reveals a proof. A copied, early, late or foreign reveal is an error: nothing changes. A proof that its sender
// did commit to is judged, and the transaction succeeds whatever the verdict: a fault convicts at once, anything else
// costs the bond.
func (m msgServer) ProveFault(ctx context.Context, msg *types.MsgProveFault) (*types.MsgProveFaultResponse, error) {
	sender, err := account("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	if err := hash32("salt", msg.Salt); err != nil {
		return nil, err
	}
	job, err := m.compute.GetJob(ctx, msg.JobId)
	if err != nil {
		return nil, err
	}
	p, err := m.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	if err := checkProofSize(&p, msg.Proof); err != nil {
		return nil, err
	}
	c, err := m.revealed(ctx, &job, sender, msg)
	if err != nil {
		return nil, err
	}
	commitments, err := m.commitmentsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	j, err := judge(ctx, &p, commitments, msg.Proof)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(msg.Proof)
	if err := emit(ctx, &types.EventProofJudged{
		JobId: job.Id, CommitmentId: c.Id, Prover: msg.Sender, Convicted: j.fault, Code: j.code, Message: j.message,
		Explanation: j.explanation, ProofHash: digest[:],
	}); err != nil {
		return nil, err
	}
	if err := m.settleProof(ctx, &job, c, &j, digest[:], len(msg.Proof)); err != nil {
		return nil, err
	}
	return &types.MsgProveFaultResponse{Convicted: j.fault, Code: j.code, Message: j.message, Explanation: j.explanation}, nil
}

// revealed finds the commitment that a message reveals. Its hash names job, sender, salt and proof.
func (k *Keeper) revealed(ctx context.Context, job *computetypes.Job, sender []byte, msg *types.MsgProveFault) (*types.FaultCommitment, error) {
	id, err := k.liveBySender.Get(ctx, collections.Join(job.Id, sender))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, types.ErrNoCommitment.Wrapf("job %d (%s): commit first, then reveal in a later block", job.Id, job.State)
	}
	if err != nil {
		return nil, err
	}
	c, err := k.commitments.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	h := height(ctx)
	if h <= c.Height {
		return nil, types.ErrTooEarly.Wrapf("commitment %d: expected a height above %d, found %d", c.Id, c.Height, h)
	}
	if h > c.Deadline {
		return nil, types.ErrDeadline.Wrapf("commitment %d could be revealed up to height %d, found %d", c.Id, c.Deadline, h)
	}
	chainID := sdk.UnwrapSDKContext(ctx).ChainID()
	hash := types.FaultHash(chainID, job.Id, sender, [types.HashSize]byte(msg.Salt), msg.Proof)
	if !slices.Equal(hash[:], c.Hash) {
		return nil, types.ErrMismatch.Wrapf("commitment %d: expected %x, found %x", c.Id, c.Hash, hash)
	}
	return &c, nil
}

// settleProof does what a judgement demands. Live commitments of a job that ended are those older than the one that
// convicted: they compete for the reward.
func (k *Keeper) settleProof(ctx context.Context, job *computetypes.Job, c *types.FaultCommitment, j *judgement, digest []byte, size int) error {
	d, err := k.disputes.Get(ctx, job.Id)
	if err != nil {
		return err
	}
	switch {
	case !j.fault:
		if err := k.loseBond(ctx, c, job.Worker); err != nil {
			return err
		}
		return k.commitmentClosed(ctx, &d, types.CauseRefused)
	case d.Phase == types.DISPUTE_PHASE_ENDED:
		return k.provedEarlier(ctx, &d, c)
	default:
		d.Prover, d.Explanation = c.Sender, j.explanation
		d.ProofHash, d.ProofHeight, d.ProofSize = digest, height(ctx), uint64(size)
		return k.convict(ctx, job, &d, c, j.reason)
	}
}

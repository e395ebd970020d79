package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// CommitFault commits to a fault proof before it is shown, so that nobody can copy it, and puts a bond down. It holds FINAL
// until the proof is revealed or T_reveal passes.
func (m msgServer) CommitFault(ctx context.Context, msg *types.MsgCommitFault) (*types.MsgCommitFaultResponse, error) {
	sender, err := account("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	if err := hash32("hash", msg.Hash); err != nil {
		return nil, err
	}
	job, err := m.committedJob(ctx, msg.JobId)
	if err != nil {
		return nil, err
	}
	p, err := m.paramsOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	d, err := m.disputeOf(ctx, &job)
	if err != nil {
		return nil, err
	}
	if err := m.checkRoom(ctx, &p, &d, sender); err != nil {
		return nil, err
	}
	fromDeposit, err := m.take(ctx, &job, sender, p.ProofBond)
	if err != nil {
		return nil, err
	}
	id, err := m.nextCommitmentID.Next(ctx)
	if err != nil {
		return nil, err
	}
	c := types.FaultCommitment{
		Id: id, JobId: job.Id, Sender: msg.Sender, Hash: msg.Hash, Height: height(ctx), Deadline: height(ctx) + int64(p.RevealBlocks),
		Bond: p.ProofBond, State: types.COMMITMENT_STATE_LIVE, FromDeposit: fromDeposit,
	}
	if err := m.indexCommitment(ctx, &c, sender); err != nil {
		return nil, err
	}
	d.LiveCommitments++
	if err := m.saveCommitment(ctx, &c); err != nil {
		return nil, err
	}
	return &types.MsgCommitFaultResponse{CommitmentId: id, Deadline: c.Deadline}, m.saveDispute(ctx, &d, types.CauseCommitted)
}

// checkRoom allows one live commitment a sender and job, and max_commitments of one job. Drawn verifiers are not counted
// out: otherwise a worker could fill the places with commitments of its own.
func (k *Keeper) checkRoom(ctx context.Context, p *types.Params, d *types.Dispute, sender []byte) error {
	switch id, err := k.liveBySender.Get(ctx, collections.Join(d.JobId, sender)); {
	case err == nil:
		return types.ErrLiveCommitment.Wrapf("commitment %d on job %d", id, d.JobId)
	case !errors.Is(err, collections.ErrNotFound):
		return err
	}
	if d.LiveCommitments < uint64(p.MaxCommitments) {
		return nil
	}
	drawn, _, err := k.isDrawn(ctx, d.JobId, addressString(sender))
	if err != nil || drawn {
		return err
	}
	return types.ErrTooManyCommitments.Wrapf("job %d: at most %d, try again after T_reveal", d.JobId, p.MaxCommitments)
}

// indexCommitment makes a live commitment findable, and due.
func (k *Keeper) indexCommitment(ctx context.Context, c *types.FaultCommitment, sender []byte) error {
	if err := k.commitmentsByJob.Set(ctx, collections.Join(c.JobId, c.Id)); err != nil {
		return err
	}
	if err := k.liveCommitments.Set(ctx, collections.Join(c.JobId, c.Id)); err != nil {
		return err
	}
	if err := k.liveBySender.Set(ctx, collections.Join(c.JobId, sender), c.Id); err != nil {
		return err
	}
	return k.schedule(ctx, c.Deadline, dueCommitment, c.Id)
}

// endCommitment takes a commitment out of the live ones. It neither moves the bond nor touches the dispute.
func (k *Keeper) endCommitment(ctx context.Context, c *types.FaultCommitment, state types.CommitmentState) error {
	sender, err := account("sender", c.Sender)
	if err != nil {
		return err
	}
	if err := k.liveCommitments.Remove(ctx, collections.Join(c.JobId, c.Id)); err != nil {
		return err
	}
	if err := k.liveBySender.Remove(ctx, collections.Join(c.JobId, []byte(sender))); err != nil {
		return err
	}
	if err := k.unschedule(ctx, c.Deadline, dueCommitment, c.Id); err != nil {
		return err
	}
	c.State = state
	return k.saveCommitment(ctx, c)
}

// loseBond ends a commitment whose proof was invalid or never shown: half of the bond to the worker, half burned.
func (k *Keeper) loseBond(ctx context.Context, c *types.FaultCommitment, worker string) error {
	if err := k.halve(ctx, c.JobId, worker, c.Bond, types.PurposeProofBond); err != nil {
		return err
	}
	return k.endCommitment(ctx, c, types.COMMITMENT_STATE_LOST)
}

// returnBond ends a commitment whose bond goes back.
func (k *Keeper) returnBond(ctx context.Context, c *types.FaultCommitment, state types.CommitmentState) error {
	if err := k.giveBack(ctx, c.JobId, c.Sender, c.FromDeposit, c.Bond, types.PurposeProofBond); err != nil {
		return err
	}
	return k.endCommitment(ctx, c, state)
}

// liveOf lists the live commitments of a job with ids from first up to, not including, end; in order of age.
func (k *Keeper) liveOf(ctx context.Context, jobID, first, end uint64) (live []types.FaultCommitment, err error) {
	within := collections.NewPrefixedPairRange[uint64, uint64](jobID).StartInclusive(first).EndExclusive(end)
	err = k.liveCommitments.Walk(ctx, within, func(key collections.Pair[uint64, uint64]) (bool, error) {
		c, err := k.commitments.Get(ctx, key.K2())
		live = append(live, c)
		return false, err
	})
	return live, err
}

// commitmentOverdue settles a commitment that was not revealed in time.
func (k *Keeper) commitmentOverdue(ctx context.Context, id uint64) error {
	c, err := k.commitments.Get(ctx, id)
	if err != nil {
		return err
	}
	if c.State != types.COMMITMENT_STATE_LIVE || c.Deadline > height(ctx) {
		return nil
	}
	d, err := k.disputes.Get(ctx, c.JobId)
	if err != nil {
		return err
	}
	if err := k.loseBond(ctx, &c, d.Worker); err != nil {
		return err
	}
	return k.commitmentClosed(ctx, &d, types.CauseUnrevealed)
}

// commitmentClosed counts a live commitment out after its bond was settled: a convicted job may now owe its reward, any
// other may now become FINAL.
func (k *Keeper) commitmentClosed(ctx context.Context, d *types.Dispute, cause string) error {
	d.LiveCommitments--
	if err := k.saveDispute(ctx, d, cause); err != nil {
		return err
	}
	if d.Phase == types.DISPUTE_PHASE_ENDED {
		return k.payReward(ctx, d.JobId)
	}
	return k.compute.RaiseReady(ctx, d.JobId, height(ctx)+1)
}

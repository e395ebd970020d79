package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

func TestRevealMustBeLaterMatchingAndInTime(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { long(p, c); p.RevealBlocks = 20 })
	cheat := r.honest.cheat()
	id, other := r.eager(cheat), r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.MustRefuse(types.ErrNoCommitment, r.proveMsg(id, alice, proof))

	// In one block, also in one transaction, the reveal comes too early.
	result := r.Block(r.Sign(r.commitFaultMsg(id, alice, proof)), r.Sign(r.proveMsg(id, alice, proof)))
	require.Zero(t, result.Txs[0].Code, result.Txs[0].Log)
	require.Equal(t, types.ErrTooEarly.ABCICode(), result.Txs[1].Code)
	require.Equal(t, types.ModuleName, result.Txs[1].Codespace)
	r.MustRefuse(types.ErrTooEarly, r.commitFaultMsg(other, alice, proof), r.proveMsg(other, alice, proof))

	// A front-runner that copies the proof from the mempool has no commitment; one that copied the commitment has none that
	// its own address fits; and a second live commitment is refused.
	r.MustRefuse(types.ErrNoCommitment, r.proveMsg(id, bob, proof))
	copied := r.commitFaultMsg(id, alice, proof)
	copied.Sender = r.Address(bob)
	r.MustDeliver(copied)
	r.MustRefuse(types.ErrMismatch, r.proveMsg(id, bob, proof))
	r.MustRefuse(types.ErrLiveCommitment, r.commitFaultMsg(id, alice, proof))

	// Another job, salt or proof does not fit.
	r.MustRefuse(types.ErrNoCommitment, r.proveMsg(other, alice, proof))
	wrong := r.proveMsg(id, alice, proof)
	wrong.Salt = make([]byte, 32)
	r.MustRefuse(types.ErrMismatch, wrong)
	wrong = r.proveMsg(id, alice, proof)
	wrong.Salt = wrong.Salt[:31]
	r.MustRefuse(types.ErrInvalidField, wrong)
	r.MustRefuse(types.ErrMismatch, r.proveMsg(id, alice, proof[:len(proof)-1]))
	r.MustRefuse(types.ErrInvalidField, &types.MsgCommitFault{Sender: r.Address(carol), JobId: id, Hash: []byte{1}})
	r.MustRefuse(types.ErrFunds, r.commitFaultMsg(id, "poor", proof))

	// Unrevealed in time: half of the bond to the worker, half burned.
	changes := r.watch(alice, bob, worker)
	c := r.dispute(id).Commitments[0]
	require.EqualValues(t, c.Height+int64(r.params().RevealBlocks), c.Deadline)
	require.EqualValues(t, 2, r.dispute(id).Dispute.LiveCommitments)
	r.AdvanceTo(r.dispute(id).Commitments[1].Deadline)
	require.Zero(t, r.dispute(id).Dispute.LiveCommitments)
	require.Equal(t, types.COMMITMENT_STATE_LOST, r.dispute(id).Commitments[0].State)
	bond := r.params().ProofBond.Int64()
	got := changes()
	require.EqualValues(t, bond, got[worker])
	require.EqualValues(t, -bond, got["supply"])
	require.Zero(t, got[alice], "the bond was paid before")
	r.MustRefuse(types.ErrNoCommitment, r.proveMsg(id, alice, proof))
}

func TestRevealAtTheDeadline(t *testing.T) {
	r := newRig(t, long)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.commitFault(id, alice, proof)
	r.AdvanceTo(r.dispute(id).Commitments[0].Deadline - 1)
	require.True(t, r.prove(id, alice, proof).Convicted)
}

func TestCommitmentHoldsFinal(t *testing.T) {
	r := newRig(t, nil)
	id := r.drawn(r.honest)
	r.AdvanceTo(r.job(id).Ready - 2)
	r.commitFault(id, alice, []byte("nothing"))
	deadline := r.dispute(id).Commitments[0].Deadline
	r.AdvanceTo(deadline)
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(id).State)
	r.Block() // ready = last close + 1
	require.Equal(t, computetypes.JOB_STATE_FINAL, r.job(id).State)
	r.MustRefuse(types.ErrJobState, r.commitFaultMsg(id, alice, []byte("nothing")))
}

func TestPlacesForCommitmentsAreLimitedForOutsiders(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { long(p, c); p.MaxCommitments = 2 })
	id := r.drawn(r.honest)
	for _, by := range []string{alice, bob} {
		r.commitFault(id, by, []byte(by))
	}
	r.MustRefuse(types.ErrTooManyCommitments, r.commitFaultMsg(id, carol, []byte("x")))
	before := r.deposit(verifier(0))
	r.commitFault(id, verifier(0), []byte("x"))
	require.Equal(t, r.params().ProofBond.Int64(), before.Sub(r.deposit(verifier(0))).Int64(), "from the deposit")
	require.True(t, r.dispute(id).Commitments[2].FromDeposit)
}

// A proof that shows nothing costs the bond, and says why.
func TestInnocentJobCostsTheBond(t *testing.T) {
	r := newRig(t, long)
	id := r.eager(r.honest)
	changes := r.watch(alice, worker)
	got := r.accuse(id, alice, r.honest.arithmetic(t, 5).Encode())
	require.False(t, got.Convicted)
	require.Equal(t, "proof_no_fault", got.Code)
	require.NotNil(t, got.Explanation)
	require.Equal(t, "Add", got.Explanation.Op)
	bond := r.params().ProofBond.Int64()
	d := changes()
	require.EqualValues(t, -bond, d[alice])
	require.EqualValues(t, bond/2, d[worker])
	require.EqualValues(t, -bond/2, d["supply"])
	require.Equal(t, types.COMMITMENT_STATE_LOST, r.dispute(id).Commitments[0].State)
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(id).State)
}

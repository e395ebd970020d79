package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// states of a job's commitments, by id.
func (r *rig) states(id uint64) (list []types.CommitmentState) {
	for _, c := range r.dispute(id).Commitments {
		list = append(list, c.State)
	}
	return list
}

// Two provers: the younger reveals first and convicts, the older proves too and gets the reward.
func TestOlderCommitmentWinsTheReward(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	changes := r.watch(alice, bob, carol, requester)
	for _, by := range []string{alice, bob, carol} {
		r.commitFault(id, by, proof)
	}
	require.True(t, r.prove(id, bob, proof).Convicted)
	require.Equal(t, computetypes.JOB_STATE_FAULTED, r.job(id).State, "convicted at once")
	live, proved, returned := types.COMMITMENT_STATE_LIVE, types.COMMITMENT_STATE_PROVED, types.COMMITMENT_STATE_RETURNED
	require.Equal(t, []types.CommitmentState{live, proved, returned}, r.states(id))
	require.EqualValues(t, jobFee, changes()[requester], "only the reward waits")
	require.Zero(t, changes()[bob])

	result := r.MustDeliver(r.proveMsg(id, alice, proof))
	require.True(t, apptest.Response(t, result.Txs[0], 0, &types.MsgProveFaultResponse{}).Convicted)
	paid := apptest.One[*types.EventRewardPaid](t, result.Events)
	require.Equal(t, r.Address(alice), paid.Prover)
	require.Equal(t, []types.CommitmentState{proved, proved, returned}, r.states(id))
	money := changes()
	require.EqualValues(t, jobBond/2, money[alice])
	require.Zero(t, money[bob])
	require.Zero(t, money[carol])
	require.EqualValues(t, -jobBond/2, money["supply"])
	require.Equal(t, r.Address(bob), r.dispute(id).Dispute.Prover, "the verdict stands as it fell")
}

func TestRewardWaitsForOlderCommitmentsToPass(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	bond := r.params().ProofBond.Int64()
	changes := r.watch(alice, bob, worker)
	r.commitFault(id, alice, []byte("never revealed"))
	r.commitFault(id, bob, proof)
	deadline := r.dispute(id).Commitments[0].Deadline
	require.True(t, r.prove(id, bob, proof).Convicted)
	r.AdvanceTo(deadline - 1)
	require.Zero(t, changes()[bob])
	result := r.Block()
	require.Equal(t, r.Address(bob), apptest.One[*types.EventRewardPaid](t, result.BlockEvents).Prover)
	money := changes()
	require.EqualValues(t, jobBond/2, money[bob])
	require.EqualValues(t, -bond, money[alice])
	require.EqualValues(t, bond/2+1_000_000, money[worker], "also a convicted worker has its half of a lost bond, and its claim deposit")
}

// An older commitment whose proof is invalid frees the reward too.
func TestOlderInvalidProofFreesTheReward(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	proof, wrong := cheat.arithmetic(t, cheatElement).Encode(), cheat.arithmetic(t, 1).Encode()
	changes := r.watch(bob)
	r.commitFault(id, alice, wrong)
	r.commitFault(id, bob, proof)
	require.True(t, r.prove(id, bob, proof).Convicted)
	require.False(t, r.prove(id, alice, wrong).Convicted)
	require.EqualValues(t, jobBond/2, changes()[bob])
	require.Equal(t, []types.CommitmentState{types.COMMITMENT_STATE_LOST, types.COMMITMENT_STATE_PROVED}, r.states(id))
}

// The order of age decides among three: the middle one takes over, then waits for the oldest.
func TestMiddleCommitmentTakesOver(t *testing.T) {
	r := newRig(t, func(p *types.Params, _ *computetypes.Params) { p.RevealBlocks = 12 })
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	changes := r.watch(alice, bob, carol)
	r.commitFault(id, alice, []byte("never revealed"))
	r.commitFault(id, bob, proof)
	r.commitFault(id, carol, proof)
	require.True(t, r.prove(id, carol, proof).Convicted)
	require.True(t, r.prove(id, bob, proof).Convicted)
	require.Zero(t, changes()[bob])
	r.AdvanceTo(r.dispute(id).Commitments[0].Deadline)
	money := changes()
	require.EqualValues(t, jobBond/2, money[bob])
	require.Zero(t, money[carol])
}

// A conviction repays demand costs first: the prover's and the drawn verifiers', at most a quarter of the bond.
func TestConvictionRepaysDemandCosts(t *testing.T) {
	r := newRig(t, long)
	cheat := r.honest.cheat()
	id := r.drawn(cheat)
	r.challenge(id, verifier(0))
	r.publishTrace(id, cheat)
	purses := r.watch(alice, bob, verifier(0), verifier(1))
	for i, by := range []string{alice, bob, verifier(0), verifier(1)} {
		r.serve(r.demand(id, by, item(program.Value, uint32(i%2), uint64(i/2), 1)), worker, cheat)
	}
	spent := purses()
	require.Less(t, spent[verifier(1)], int64(0))
	changes := r.watch(alice, bob, verifier(0), verifier(1))
	require.True(t, r.accuse(id, alice, cheat.arithmetic(t, cheatElement).Encode()).Convicted)
	got := changes()
	require.Zero(t, got[bob], "an outsider that proved nothing is not repaid")
	require.Equal(t, -spent[verifier(0)], got[verifier(0)])
	require.Equal(t, -spent[verifier(1)], got[verifier(1)])
	require.Equal(t, int64(jobBond/2)+spent[verifier(0)]+spent[verifier(1)], got[alice], "her costs and the rest of the half")
	require.EqualValues(t, -jobBond/2, got["supply"])
}

// Costs beyond a quarter of the bond are repaid in proportion.
func TestRepaidCostsAreCapped(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { long(p, c); p.ServeFee = p.ServeFee.MulRaw(100_000) })
	cheat := r.honest.cheat()
	id := r.drawn(cheat)
	for i, by := range []string{verifier(0), verifier(1)} {
		r.serve(r.demand(id, by, item(program.Input, 0, uint64(i), 1)), worker, cheat)
	}
	r.challenge(id, alice)
	r.publishTrace(id, cheat)
	changes := r.watch(alice, verifier(0), verifier(1))
	require.True(t, r.accuse(id, alice, cheat.arithmetic(t, cheatElement).Encode()).Convicted)
	got := changes()
	require.EqualValues(t, jobBond/8, got[verifier(0)])
	require.EqualValues(t, jobBond/8, got[verifier(1)])
	require.EqualValues(t, jobBond/4+outsiderFee, got[alice])
}

// Open demands of a convicted job go back to their payers, by queue.
func TestConvictionDropsDemands(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { long(p, c); p.QueueCap = 1 })
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	changes := r.watch(bob, carol)
	for i := range uint64(3) {
		r.demand(id, bob, item(program.Value, 0, i, 1))
	}
	r.demand(id, carol, item(program.Value, 1, 0, 1))
	require.True(t, r.accuse(id, alice, cheat.arithmetic(t, cheatElement).Encode()).Convicted)
	require.Less(t, changes()[carol], int64(0), "one a block")
	r.Advance(4)
	require.Zero(t, changes()[bob])
	require.Zero(t, changes()[carol])
	for _, d := range r.dispute(id).Demands {
		require.Equal(t, types.DEMAND_STATE_DROPPED, d.State)
	}
}

package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// A chain that is restarted from its own export goes on exactly as one that ran through: every queue is rebuilt.
func TestRestartRebuildsQueues(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) {
		long(p, c)
		p.RevealBlocks, p.QueueCap = 12, 2
	})
	cheat := r.honest.cheat()
	running, waiting, eager, proving, convicted := r.drawn(r.honest), r.drawn(r.honest), r.eager(cheat), r.committedBy("worker2", r.honest, nil), r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.challenge(running, alice)
	r.challenge(waiting, verifier(0))
	r.challenge(proving, bob)
	r.publishTrace(proving, r.honest)
	for i := range uint64(3) {
		r.demand(convicted, bob, item(program.Value, 0, i, 1))
		r.demand(eager, verifier(1), item(program.Value, 0, i, 1))
	}
	r.demand(running, requester, item(program.Output, 0, 0, 1))
	r.commitFault(convicted, carol, []byte("an older one that is never revealed"))
	r.commitFault(convicted, alice, proof)
	r.commitFault(eager, bob, proof)
	require.True(t, r.prove(convicted, alice, proof).Convicted)

	next := r.restart()
	r.Block() // as the second chain's first
	for range 40 {
		r.Block()
		next.Block()
		r.checkAll()
		next.checkAll()
		require.Equal(t, r.Height(), next.Height())
		want, err := r.App.DisputeKeeper.ExportGenesis(r.Context())
		require.NoError(t, err)
		got, err := next.App.DisputeKeeper.ExportGenesis(next.Context())
		require.NoError(t, err)
		require.Equal(t, want, got, "height %d", r.Height())
	}
	require.NotZero(t, next.job(running).EndHeight)
	require.Empty(t, next.rewards(), "the waiting reward was paid")
}

func (r *rig) rewards() []types.PendingReward {
	g, err := r.App.DisputeKeeper.ExportGenesis(r.Context())
	require.NoError(r.t, err)
	return g.Rewards
}

// Counters of budgets and costs survive a restart too, and ranges still refuse a second demand.
func TestRestartKeepsTallies(t *testing.T) {
	r := newRig(t, long)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	r.draw(id)
	for i := range uint64(3) {
		r.serve(r.demand(id, verifier(0), item(program.Value, 0, i, 1)), worker, cheat)
	}
	next := r.restart()
	next.MustRefuse(types.ErrDemanded, next.demandMsg(id, alice, item(program.Value, 0, 1, 2)))
	paid := next.demandRecord(next.demand(id, verifier(0), item(program.Value, 1, 0, 1)))
	require.False(t, paid.Drawn, "its budget is used up")
	before := next.deposit(verifier(0))
	require.True(t, next.accuse(id, alice, cheat.arithmetic(t, cheatElement).Encode()).Convicted)
	next.Advance(2)
	require.Equal(t, before.Add(paid.ServeFee).Add(paid.DemandFee).Add(r.params().ServeFee.MulRaw(3)).String(), next.deposit(verifier(0)).String(),
		"three demands are repaid, the fourth returned")
}

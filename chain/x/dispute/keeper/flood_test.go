package keeper_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// Flooding a job with demands costs twice as much with every budget's worth, and a drawn verifier still goes next.
func TestDemandFlood(t *testing.T) {
	r := newRigOf(t, sized(7, 40_000), long) // 157 chunks
	id := r.drawn(r.honest)
	made := uint64(0)
	for ; made < 157; made++ {
		msg := r.demandMsg(id, alice, item(program.Input, 0, made, 1))
		if _, err := r.Exec(msg); err != nil {
			require.ErrorIs(t, err, types.ErrFunds)
			break
		}
	}
	require.Less(t, made, uint64(80), "a hundred thousand million do not buy eighty demands")
	require.Greater(t, made, uint64(20))
	r.Block() // the first of hers is active now
	mine := r.demand(id, verifier(0), item(program.Weight, 0, 0, 3))
	require.Equal(t, types.DEMAND_STATE_QUEUED, r.demandRecord(mine).State)
	active := r.dispute(id).Demands[0]
	require.Equal(t, types.DEMAND_STATE_ACTIVE, active.State)
	r.serve(active.Id, worker, r.honest)
	require.Equal(t, types.DEMAND_STATE_ACTIVE, r.demandRecord(mine).State)
}

// Ten thousand items that fall due at one height pass in capped blocks, in order, and hold nobody's money.
func TestTenThousandDueItems(t *testing.T) {
	const jobs, each, limit = 10, 1_000, 500
	r := newRig(t, func(p *types.Params, c *computetypes.Params) {
		long(p, c)
		p.ProofBond, p.MaxCommitments, p.QueueCap = math.ZeroInt(), each, limit
	})
	r.restarted = true // the harness's checks read every record in every block; this test checks once, at the end
	var ids []uint64
	for range jobs {
		ids = append(ids, r.committed(r.honest))
	}
	for n := range uint64(jobs * each) {
		address := make([]byte, 20)
		binary.BigEndian.PutUint64(address, n+1)
		msg := &types.MsgCommitFault{Sender: sdk.AccAddress(address).String(), JobId: ids[n/each], Hash: make([]byte, 32)}
		_, err := r.Exec(msg)
		require.NoError(t, err)
	}
	live := func() (sum int) {
		list, err := r.queries().Disputes(r.Context(), &types.QueryDisputesRequest{})
		require.NoError(t, err)
		for _, d := range list.Disputes {
			sum += int(d.LiveCommitments)
		}
		return sum
	}
	r.Block()
	deadline := r.dispute(ids[0]).Commitments[0].Deadline
	r.AdvanceTo(deadline - 1)
	require.Equal(t, jobs*each, live())
	longest := time.Duration(0)
	for left := jobs * each; left > 0; left -= limit {
		started := time.Now()
		r.Block()
		longest = max(longest, time.Since(started))
		require.Equal(t, left-limit, live())
	}
	r.checkAll()
	t.Logf("%d items due at one height, %d a block: the longest block took %s", jobs*each, limit, longest)
	// A message is not accepted because the queue is late: nothing reopens.
	for _, id := range ids {
		require.Equal(t, types.COMMITMENT_STATE_LOST, r.dispute(id).Commitments[each-1].State)
	}
}

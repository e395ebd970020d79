package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdkquery "github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// A dry run says what the message then does, and changes nothing.
func TestDryRunAgreesWithTheMessage(t *testing.T) {
	r := newRig(t, long)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	for _, proof := range [][]byte{
		cheat.arithmetic(t, 1).Encode(), []byte("noise"), model(99).cheat().arithmetic(t, cheatElement).Encode(), cheat.arithmetic(t, cheatElement).Encode(),
	} {
		before, err := r.App.DisputeKeeper.ExportGenesis(r.Context())
		require.NoError(t, err)
		ctx := r.Context()
		dry, err := r.queries().DryRun(ctx, &types.QueryDryRunRequest{JobId: id, Proof: proof})
		require.NoError(t, err)
		require.NotZero(t, dry.JudgeGas)
		after, err := r.App.DisputeKeeper.ExportGenesis(ctx)
		require.NoError(t, err)
		require.Equal(t, before, after)
		got := r.accuse(id, alice, proof)
		require.Equal(t, dry.Convicts, got.Convicted)
		require.Equal(t, dry.Code, got.Code)
		require.Equal(t, dry.Message, got.Message)
		require.Equal(t, dry.Explanation, got.Explanation)
	}
	// A conviction can be replayed.
	dry, err := r.queries().DryRun(r.Context(), &types.QueryDryRunRequest{JobId: id, Proof: cheat.arithmetic(t, cheatElement).Encode()})
	require.NoError(t, err)
	require.True(t, dry.Convicts)
}

func TestDryRunIsLimited(t *testing.T) {
	r := newRig(t, nil)
	id := r.eager(r.honest)
	proof := r.honest.arithmetic(t, 1).Encode()
	ctx := r.Context()
	dry, err := r.queries().DryRun(ctx, &types.QueryDryRunRequest{JobId: id, Proof: proof})
	require.NoError(t, err)
	limited := r.Context().WithGasMeter(storetypes.NewGasMeter(dry.JudgeGas / 2))
	require.Panics(t, func() { _, _ = r.queries().DryRun(limited, &types.QueryDryRunRequest{JobId: id, Proof: proof}) }, "out of gas, before the work is done")
	_, err = r.queries().DryRun(r.Context(), &types.QueryDryRunRequest{JobId: id, Proof: make([]byte, r.params().MaxProofBytes+1)})
	require.ErrorIs(t, err, types.ErrProofSize)
	open := r.submit(r.honest, nil)
	_, err = r.queries().DryRun(r.Context(), &types.QueryDryRunRequest{JobId: open, Proof: proof})
	require.ErrorIs(t, err, types.ErrJobState)
	_, err = r.queries().DryRun(r.Context(), &types.QueryDryRunRequest{JobId: 99, Proof: proof})
	require.Error(t, err)
}

func TestQueries(t *testing.T) {
	r := newRig(t, long)
	id := r.drawn(r.honest)
	_, err := r.queries().Dispute(r.Context(), &types.QueryDisputeRequest{JobId: id})
	require.ErrorContains(t, err, "NotFound")
	_, err = r.queries().Demand(r.Context(), &types.QueryDemandRequest{Id: 1})
	require.ErrorContains(t, err, "NotFound")
	r.challenge(id, alice)
	second := r.drawn(r.honest)
	r.challenge(second, alice)
	list, err := r.queries().Disputes(r.Context(), &types.QueryDisputesRequest{Pagination: &sdkquery.PageRequest{Limit: 1}})
	require.NoError(t, err)
	require.Len(t, list.Disputes, 1)
	require.Equal(t, id, list.Disputes[0].JobId)
	require.NotEmpty(t, list.Pagination.NextKey)
	v, err := r.queries().Params(r.Context(), &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 1, v.Params.Version)
	_, err = r.queries().Params(r.Context(), &types.QueryParamsRequest{Version: 2})
	require.ErrorIs(t, err, types.ErrNotFound)
}

// A dispute's demands come page by page, in order, each once, and none of another job's.
func TestDemandsArePaged(t *testing.T) {
	r := newRig(t, long)
	id, other := r.eager(r.honest), r.eager(r.honest)
	var want []uint64
	for i := range uint64(3) {
		want = append(want, r.demand(id, bob, item(program.Value, 0, i, 1)))
		r.demand(other, bob, item(program.Value, 0, i, 1))
	}
	var got []uint64
	page := &sdkquery.PageRequest{Limit: 2}
	for range 3 {
		d, err := r.queries().Dispute(r.Context(), &types.QueryDisputeRequest{JobId: id, Pagination: page})
		require.NoError(t, err)
		require.LessOrEqual(t, len(d.Demands), 2)
		require.Equal(t, id, d.Dispute.JobId)
		for _, demand := range d.Demands {
			require.Equal(t, id, demand.JobId)
			got = append(got, demand.Id)
		}
		if len(d.Pagination.NextKey) == 0 {
			break
		}
		page = &sdkquery.PageRequest{Limit: 2, Key: d.Pagination.NextKey}
	}
	require.Equal(t, want, got)
	whole, err := r.queries().Dispute(r.Context(), &types.QueryDisputeRequest{JobId: id})
	require.NoError(t, err)
	require.Len(t, whole.Demands, 3)
}

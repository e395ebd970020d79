package keeper_test

import (
	"bytes"
	"fmt"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

func (f *fixture) snapshot(epoch uint64) (types.Snapshot, error) {
	r, err := f.queries.Snapshot(f.ctx, &types.QuerySnapshotRequest{Epoch: epoch})
	if err != nil {
		return types.Snapshot{}, err
	}
	return r.Snapshot, nil
}

// A snapshot weighs registered, staying verifiers by the power of their bonded validators, by operator address.
func TestSnapshotEntries(t *testing.T) {
	f := newFixture(t, nil)
	for i, power := range []int64{7, 1, 30, 0, 5, 9} {
		f.validator(fmt.Sprintf("v%d", i), power)
	}
	unbonded, err := f.staking.GetValidator(f.ctx, sdk.ValAddress(addr("v4")))
	require.NoError(t, err)
	unbonded.Status = stakingtypes.Unbonding
	require.NoError(t, f.staking.SetValidator(f.ctx, unbonded))
	for _, name := range []string{"v0", "v1", "v2", "v3"} { // v5 does not register, v3 has no power
		f.must(f.register(name, who("outsider")))
	}
	f.end()
	s, err := f.snapshot(0)
	require.NoError(t, err)
	require.EqualValues(t, 1, s.Number)
	require.EqualValues(t, 1, s.Height)
	require.EqualValues(t, 38, s.TotalPower)
	require.Len(t, s.Entries, 3)
	for i := 1; i < len(s.Entries); i++ {
		a, b := sdk.MustAccAddressFromBech32(s.Entries[i-1].Operator), sdk.MustAccAddressFromBech32(s.Entries[i].Operator)
		require.Negative(t, bytes.Compare(a, b))
	}
	require.Equal(t, who("outsider"), s.Entries[0].Owner)
	taken := eventsOf[*types.EventSnapshotTaken](f)
	require.Len(t, taken, 1)
	require.Equal(t, s, taken[0].Snapshot)
	f.must(f.withdraw("v2"))
	f.to(22)
	s, err = f.snapshot(1)
	require.NoError(t, err)
	require.EqualValues(t, 21, s.Height)
	require.EqualValues(t, 8, s.TotalPower)
	_, err = f.snapshot(0)
	require.Error(t, err, "pruned: no job pins it")
	require.Equal(t, []*types.EventSnapshotPruned{{Number: 1}}, eventsOf[*types.EventSnapshotPruned](f))
}

// A snapshot that a job pins is kept until the job ended, and not longer.
func TestSnapshotIsPinned(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	id := f.drawn()
	f.dispute.holds[id] = true
	f.validator("v2", 100)
	f.must(f.register("v2", ""))
	f.to(45)
	old, err := f.snapshot(0)
	require.NoError(t, err)
	require.EqualValues(t, 1, old.Jobs)
	require.Len(t, old.Entries, 2)
	_, err = f.snapshot(1)
	require.Error(t, err, "nobody pinned epoch 1")
	other := f.submit(nil)
	f.claim(other)
	require.EqualValues(t, 2, f.job(other).SnapshotEpoch)
	f.dispute.holds[id] = false
	f.must(f.k.RaiseReady(f.ctx, id, f.height()))
	f.end()
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State)
	_, err = f.snapshot(0)
	require.Error(t, err)
	s, err := f.snapshot(2)
	require.NoError(t, err)
	require.Len(t, s.Entries, 3)
}

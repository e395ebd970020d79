package keeper_test

import (
	"fmt"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

func moduleAddress(name string) sdk.AccAddress { return authtypes.NewModuleAddress(name) }

func (f *fixture) duties(id uint64) []types.Duty {
	f.t.Helper()
	r, err := f.queries.Job(f.ctx, &types.QueryJobRequest{Id: id})
	require.NoError(f.t, err)
	return r.Duties
}

// Duties are those that anyone can recompute from the snapshot, the randomness and the job.
func TestDrawIsRecomputable(t *testing.T) {
	f := ready(newFixture(t, func(g *types.GenesisState) { g.Params[0].Params.LambdaPpm = 2 * types.PPM }), 4)
	drawn := 0
	for range 12 {
		id := f.drawn()
		j := f.job(id)
		r, err := f.queries.Snapshot(f.ctx, &types.QuerySnapshotRequest{Epoch: j.SnapshotEpoch})
		require.NoError(t, err)
		var candidates []types.Candidate
		for _, e := range r.Snapshot.Entries {
			candidates = append(candidates, types.Candidate{Operator: sdk.MustAccAddressFromBech32(e.Operator), Power: e.Power})
		}
		want := types.Draw(randomnessOf(j.BeaconRound), id, r.Snapshot.TotalPower, j.LambdaPpm, candidates)
		duties := f.duties(id)
		require.Len(t, duties, len(want))
		for rank, i := range want {
			require.Equal(t, types.Duty{JobId: id, Operator: r.Snapshot.Entries[i].Operator, Rank: uint32(rank)}, duties[rank])
		}
		drawn += len(want)
	}
	require.Greater(t, drawn, 0, "of 48 candidates with even chances at least one is drawn")
	require.Less(t, drawn, 48)
}

// Parties related to the worker or the requester are not drawn, and still count in the whole.
func TestRelatedPartiesAreNotDrawn(t *testing.T) {
	f := newFixture(t, nil)
	for i, owner := range []string{"", "", "", who("outsider")} {
		f.validator(fmt.Sprintf("v%d", i), 10)
		f.must(f.register(fmt.Sprintf("v%d", i), owner))
	}
	f.end()
	f.registerWorker("v0", "") // v0 works itself
	f.registerWorker("requester", who("v1"))
	f.registerWorker("worker", who("outsider")) // as v3 has it

	id := f.submit(nil)
	f.must(f.tryClaim(id, "v0"))
	f.commit(id)
	f.to(f.height() + 3)
	f.record(f.job(id).BeaconRound)
	f.end()
	require.ElementsMatch(t, []string{who("v2"), who("v3")}, operators(f.duties(id)), "v0 is the worker, v1 the requester's owner")

	id = f.committed()
	require.Equal(t, []string{who("worker"), who("requester"), who("outsider"), who("v1")}, f.job(id).Parties)
	f.to(f.height() + 3)
	f.record(f.job(id).BeaconRound)
	// The randomness is public: who declares an owner now chooses nobody.
	f.registerWorker("worker", who("v0"))
	f.registerWorker("requester", who("v2"))
	f.end()
	require.ElementsMatch(t, []string{who("v0"), who("v2")}, operators(f.duties(id)), "v3 has the worker's owner, v1 is the requester's")
}

func operators(duties []types.Duty) (list []string) {
	for _, d := range duties {
		list = append(list, d.Operator)
	}
	return list
}

// Many jobs of one round are drawn in capped blocks, in the order of their ids.
func TestDrawsAreCapped(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	var all []uint64
	for range 25 {
		all = append(all, f.committed())
	}
	f.to(f.height() + 3)
	// The cap also spreads the fixing of rounds over three blocks, which gives three rounds.
	f.end()
	f.end()
	rounds := map[uint64]bool{}
	for _, id := range all {
		rounds[f.job(id).BeaconRound] = true
	}
	require.Len(t, rounds, 3)
	f2 := f.height()
	for r := range rounds {
		f.record(r)
	}
	for block, want := range []int{10, 20, 25} {
		f.end()
		drawn := 0
		for i, id := range all {
			if f.job(id).DrawnHeight != 0 {
				require.Equal(t, drawn, i, "in the order of ids")
				drawn++
			}
		}
		require.Equal(t, want, drawn, "after block %d", block)
	}
	require.Equal(t, f2+2, f.job(all[24]).DrawnHeight)
	require.Equal(t, f2+2+6, f.job(all[24]).Ready, "its window starts where it was drawn")
	require.Zero(t, f.beacon.waiting(f.ctx))
}

// All jobs of one and the same round, too.
func TestDrawsOfOneRoundAreCapped(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	for range 10 {
		f.committed()
	}
	f.to(f.height() + 3)
	round := f.job(1).BeaconRound
	require.EqualValues(t, 10, f.pinned(round))
	p := testParams()
	p.QueueCap = 4
	f.must(f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.UpdateParams(ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
		return err
	}))
	f.record(round)
	for _, left := range []int{6, 2, 0} {
		f.end()
		require.EqualValues(t, left, f.pinned(round))
	}
}

// Policy overrides lambda at the claim; a later policy does not touch a claimed job.
func TestLambdaIsPinnedAfterPolicy(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	digest := root("artifact 1")
	f.registry.policies[string(digest)] = registrytypes.Policy{Digest: digest, Status: registrytypes.POLICY_STATUS_ALLOWED, LambdaPpm: 1}
	id := f.committed()
	f.registry.policies[string(digest)] = registrytypes.Policy{Digest: digest, Status: registrytypes.POLICY_STATUS_BANNED, LambdaPpm: 99}
	require.EqualValues(t, 1, f.job(id).LambdaPpm)
	f.to(f.height() + 3)
	f.record(f.job(id).BeaconRound)
	f.end()
	require.Empty(t, f.duties(id), "a millionth of a verifier was expected")
	f.to(f.job(id).Ready + 1)
	require.Equal(t, types.JOB_STATE_FINAL, f.job(id).State, "a ban touches no claimed job")
}

package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// VOID BEACON waits for the dispute, and then everything returns to its payer.
func TestVoidBeaconReturnsTheChallengeFee(t *testing.T) {
	r := newRig(t, func(_ *types.Params, c *computetypes.Params) { c.BeaconBlocks = 8 })
	changes := r.watch(requester, worker, alice)
	id := r.committed(r.honest)
	r.challenge(id, alice)
	r.publishTrace(id, r.honest)
	r.finish(id)
	require.Equal(t, computetypes.JOB_STATE_VOID, r.job(id).State)
	require.Equal(t, computetypes.END_REASON_BEACON, r.dispute(id).Dispute.Reason)
	money := changes()
	for who, amount := range money {
		require.Zero(t, amount, who)
	}
}

// A conviction by proof returns an outsider's challenge fee, whoever proves.
func TestConvictionReturnsTheChallengeFee(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	id := r.drawn(cheat)
	changes := r.watch(alice, bob)
	r.challenge(id, alice)
	r.publishTrace(id, cheat)
	require.True(t, r.accuse(id, bob, cheat.arithmetic(t, cheatElement).Encode()).Convicted)
	money := changes()
	require.Zero(t, money[alice])
	require.EqualValues(t, jobBond/2, money[bob])
}

// A withheld trace returns live bonds too.
func TestWithholdingReturnsLiveBonds(t *testing.T) {
	r := newRig(t, func(p *types.Params, _ *computetypes.Params) { p.RevealBlocks = 60 })
	id := r.drawn(r.honest)
	changes := r.watch(bob, verifier(1))
	r.challenge(id, alice)
	r.commitFault(id, bob, []byte("x"))
	r.commitFault(id, verifier(1), []byte("y"))
	r.finish(id)
	require.Equal(t, computetypes.END_REASON_WITHHELD, r.job(id).Reason)
	money := changes()
	require.Zero(t, money[bob])
	require.Zero(t, money[verifier(1)])
	require.Equal(t, []types.CommitmentState{types.COMMITMENT_STATE_RETURNED, types.COMMITMENT_STATE_RETURNED}, r.states(id))
}

// The provable store holds no empty value, beside which nothing could be proven absent.
func TestProvableStoreHasNoEmptyValue(t *testing.T) {
	r := newRig(t, long)
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	r.challenge(r.drawn(r.honest), alice)
	r.demand(id, bob, item(program.Value, 0, 0, 1))
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.commitFault(id, carol, []byte("older"))
	r.commitFault(id, alice, proof)
	require.True(t, r.prove(id, alice, proof).Convicted)
	store := r.App.CommitMultiStore().(*rootmulti.Store)
	iterator := store.GetKVStore(store.StoreKeysByName()[types.StoreKey]).Iterator(nil, nil)
	defer iterator.Close()
	prefixes := map[byte]int{}
	for ; iterator.Valid(); iterator.Next() {
		require.NotEmpty(t, iterator.Value(), "key %x", iterator.Key())
		prefixes[iterator.Key()[0]]++
	}
	require.Len(t, prefixes, 8, "every map of the store is seen: %v", prefixes)
}

// An item whose settlement fails changes nothing, is told of, stops nothing, and comes again.
func TestFailedItemComesAgain(t *testing.T) {
	r := newRig(t, long)
	id, other := r.committed(r.honest), r.committedBy("worker2", r.honest, nil)
	r.commitFault(id, alice, []byte("x"))
	r.commitFault(other, bob, []byte("y"))
	first, second := r.dispute(id).Commitments[0], r.dispute(other).Commitments[0]
	r.AdvanceTo(first.Deadline - 1)

	// In a branch of the state where the module's coins are gone, the halves of the bonds cannot be paid.
	ctx, _ := r.Context().WithBlockHeight(second.Deadline).CacheContext()
	module := r.App.AccountKeeper.GetModuleAddress(types.ModuleName)
	all := r.App.BankKeeper.GetAllBalances(ctx, module)
	require.NoError(t, r.App.BankKeeper.SendCoinsFromModuleToModule(ctx, types.ModuleName, computetypes.ModuleName, all))
	ctx = ctx.WithEventManager(sdk.NewEventManager())
	require.NoError(t, r.App.DisputeKeeper.EndBlock(ctx))
	failed := apptest.Find[*types.EventItemFailed](t, ctx.EventManager().ABCIEvents())
	require.Len(t, failed, 2)
	require.Equal(t, "commitment", failed[0].Queue)
	require.Equal(t, first.Id, failed[0].Id)
	require.NotEmpty(t, failed[0].Error)
	require.Empty(t, apptest.Find[*types.EventFaultCommitmentUpdated](t, ctx.EventManager().ABCIEvents()), "nothing of an attempt is kept")

	// The coins are back: at the retry height both are settled.
	require.NoError(t, r.App.BankKeeper.SendCoinsFromModuleToModule(ctx, computetypes.ModuleName, types.ModuleName, all))
	ctx = ctx.WithBlockHeight(failed[1].RetryHeight).WithEventManager(sdk.NewEventManager())
	require.NoError(t, r.App.DisputeKeeper.EndBlock(ctx))
	require.Len(t, apptest.Find[*types.EventFaultCommitmentUpdated](t, ctx.EventManager().ABCIEvents()), 2)
}

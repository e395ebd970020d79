package keeper_test

import (
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

func (f *fixture) withdraw(name string) error {
	return f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.WithdrawVerifier(ctx, &types.MsgWithdrawVerifier{Operator: who(name)})
		return err
	})
}

func (f *fixture) deposit(name string) int64 {
	f.t.Helper()
	v, found, err := f.k.GetVerifier(f.ctx, who(name))
	require.NoError(f.t, err)
	require.True(f.t, found)
	return v.Deposit.Int64()
}

func TestRegisterVerifierRefuses(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.validator("v1", 5)
	register := func(name, operator, owner string, deposit math.Int, code error) {
		f.refused(name, code, func(ctx sdk.Context) error {
			_, err := f.msgs.RegisterVerifier(ctx, &types.MsgRegisterVerifier{Operator: operator, Owner: owner, Deposit: deposit})
			return err
		})
	}
	enough := math.NewInt(50_021)
	register("address", "x", "", enough, types.ErrAddress)
	register("no validator", who("outsider"), "", enough, types.ErrValidator)
	register("owner", who("v1"), "x", enough, types.ErrAddress)
	register("no deposit", who("v1"), "", math.Int{}, types.ErrAmount)
	register("too little", who("v1"), "", math.NewInt(50_020), types.ErrDeposit)
	register("beyond the purse", who("v1"), "", purse.AddRaw(1), sdkerrors.ErrInsufficientFunds)
	register("twice", who("v0"), "", enough, types.ErrVerifier)
	var epoch uint64
	f.must(f.tx(func(ctx sdk.Context) error {
		r, err := f.msgs.RegisterVerifier(ctx, &types.MsgRegisterVerifier{Operator: who("v1"), Deposit: enough})
		epoch = r.GetEpoch()
		return err
	}))
	require.EqualValues(t, 1, epoch, "epoch 0 is taken")
	topUp := func(name, operator string, amount math.Int, code error) {
		f.refused(name, code, func(ctx sdk.Context) error {
			_, err := f.msgs.TopUpVerifier(ctx, &types.MsgTopUpVerifier{Sender: who("outsider"), Operator: operator, Amount: amount})
			return err
		})
	}
	topUp("not registered", who("outsider"), enough, types.ErrVerifier)
	topUp("nothing", who("v1"), math.ZeroInt(), types.ErrAmount)
	topUp("beyond the purse", who("v1"), purse.AddRaw(1), sdkerrors.ErrInsufficientFunds)
	f.must(f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.TopUpVerifier(ctx, &types.MsgTopUpVerifier{Sender: who("outsider"), Operator: who("v1"), Amount: math.NewInt(9)})
		return err
	}))
	require.EqualValues(t, 50_030, f.deposit("v1"))
	require.EqualValues(t, -9, f.gained("outsider"), "anyone may top up")
	f.end()
}

// A withdrawal pays after all jobs up to the highest id so far have ended, and not before.
func TestWithdraw(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	require.ErrorIs(t, f.withdraw("outsider"), types.ErrVerifier)
	id := f.drawn()
	f.must(f.withdraw("v0"))
	require.ErrorIs(t, f.withdraw("v0"), types.ErrVerifier)
	require.ErrorIs(t, f.register("v0", ""), types.ErrVerifier)
	later := f.submit(nil)
	end := f.job(id).Ready
	f.to(end)
	require.EqualValues(t, 60_000, f.deposit("v0"), "its job has not ended")
	f.must(f.attest(id, "v0", types.VERDICT_VALID))
	f.end()
	_, found, err := f.k.GetVerifier(f.ctx, who("v0"))
	require.NoError(t, err)
	require.False(t, found, "paid out in the block that ended the last job, though a later one is open")
	require.EqualValues(t, 800, f.gained("v0"))
	require.Equal(t, types.JOB_STATE_OPEN, f.job(later).State)
	removed := eventsOf[*types.EventVerifierRemoved](f)
	require.Len(t, removed, 1)
	require.Equal(t, "60000", removed[0].Amount)
	f.must(f.register("v0", ""))
	f.end()
}

// One that leaves with nothing running is paid at once, and is in no later snapshot.
func TestWithdrawAtOnce(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	f.must(f.withdraw("v1"))
	f.end()
	require.EqualValues(t, 0, f.gained("v1"))
	f.to(f.height() + 20)
	r, err := f.queries.Snapshot(f.ctx, &types.QuerySnapshotRequest{Epoch: 1})
	require.NoError(t, err)
	require.Len(t, r.Snapshot.Entries, 1)
}

// Many that leave at once are paid in capped blocks.
func TestWithdrawalsAreCapped(t *testing.T) {
	f := ready(newFixture(t, func(g *types.GenesisState) { g.Params[0].Params.QueueCap = 3 }), 4)
	for _, name := range []string{"v0", "v1", "v2", "v3"} {
		f.must(f.withdraw(name))
	}
	for _, left := range []int{1, 0} {
		f.end()
		r, err := f.queries.Verifiers(f.ctx, &types.QueryVerifiersRequest{})
		require.NoError(t, err)
		require.Len(t, r.Verifiers, left)
	}
}

// A verifier that has left can still be drawn from the snapshot that it stood in; its verdict counts and is paid.
func TestDrawnAfterLeaving(t *testing.T) {
	f := ready(newFixture(t, nil), 2)
	f.must(f.withdraw("v1"))
	f.end()
	id := f.drawn()
	require.Contains(t, operators(f.duties(id)), who("v1"))
	f.must(f.attest(id, "v1", types.VERDICT_VALID))
	f.to(f.job(id).Ready + 1)
	require.EqualValues(t, 800, f.gained("v1"))
}

func TestSpendAndReturnDeposit(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	require.ErrorIs(t, f.k.SpendDeposit(f.ctx, who("outsider"), disputeModule, math.OneInt()), types.ErrVerifier)
	require.ErrorIs(t, f.k.SpendDeposit(f.ctx, who("v0"), disputeModule, math.NewInt(60_001)), types.ErrDeposit)
	require.ErrorIs(t, f.k.SpendDeposit(f.ctx, who("v0"), disputeModule, math.NewInt(-1)), types.ErrAmount)
	f.must(f.k.SpendDeposit(f.ctx, who("v0"), disputeModule, math.ZeroInt()))
	f.must(f.k.SpendDeposit(f.ctx, who("v0"), disputeModule, math.NewInt(60_000)))
	require.EqualValues(t, 0, f.deposit("v0"))
	f.end()
	f.must(f.k.ReturnDeposit(f.ctx, who("v0"), disputeModule, math.NewInt(500)))
	require.EqualValues(t, 500, f.deposit("v0"))
	f.must(f.withdraw("v0"))
	f.end()
	require.EqualValues(t, -59_500, f.gained("v0"))
	f.must(f.k.ReturnDeposit(f.ctx, who("v0"), disputeModule, math.NewInt(59_500)))
	require.EqualValues(t, 0, f.gained("v0"), "one that has left is paid to its account")
	f.end()
}

// Pay and Burn from another module's account.
func TestPayAndBurnForDisputes(t *testing.T) {
	f := ready(newFixture(t, nil), 1)
	f.must(f.k.SpendDeposit(f.ctx, who("v0"), disputeModule, math.NewInt(1_000)))
	f.must(f.k.Pay(f.ctx, 5, disputeModule, who("outsider"), math.NewInt(300), "proof_bond"))
	f.must(f.k.Pay(f.ctx, 5, disputeModule, "no address", math.NewInt(200), "proof_bond"))
	f.must(f.k.Pay(f.ctx, 5, disputeModule, who("outsider"), math.ZeroInt(), "proof_bond"))
	f.must(f.k.Burn(f.ctx, 5, disputeModule, math.NewInt(400), "proof_bond"))
	require.Error(t, f.k.Pay(f.ctx, 5, disputeModule, who("outsider"), math.NewInt(101), "proof_bond"), "more than the module has")
	require.ErrorIs(t, f.k.Pay(f.ctx, 5, disputeModule, who("outsider"), math.NewInt(-1), "proof_bond"), types.ErrAmount)
	require.ErrorIs(t, f.k.Burn(f.ctx, 5, disputeModule, math.NewInt(-1), "proof_bond"), types.ErrAmount)
	f.end()
	require.EqualValues(t, 300, f.gained("outsider"))
	require.EqualValues(t, 200, f.pool())
	require.EqualValues(t, 400, f.burned.Int64())
	require.Equal(t, []*types.EventPayment{
		{JobId: 5, Recipient: who("outsider"), Amount: "300", Purpose: "proof_bond"}, {JobId: 5, Recipient: "pool", Amount: "200", Purpose: "proof_bond"},
		{JobId: 5, Recipient: "burn", Amount: "400", Purpose: "proof_bond"},
	}, eventsOf[*types.EventPayment](f))
}

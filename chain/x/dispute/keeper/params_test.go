package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// A claimed job keeps the parameters that its claim pinned; governance's take effect for later claims.
func TestParametersArePinnedAtTheClaim(t *testing.T) {
	r := newRig(t, long)
	id := r.committed(r.honest)
	p := r.params()
	p.TraceBaseBlocks = 33
	proposal, _ := r.Govern("more time", &types.MsgUpdateParams{Authority: app.Authority(), Params: p})
	require.Equal(t, govv1.StatusPassed, proposal.Status, proposal.FailedReason)
	v, err := r.App.DisputeKeeper.ParamsAt(r.Context(), 0)
	require.NoError(t, err)
	require.EqualValues(t, 2, v.Version)
	r.challenge(id, alice)
	require.Equal(t, r.Height()+16, r.dispute(id).Dispute.TraceDeadline)
	later := r.committedBy("worker2", r.honest, nil)
	r.challenge(later, alice)
	require.Equal(t, r.Height()+33, r.dispute(later).Dispute.TraceDeadline)
}

func TestUpdateParamsRefusals(t *testing.T) {
	r := newRig(t, nil)
	p := r.params()
	require.NotZero(t, r.Deliver(&types.MsgUpdateParams{Authority: r.Address(alice), Params: p}).Txs[0].Code, "only governance")
	bad := p
	bad.RevealBlocks = 1
	_, err := r.Exec(&types.MsgUpdateParams{Authority: app.Authority(), Params: bad})
	require.ErrorIs(t, err, types.ErrInvalidParams)
	// A worker's bond must repay the prover that convicts it.
	bad = p
	bad.ProofBond = math.NewInt(jobBond)
	_, err = r.Exec(&types.MsgUpdateParams{Authority: app.Authority(), Params: bad})
	require.ErrorIs(t, err, types.ErrInvalidParams)
}

package apptest

import (
	"time"

	"github.com/stretchr/testify/require"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
)

// Govern puts messages (of the governance authority) to a real vote: a proposal by the first validator with the full
// deposit, a yes of every validator, and the end of the voting period. It returns the proposal and the events of the
// block that executed it; the caller looks at Status.
func (c *Chain) Govern(title string, msgs ...sdk.Msg) (govv1.Proposal, []abci.Event) {
	c.t.Helper()
	params, err := c.App.GovKeeper.Params.Get(c.Context())
	require.NoError(c.t, err)
	submit, err := govv1.NewMsgSubmitProposal(msgs, params.MinDeposit, c.Validators[0].String(), "", title, title, false)
	require.NoError(c.t, err)
	response := Response(c.t, c.MustDeliver(submit).Txs[0], 0, &govv1.MsgSubmitProposalResponse{})
	for _, validator := range c.Validators {
		c.MustDeliver(govv1.NewMsgVote(validator.Address, response.ProposalId, govv1.VoteOption_VOTE_OPTION_YES, ""))
	}
	c.Wait(*params.VotingPeriod + time.Second)
	result := c.Block()
	proposal, err := c.App.GovKeeper.Proposals.Get(c.Context(), response.ProposalId)
	require.NoError(c.t, err)
	return proposal, result.Events
}

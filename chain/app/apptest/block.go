package apptest

import (
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"
)

// Result of a block.
type Result struct {
	Height int64
	Time   time.Time
	// Txs in order; Code 0 means accepted.
	Txs []*abci.ExecTxResult
	// Events of all transactions in order, then those of the block itself.
	Events []abci.Event
	// BlockEvents are those of BeginBlock and EndBlock alone.
	BlockEvents []abci.Event
}

// Block makes one block of signed transactions, commits it, and checks supply and invariants.
func (c *Chain) Block(txs ...[]byte) Result {
	c.t.Helper()
	c.now = c.now.Add(c.options.BlockTime)
	height := c.nextHeight()
	response, err := c.App.FinalizeBlock(&abci.RequestFinalizeBlock{Height: height, Time: c.now, Txs: txs, ProposerAddress: c.Validators[0].Consensus.PubKey().Address()})
	require.NoError(c.t, err, "block %d", height)
	_, err = c.App.Commit()
	require.NoError(c.t, err, "commit of block %d", height)
	c.sequences = map[string]uint64{}

	result := Result{Height: height, Time: c.now, Txs: response.TxResults, BlockEvents: response.Events}
	for _, tx := range response.TxResults {
		result.Events = append(result.Events, tx.Events...)
	}
	result.Events = append(result.Events, response.Events...)
	if c.options.Observe != nil {
		c.options.Observe(result)
	}
	c.checkSupply(result)
	c.checkInvariants(height)
	return result
}

// nextHeight also knows the first block after a restart, when nothing is committed yet.
func (c *Chain) nextHeight() int64 {
	if last := c.App.LastBlockHeight(); last > 0 {
		return last + 1
	}
	return c.first
}

// Advance makes n empty blocks and returns their events in order.
func (c *Chain) Advance(n int) []abci.Event {
	c.t.Helper()
	var events []abci.Event
	for range n {
		events = append(events, c.Block().Events...)
	}
	return events
}

// AdvanceTo makes empty blocks until the given height is committed.
func (c *Chain) AdvanceTo(height int64) []abci.Event {
	c.t.Helper()
	require.LessOrEqual(c.t, c.Height(), height, "the chain is past the height already")
	return c.Advance(int(height - c.Height()))
}

// Wait lets the clock jump before the next block.
func (c *Chain) Wait(d time.Duration) { c.now = c.now.Add(d) }

func (c *Chain) checkInvariants(height int64) {
	c.t.Helper()
	if !c.options.SkipInvariants {
		require.NoError(c.t, c.App.CheckInvariants(c.Context()), "invariants after block %d", height)
	}
}

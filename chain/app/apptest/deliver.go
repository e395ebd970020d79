package apptest

import (
	"math/rand"

	"github.com/stretchr/testify/require"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// TxGas is the gas limit of a test transaction.
const TxGas = 50_000_000

// Sign puts messages into one transaction, signed by every signer that they name; signers must be accounts of the chain.
// Several transactions of one sender may be signed for the same block, in order.
func (c *Chain) Sign(msgs ...sdk.Msg) []byte {
	c.t.Helper()
	return c.SignWithGas(TxGas, msgs...)
}

// SignWithGas is Sign with another gas limit.
func (c *Chain) SignWithGas(gas uint64, msgs ...sdk.Msg) []byte {
	c.t.Helper()
	var keys []cryptotypes.PrivKey
	var numbers, sequences []uint64
	seen := map[string]bool{}
	ctx := c.Context()
	for _, msg := range msgs {
		signers, _, err := c.App.AppCodec().GetMsgV1Signers(msg)
		require.NoError(c.t, err)
		for _, bytes := range signers {
			address := sdk.AccAddress(bytes).String()
			if seen[address] {
				continue
			}
			seen[address] = true
			account, ok := c.byAddress[address]
			require.True(c.t, ok, "no key for signer %s of %T: use Exec or Govern for module authorities", address, msg)
			stored := c.App.AccountKeeper.GetAccount(ctx, account.Address)
			require.NotNil(c.t, stored, "account %s does not exist on chain: send it coins first", account.Name)
			keys = append(keys, account.Key)
			numbers = append(numbers, stored.GetAccountNumber())
			sequences = append(sequences, stored.GetSequence()+c.sequences[address])
			c.sequences[address]++
		}
	}
	tx, err := simtestutil.GenSignedMockTx(rand.New(rand.NewSource(1)), c.App.TxConfig(), msgs, sdk.NewCoins(), gas, ChainID, numbers, sequences, keys...)
	require.NoError(c.t, err)
	encoded, err := c.App.TxConfig().TxEncoder()(tx)
	require.NoError(c.t, err)
	return encoded
}

// Deliver makes a block of one transaction with these messages; see Txs[0] for its outcome.
func (c *Chain) Deliver(msgs ...sdk.Msg) Result {
	c.t.Helper()
	return c.Block(c.Sign(msgs...))
}

// MustDeliver is Deliver for messages that must be accepted.
func (c *Chain) MustDeliver(msgs ...sdk.Msg) Result {
	c.t.Helper()
	result := c.Deliver(msgs...)
	require.Zero(c.t, result.Txs[0].Code, "%T: %s", msgs[0], result.Txs[0].Log)
	return result
}

// MustRefuse delivers messages that must be refused with the given registered error, and returns the log.
func (c *Chain) MustRefuse(expected error, msgs ...sdk.Msg) string {
	c.t.Helper()
	result := c.Deliver(msgs...)
	requireCode(c.t, expected, result.Txs[0])
	return result.Txs[0].Log
}

// Exec runs one message's handler without a transaction, as if its signer had signed: for module authorities. The state it
// writes is part of the next block. Nothing is written if it fails.
func (c *Chain) Exec(msg sdk.Msg) (*sdk.Result, error) {
	c.t.Helper()
	header := cmtproto.Header{ChainID: ChainID, Height: c.Height() + 1, Time: c.now}
	ctx, write := c.App.NewUncachedContext(false, header).CacheContext()
	handler := c.App.MsgServiceRouter().Handler(msg)
	require.NotNil(c.t, handler, "no handler for %T", msg)
	result, err := handler(ctx, msg)
	if err == nil {
		write()
	}
	return result, err
}

// Write changes the state behind the modules' messages, for tests of keepers: it is part of the next block.
func (c *Chain) Write(change func(sdk.Context) error) {
	c.t.Helper()
	header := cmtproto.Header{ChainID: ChainID, Height: c.Height() + 1, Time: c.now}
	ctx, write := c.App.NewUncachedContext(false, header).CacheContext()
	require.NoError(c.t, change(ctx))
	write()
}

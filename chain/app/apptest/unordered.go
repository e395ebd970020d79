package apptest

import (
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

// SignUnordered puts a message of one signer into a transaction without a sequence, valid until the given time. Sender and
// time are its identity.
func (c *Chain) SignUnordered(until time.Time, msg sdk.Msg) []byte {
	c.t.Helper()
	signers, _, err := c.App.AppCodec().GetMsgV1Signers(msg)
	require.NoError(c.t, err)
	require.Len(c.t, signers, 1)
	account := c.byAddress[sdk.AccAddress(signers[0]).String()]
	stored := c.App.AccountKeeper.GetAccount(c.Context(), account.Address)

	builder := c.App.TxConfig().NewTxBuilder()
	require.NoError(c.t, builder.SetMsgs(msg))
	builder.SetGasLimit(TxGas)
	builder.SetUnordered(true)
	builder.SetTimeoutTimestamp(until)
	data := &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT}
	signature := signing.SignatureV2{PubKey: account.Key.PubKey(), Data: data}
	require.NoError(c.t, builder.SetSignatures(signature))
	signed, err := authsigning.GetSignBytesAdapter(c.Context(), c.App.TxConfig().SignModeHandler(), data.SignMode, authsigning.SignerData{
		Address: account.String(), ChainID: ChainID, AccountNumber: stored.GetAccountNumber(), PubKey: account.Key.PubKey(),
	}, builder.GetTx())
	require.NoError(c.t, err)
	data.Signature, err = account.Key.Sign(signed)
	require.NoError(c.t, err)
	require.NoError(c.t, builder.SetSignatures(signature))
	encoded, err := c.App.TxConfig().TxEncoder()(builder.GetTx())
	require.NoError(c.t, err)
	return encoded
}

package apptest

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
)

// Find returns the typed events of one type, in order. T is a pointer to a generated event message.
func Find[T proto.Message](t testing.TB, events []abci.Event) []T {
	t.Helper()
	var zero T
	name := proto.MessageName(zero)
	var found []T
	for _, event := range events {
		if event.Type != name {
			continue
		}
		parsed, err := sdk.ParseTypedEvent(withoutMarks(event))
		require.NoError(t, err, "event %s", event.Type)
		typed, ok := parsed.(T)
		require.True(t, ok, "event %s parsed to %T", event.Type, parsed)
		found = append(found, typed)
	}
	return found
}

// withoutMarks drops what the SDK appends to an event after its fields: where it happened, as plain text and not as JSON.
func withoutMarks(event abci.Event) abci.Event {
	marks := map[string]bool{"mode": true, "msg_index": true, "authz_msg_index": true}
	kept := event.Attributes
	for len(kept) > 0 && marks[kept[len(kept)-1].Key] {
		kept = kept[:len(kept)-1]
	}
	return abci.Event{Type: event.Type, Attributes: kept}
}

// One returns the only event of a type.
func One[T proto.Message](t testing.TB, events []abci.Event) T {
	t.Helper()
	found := Find[T](t, events)
	var zero T
	require.Len(t, found, 1, "expected exactly one %s", proto.MessageName(zero))
	return found[0]
}

// Attributes returns the values of an attribute over all plain events of a type, as the SDK's own modules emit them.
func Attributes(events []abci.Event, eventType, key string) []string {
	var values []string
	for _, event := range events {
		if event.Type != eventType {
			continue
		}
		for _, attribute := range event.Attributes {
			if attribute.Key == key {
				values = append(values, attribute.Value)
			}
		}
	}
	return values
}

// Response decodes the response of message i of a transaction into a generated response message.
func Response[T proto.Message](t testing.TB, tx *abci.ExecTxResult, i int, into T) T {
	t.Helper()
	var data sdk.TxMsgData
	require.NoError(t, proto.Unmarshal(tx.Data, &data))
	require.Greater(t, len(data.MsgResponses), i, "the transaction has %d responses", len(data.MsgResponses))
	require.NoError(t, proto.Unmarshal(data.MsgResponses[i].Value, into))
	return into
}

func requireCode(t testing.TB, expected error, tx *abci.ExecTxResult) {
	t.Helper()
	space, code, _ := errors.ABCIInfo(expected, false)
	require.Equal(t, space, tx.Codespace, "codespace; log: %s", tx.Log)
	require.Equal(t, code, tx.Code, "code; log: %s", tx.Log)
}

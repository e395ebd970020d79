package keeper

import "github.com/assay-chain/assay/chain/x/dispute/types"

// msgServer answers the module's messages. Each handler stands beside the rules that it applies.
type msgServer struct{ *Keeper }

// NewMsgServer returns the message service.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

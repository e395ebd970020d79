package types

import (
	cdctypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to the transaction decoder.
func RegisterInterfaces(r cdctypes.InterfaceRegistry) {
	r.RegisterImplementations((*sdk.Msg)(nil),
		&MsgSubmitJob{}, &MsgCancelJob{}, &MsgRegisterWorker{}, &MsgClaimJob{}, &MsgCommitResult{},
		&MsgRegisterVerifier{}, &MsgTopUpVerifier{}, &MsgWithdrawVerifier{}, &MsgAttest{}, &MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}

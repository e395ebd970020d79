package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

type msgServer struct{ *Keeper }

// NewMsgServer handles the module's messages.
func NewMsgServer(keeper *Keeper) types.MsgServer { return msgServer{keeper} }

// DeprecateArtifact marks one's own ACTIVE publication as superseded.
func (s msgServer) DeprecateArtifact(ctx context.Context, msg *types.MsgDeprecateArtifact) (*types.MsgDeprecateArtifactResponse, error) {
	params, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateText("reason", msg.Reason, params.MaxText, false); err != nil {
		return nil, err
	}
	artifact, err := s.GetArtifact(ctx, msg.ArtifactId)
	if err != nil {
		return nil, err
	}
	if artifact.Publisher != msg.Publisher {
		return nil, types.ErrNotPublisher.Wrapf("artifact %d: expected %s, found %s", artifact.Id, artifact.Publisher, msg.Publisher)
	}
	if artifact.Status != types.ARTIFACT_STATUS_ACTIVE {
		return nil, types.ErrStatus.Wrapf("artifact %d: expected ACTIVE, found %s", artifact.Id, artifact.Status)
	}
	return &types.MsgDeprecateArtifactResponse{}, s.setStatus(ctx, artifact, types.ARTIFACT_STATUS_DEPRECATED, msg.Reason)
}

// SetPolicy is governance's decision about a digest. It needs no publication: what is known to be bad can be banned in advance.
func (s msgServer) SetPolicy(ctx context.Context, msg *types.MsgSetPolicy) (*types.MsgSetPolicyResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), s.authority, msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.Policy.Validate(); err != nil {
		return nil, err
	}
	params, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateText("reason", msg.Policy.Reason, params.MaxText, false); err != nil {
		return nil, err
	}
	if err := s.policies.Set(ctx, msg.Policy.Digest, msg.Policy); err != nil {
		return nil, err
	}
	if err := emit(ctx, &types.EventPolicySet{Policy: msg.Policy}); err != nil {
		return nil, err
	}
	return &types.MsgSetPolicyResponse{}, s.compute.PolicyChanged(ctx, msg.Policy)
}

// UpdateParams replaces the parameters. Publications stay as they are.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), s.authority, msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Params: msg.Params})
}

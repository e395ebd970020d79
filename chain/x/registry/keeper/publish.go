package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

// PublishArtifact follows.
func (s msgServer) PublishArtifact(ctx context.Context, msg *types.MsgPublishArtifact) (*types.MsgPublishArtifactResponse, error) {
	return nil, types.ErrInvalidProgram
}

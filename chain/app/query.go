package app

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/errors"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// dryRunPath judges a whole fault proof.
const dryRunPath = "/assay.dispute.v1.Query/DryRun"

// Query answers queries that come through CometBFT's RPC. CometBFT holds consensus while one runs, so the one query that
// computes is refused here; over gRPC and REST it runs beside consensus, within the node's query gas limit.
func (app *App) Query(ctx context.Context, req *abci.RequestQuery) (*abci.ResponseQuery, error) {
	if req.Path == dryRunPath {
		return sdkerrors.QueryResult(errors.Wrap(sdkerrors.ErrInvalidRequest,
			"expected a dry run over gRPC (--grpc-addr) or REST, or offline (assayd referee judge), found one over CometBFT's RPC, where it would stop consensus"), false), nil
	}
	return app.BaseApp.Query(ctx, req)
}

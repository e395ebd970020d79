package keeper

import (
	"context"
	"math/bits"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// charge consumes gas for n units of work before they are done. Prices are in thousandths of a unit of gas; what a
// product does not fit saturates, and so exceeds every limit.
func charge(ctx context.Context, n, milligas uint64, what string) {
	hi, lo := bits.Mul64(n, milligas)
	if hi != 0 {
		lo = ^uint64(0)
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(lo/1000+min(1, lo%1000), what)
}

// chargeHashes consumes gas for SHA-256 compressions.
func chargeHashes(ctx context.Context, p *types.Params, blocks uint64) {
	charge(ctx, blocks, p.HashMilligas, "dispute: hash")
}

// gasOf is the gas consumed so far.
func gasOf(ctx context.Context) uint64 { return sdk.UnwrapSDKContext(ctx).GasMeter().GasConsumed() }

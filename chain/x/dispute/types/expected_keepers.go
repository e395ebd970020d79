package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// BankKeeper takes bonds and fees from accounts; what leaves the module goes through compute's Pay and Burn.
type BankKeeper interface {
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, module string, amt sdk.Coins) error
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
}

// AccountKeeper finds the module's own address.
type AccountKeeper interface {
	GetModuleAddress(name string) sdk.AccAddress
}

// RegistryKeeper knows artifacts, and closes one whose weights are proven forbidden.
type RegistryKeeper interface {
	GetArtifact(ctx context.Context, id uint64) (registrytypes.Artifact, error)
	CloseArtifact(ctx context.Context, id uint64, reason string) error
}

// ComputeKeeper is what disputes ask of compute.
type ComputeKeeper = computetypes.JobSettler

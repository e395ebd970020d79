package app

import (
	"os"
	"path/filepath"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// Name is the application's name as CometBFT and clients see it.
	Name = "assayd"
	// Bech32Prefix starts every address of this chain.
	Bech32Prefix = "assay"
	// Denom is the one native coin, in its smallest unit: bonded, and paid as fee, bond and deposit.
	Denom = "uassay"
)

// DefaultNodeHome is where a node keeps its files unless --home says otherwise.
var DefaultNodeHome = defaultHome()

// The SDK keeps prefix and bond denomination in globals that its own modules read while they are built,
// so they are set once, before anything of this package can run.
func init() {
	config := sdk.GetConfig()
	config.SetBech32PrefixForAccount(Bech32Prefix, Bech32Prefix+sdk.PrefixPublic)
	config.SetBech32PrefixForValidator(Bech32Prefix+sdk.PrefixValidator+sdk.PrefixOperator, Bech32Prefix+sdk.PrefixValidator+sdk.PrefixOperator+sdk.PrefixPublic)
	config.SetBech32PrefixForConsensusNode(Bech32Prefix+sdk.PrefixValidator+sdk.PrefixConsensus, Bech32Prefix+sdk.PrefixValidator+sdk.PrefixConsensus+sdk.PrefixPublic)
	sdk.DefaultBondDenom = Denom
}

func defaultHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		// Without a home directory (a bare container) the node lives where it was started.
		home = "."
	}
	return filepath.Join(home, ".assayd")
}

package app

import (
	"maps"
	"slices"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	disputetypes "github.com/assay-chain/assay/chain/x/dispute/types"
)

// modulePermissions names every module account and what it may do with coins.
func modulePermissions() map[string][]string {
	return map[string][]string{
		authtypes.FeeCollectorName:          nil,
		distrtypes.ModuleName:               nil,
		minttypes.ModuleName:                {authtypes.Minter},
		stakingtypes.BondedPoolName:         {authtypes.Burner, authtypes.Staking},
		stakingtypes.NotBondedPoolName:      {authtypes.Burner, authtypes.Staking},
		stakingtypes.KeyRotationFeePoolName: {authtypes.Burner},
		govtypes.ModuleName:                 {authtypes.Burner},
		computetypes.ModuleName:             {authtypes.Burner},
		disputetypes.ModuleName:             {authtypes.Burner},
	}
}

// BlockedAddresses are the module accounts: nobody may send to them directly, because each one's balance must equal
// the sum of its records.
func BlockedAddresses() map[string]bool {
	blocked := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(modulePermissions())) {
		blocked[authtypes.NewModuleAddress(name).String()] = true
	}
	return blocked
}

// Authority is the governance module's address: who may change parameters unless the consensus parameters name another.
func Authority() string {
	return authtypes.NewModuleAddress(govtypes.ModuleName).String()
}

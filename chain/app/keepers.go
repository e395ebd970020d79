package app

import (
	"github.com/spf13/cast"

	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authcodec "github.com/cosmos/cosmos-sdk/x/auth/codec"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	evidencekeeper "github.com/cosmos/cosmos-sdk/x/evidence/keeper"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	mintkeeper "github.com/cosmos/cosmos-sdk/x/mint/keeper"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	beaconkeeper "github.com/assay-chain/assay/chain/x/beacon/keeper"
	beacontypes "github.com/assay-chain/assay/chain/x/beacon/types"
	computekeeper "github.com/assay-chain/assay/chain/x/compute/keeper"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	disputekeeper "github.com/assay-chain/assay/chain/x/dispute/keeper"
	disputetypes "github.com/assay-chain/assay/chain/x/dispute/types"
	registrykeeper "github.com/assay-chain/assay/chain/x/registry/keeper"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// Keepers own the stores; modules reach each other through them alone.
type Keepers struct {
	AccountKeeper   authkeeper.AccountKeeper
	BankKeeper      bankkeeper.BaseKeeper
	StakingKeeper   *stakingkeeper.Keeper
	SlashingKeeper  slashingkeeper.Keeper
	DistrKeeper     distrkeeper.Keeper
	MintKeeper      mintkeeper.Keeper
	GovKeeper       govkeeper.Keeper
	UpgradeKeeper   *upgradekeeper.Keeper
	EvidenceKeeper  evidencekeeper.Keeper
	FeeGrantKeeper  feegrantkeeper.Keeper
	AuthzKeeper     authzkeeper.Keeper
	ConsensusKeeper consensuskeeper.Keeper

	RegistryKeeper *registrykeeper.Keeper
	BeaconKeeper   *beaconkeeper.Keeper
	ComputeKeeper  *computekeeper.Keeper
	DisputeKeeper  *disputekeeper.Keeper
}

// newStoreKeys names every store. No name may be a prefix of another, therefore idx-compute and not compute-idx.
func newStoreKeys() map[string]*storetypes.KVStoreKey {
	return storetypes.NewKVStoreKeys(
		authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, slashingtypes.StoreKey, distrtypes.StoreKey,
		minttypes.StoreKey, govtypes.StoreKey, upgradetypes.StoreKey, evidencetypes.StoreKey, feegrant.StoreKey,
		authzkeeper.StoreKey, consensustypes.StoreKey,
		registrytypes.StoreKey, beacontypes.StoreKey, computetypes.StoreKey, disputetypes.StoreKey,
		// Queues and secondary indexes have empty values, beside which nothing can be proven absent: stores of their own.
		computetypes.IndexStoreKey, disputetypes.IndexStoreKey,
	)
}

func (app *App) buildKeepers(logger log.Logger, options servertypes.AppOptions) {
	authority := Authority()
	store := func(name string) corestore.KVStoreService { return runtime.NewKVStoreService(app.keys[name]) }
	validators := authcodec.NewBech32Codec(sdk.GetConfig().GetBech32ValidatorAddrPrefix())
	nodes := authcodec.NewBech32Codec(sdk.GetConfig().GetBech32ConsensusAddrPrefix())

	app.ConsensusKeeper = consensuskeeper.NewKeeper(app.appCodec, store(consensustypes.StoreKey), authority, runtime.EventService{})
	app.SetParamStore(app.ConsensusKeeper.ParamsStore)
	app.AccountKeeper = authkeeper.NewAccountKeeper(app.appCodec, store(authtypes.StoreKey), authtypes.ProtoBaseAccount,
		modulePermissions(), authcodec.NewBech32Codec(Bech32Prefix), Bech32Prefix, authority, authkeeper.WithUnorderedTransactions(true))
	app.BankKeeper = bankkeeper.NewBaseKeeper(app.appCodec, store(banktypes.StoreKey), app.AccountKeeper, BlockedAddresses(), authority, logger)
	app.StakingKeeper = stakingkeeper.NewKeeper(app.appCodec, store(stakingtypes.StoreKey), app.AccountKeeper, app.BankKeeper, authority, validators, nodes)
	app.MintKeeper = mintkeeper.NewKeeper(app.appCodec, store(minttypes.StoreKey), app.StakingKeeper, app.AccountKeeper, app.BankKeeper, authtypes.FeeCollectorName, authority)
	app.DistrKeeper = distrkeeper.NewKeeper(app.appCodec, store(distrtypes.StoreKey), app.AccountKeeper, app.BankKeeper, app.StakingKeeper, authtypes.FeeCollectorName, authority)
	app.SlashingKeeper = slashingkeeper.NewKeeper(app.appCodec, app.legacyAmino, store(slashingtypes.StoreKey), app.StakingKeeper, authority)
	app.StakingKeeper.SetHooks(stakingtypes.NewMultiStakingHooks(app.DistrKeeper.Hooks(), app.SlashingKeeper.Hooks()))
	app.FeeGrantKeeper = feegrantkeeper.NewKeeper(app.appCodec, store(feegrant.StoreKey), app.AccountKeeper)
	app.AuthzKeeper = authzkeeper.NewKeeper(store(authzkeeper.StoreKey), app.appCodec, app.MsgServiceRouter(), app.AccountKeeper)
	app.UpgradeKeeper = upgradekeeper.NewKeeper(skippedUpgrades(options), store(upgradetypes.StoreKey), app.appCodec,
		cast.ToString(options.Get(flags.FlagHome)), app.BaseApp, authority)
	app.EvidenceKeeper = *evidencekeeper.NewKeeper(app.appCodec, store(evidencetypes.StoreKey), app.StakingKeeper, app.SlashingKeeper,
		app.AccountKeeper.AddressCodec(), runtime.ProvideCometInfoService())
	app.GovKeeper = *govkeeper.NewKeeper(app.appCodec, store(govtypes.StoreKey), app.AccountKeeper, app.BankKeeper, app.DistrKeeper,
		app.MsgServiceRouter(), govtypes.DefaultConfig(), authority, govkeeper.NewDefaultCalculateVoteResultsAndVotingPower(app.StakingKeeper))

	app.RegistryKeeper = registrykeeper.NewKeeper(app.appCodec, store(registrytypes.StoreKey), authority)
	app.BeaconKeeper = beaconkeeper.NewKeeper(app.appCodec, store(beacontypes.StoreKey), authority)
	app.ComputeKeeper = computekeeper.NewKeeper(app.appCodec, store(computetypes.StoreKey), store(computetypes.IndexStoreKey),
		app.AccountKeeper, app.BankKeeper, app.DistrKeeper, app.StakingKeeper, app.RegistryKeeper, app.BeaconKeeper, authority)
	app.DisputeKeeper = disputekeeper.NewKeeper(app.appCodec, store(disputetypes.StoreKey), store(disputetypes.IndexStoreKey),
		app.AccountKeeper, app.BankKeeper, app.RegistryKeeper, app.ComputeKeeper, authority)
	// The circle of modules is closed late, as staking's hooks are.
	app.RegistryKeeper.SetComputeKeeper(app.ComputeKeeper)
	app.BeaconKeeper.SetComputeKeeper(app.ComputeKeeper)
	app.ComputeKeeper.SetDisputeKeeper(app.DisputeKeeper)
}

func skippedUpgrades(options servertypes.AppOptions) map[int64]bool {
	skipped := make(map[int64]bool)
	for _, height := range cast.ToIntSlice(options.Get(server.FlagUnsafeSkipUpgrades)) {
		skipped[int64(height)] = true
	}
	return skipped
}

package keeper_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/codec"
	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute"
	"github.com/assay-chain/assay/chain/x/compute/keeper"
	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

const (
	chainID = "assay-test"
	denom   = "stake"
	// disputeModule stands for x/dispute's account, which holds bonds and rewards that wait.
	disputeModule = "dispute"
	// beaconStore stands for x/beacon's store.
	beaconStore = "rounds"
)

// purse is what every account starts with.
var purse = math.NewInt(1_000_000_000_000)

// fixture is a chain of one module on real stores, a real bank, staking and distribution. A block is: messages, each kept
// only if it succeeds; EndBlock; invariants; commit.
type fixture struct {
	t        testing.TB
	cms      storetypes.CommitMultiStore
	keys     map[string]*storetypes.KVStoreKey
	ctx      sdk.Context
	k        *keeper.Keeper
	msgs     types.MsgServer
	queries  types.QueryServer
	module   compute.AppModule
	cdc      codec.Codec
	bank     bankkeeper.BaseKeeper
	staking  *stakingkeeper.Keeper
	distr    distrkeeper.Keeper
	registry *registry
	beacon   *beacon
	dispute  *dispute
	// events of the block that runs, and of the last one that ended.
	last sdk.Events
	// burned by the module since genesis, as its events tell; supply at genesis.
	burned, supply math.Int
	// slow skips the invariants after blocks that hold thousands of jobs.
	slow bool
}

var authority = authtypes.NewModuleAddress(govtypes.ModuleName).String()

// addr is the account of a name.
func addr(name string) sdk.AccAddress {
	h := sha256.Sum256([]byte(name))
	return sdk.AccAddress(h[:20])
}

// who is its address as text.
func who(name string) string { return addr(name).String() }

// root of a name: 32 bytes.
func root(name string) []byte { h := sha256.Sum256([]byte(name)); return h[:] }

var people = []string{"requester", "worker", "worker2", "outsider", "v0", "v1", "v2", "v3", "relay"}

// blocked is an account that bank refuses to pay.
const blocked = "blocked"

// newFixture starts a chain; change edits its genesis.
func newFixture(t testing.TB, change func(*types.GenesisState)) *fixture {
	t.Helper()
	g := types.NewGenesis(testParams())
	if change != nil {
		change(g)
	}
	return bare(t, nil, math.ZeroInt(), g)
}

// bare starts a chain from a genesis, with coins that the module's account holds. neighbours may replace registry, beacon
// and dispute.
func bare(t testing.TB, neighbours func(*fixture), held math.Int, g *types.GenesisState) *fixture {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, distrtypes.StoreKey, types.StoreKey, types.IndexStoreKey, beaconStore)
	logger := log.NewNopLogger()
	cms := store.NewCommitMultiStore(dbm.NewMemDB(), logger)
	for _, name := range []string{authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, distrtypes.StoreKey, types.StoreKey, types.IndexStoreKey, beaconStore} {
		cms.MountStoreWithDB(keys[name], storetypes.StoreTypeIAVL, nil)
	}
	require.NoError(t, cms.LoadLatestVersion())
	enc := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, bank.AppModuleBasic{}, staking.AppModuleBasic{}, compute.AppModule{})
	service := func(name string) *storetypes.KVStoreKey { return keys[name] }
	ak := authkeeper.NewAccountKeeper(enc.Codec, runtime.NewKVStoreService(service(authtypes.StoreKey)), authtypes.ProtoBaseAccount, map[string][]string{
		minttypes.ModuleName: {authtypes.Minter}, types.ModuleName: {authtypes.Burner}, disputeModule: {authtypes.Burner}, distrtypes.ModuleName: nil,
		stakingtypes.BondedPoolName: {authtypes.Burner, authtypes.Staking}, stakingtypes.NotBondedPoolName: {authtypes.Burner, authtypes.Staking},
		stakingtypes.KeyRotationFeePoolName: {authtypes.Burner}, govtypes.ModuleName: {authtypes.Burner},
	}, addresscodec.NewBech32Codec("cosmos"), "cosmos", authority)
	bk := bankkeeper.NewBaseKeeper(enc.Codec, runtime.NewKVStoreService(service(banktypes.StoreKey)), ak, map[string]bool{who(blocked): true, authtypes.NewModuleAddress(types.ModuleName).String(): true}, authority, logger)
	sk := stakingkeeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(service(stakingtypes.StoreKey)), ak, bk, authority, addresscodec.NewBech32Codec("cosmosvaloper"), addresscodec.NewBech32Codec("cosmosvalcons"))
	dk := distrkeeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(service(distrtypes.StoreKey)), ak, bk, sk, authtypes.FeeCollectorName, authority)
	f := &fixture{
		t: t, cms: cms, keys: keys, bank: bk, staking: sk, distr: dk, burned: math.ZeroInt(),
		registry: &registry{artifacts: map[uint64]registrytypes.Artifact{}, policies: map[string]registrytypes.Policy{}, most: tolerance("1", "0.1"), entries: map[uint64]string{}},
		beacon:   newBeacon(runtime.NewKVStoreService(service(beaconStore))),
		dispute:  &dispute{map[uint64]bool{}, map[uint64]bool{}, map[uint64][]string{}, map[uint64][]string{}, map[uint64]types.JobState{}, map[uint64]func() error{}},
	}
	f.begin(1)
	if neighbours != nil {
		neighbours(f)
	}
	f.cdc = enc.Codec
	f.k = keeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(service(types.StoreKey)), runtime.NewKVStoreService(service(types.IndexStoreKey)), ak, bk, dk, sk, f.registry, f.beacon, authority)
	f.k.SetDisputeKeeper(f.dispute)
	f.msgs, f.queries, f.module = keeper.NewMsgServer(f.k), keeper.NewQueryServer(f.k), compute.NewAppModule(enc.Codec, f.k)

	require.NoError(t, sk.SetParams(f.ctx, stakingtypes.DefaultParams()))
	require.NoError(t, dk.FeePool.Set(f.ctx, distrtypes.InitialFeePool()))
	for _, name := range append(people, blocked) {
		coins := sdk.NewCoins(sdk.NewCoin(denom, purse))
		require.NoError(t, bk.MintCoins(f.ctx, minttypes.ModuleName, coins))
		require.NoError(t, bk.SendCoins(f.ctx, authtypes.NewModuleAddress(minttypes.ModuleName), addr(name), coins))
	}
	if held.IsPositive() {
		coins := sdk.NewCoins(sdk.NewCoin(denom, held))
		require.NoError(t, bk.MintCoins(f.ctx, minttypes.ModuleName, coins))
		require.NoError(t, bk.SendCoinsFromModuleToModule(f.ctx, minttypes.ModuleName, types.ModuleName, coins))
	}
	f.supply = bk.GetSupply(f.ctx, denom).Amount
	if neighbours == nil {
		f.publish(1, nil)
	}
	require.NoError(t, f.k.InitGenesis(f.ctx, *g))
	return f
}

// testParams are small and odd, so that shares do not come out even.
func testParams() types.Params {
	p := types.DevnetParams()
	p.ClaimBlocks, p.CommitBlocks, p.WindowBlocks, p.BeaconBlocks, p.EpochBlocks = 10, 8, 6, 5, 20
	p.FeeMin, p.BondMin, p.ClaimDeposit, p.VerifierDepositMin, p.RelayFee = math.NewInt(1_003), math.NewInt(20_011), math.NewInt(101), math.NewInt(50_021), math.NewInt(7)
	p.QueueCap = 10
	return p
}

func tolerance(abs, rel string) registrytypes.Tolerance {
	return registrytypes.Tolerance{Abs: math.LegacyMustNewDecFromStr(abs), Rel: math.LegacyMustNewDecFromStr(rel)}
}

// publish puts a MODEL of two inputs and one output into the registry.
func (f *fixture) publish(id uint64, change func(*registrytypes.Artifact)) {
	a := registrytypes.Artifact{
		Id: id, Kind: registrytypes.ARTIFACT_KIND_MODEL, Digest: root(fmt.Sprintf("artifact %d", id)), WeightsRoot: root("weights"), Status: registrytypes.ARTIFACT_STATUS_ACTIVE,
		Program:          &registrytypes.ProgramSummary{Root: root("program"), Inputs: 2, Outputs: 1, Nodes: 3, Values: 3, Macs: 1_000_000, Depth: 3},
		DefaultTolerance: tolerance("0.001", "0.0001"),
	}
	if change != nil {
		change(&a)
	}
	f.registry.artifacts[id] = a
}

// begin starts a block at a height; blocks are a second apart.
func (f *fixture) begin(h int64) {
	header := cmtproto.Header{Height: h, ChainID: chainID, Time: time.Unix(1_000_000+h, 0).UTC()}
	f.ctx = sdk.NewContext(f.cms.CacheMultiStore(), header, false, log.NewNopLogger()).WithEventManager(sdk.NewEventManager())
}

// height of the block that runs.
func (f *fixture) height() int64 { return f.ctx.BlockHeight() }

// tx runs a message as a transaction does: its writes and events are kept only if it succeeds.
func (f *fixture) tx(run func(ctx sdk.Context) error) error {
	cached, write := f.ctx.CacheContext()
	if err := run(cached); err != nil {
		return err
	}
	write()
	return nil
}

// end ends the block and begins the next one. Invariants hold after it, and only burning changed the supply.
func (f *fixture) end() {
	f.t.Helper()
	require.NoError(f.t, f.k.EndBlock(f.ctx))
	f.last = f.ctx.EventManager().Events()
	for _, e := range eventsOf[*types.EventPayment](f) {
		if e.Recipient == "burn" {
			amount, ok := math.NewIntFromString(e.Amount)
			require.True(f.t, ok)
			f.burned = f.burned.Add(amount)
		}
	}
	if !f.slow {
		f.check()
	}
	h := f.height()
	f.ctx.MultiStore().(storetypes.CacheMultiStore).Write()
	f.cms.Commit()
	f.begin(h + 1)
}

// check wants the invariants, and the supply less by exactly what the events say was burned.
func (f *fixture) check() {
	f.t.Helper()
	require.NoError(f.t, f.k.CheckInvariants(f.ctx), "height %d", f.height())
	require.Equal(f.t, f.supply.Sub(f.burned).String(), f.bank.GetSupply(f.ctx, denom).Amount.String(), "supply at height %d", f.height())
}

// to runs blocks until the given height runs.
func (f *fixture) to(h int64) {
	f.t.Helper()
	for f.height() < h {
		f.end()
	}
}

// eventsOf are the last ended block's events of one type.
func eventsOf[T proto.Message](f *fixture) (list []T) {
	f.t.Helper()
	var zero T
	name := proto.MessageName(zero)
	for _, e := range f.last.ToABCIEvents() {
		if e.Type == name {
			m, err := sdk.ParseTypedEvent(e)
			require.NoError(f.t, err)
			list = append(list, m.(T))
		}
	}
	return list
}

// validator bonds a validator of that power, whose operator is the named account.
func (f *fixture) validator(name string, power int64) {
	f.t.Helper()
	val, err := stakingtypes.NewValidator(sdk.ValAddress(addr(name)).String(), ed25519.GenPrivKeyFromSecret([]byte(name)).PubKey(), stakingtypes.Description{Moniker: name})
	require.NoError(f.t, err)
	val.Status, val.Tokens = stakingtypes.Bonded, sdk.TokensFromConsensusPower(power, sdk.DefaultPowerReduction)
	val.DelegatorShares = math.LegacyNewDecFromInt(val.Tokens)
	require.NoError(f.t, f.staking.SetValidator(f.ctx, val))
	require.NoError(f.t, f.staking.SetValidatorByPowerIndex(f.ctx, val))
}

// verifiers bonds n validators of power 10 and registers them; the snapshot of epoch 0 holds them when the block ends.
func (f *fixture) verifiers(n int) {
	f.t.Helper()
	for i := range n {
		name := fmt.Sprintf("v%d", i)
		f.validator(name, 10)
		f.must(f.register(name, ""))
	}
	f.end()
}

func (f *fixture) register(name, owner string) error {
	return f.tx(func(ctx sdk.Context) error {
		_, err := f.msgs.RegisterVerifier(ctx, &types.MsgRegisterVerifier{Operator: who(name), Deposit: math.NewInt(60_000), Owner: owner})
		return err
	})
}

func (f *fixture) must(err error) {
	f.t.Helper()
	require.NoError(f.t, err)
}

// balance of a named account.
func (f *fixture) balance(name string) math.Int {
	return f.bank.GetBalance(f.ctx, addr(name), denom).Amount
}

// gained is what an account has more than it started with.
func (f *fixture) gained(name string) int64 { return f.balance(name).Sub(purse).Int64() }

// pool is the community pool, whole units.
func (f *fixture) pool() int64 {
	p, err := f.distr.FeePool.Get(f.ctx)
	require.NoError(f.t, err)
	return p.CommunityPool.AmountOf(denom).TruncateInt64()
}

func (f *fixture) job(id uint64) types.Job {
	f.t.Helper()
	j, err := f.k.GetJob(f.ctx, id)
	require.NoError(f.t, err)
	return j
}

// Package keeper runs disputes: challenges, traces, demands of bytes, fault commitments and proofs (PROTOCOL.md §6).
// Nothing here is decided by vote: a clock convicts for withholding, and the referee for everything else.
package keeper

import (
	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

var _ computetypes.DisputeKeeper = (*Keeper)(nil)

// Keeper owns two stores. The provable one holds records, each value non-empty; the index store holds queues and lookups
// that genesis rebuilds from the records.
type Keeper struct {
	schema, indexSchema collections.Schema

	accounts  types.AccountKeeper
	bank      types.BankKeeper
	registry  types.RegistryKeeper
	compute   types.ComputeKeeper
	authority string

	params           collections.Map[uint64, types.VersionedParams]
	paramsVersion    collections.Item[uint64]
	disputes         collections.Map[uint64, types.Dispute]
	demands          collections.Map[uint64, types.Demand]
	commitments      collections.Map[uint64, types.FaultCommitment]
	rewards          collections.Map[uint64, types.PendingReward]
	nextDemandID     collections.Sequence
	nextCommitmentID collections.Sequence

	// due: (height, kind, id) of what EndBlock settles.
	due collections.KeySet[collections.Triple[int64, uint32, uint64]]
	// waitingClocks: (worker, class, opened height, job) of challenges whose trace clock waits; runningClocks: worker to job.
	waitingClocks collections.KeySet[collections.Quad[[]byte, uint32, int64, uint64]]
	runningClocks collections.Map[[]byte, uint64]
	// jobQueue: (job, class, demand) of queued demands; readyQueue: (class, demand) of the first one of each job that has
	// no active demand; active: job to its active demand.
	jobQueue   collections.KeySet[collections.Triple[uint64, uint32, uint64]]
	readyQueue collections.KeySet[collections.Pair[uint32, uint64]]
	active     collections.Map[uint64, uint64]
	// demandsByJob: (job, demand). ranges: (job, tensor, first chunk) to the demand that asked for it.
	demandsByJob collections.KeySet[collections.Pair[uint64, uint64]]
	ranges       collections.Map[collections.Triple[uint64, uint64, uint64], uint64]
	// costs: (job, class, sender) to what its served demands cost. budget: (job, sender) to how many demands it had at a reduced price.
	costs  collections.Map[collections.Triple[uint64, uint32, []byte], math.Int]
	budget collections.Map[collections.Pair[uint64, []byte], uint64]
	// liveCommitments: (job, commitment); liveBySender: (job, sender) to commitment; commitmentsByJob: (job, commitment).
	liveCommitments  collections.KeySet[collections.Pair[uint64, uint64]]
	liveBySender     collections.Map[collections.Pair[uint64, []byte], uint64]
	commitmentsByJob collections.KeySet[collections.Pair[uint64, uint64]]
	// closing: ended jobs whose demands EndBlock still drops, to the last demand seen.
	closing collections.Map[uint64, uint64]
}

// Classes order queues: drawn verifiers first.
const (
	classDrawn    uint32 = 0
	classOutsider uint32 = 1
)

func class(drawn bool) uint32 {
	if drawn {
		return classDrawn
	}
	return classOutsider
}

// NewKeeper builds the keeper; it panics where the application is wired wrongly.
func NewKeeper(
	cdc codec.BinaryCodec, storeService, indexStoreService corestore.KVStoreService,
	accounts types.AccountKeeper, bank types.BankKeeper, registry types.RegistryKeeper, compute types.ComputeKeeper, authority string,
) *Keeper {
	if accounts.GetModuleAddress(types.ModuleName) == nil {
		panic("the account of the dispute module is not registered (it needs the burner permission)")
	}
	sb := collections.NewSchemaBuilder(storeService)
	ib := collections.NewSchemaBuilder(indexStoreService)
	u64, u32, bytesKey := collections.Uint64Key, collections.Uint32Key, collections.BytesKey
	jobAndID := collections.PairKeyCodec(u64, u64)
	jobAndSender := collections.PairKeyCodec(u64, bytesKey)
	k := &Keeper{
		accounts: accounts, bank: bank, registry: registry, compute: compute, authority: authority,

		params:           collections.NewMap(sb, types.ParamsKey, "params", u64, codec.CollValue[types.VersionedParams](cdc)),
		paramsVersion:    collections.NewItem(sb, types.ParamsVersionKey, "params_version", collections.Uint64Value),
		disputes:         collections.NewMap(sb, types.DisputesKey, "disputes", u64, codec.CollValue[types.Dispute](cdc)),
		demands:          collections.NewMap(sb, types.DemandsKey, "demands", u64, codec.CollValue[types.Demand](cdc)),
		commitments:      collections.NewMap(sb, types.CommitmentsKey, "commitments", u64, codec.CollValue[types.FaultCommitment](cdc)),
		rewards:          collections.NewMap(sb, types.RewardsKey, "rewards", u64, codec.CollValue[types.PendingReward](cdc)),
		nextDemandID:     collections.NewSequence(sb, types.NextDemandIDKey, "next_demand_id"),
		nextCommitmentID: collections.NewSequence(sb, types.NextCommitmentIDKey, "next_commitment_id"),

		due:           collections.NewKeySet(ib, types.DueKey, "due", collections.TripleKeyCodec(collections.Int64Key, u32, u64)),
		waitingClocks: collections.NewKeySet(ib, types.WaitingClocksKey, "waiting_clocks", collections.QuadKeyCodec(bytesKey, u32, collections.Int64Key, u64)),
		runningClocks: collections.NewMap(ib, types.RunningClocksKey, "running_clocks", bytesKey, collections.Uint64Value),
		jobQueue:      collections.NewKeySet(ib, types.JobQueueKey, "job_queue", collections.TripleKeyCodec(u64, u32, u64)),
		readyQueue:    collections.NewKeySet(ib, types.ReadyQueueKey, "ready_queue", collections.PairKeyCodec(u32, u64)),
		active:        collections.NewMap(ib, types.ActiveKey, "active", u64, collections.Uint64Value),
		demandsByJob:  collections.NewKeySet(ib, types.DemandsByJobKey, "demands_by_job", jobAndID),
		ranges:        collections.NewMap(ib, types.RangesKey, "ranges", collections.TripleKeyCodec(u64, u64, u64), collections.Uint64Value),
		costs:         collections.NewMap(ib, types.CostsKey, "costs", collections.TripleKeyCodec(u64, u32, bytesKey), sdk.IntValue),
		budget:        collections.NewMap(ib, types.BudgetKey, "budget", jobAndSender, collections.Uint64Value),

		liveCommitments:  collections.NewKeySet(ib, types.LiveCommitmentsKey, "live_commitments", jobAndID),
		liveBySender:     collections.NewMap(ib, types.LiveBySenderKey, "live_by_sender", jobAndSender, collections.Uint64Value),
		commitmentsByJob: collections.NewKeySet(ib, types.CommitmentsByJobKey, "commitments_by_job", jobAndID),
		closing:          collections.NewMap(ib, types.ClosingKey, "closing", u64, collections.Uint64Value),
	}
	var err error
	if k.schema, err = sb.Build(); err != nil {
		panic(err)
	}
	if k.indexSchema, err = ib.Build(); err != nil {
		panic(err)
	}
	return k
}

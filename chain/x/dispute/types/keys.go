package types

import "cosmossdk.io/collections"

const (
	// ModuleName is also the name of the module's account, in errors and in events.
	ModuleName = "dispute"
	// StoreKey names the provable store.
	StoreKey = ModuleName
	// IndexStoreKey names the store of queues and indexes: rebuilt from the provable one at genesis, never proven.
	IndexStoreKey = "idx-dispute"
)

// Prefixes of the provable store. Every value is non-empty, so membership and absence are both provable.
var (
	ParamsKey           = collections.NewPrefix(0)
	DisputesKey         = collections.NewPrefix(1)
	DemandsKey          = collections.NewPrefix(2)
	CommitmentsKey      = collections.NewPrefix(3)
	RewardsKey          = collections.NewPrefix(4)
	NextDemandIDKey     = collections.NewPrefix(5)
	NextCommitmentIDKey = collections.NewPrefix(6)
	ParamsVersionKey    = collections.NewPrefix(7)
)

// Prefixes of the index store.
var (
	DueKey              = collections.NewPrefix(0)
	WaitingClocksKey    = collections.NewPrefix(1)
	RunningClocksKey    = collections.NewPrefix(2)
	JobQueueKey         = collections.NewPrefix(3)
	ReadyQueueKey       = collections.NewPrefix(4)
	ActiveKey           = collections.NewPrefix(5)
	DemandsByJobKey     = collections.NewPrefix(6)
	RangesKey           = collections.NewPrefix(7)
	CostsKey            = collections.NewPrefix(8)
	BudgetKey           = collections.NewPrefix(9)
	LiveCommitmentsKey  = collections.NewPrefix(10)
	LiveBySenderKey     = collections.NewPrefix(11)
	CommitmentsByJobKey = collections.NewPrefix(12)
	ClosingKey          = collections.NewPrefix(13)
)

// Limits that no parameter moves.
const (
	// MaxItems bounds the items of one demand: 256 KiB are 256 whole chunks.
	MaxItems = 256
	// MaxDoublings bounds the exponent of the demand fee, so that its amount fits; nobody can pay that much.
	MaxDoublings = 96
	// HashSize of roots, commitments and salts.
	HashSize = 32
)

// Causes of EventDisputeUpdated.
const (
	CauseChallenged   = "challenged"
	CauseJoined       = "joined"
	CauseClockStarted = "trace_clock_started"
	CausePublished    = "trace_published"
	CauseDemanded     = "demanded"
	CauseServed       = "served"
	CauseCommitted    = "committed"
	CauseRefused      = "refused"
	CauseProved       = "proved"
	CauseUnrevealed   = "unrevealed"
	CauseCleared      = "cleared"
	CauseConvicted    = "convicted"
	CauseWithheld     = "withheld"
	CauseEnded        = "ended"
)

// Purposes of payments, as they stand in compute's EventPayment.
const (
	PurposeServe        = "serve"
	PurposeDemandFee    = "demand_fee"
	PurposeChallengeFee = "challenge_fee"
	PurposeProofBond    = "proof_bond"
	PurposeRefund       = "refund"
	PurposeCosts        = "costs"
	PurposeReward       = "reward"
)

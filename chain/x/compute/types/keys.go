package types

import "cosmossdk.io/collections"

const (
	// ModuleName is the module's name and account.
	ModuleName = "compute"
	// StoreKey holds what light clients prove: records with non-empty values.
	StoreKey = ModuleName
	// IndexStoreKey holds queues and secondary indexes, whose values are empty and therefore unprovable.
	IndexStoreKey = "idx-compute"
)

// RefereeVersion is the version of chain/referee that this binary judges with; a claim pins it.
const RefereeVersion uint32 = 1

// BeaconTries is how often a round is fixed for a job before it ends VOID {BEACON}.
const BeaconTries uint32 = 3

// FixDelay is how many blocks after the commitment the beacon round is fixed.
const FixDelay int64 = 2

// Prefixes of the provable store. The TypeScript client derives the same keys for its proofs.
var (
	ParamsPrefix    = collections.NewPrefix(0)
	JobSeqPrefix    = collections.NewPrefix(1)
	JobsPrefix      = collections.NewPrefix(2)
	DutiesPrefix    = collections.NewPrefix(3)
	WorkersPrefix   = collections.NewPrefix(4)
	VerifiersPrefix = collections.NewPrefix(5)
	SnapshotsPrefix = collections.NewPrefix(6)
)

// Prefixes of the index store.
var (
	StateIndexPrefix    = collections.NewPrefix(0)
	ArtifactIndexPrefix = collections.NewPrefix(1)
	DigestIndexPrefix   = collections.NewPrefix(2)
	OperatorIndexPrefix = collections.NewPrefix(3)
	DuePrefix           = collections.NewPrefix(4)
	WaitingPrefix       = collections.NewPrefix(5)
	RecordedPrefix      = collections.NewPrefix(6)
	BannedPrefix        = collections.NewPrefix(7)
	VoidedPrefix        = collections.NewPrefix(8)
	WithdrawPrefix      = collections.NewPrefix(9)
	SnapshotJobsPrefix  = collections.NewPrefix(10)
	ParamsVersionPrefix = collections.NewPrefix(11)
	SnapshotNumPrefix   = collections.NewPrefix(12)
)

// Package keeper holds the life of jobs: escrow, claims, commitments, beacon draws, windows, and the money at their end.
package keeper

import (
	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"
	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// Keeper owns the stores `compute` (provable records) and `idx-compute` (queues and indexes).
type Keeper struct {
	cdc       codec.BinaryCodec
	authority string

	account  types.AccountKeeper
	bank     types.BankKeeper
	distr    types.DistributionKeeper
	staking  types.StakingKeeper
	registry types.RegistryKeeper
	beacon   types.BeaconKeeper
	dispute  types.DisputeKeeper

	Schema      collections.Schema
	IndexSchema collections.Schema

	// Provable records. Every value is non-empty.
	params    collections.Map[uint64, types.VersionedParams]
	jobSeq    collections.Sequence
	jobs      collections.Map[uint64, types.Job]
	duties    collections.Map[collections.Pair[uint64, sdk.AccAddress], types.Duty]
	workers   collections.Map[sdk.AccAddress, types.Worker]
	verifiers collections.Map[sdk.AccAddress, types.Verifier]
	snapshots collections.Map[uint64, types.Snapshot]

	// Indexes: jobs by state; OPEN and CLAIMED jobs by artifact; OPEN jobs by digest; duties of running jobs by operator.
	byState    collections.KeySet[collections.Pair[uint32, uint64]]
	byArtifact collections.KeySet[collections.Pair[uint64, uint64]]
	byDigest   collections.KeySet[collections.Pair[[]byte, uint64]]
	byOperator collections.KeySet[collections.Pair[sdk.AccAddress, uint64]]

	// Queues: jobs due at a height; jobs that wait for a round; rounds recorded with jobs still to draw; digests banned and
	// artifacts voided with jobs still to end; verifiers that leave once all jobs up to an id have ended.
	due      collections.KeySet[collections.Pair[int64, uint64]]
	waiting  collections.KeySet[collections.Pair[uint64, uint64]]
	recorded collections.KeySet[uint64]
	banned   collections.KeySet[[]byte]
	voided   collections.KeySet[uint64]
	withdraw collections.KeySet[collections.Pair[uint64, sdk.AccAddress]]

	// pins counts the running jobs that pin a snapshot: outside the record, whose rewriting would cost kilobytes a claim.
	pins collections.Map[uint64, uint64]
	// The newest version of the parameters, and the newest snapshot's number (epoch + 1; none taken: not set).
	paramsVersion  collections.Item[uint64]
	snapshotNumber collections.Item[uint64]
}

// NewKeeper builds the keeper. authority may change parameters (the gov module's account). SetDisputeKeeper must follow.
func NewKeeper(
	cdc codec.BinaryCodec, main, index store.KVStoreService,
	account types.AccountKeeper, bank types.BankKeeper, distr types.DistributionKeeper, staking types.StakingKeeper,
	registry types.RegistryKeeper, beacon types.BeaconKeeper, authority string,
) *Keeper {
	sb, ib := collections.NewSchemaBuilder(main), collections.NewSchemaBuilder(index)
	u64 := collections.Uint64Key
	k := &Keeper{
		cdc: cdc, authority: authority,
		account: account, bank: bank, distr: distr, staking: staking, registry: registry, beacon: beacon,

		params:    collections.NewMap(sb, types.ParamsPrefix, "params", u64, codec.CollValue[types.VersionedParams](cdc)),
		jobSeq:    collections.NewSequence(sb, types.JobSeqPrefix, "job_seq"),
		jobs:      collections.NewMap(sb, types.JobsPrefix, "jobs", u64, codec.CollValue[types.Job](cdc)),
		duties:    collections.NewMap(sb, types.DutiesPrefix, "duties", collections.PairKeyCodec(u64, sdk.AccAddressKey), codec.CollValue[types.Duty](cdc)),
		workers:   collections.NewMap(sb, types.WorkersPrefix, "workers", sdk.AccAddressKey, codec.CollValue[types.Worker](cdc)),
		verifiers: collections.NewMap(sb, types.VerifiersPrefix, "verifiers", sdk.AccAddressKey, codec.CollValue[types.Verifier](cdc)),
		snapshots: collections.NewMap(sb, types.SnapshotsPrefix, "snapshots", u64, codec.CollValue[types.Snapshot](cdc)),

		byState:    collections.NewKeySet(ib, types.StateIndexPrefix, "by_state", collections.PairKeyCodec(collections.Uint32Key, u64)),
		byArtifact: collections.NewKeySet(ib, types.ArtifactIndexPrefix, "by_artifact", collections.PairKeyCodec(u64, u64)),
		byDigest:   collections.NewKeySet(ib, types.DigestIndexPrefix, "by_digest", collections.PairKeyCodec(collections.BytesKey, u64)),
		byOperator: collections.NewKeySet(ib, types.OperatorIndexPrefix, "by_operator", collections.PairKeyCodec(sdk.AccAddressKey, u64)),

		due:      collections.NewKeySet(ib, types.DuePrefix, "due", collections.PairKeyCodec(collections.Int64Key, u64)),
		waiting:  collections.NewKeySet(ib, types.WaitingPrefix, "waiting", collections.PairKeyCodec(u64, u64)),
		recorded: collections.NewKeySet(ib, types.RecordedPrefix, "recorded", u64),
		banned:   collections.NewKeySet(ib, types.BannedPrefix, "banned", collections.BytesKey),
		voided:   collections.NewKeySet(ib, types.VoidedPrefix, "voided", u64),
		withdraw: collections.NewKeySet(ib, types.WithdrawPrefix, "withdraw", collections.PairKeyCodec(u64, sdk.AccAddressKey)),
		pins:     collections.NewMap(ib, types.SnapshotJobsPrefix, "snapshot_jobs", u64, collections.Uint64Value),

		paramsVersion:  collections.NewItem(ib, types.ParamsVersionPrefix, "params_version", collections.Uint64Value),
		snapshotNumber: collections.NewItem(ib, types.SnapshotNumPrefix, "snapshot_number", collections.Uint64Value),
	}
	var err error
	if k.Schema, err = sb.Build(); err != nil {
		panic(err)
	}
	if k.IndexSchema, err = ib.Build(); err != nil {
		panic(err)
	}
	return k
}

// SetDisputeKeeper closes the circle: disputes need this keeper to exist first.
func (k *Keeper) SetDisputeKeeper(d types.DisputeKeeper) { k.dispute = d }

var _ types.JobSettler = (*Keeper)(nil)

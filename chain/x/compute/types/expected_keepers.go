package types

import (
	"context"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// BankKeeper moves coins between accounts and the module, and burns.
type BankKeeper interface {
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, module string, amt sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, module string, recipient sdk.AccAddress, amt sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, sender, recipient string, amt sdk.Coins) error
	BurnCoins(ctx context.Context, module string, amt sdk.Coins) error
	BlockedAddr(addr sdk.AccAddress) bool
}

// DistributionKeeper funds the community pool: the pool share, and payouts that bank refuses.
type DistributionKeeper interface {
	FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error
}

// AccountKeeper finds the module's own address.
type AccountKeeper interface {
	GetModuleAddress(name string) sdk.AccAddress
}

// StakingKeeper knows validators and their power.
type StakingKeeper interface {
	GetValidator(ctx context.Context, addr sdk.ValAddress) (stakingtypes.Validator, error)
	PowerReduction(ctx context.Context) math.Int
	// GetBondedValidatorsByPower is bounded by staking's max_validators; snapshots are taken from it.
	GetBondedValidatorsByPower(ctx context.Context) ([]stakingtypes.Validator, error)
}

// RegistryKeeper knows artifacts and policy.
type RegistryKeeper interface {
	GetArtifact(ctx context.Context, id uint64) (registrytypes.Artifact, error)
	// GetPolicy returns ALLOWED where nothing was decided.
	GetPolicy(ctx context.Context, digest []byte) (registrytypes.Policy, error)
	// MaxTolerance is the cap for a digest: its policy's, else the parameter's.
	MaxTolerance(ctx context.Context, digest []byte) (registrytypes.Tolerance, error)
	// MatchEntry checks that an entry stands in a DATASET's manifest.
	MatchEntry(ctx context.Context, datasetID uint64, proof *registrytypes.EntryProof) error
}

// BeaconKeeper fixes, pins and reads rounds of public randomness.
type BeaconKeeper interface {
	// RoundAfter is the first round whose nominal time lies after t plus the margin.
	RoundAfter(ctx context.Context, t time.Time) (uint64, error)
	// Pin counts one more job that waits for a round, Unpin one less.
	Pin(ctx context.Context, round uint64) error
	Unpin(ctx context.Context, round uint64) error
	// Randomness returns 32 bytes once the round is recorded.
	Randomness(ctx context.Context, round uint64) (randomness []byte, recorded bool, err error)
	// TakeReimbursement marks a round's relay as paid by a job and returns whom to pay; ok is false if it was paid before.
	TakeReimbursement(ctx context.Context, round, jobID uint64, amount math.Int) (poster sdk.AccAddress, ok bool, err error)
}

// DisputeKeeper is what compute asks of disputes. It is set after construction (SetDisputeKeeper), as staking sets hooks.
type DisputeKeeper interface {
	// ParamsVersion is the newest version of the dispute parameters; a claim pins it.
	ParamsVersion(ctx context.Context) (uint64, error)
	// HoldsFinal reports whether a job must not become FINAL yet: TRACE_DEMANDED (waiting or running), PROVING,
	// a queued or active demand, or a live fault commitment.
	HoldsFinal(ctx context.Context, jobID uint64) (bool, error)
	// Join records a drawn verifier that attests CHALLENGED on an open challenge; an error where none is open.
	Join(ctx context.Context, jobID uint64, operator string) error
	// FailedChallengers lists the drawn verifiers whose challenge a FINAL job survived: opener and joined. Their fee share goes to the worker.
	FailedChallengers(ctx context.Context, jobID uint64) ([]string, error)
	// JobEnded settles everything that disputes hold of a job that ended FINAL or VOID: challenge fee, live bonds, demands.
	// It is not called for an end that the dispute module itself decided through EndFaulted.
	JobEnded(ctx context.Context, job Job) error
}

// Payout is a part of a slashed bond that a conviction pays out.
type Payout struct {
	// Recipient is an account address. If ToDeposit is set it is a verifier's operator and its deposit is credited;
	// if ToModule is set the amount moves to that module account (a reward that still waits).
	Recipient string
	ToDeposit bool
	ToModule  string
	Amount    math.Int
	// Purpose as in EventPayment: costs or reward.
	Purpose string
}

// JobSettler is what disputes ask of compute; the compute keeper implements it.
type JobSettler interface {
	GetJob(ctx context.Context, id uint64) (Job, error)
	GetDuty(ctx context.Context, jobID uint64, operator string) (duty Duty, found bool, err error)
	// GetVerifier reports whether an address is a registered verifier's operator; its bonds then come from its deposit.
	GetVerifier(ctx context.Context, operator string) (v Verifier, found bool, err error)
	// ParamsAt returns a pinned version of compute's parameters, 0 the newest.
	ParamsAt(ctx context.Context, version uint64) (Params, error)
	// SetTraceRoot records the trace root that a dispute published.
	SetTraceRoot(ctx context.Context, jobID uint64, root []byte) error
	// Attested records CHALLENGED for a drawn verifier that opened a challenge.
	Attested(ctx context.Context, jobID uint64, operator string, verdict Verdict) error
	// RaiseReady makes a COMMITTED job's ready at least h and enqueues it there: whatever closes last re-enqueues the job.
	RaiseReady(ctx context.Context, jobID uint64, h int64) error
	// SpendDeposit moves part of a verifier's deposit to a module account; an error if it does not suffice.
	SpendDeposit(ctx context.Context, operator, module string, amount math.Int) error
	// ReturnDeposit moves an amount from a module account back into a verifier's deposit (to its account if it has left).
	ReturnDeposit(ctx context.Context, operator, module string, amount math.Int) error
	// EndFaulted ends a COMMITTED job as FAULTED: refunds the fee, pays the payouts out of the bond (their sum is at most
	// SlashPaidPpm of it, checked) and burns the rest.
	EndFaulted(ctx context.Context, jobID uint64, reason EndReason, payouts []Payout) error
	// EndVoid ends an OPEN or CLAIMED job as VOID {INPUT}.
	EndVoid(ctx context.Context, jobID uint64, reason EndReason) error
	// VoidArtifact ends all OPEN and CLAIMED jobs on a publication as VOID {MODEL}, by queue.
	VoidArtifact(ctx context.Context, artifactID uint64) error
	// Pay sends from a module account to an address, or to the community pool where bank refuses; zero is skipped; emits EventPayment.
	Pay(ctx context.Context, jobID uint64, module, recipient string, amount math.Int, purpose string) error
	// Burn burns from a module account and emits EventPayment{recipient: burn}.
	Burn(ctx context.Context, jobID uint64, module string, amount math.Int, purpose string) error
}

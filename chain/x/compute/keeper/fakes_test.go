package keeper_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// The neighbours of compute, narrow enough to steer each case. Bank, auth, staking and distribution are the real ones; the
// whole application with the real registry, beacon and disputes is tested in chain/app.

// registry holds artifacts and policies.
type registry struct {
	artifacts map[uint64]registrytypes.Artifact
	policies  map[string]registrytypes.Policy
	most      registrytypes.Tolerance
	// entries that MatchEntry knows, by dataset and path.
	entries map[uint64]string
}

var errUnknown = errors.New("registry: unknown")

func (r *registry) GetArtifact(_ context.Context, id uint64) (registrytypes.Artifact, error) {
	a, ok := r.artifacts[id]
	if !ok {
		return a, errUnknown
	}
	return a, nil
}

func (r *registry) GetPolicy(_ context.Context, digest []byte) (registrytypes.Policy, error) {
	p, ok := r.policies[string(digest)]
	if !ok {
		p = registrytypes.Policy{Digest: digest, Status: registrytypes.POLICY_STATUS_ALLOWED}
	}
	return p, nil
}

func (r *registry) MaxTolerance(context.Context, []byte) (registrytypes.Tolerance, error) {
	return r.most, nil
}

func (r *registry) MatchEntry(_ context.Context, dataset uint64, proof *registrytypes.EntryProof) error {
	if path, ok := r.entries[dataset]; !ok || path != proof.Entry.Path {
		return errUnknown
	}
	return nil
}

// beacon has rounds of one second from time zero, and a margin of one second. Pins are counted as the real one counts them,
// in a store, so that they go back with a transaction that fails.
type beacon struct {
	pins       collections.Map[uint64, uint64]
	reimbursed collections.Map[uint64, uint64]
	rounds     map[uint64][]byte
	poster     sdk.AccAddress
	// fails lets RoundAfter fail, to see that a block survives it.
	fails error
}

func newBeacon(service store.KVStoreService) *beacon {
	sb := collections.NewSchemaBuilder(service)
	return &beacon{
		pins:       collections.NewMap(sb, collections.NewPrefix(0), "pins", collections.Uint64Key, collections.Uint64Value),
		reimbursed: collections.NewMap(sb, collections.NewPrefix(1), "reimbursed", collections.Uint64Key, collections.Uint64Value),
		rounds:     map[uint64][]byte{},
	}
}

func (b *beacon) RoundAfter(_ context.Context, t time.Time) (uint64, error) {
	return uint64(t.Unix()) + 2, b.fails
}

func (b *beacon) Pin(ctx context.Context, round uint64) error {
	n, err := b.pinned(ctx, round)
	if err != nil {
		return err
	}
	return b.pins.Set(ctx, round, n+1)
}

func (b *beacon) Unpin(ctx context.Context, round uint64) error {
	n, err := b.pinned(ctx, round)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("beacon: not pinned")
	}
	return b.pins.Set(ctx, round, n-1)
}

// pinned is the number of jobs that wait for a round.
func (b *beacon) pinned(ctx context.Context, round uint64) (uint64, error) {
	n, err := b.pins.Get(ctx, round)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func (b *beacon) Randomness(_ context.Context, round uint64) ([]byte, bool, error) {
	r, ok := b.rounds[round]
	return r, ok, nil
}

func (b *beacon) TakeReimbursement(ctx context.Context, round, job uint64, _ math.Int) (sdk.AccAddress, bool, error) {
	taken, err := b.reimbursed.Has(ctx, round)
	if err != nil || taken || b.poster.Empty() {
		return nil, false, err
	}
	return b.poster, true, b.reimbursed.Set(ctx, round, job)
}

// waiting is the number of jobs that are pinned to any round.
func (b *beacon) waiting(ctx context.Context) (n uint64) {
	if err := b.pins.Walk(ctx, nil, func(_, pinned uint64) (bool, error) { n += pinned; return false, nil }); err != nil {
		panic(err)
	}
	return n
}

// randomnessOf a round, for tests.
func randomnessOf(round uint64) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("round"), round))
	return h[:]
}

// dispute holds what the tests say it holds.
type dispute struct {
	holds  map[uint64]bool
	open   map[uint64]bool
	joined map[uint64][]string
	failed map[uint64][]string
	ended  map[uint64]types.JobState
	// breaks lets JobEnded of a job fail or panic.
	breaks map[uint64]func() error
}

func (d *dispute) ParamsVersion(context.Context) (uint64, error) { return 7, nil }

func (d *dispute) HoldsFinal(_ context.Context, id uint64) (bool, error) { return d.holds[id], nil }

func (d *dispute) Join(_ context.Context, id uint64, operator string) error {
	if !d.open[id] {
		return errors.New("dispute: no challenge is open")
	}
	if !slices.Contains(d.joined[id], operator) {
		d.joined[id] = append(d.joined[id], operator)
	}
	return nil
}

func (d *dispute) FailedChallengers(_ context.Context, id uint64) ([]string, error) {
	return d.failed[id], nil
}

func (d *dispute) JobEnded(_ context.Context, j types.Job) error {
	if f := d.breaks[j.Id]; f != nil {
		if err := f(); err != nil {
			return err
		}
	}
	d.ended[j.Id] = j.State
	return nil
}

package keeper_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"time"

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

// beacon has rounds of one second from time zero, and a margin of one second. Pins are counted as the real one counts them.
type beacon struct {
	pins       map[uint64]int
	rounds     map[uint64][]byte
	poster     sdk.AccAddress
	reimbursed map[uint64]bool
	// fails lets RoundAfter fail, to see that a block survives it.
	fails error
}

func (b *beacon) RoundAfter(_ context.Context, t time.Time) (uint64, error) {
	return uint64(t.Unix()) + 2, b.fails
}

func (b *beacon) Pin(_ context.Context, round uint64) error { b.pins[round]++; return nil }

func (b *beacon) Unpin(_ context.Context, round uint64) error {
	if b.pins[round] == 0 {
		return errors.New("beacon: not pinned")
	}
	b.pins[round]--
	return nil
}

func (b *beacon) Randomness(_ context.Context, round uint64) ([]byte, bool, error) {
	r, ok := b.rounds[round]
	return r, ok, nil
}

func (b *beacon) TakeReimbursement(_ context.Context, round, _ uint64, _ math.Int) (sdk.AccAddress, bool, error) {
	if b.poster.Empty() || b.reimbursed[round] {
		return nil, false, nil
	}
	b.reimbursed[round] = true
	return b.poster, true, nil
}

// waiting is the number of jobs that are pinned to any round.
func (b *beacon) waiting() (n int) {
	for _, p := range b.pins {
		n += p
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

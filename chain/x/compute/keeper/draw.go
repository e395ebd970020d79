package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// endDraws draws the duties of jobs whose round is recorded, in the order (round, id), at most limit jobs a block.
func (k *Keeper) endDraws(ctx context.Context, limit int) error {
	rounds, err := firstKeys(ctx, k.recorded, new(collections.Range[uint64]), limit)
	if err != nil {
		return err
	}
	for _, round := range rounds {
		if limit == 0 {
			return nil
		}
		done, left, err := k.drawRound(ctx, round, limit)
		if err != nil {
			return err
		}
		if !left {
			if err := k.recorded.Remove(ctx, round); err != nil {
				return err
			}
		}
		// A round costs one even if nobody waits for it, so that a block's work stays bounded.
		limit -= max(1, done)
	}
	return nil
}

// drawRound draws at most limit jobs of one round. It tells how many, and whether more are left.
func (k *Keeper) drawRound(ctx context.Context, round uint64, limit int) (done int, left bool, err error) {
	keys, err := firstKeys(ctx, k.waiting, collections.NewPrefixedPairRange[uint64, uint64](round), limit+1)
	if err != nil || len(keys) == 0 {
		return 0, false, err
	}
	if left = len(keys) > limit; left {
		keys = keys[:limit]
	}
	randomness, recorded, err := k.beacon.Randomness(ctx, round)
	if err != nil {
		return 0, false, err
	}
	for _, key := range keys {
		if err := k.waiting.Remove(ctx, key); err != nil {
			return 0, false, err
		}
		id := key.K2()
		err := isolate(ctx, func(ctx context.Context) error {
			if !recorded {
				return types.ErrNotFound.Wrapf("round %d was told to be recorded and is not", round)
			}
			j, err := k.GetJob(ctx, id)
			if err != nil {
				return err
			}
			return k.draw(ctx, j, randomness)
		})
		if err != nil {
			if err := k.retry(ctx, queueDraw, id, err); err != nil {
				return 0, false, err
			}
		}
	}
	return len(keys), left, nil
}

// draw draws the duties of one job from its pinned snapshot, and its window starts.
func (k *Keeper) draw(ctx context.Context, j types.Job, randomness []byte) error {
	if j.State != types.JOB_STATE_COMMITTED || j.DrawnHeight != 0 {
		return nil
	}
	if err := k.stopWaiting(ctx, j); err != nil {
		return err
	}
	s, err := k.snapshots.Get(ctx, j.SnapshotEpoch)
	if err != nil {
		return err
	}
	p, err := k.ParamsAt(ctx, j.ParamsVersion)
	if err != nil {
		return err
	}
	candidates, err := candidates(j, s)
	if err != nil {
		return err
	}
	drawn := types.Draw(randomness, j.Id, s.TotalPower, j.LambdaPpm, candidates)
	for rank, i := range drawn {
		d := types.Duty{JobId: j.Id, Operator: s.Entries[i].Operator, Rank: uint32(rank)}
		if err := k.addDuty(ctx, d, candidates[i].Operator); err != nil {
			return err
		}
	}
	h := height(ctx)
	j.Duties = uint32(len(drawn))
	j.DrawnHeight = h
	j.Deadline = 0
	j.Ready = max(j.Ready, h+int64(p.WindowBlocks))
	if err := k.enqueue(ctx, j.Ready, j.Id); err != nil {
		return err
	}
	return k.saveJob(ctx, j, causeDrawn)
}

// candidates are a snapshot's entries as the draw takes them.
func candidates(j types.Job, s types.Snapshot) ([]types.Candidate, error) {
	list := make([]types.Candidate, len(s.Entries))
	for i, e := range s.Entries {
		operator, err := types.Account("operator", e.Operator)
		if err != nil {
			return nil, err
		}
		related := slices.Contains(j.Parties, e.Operator) || e.Owner != "" && slices.Contains(j.Parties, e.Owner)
		list[i] = types.Candidate{Operator: operator, Power: e.Power, Related: related}
	}
	return list, nil
}

// addDuty writes a new duty, tells its verifier, and counts it.
func (k *Keeper) addDuty(ctx context.Context, d types.Duty, operator sdk.AccAddress) error {
	if err := k.duties.Set(ctx, collections.Join(d.JobId, operator), d); err != nil {
		return err
	}
	if err := k.byOperator.Set(ctx, collections.Join(operator, d.JobId)); err != nil {
		return err
	}
	if err := emit(ctx, &types.EventDutyDrawn{Duty: d}); err != nil {
		return err
	}
	return k.countVerifier(ctx, operator, "drawn", func(v *types.Verifier) { v.Duties++ })
}

// jobDuties returns a job's duties by rank.
func (k *Keeper) jobDuties(ctx context.Context, jobID uint64) (duties []types.Duty, err error) {
	rng := collections.NewPrefixedPairRange[uint64, sdk.AccAddress](jobID)
	err = k.duties.Walk(ctx, rng, func(_ collections.Pair[uint64, sdk.AccAddress], d types.Duty) (bool, error) {
		duties = append(duties, d)
		return false, nil
	})
	slices.SortFunc(duties, func(a, b types.Duty) int { return int(a.Rank) - int(b.Rank) })
	return duties, err
}

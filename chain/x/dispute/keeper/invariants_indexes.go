package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// checkIndexes compares how many entries every queue and lookup has with how many the records ask for.
func (k *Keeper) checkIndexes(ctx context.Context, g *types.GenesisState) error {
	var queued, active, late, live, running, waiting, proving int
	ended := map[uint64]bool{}
	for i := range g.Disputes {
		ended[g.Disputes[i].JobId] = g.Disputes[i].Phase == types.DISPUTE_PHASE_ENDED
	}
	for i := range g.Demands {
		switch g.Demands[i].State {
		case types.DEMAND_STATE_QUEUED:
			queued++
		case types.DEMAND_STATE_ACTIVE:
			active++
			if ended[g.Demands[i].JobId] {
				late++ // its deadline may pass, and its entry drop, before the closing queue comes to it
			}
		}
	}
	for i := range g.Commitments {
		if g.Commitments[i].State == types.COMMITMENT_STATE_LIVE {
			live++
		}
	}
	for i := range g.Disputes {
		switch d := &g.Disputes[i]; {
		case d.Phase == types.DISPUTE_PHASE_TRACE_DEMANDED && d.TraceClockRunning:
			running++
		case d.Phase == types.DISPUTE_PHASE_TRACE_DEMANDED:
			waiting++
		case d.Phase == types.DISPUTE_PHASE_PROVING && d.ProveDeadline != 0:
			proving++
		}
	}
	for _, c := range []struct {
		name  string
		want  int
		found func() (int, error)
	}{
		{"job queue", queued, func() (int, error) { return count(ctx, k.jobQueue.Iterate) }},
		{"active demands", active, func() (int, error) { return countMap(ctx, k.active) }},
		{"live commitments", live, func() (int, error) { return count(ctx, k.liveCommitments.Iterate) }},
		{"live commitments by sender", live, func() (int, error) { return countMap(ctx, k.liveBySender) }},
		{"running clocks", running, func() (int, error) { return countMap(ctx, k.runningClocks) }},
		{"waiting clocks", waiting, func() (int, error) { return count(ctx, k.waitingClocks.Iterate) }},
		{"demands by job", len(g.Demands), func() (int, error) { return count(ctx, k.demandsByJob.Iterate) }},
		{"commitments by job", len(g.Commitments), func() (int, error) { return count(ctx, k.commitmentsByJob.Iterate) }},
	} {
		found, err := c.found()
		if err != nil {
			return err
		}
		if found != c.want {
			return types.ErrInvariant.Wrapf("%s: expected %d, found %d", c.name, c.want, found)
		}
	}
	due, err := count(ctx, k.due.Iterate)
	if most := live + active + running + proving; err == nil && (due < most-late || due > most) {
		return types.ErrInvariant.Wrapf("due items: expected %d to %d, found %d", most-late, most, due)
	}
	return err
}

// count counts the keys of a set.
func count[K any](ctx context.Context, iterate func(context.Context, collections.Ranger[K]) (collections.KeySetIterator[K], error)) (n int, err error) {
	it, err := iterate(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	for ; it.Valid(); it.Next() {
		n++
	}
	return n, nil
}

func countMap[K, V any](ctx context.Context, m collections.Map[K, V]) (n int, err error) {
	err = m.Walk(ctx, nil, func(K, V) (bool, error) {
		n++
		return false, nil
	})
	return n, err
}

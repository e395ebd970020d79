package keeper_test

import (
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/program"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// walker plays everybody at random.
type walker struct {
	*rig
	rand *rand.Rand
	jobs []uint64
	runs map[uint64]*run
	// cheats were committed with a wrong activation.
	cheats map[uint64]bool
	// pending are proofs that were committed to and not revealed yet, by sender and job.
	pending map[string][]byte
	tried   map[string]int
	passed  map[string]int
}

var people = []string{alice, bob, carol, requester, worker, verifier(0), verifier(1)}

// TestRandomWalk lets everybody do anything, in seeded order; after every block the balance of both modules must equal
// their records (the rig's invariants) and the change of supply what was burned. WALK_SEED and WALK_STEPS repeat or
// lengthen it.
func TestRandomWalk(t *testing.T) {
	seeds := []int64{1, 2, 3}
	steps := 300
	if s, err := strconv.ParseInt(os.Getenv("WALK_SEED"), 10, 64); err == nil {
		seeds = []int64{s}
	}
	if n, err := strconv.Atoi(os.Getenv("WALK_STEPS")); err == nil {
		steps = n
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { walk(t, seed, steps) })
	}
}

func walk(t *testing.T, seed int64, steps int) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) {
		c.WindowBlocks = 60
		p.QueueCap, p.RevealBlocks, p.MaxCommitments = 3, 10, 3
	})
	w := &walker{rig: r, rand: rand.New(rand.NewSource(seed)), runs: map[uint64]*run{}, cheats: map[uint64]bool{}, pending: map[string][]byte{}, tried: map[string]int{}, passed: map[string]int{}}
	for range steps {
		w.step()
	}
	for range 400 {
		if w.allEnded() {
			break
		}
		r.Block()
	}
	require.True(t, w.allEnded(), "every job ends")
	r.Advance(20) // the closing queue
	held, err := r.App.DisputeKeeper.Held(r.Context())
	require.NoError(t, err)
	require.True(t, held.IsZero(), "nothing is held for jobs that ended, found %s", held)
	convicted := 0
	for _, id := range w.jobs {
		job := r.job(id)
		switch job.Reason {
		case computetypes.END_REASON_ARITHMETIC, computetypes.END_REASON_OUTPUT, computetypes.END_REASON_FORMAT:
			require.True(t, w.cheats[id], "job %d was honest", id)
			convicted++
		}
	}
	t.Logf("seed %d: %d jobs, %d cheats, %d convicted; tried %v, passed %v", seed, len(w.jobs), len(w.cheats), convicted, w.tried, w.passed)
	require.NotZero(t, convicted, "a walk that convicts nobody tests little: choose another seed")
	for _, what := range []string{"challenge", "publish", "demand", "serve", "commit", "prove", "attest"} {
		require.NotZero(t, w.passed[what], "no %s passed", what)
	}
}

func (w *walker) allEnded() bool {
	for _, id := range w.jobs {
		if w.job(id).EndHeight == 0 {
			return false
		}
	}
	return true
}

// one picks a person.
func (w *walker) one() string { return people[w.rand.Intn(len(people))] }

// try delivers a message that may be refused.
func (w *walker) try(what string, msg sdk.Msg) bool {
	w.tried[what]++
	ok := w.Deliver(msg).Txs[0].Code == 0
	if ok {
		w.passed[what]++
	}
	return ok
}

// alive lists the jobs that have not ended.
func (w *walker) alive() (ids []uint64) {
	for _, id := range w.jobs {
		if w.job(id).EndHeight == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *walker) step() {
	alive := w.alive()
	if len(alive) < 2 || len(alive) < 5 && w.rand.Intn(15) == 0 {
		w.newJob()
		return
	}
	id := alive[w.rand.Intn(len(alive))]
	by := w.one()
	switch w.rand.Intn(16) {
	case 0, 1:
		w.try("challenge", w.challengeMsg(id, by))
	case 2, 3, 4:
		w.publishSomething(alive)
	case 5, 6:
		w.demandSomething(id, by)
	case 7, 8, 9, 10:
		for _, id := range alive {
			w.serveSomething(id, by)
		}
	case 11:
		w.commitSomething(id, by)
	case 12, 13:
		w.revealSomething()
	case 14:
		w.try("attest", w.attest(id, verifier(w.rand.Intn(2)), computetypes.Verdict(1+w.rand.Intn(2))))
	default:
		w.Advance(1 + w.rand.Intn(3))
	}
}

// publishSomething answers a challenge, if one waits; now and then where none does.
func (w *walker) publishSomething(alive []uint64) {
	for _, id := range alive {
		d, err := w.queries().Dispute(w.Context(), &types.QueryDisputeRequest{JobId: id})
		if err == nil && d.Dispute.Phase == types.DISPUTE_PHASE_TRACE_DEMANDED || w.rand.Intn(40) == 0 {
			w.try("publish", w.publishMsg(id, w.runs[id]))
			return
		}
	}
}

func (w *walker) newJob() {
	result := w.honest
	cheats := w.rand.Intn(2) == 0
	if cheats {
		result = result.cheat()
	}
	var id uint64
	switch w.rand.Intn(3) {
	case 0:
		id = w.eager(result)
	case 1:
		id = w.drawn(result)
	default:
		id = w.committedBy("worker2", result, nil)
	}
	w.jobs = append(w.jobs, id)
	w.runs[id] = result
	if cheats {
		w.cheats[id] = true
	}
}

func (w *walker) demandSomething(id uint64, by string) {
	k := program.Kind(1 + w.rand.Intn(4))
	index := uint32(0)
	if k == program.Value {
		index = uint32(w.rand.Intn(2))
	}
	first := uint64(w.rand.Intn(3))
	w.try("demand", w.demandMsg(id, by, item(k, index, first, 1+uint64(w.rand.Intn(int(3-first))))))
}

func (w *walker) serveSomething(id uint64, by string) {
	d, err := w.queries().Dispute(w.Context(), &types.QueryDisputeRequest{JobId: id})
	if err != nil {
		return
	}
	for _, demand := range d.Demands {
		if demand.Open() {
			w.try("serve", w.serveMsg(demand, by, w.runs[id]))
			return
		}
	}
}

func (w *walker) commitSomething(id uint64, by string) {
	proof := w.runs[id].arithmetic(w.t, uint64([]int{cheatElement, cheatElement, w.rand.Intn(elements)}[w.rand.Intn(3)])).Encode()
	if w.try("commit", w.commitFaultMsg(id, by, proof)) {
		w.pending[fmt.Sprint(id, " ", by)] = proof
	}
}

// revealSomething reveals one of the proofs that were committed to, in order of jobs and people.
func (w *walker) revealSomething() {
	for _, id := range w.jobs {
		for _, by := range people {
			key := fmt.Sprint(id, " ", by)
			if proof, ok := w.pending[key]; ok && w.rand.Intn(3) > 0 {
				delete(w.pending, key)
				w.try("prove", w.proveMsg(id, by, proof))
				return
			}
		}
	}
}

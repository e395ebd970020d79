package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// walker does random things to a chain, sensible and senseless ones.
type walker struct {
	*fixture
	r      *rand.Rand
	replay *replay
	// elsewhere is what convictions left in another module's account, by job.
	elsewhere map[uint64]math.Int
	done      map[string]int
}

func (w *walker) pick(names ...string) string { return names[w.r.IntN(len(names))] }

// any is the id of some running job mostly, or of any job or none.
func (w *walker) any() uint64 {
	if running := w.running(); len(running) > 0 && w.r.IntN(8) > 0 {
		return running[w.r.IntN(len(running))].Id
	}
	return w.r.Uint64N(uint64(len(w.replay.jobs)) + 8)
}

// try runs a message or call as a transaction and counts whether it was accepted.
func (w *walker) try(name string, run func(ctx sdk.Context) error) bool {
	err := w.tx(run)
	if err == nil {
		w.done[name]++
	}
	return err == nil
}

// running are the jobs that have not ended.
func (w *walker) running() (list []types.Job) {
	for id := uint64(1); id <= uint64(len(w.replay.jobs)); id++ {
		if j := w.job(id); j.EndHeight == 0 {
			list = append(list, j)
		}
	}
	return list
}

// step does one random thing.
func (w *walker) step() {
	id := w.any()
	j, _ := w.k.GetJob(w.ctx, id)
	amount := math.NewInt(w.r.Int64N(60_000))
	switch w.r.IntN(22) {
	case 0, 1, 2:
		m := submitMsg()
		m.ArtifactId, m.JobFee, m.Requester = 1+w.r.Uint64N(3), amount, who(w.pick("requester", "outsider", blocked))
		if w.r.IntN(3) == 0 {
			m.Tolerance = &registrytypes.Tolerance{Abs: math.LegacyZeroDec(), Rel: math.LegacyZeroDec()}
		}
		w.try("submit", func(ctx sdk.Context) error { _, err := w.msgs.SubmitJob(ctx, m); return err })
	case 3, 4, 5, 6:
		worker, bond := who(w.pick("worker", "worker2", "v0", blocked)), amount.MulRaw(20)
		w.try("claim", func(ctx sdk.Context) error {
			_, err := w.msgs.ClaimJob(ctx, &types.MsgClaimJob{Worker: worker, JobId: id, Bond: bond})
			return err
		})
	case 7, 8, 9, 10:
		if j.State == types.JOB_STATE_CLAIMED {
			m := w.commitMsg(id)
			w.try("commit", func(ctx sdk.Context) error { _, err := w.msgs.CommitResult(ctx, m); return err })
		}
	case 11, 12, 13:
		if j.BeaconRound != 0 && w.r.IntN(2) == 0 {
			if _, found := w.beacon.rounds[j.BeaconRound]; !found {
				w.record(j.BeaconRound)
			}
		}
	case 14, 15:
		for _, r := range w.running() {
			if r.Fulfilled < r.Duties {
				id = r.Id
			}
		}
		m := &types.MsgAttest{Operator: who(w.pick("v0", "v1", "v2", "v3")), JobId: id, Verdict: types.Verdict(w.r.IntN(4))}
		w.dispute.open[id] = w.r.IntN(2) == 0
		w.try("attest", func(ctx sdk.Context) error { _, err := w.msgs.Attest(ctx, m); return err })
		if m.Verdict == types.VERDICT_CHALLENGED && w.r.IntN(2) == 0 {
			w.dispute.failed[id] = append(w.dispute.failed[id], m.Operator)
		}
	case 16:
		if w.try("cancel", func(ctx sdk.Context) error {
			_, err := w.msgs.CancelJob(ctx, &types.MsgCancelJob{Requester: who("requester"), JobId: id})
			return err
		}) {
			return
		}
		reason := types.EndReason(w.r.IntN(12))
		w.try("void", func(ctx sdk.Context) error { return w.k.EndVoid(ctx, id, reason) })
	case 17:
		w.convict(id)
	case 18:
		w.verifierStep()
	case 19:
		w.hold(id, j)
	case 20:
		w.governance()
	case 21:
		name := w.pick("worker", "worker2", "v0", blocked)
		m := &types.MsgRegisterWorker{Worker: who(name), Endpoint: "https://w.example", Owner: []string{"", who("v1"), "x"}[w.r.IntN(3)]}
		w.try("worker", func(ctx sdk.Context) error { _, err := w.msgs.RegisterWorker(ctx, m); return err })
	}
}

// hold starts or ends a dispute's hold. What ends it enqueues the job again, as disputes do.
func (w *walker) hold(id uint64, j types.Job) {
	if j.State != types.JOB_STATE_COMMITTED {
		return
	}
	if w.dispute.holds[id] = !w.dispute.holds[id]; !w.dispute.holds[id] {
		w.must(w.k.RaiseReady(w.ctx, id, w.height()+1+w.r.Int64N(5)))
	}
	if w.r.IntN(2) == 0 {
		w.try("trace", func(ctx sdk.Context) error { return w.k.SetTraceRoot(ctx, id, root("t")) })
	}
}

// convict ends a job as FAULTED with random payouts, often too many.
func (w *walker) convict(id uint64) {
	var payouts []types.Payout
	elsewhere := math.ZeroInt()
	for range w.r.IntN(4) {
		p := types.Payout{Recipient: who(w.pick("outsider", "v0", "v3", blocked)), Amount: math.NewInt(w.r.Int64N(30_000)), Purpose: "reward"}
		switch w.r.IntN(3) {
		case 0:
			p.ToDeposit = true
		case 1:
			p.ToModule = disputeModule
			elsewhere = elsewhere.Add(p.Amount)
		}
		payouts = append(payouts, p)
	}
	reason := types.EndReason(w.r.IntN(6))
	if w.try("convict", func(ctx sdk.Context) error { return w.k.EndFaulted(ctx, id, reason, payouts) }) {
		w.elsewhere[id] = elsewhere
	}
}

func (w *walker) verifierStep() {
	name := w.pick("v0", "v1", "v2", "v3", "outsider")
	amount := math.NewInt(w.r.Int64N(100_000))
	switch w.r.IntN(5) {
	case 0:
		w.try("register", func(ctx sdk.Context) error {
			_, err := w.msgs.RegisterVerifier(ctx, &types.MsgRegisterVerifier{Operator: who(name), Deposit: amount})
			return err
		})
	case 1:
		w.try("top up", func(ctx sdk.Context) error {
			_, err := w.msgs.TopUpVerifier(ctx, &types.MsgTopUpVerifier{Sender: who("outsider"), Operator: who(name), Amount: amount})
			return err
		})
	case 2:
		if w.r.IntN(3) == 0 {
			w.try("withdraw", func(ctx sdk.Context) error {
				_, err := w.msgs.WithdrawVerifier(ctx, &types.MsgWithdrawVerifier{Operator: who(name)})
				return err
			})
		}
	case 3:
		w.try("spend", func(ctx sdk.Context) error { return w.k.SpendDeposit(ctx, who(name), disputeModule, amount) })
	case 4:
		w.try("return", func(ctx sdk.Context) error { return w.k.ReturnDeposit(ctx, who(name), disputeModule, amount) })
	}
}

func (w *walker) governance() {
	switch w.r.IntN(4) {
	case 0:
		p := testParams()
		p.WindowBlocks, p.BeaconBlocks, p.EpochBlocks, p.QueueCap = 1+w.r.Uint64N(12), 1+w.r.Uint64N(8), 1+w.r.Uint64N(30), 1+w.r.Uint32N(12)
		p.WorkerPpm = w.r.Uint64N(900_000)
		p.LambdaPpm = 1 + w.r.Uint64N(5*types.PPM)
		w.try("params", func(ctx sdk.Context) error {
			_, err := w.msgs.UpdateParams(ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
			return err
		})
	case 1:
		w.ban(2, []registrytypes.PolicyStatus{registrytypes.POLICY_STATUS_BANNED, registrytypes.POLICY_STATUS_ALLOWED, registrytypes.POLICY_STATUS_ALLOWED}[w.r.IntN(3)])
	case 2:
		if w.r.IntN(4) == 0 {
			w.must(w.k.VoidArtifact(w.ctx, 3))
		}
	case 3:
		w.beacon.fails = nil
		if w.r.IntN(4) == 0 {
			w.beacon.fails = fmt.Errorf("the beacon has no schedule")
		}
	}
}

// TestRandomWalk: whatever is done in whatever order, after every block the module holds what its records say and only
// burning changed the supply, the events tell every record, and in the end every job ends and its money is accounted for.
// ASSAY_SEED repeats one walk.
func TestRandomWalk(t *testing.T) {
	seeds := []uint64{1, 2, rand.Uint64()}
	if s := os.Getenv("ASSAY_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		seeds = []uint64{seed}
	}
	total := map[string]int{}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { walk(t, seed, total) })
	}
	t.Logf("accepted: %v", total)
}

func walk(t *testing.T, seed uint64, total map[string]int) {
	t.Logf("seed %d", seed)
	f := newFixture(t, nil)
	w := &walker{f, rand.New(rand.NewPCG(seed, 7)), newReplay(), map[uint64]math.Int{}, total}
	f.beacon.poster = addr("relay")
	for i := range 4 {
		f.validator(fmt.Sprintf("v%d", i), int64(1+3*i))
		f.must(f.register(fmt.Sprintf("v%d", i), ""))
	}
	f.publish(2, nil)
	f.publish(3, func(a *registrytypes.Artifact) { a.Program.Quantised = true })
	for _, name := range []string{"worker", "worker2", "v0", blocked} {
		f.registerWorker(name, "")
	}
	for block := range 120 {
		for range w.r.IntN(20) {
			w.step()
		}
		f.end()
		w.replay.follow(f)
		if block%4 == 0 {
			w.replay.same(f)
		}
	}
	if seed%2 == 0 {
		// An export and import in the middle of everything changes nothing: every job still ends.
		f = transplant(t, f)
		w.fixture = f
	}
	f.beacon.fails = nil
	for id := range w.replay.jobs {
		f.dispute.holds[id] = false
	}
	for id := uint64(1); id <= uint64(len(w.replay.jobs)); id++ {
		f.must(f.k.RaiseReady(f.ctx, id, f.height()))
	}
	for range 120 {
		f.end()
		w.replay.follow(f)
	}
	w.replay.same(f)
	for _, s := range []types.JobState{types.JOB_STATE_OPEN, types.JOB_STATE_CLAIMED, types.JOB_STATE_COMMITTED} {
		require.Zero(t, f.count(s), "every job ends: %+v", w.running())
	}
	w.replay.settled(f, w.elsewhere)
	require.Zero(t, f.beacon.waiting(f.ctx))
	states := map[string]int{}
	for _, j := range w.replay.jobs {
		states[j.State.String()+" "+j.Reason.String()]++
	}
	t.Logf("%d jobs: %v", len(w.replay.jobs), states)
}

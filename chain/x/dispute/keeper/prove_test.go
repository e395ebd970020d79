package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

func TestArithmeticFaultConvicts(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.cheat()
	id := r.drawn(cheat)
	changes := r.watch(requester, worker, alice)
	r.challenge(id, alice)
	r.publishTrace(id, cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.commitFault(id, alice, proof)
	result := r.MustDeliver(r.proveMsg(id, alice, proof))
	got := apptest.Response(t, result.Txs[0], 0, &types.MsgProveFaultResponse{})
	require.True(t, got.Convicted, got.Message)

	d := r.dispute(id).Dispute
	require.Equal(t, types.DISPUTE_PHASE_ENDED, d.Phase)
	require.Equal(t, computetypes.END_REASON_ARITHMETIC, d.Reason)
	require.Equal(t, r.Address(alice), d.Prover)
	require.Equal(t, "Add", d.Explanation.Op)
	require.Equal(t, "1000", d.Explanation.Claimed)
	require.EqualValues(t, cheatElement, d.Explanation.Element)
	require.True(t, d.Explanation.Fault)
	require.EqualValues(t, len(proof), d.ProofSize)
	require.Equal(t, r.Height(), d.ProofHeight)
	require.Equal(t, computetypes.JOB_STATE_FAULTED, r.job(id).State)
	judged := apptest.One[*types.EventProofJudged](t, result.Events)
	require.True(t, judged.Convicted)
	require.Equal(t, d.ProofHash, judged.ProofHash)
	require.EqualValues(t, "20000000", apptest.One[*types.EventRewardPaid](t, result.Events).Amount)

	// Half of the bond to the prover, half burned; fees back; the worker keeps its claim deposit.
	money := changes()
	require.EqualValues(t, jobFee, money[requester])
	require.EqualValues(t, jobBond/2, money[alice])
	require.EqualValues(t, -jobBond/2, money["supply"])
	require.EqualValues(t, 1_000_000, money[worker])

	// Nothing may follow.
	r.MustRefuse(types.ErrNoCommitment, r.proveMsg(id, alice, proof))
	r.MustRefuse(types.ErrJobState, r.challengeMsg(id, bob))
	r.MustRefuse(types.ErrJobState, r.commitFaultMsg(id, bob, proof))
	r.MustRefuse(types.ErrJobState, r.demandMsg(id, bob, item(program.Input, 0, 0, 1)))
	r.MustRefuse(types.ErrJobState, r.publishMsg(id, cheat))
}

func TestOutputFaultConvicts(t *testing.T) {
	r := newRig(t, nil)
	cheat := r.honest.clone()
	cheat.set(program.Output, 0, 7, 12345) // the output alone; the trace is honest
	id := r.drawn(cheat)
	r.challenge(id, verifier(0))
	r.publishTrace(id, cheat)
	got := r.accuse(id, verifier(0), cheat.outputLink(t, 7).Encode())
	require.True(t, got.Convicted, got.Message)
	require.Equal(t, computetypes.END_REASON_OUTPUT, r.job(id).Reason)
	require.Equal(t, "12345", r.dispute(id).Dispute.Explanation.Claimed)
}

// FORMAT needs no trace for what the job committed to.
func TestFormatFaultConvicts(t *testing.T) {
	for _, kind := range []program.Kind{program.Input, program.Value, program.Output} {
		r := newRig(t, nil)
		bad := r.honest.clone()
		bad.setBits(kind, 0, 500, 0xffc00000) // a NaN that is not canonical
		id := r.drawn(bad)
		if kind == program.Value {
			r.challenge(id, alice)
			r.publishTrace(id, bad)
		}
		got := r.accuse(id, alice, bad.format(t, kind, 0, 1).Encode())
		require.True(t, got.Convicted, "%s: %s", kind, got.Message)
		require.Equal(t, computetypes.END_REASON_FORMAT, r.job(id).Reason)
	}
}

// Every malformed, foreign or untrue proof is refused with its reason, costs the bond, and convicts nobody.
func TestRefusedProofs(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { c.WindowBlocks = 2000 })
	cheat := r.honest.cheat()
	other := model(99).cheat()
	id := r.eager(cheat)
	lazy := r.drawn(cheat)
	change := func(f func(*referee.Proof)) []byte {
		p := cheat.arithmetic(t, cheatElement)
		f(p)
		return p.Encode()
	}
	cut := func(h []merkle.Hash) []merkle.Hash { return h[:len(h)-1] }
	good := cheat.arithmetic(t, cheatElement).Encode()
	foreign := cheat.arithmetic(t, cheatElement)
	foreign.Tensors[2] = other.opening(t, program.Value, 0, 1)
	foreign.Hashes[program.Value] = other.rootHashes(t, program.Value, 0)
	short := cheat.clone()
	cases := []struct {
		name, code string
		job        uint64
		proof      []byte
	}{
		{"empty", "proof_kind", id, nil},
		{"noise", "proof_not_canonical", id, []byte("noise")},
		{"an unknown field", "proof_not_canonical", id, append(append([]byte(nil), good...), 0x70, 1)},
		{"a byte too many", "proof_not_canonical", id, append(append([]byte(nil), good...), 0)},
		{"an unknown kind", "proof_kind", id, change(func(p *referee.Proof) { p.Kind = 9 })},
		{"a tensor that its kind does not have", "proof_kind", id, change(func(p *referee.Proof) { p.Tensor = program.Input })},
		{"no such node", "proof_position", id, change(func(p *referee.Proof) { p.Node = 2 })},
		{"another node's record", "proof_root", id, change(func(p *referee.Proof) { p.Record = cheat.record.Nodes[1].Encode() })},
		{"no such slot", "proof_position", id, change(func(p *referee.Proof) { p.Slot = 1 })},
		{"no such element", "proof_position", id, change(func(p *referee.Proof) { p.Element = elements })},
		{"an element in another chunk", "proof_root", id, change(func(p *referee.Proof) { p.Element = 0 })},
		{"a program hash too few", "proof_opening", id, change(func(p *referee.Proof) { p.ProgramHashes = cut(p.ProgramHashes) })},
		{"a program hash too many", "proof_opening", id, change(func(p *referee.Proof) { p.ProgramHashes = append(p.ProgramHashes, merkle.Hash{}) })},
		{"a tensor too few", "proof_tensors", id, change(func(p *referee.Proof) { p.Tensors = p.Tensors[:2] })},
		{"a chunk hash too few", "proof_opening", id, change(func(p *referee.Proof) { p.Tensors[0].Hashes = cut(p.Tensors[0].Hashes) })},
		{"a chunk hash too many", "proof_opening", id, change(func(p *referee.Proof) { p.Tensors[2].Hashes = append(p.Tensors[2].Hashes, merkle.Hash{}) })},
		{"a value hash too few", "proof_opening", id, change(func(p *referee.Proof) { p.Hashes[program.Value] = nil })},
		{"hashes of a kind that nothing reads", "proof_opening", id, change(func(p *referee.Proof) { p.Hashes[program.Output] = []merkle.Hash{{}} })},
		{"a chunk too many", "proof_opening", id, change(func(p *referee.Proof) { p.Tensors[0].Chunks = append(p.Tensors[0].Chunks, []byte{1}) })},
		{"a short chunk", "proof_root", id, change(func(p *referee.Proof) { p.Tensors[2].Chunks[0] = p.Tensors[2].Chunks[0][:1023] })},
		{"a changed claim", "proof_root", id, change(func(p *referee.Proof) { p.Tensors[2].Chunks[0][0] ^= 1 })},
		{"true of a different trace", "proof_root", id, foreign.Encode()},
		{"another job's operands", "proof_root", id, other.arithmetic(t, cheatElement).Encode()},
		{"no trace is published", "proof_no_trace", lazy, good},
		{"a chunk that is well formed", "proof_no_fault", id, cheat.format(t, program.Input, 0, 0).Encode()},
		{"an honest element", "proof_no_fault", id, cheat.arithmetic(t, 1).Encode()},
		{"an output that equals the trace", "proof_no_fault", id, short.outputLink(t, cheatElement).Encode()},
	}
	bond := r.params().ProofBond.Int64()
	for _, c := range cases {
		changes := r.watch(alice, worker)
		got := r.accuse(c.job, alice, c.proof)
		require.False(t, got.Convicted, c.name)
		require.Equal(t, c.code, got.Code, "%s: %s", c.name, got.Message)
		require.NotEmpty(t, got.Message, c.name)
		money := changes()
		require.EqualValues(t, -bond, money[alice], c.name)
		require.EqualValues(t, bond/2, money[worker], c.name)
		require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(c.job).State, c.name)
	}

	// Oversized: refused before a byte is read, whatever was committed.
	huge := make([]byte, r.params().MaxProofBytes+1)
	r.commitFault(id, bob, huge)
	r.MustRefuse(types.ErrProofSize, r.proveMsg(id, bob, huge))

	// And the same proof, untouched, convicts.
	require.True(t, r.accuse(id, alice, good).Convicted)
}

// A proof that runs out of gas changes nothing, and may be tried again with more.
func TestProofOutOfGasChangesNothing(t *testing.T) {
	r := newRig(t, func(p *types.Params, c *computetypes.Params) { long(p, c); p.MacMilligas = 20_000_000 })
	cheat := r.honest.cheat()
	id := r.eager(cheat)
	proof := cheat.arithmetic(t, cheatElement).Encode()
	r.commitFault(id, alice, proof)
	result := r.Block(r.SignWithGas(2_000_000, r.proveMsg(id, alice, proof)))
	require.EqualValues(t, 11, result.Txs[0].Code, result.Txs[0].Log)
	require.Equal(t, types.COMMITMENT_STATE_LIVE, r.dispute(id).Commitments[0].State)
	require.True(t, r.prove(id, alice, proof).Convicted)
}

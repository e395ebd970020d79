package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

const (
	nan           = 0x7fc00000
	plusInfinity  = 0x7f800000
	minusInfinity = 0xff800000
)

func TestOpenInputVoidsOpenAndClaimedJobs(t *testing.T) {
	for _, bits := range []uint32{nan, 0x7fc00001, plusInfinity} {
		r := newRig(t, nil)
		bad := r.honest.clone()
		bad.setBits(program.Input, 0, 300, bits)
		open := r.submit(bad, nil)
		claimed := r.submit(bad, nil)
		r.claim(claimed, worker)
		changes := r.watch(requester, worker)
		proof := bad.format(t, program.Input, 0, 1).Encode()
		for _, id := range []uint64{open, claimed} {
			r.MustDeliver(&types.MsgOpenInput{Sender: r.Address(alice), JobId: id, Proof: proof})
			require.Equal(t, computetypes.JOB_STATE_VOID, r.job(id).State)
			require.Equal(t, computetypes.END_REASON_INPUT, r.job(id).Reason)
			r.MustRefuse(types.ErrJobState, &types.MsgOpenInput{Sender: r.Address(alice), JobId: id, Proof: proof})
		}
		money := changes()
		require.EqualValues(t, 2*jobFee, money[requester])
		require.EqualValues(t, jobBond+1_000_000, money[worker])
	}
}

func TestOpenInputRefusals(t *testing.T) {
	r := newRig(t, nil)
	bad := r.honest.clone()
	bad.setBits(program.Input, 0, 300, nan)
	bad.setBits(program.Input, 0, 500, minusInfinity)
	id := r.submit(bad, nil)
	refuse := func(err error, p *referee.Proof) {
		t.Helper()
		r.MustRefuse(err, &types.MsgOpenInput{Sender: r.Address(alice), JobId: id, Proof: p.Encode()})
	}
	good := bad.format(t, program.Input, 0, 1)
	refuse(types.ErrNoFault, bad.format(t, program.Input, 0, 0))
	refuse(types.ErrProofRefused, bad.format(t, program.Weight, 0, 1))
	refuse(types.ErrProofRefused, bad.arithmetic(t, 300))
	shifted := *good
	shifted.Element = 0
	refuse(types.ErrProofRefused, &shifted)
	other := model(3)
	other.setBits(program.Input, 0, 300, nan)
	refuse(types.ErrProofRefused, other.format(t, program.Input, 0, 1))
	r.MustRefuse(types.ErrProofSize, &types.MsgOpenInput{Sender: r.Address(alice), JobId: id, Proof: make([]byte, r.params().MaxProofBytes+1)})
	r.MustDeliver(&types.MsgOpenInput{Sender: r.Address(alice), JobId: id, Proof: good.Encode()})

	// A committed job is its worker's matter: there is a bond now.
	committed := r.committed(bad)
	r.MustRefuse(types.ErrJobState, &types.MsgOpenInput{Sender: r.Address(alice), JobId: committed, Proof: good.Encode()})
}

// reader opens, instead of the header, the record of a node that reads the tensor as operand slot.
func (r *run) reader(t testing.TB, k program.Kind, node, slot int, chunk uint64) *referee.Proof {
	p := r.format(t, k, 0, chunk)
	p.Node, p.Slot = uint32(node), uint32(slot)
	p.Record, p.ProgramHashes = r.record.Nodes[node].Encode(), r.recordHashes(t, 1+uint64(node))
	return p
}

func TestOpenWeightClosesThePublication(t *testing.T) {
	bad := model(7)
	bad.setBits(program.Weight, 0, 300, nan)
	r := newRigOf(t, bad, nil)
	open, claimed, committed := r.submit(bad, nil), r.submit(bad, nil), r.committed(bad)
	r.claim(claimed, worker)
	msg := &types.MsgOpenWeight{Sender: r.Address(alice), ArtifactId: r.artifact, Proof: bad.format(t, program.Weight, 0, 1).Encode()}
	r.MustDeliver(msg)
	r.Advance(2)
	for _, id := range []uint64{open, claimed} {
		require.Equal(t, computetypes.JOB_STATE_VOID, r.job(id).State)
		require.Equal(t, computetypes.END_REASON_MODEL, r.job(id).Reason)
	}
	require.Equal(t, computetypes.JOB_STATE_COMMITTED, r.job(committed).State)
	artifact, err := r.App.RegistryKeeper.GetArtifact(r.Context(), r.artifact)
	require.NoError(t, err)
	require.Equal(t, registrytypes.ARTIFACT_STATUS_CLOSED, artifact.Status)
	r.MustRefuse(types.ErrArtifact, msg)
}

// Minus infinity masks where Add, Where and Max read it, and is forbidden where another operator does.
func TestMinusInfinityCountsByItsReader(t *testing.T) {
	bad := model(7)
	bad.setBits(program.Weight, 0, 300, minusInfinity)
	// A second program over the same weights, read by Mul.
	product := bad.clone()
	product.record.Nodes = append([]program.Node(nil), bad.record.Nodes...)
	product.record.Nodes[0].Op = program.OpMul
	for _, c := range []struct {
		run  *run
		want error
	}{{bad, types.ErrNoFault}, {product, nil}} {
		r := newRigOf(t, c.run, nil)
		send := func(p *referee.Proof) *types.MsgOpenWeight {
			return &types.MsgOpenWeight{Sender: r.Address(alice), ArtifactId: r.artifact, Proof: p.Encode()}
		}
		r.MustRefuse(types.ErrNoFault, send(c.run.format(t, program.Weight, 0, 1)))
		r.MustRefuse(types.ErrProofRefused, send(c.run.reader(t, program.Weight, 0, 0, 1))) // operand 0 is the input
		r.MustRefuse(types.ErrProofRefused, send(c.run.reader(t, program.Weight, 1, 0, 1)))
		extra := c.run.reader(t, program.Weight, 0, 1, 1)
		extra.ProgramHashes = append(extra.ProgramHashes, merkle.Hash{})
		r.MustRefuse(types.ErrProofRefused, send(extra))
		good := send(c.run.reader(t, program.Weight, 0, 1, 1))
		if c.want != nil {
			r.MustRefuse(c.want, good)
		} else {
			r.MustDeliver(good)
		}
	}
}

func TestOpenWeightRefusals(t *testing.T) {
	r := newRig(t, nil)
	proof := r.honest.format(t, program.Weight, 0, 1).Encode()
	r.MustRefuse(types.ErrNoFault, &types.MsgOpenWeight{Sender: r.Address(alice), ArtifactId: r.artifact, Proof: proof})
	require.NotZero(t, r.Deliver(&types.MsgOpenWeight{Sender: r.Address(alice), ArtifactId: 99, Proof: proof}).Txs[0].Code)
	r.MustRefuse(types.ErrProofRefused, &types.MsgOpenWeight{Sender: r.Address(alice), ArtifactId: r.artifact, Proof: []byte{8}})
}

package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// recordHashes is the multiproof of one leaf of the program tree.
func (r *run) recordHashes(t testing.TB, leaf uint64) []merkle.Hash {
	h, err := merkle.Prove(r.leaves(), []uint64{leaf})
	require.NoError(t, err)
	return h
}

// arithmetic proves that element of the Add is wrong (or opens it, where it is right).
func (r *run) arithmetic(t testing.TB, element uint64) *referee.Proof {
	chunk := element * 4 / merkle.ChunkSize
	p := &referee.Proof{Kind: referee.Arithmetic, Node: 0, Element: element, Record: r.record.Nodes[0].Encode(), ProgramHashes: r.recordHashes(t, 1)}
	p.Tensors = []merkle.Opening{
		r.opening(t, program.Input, 0, chunk), r.opening(t, program.Weight, 0, chunk), r.opening(t, program.Value, 0, chunk),
	}
	p.Hashes[program.Input] = r.rootHashes(t, program.Input, 0)
	p.Hashes[program.Weight] = r.rootHashes(t, program.Weight, 0)
	p.Hashes[program.Value] = r.rootHashes(t, program.Value, 0)
	return p
}

// outputLink proves that the committed output and the trace differ at element.
func (r *run) outputLink(t testing.TB, element uint64) *referee.Proof {
	chunk := element * 4 / merkle.ChunkSize
	p := &referee.Proof{Kind: referee.OutputLink, Element: element, Record: r.record.Header.Encode(), ProgramHashes: r.recordHashes(t, 0)}
	p.Tensors = []merkle.Opening{r.opening(t, program.Value, 1, chunk), r.opening(t, program.Output, 0, chunk)}
	p.Hashes[program.Value] = r.rootHashes(t, program.Value, 1)
	p.Hashes[program.Output] = r.rootHashes(t, program.Output, 0)
	return p
}

// format opens one chunk of a tensor: VALUEs through the node that defines them, others through the header.
func (r *run) format(t testing.TB, k program.Kind, index int, chunk uint64) *referee.Proof {
	p := &referee.Proof{Kind: referee.Format, Tensor: k, Slot: uint32(index), Element: chunk, Record: r.record.Header.Encode(), ProgramHashes: r.recordHashes(t, 0)}
	if k == program.Value { // VALUE i is output 0 of node i
		p.Node, p.Slot = uint32(index), 0
		p.Record, p.ProgramHashes = r.record.Nodes[index].Encode(), r.recordHashes(t, 1+uint64(index))
	}
	p.Tensors = []merkle.Opening{r.opening(t, k, index, chunk)}
	p.Hashes[k] = r.rootHashes(t, k, uint64(index))
	return p
}

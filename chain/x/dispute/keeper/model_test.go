package keeper_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// The model of these tests: Relu(x + w), x and w of 600 float32, so that every tensor has three chunks, the last one short.
const (
	elements = 600
	depth    = 2
)

// run is one execution: the bytes of every tensor by kind, and the record of the program.
type run struct {
	record  program.Program
	tensors [5][][]byte
}

// model runs the program honestly on inputs that follow from a seed.
func model(seed uint32) *run { return sized(seed, elements) }

// sized is the same program for another number of elements.
func sized(seed uint32, n int) *run {
	x, w := make([]float32, n), make([]float32, n)
	sum, out := make([]float32, n), make([]float32, n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float32(int32(seed>>8)%1000) / 64
		w[i] = float32(i%17) - 8
		sum[i] = x[i] + w[i]
		out[i] = max(sum[i], 0)
	}
	t := program.Tensor{Dtype: program.Float32, Dims: []uint64{1, uint64(n)}}
	operand := func(k program.Kind, i uint32) program.Operand {
		return program.Operand{Kind: k, Index: i, Type: t, Typed: true}
	}
	r := &run{record: program.Program{
		Header: program.Header{
			Version: 1, Inputs: []program.Tensor{t}, Weights: []program.Tensor{t},
			Outputs: []program.Operand{operand(program.Value, 1)}, Values: 2, Nodes: 2,
		},
		Nodes: []program.Node{
			{Op: program.OpAdd, Inputs: []program.Operand{operand(program.Input, 0), operand(program.Weight, 0)}, First: 0, Outputs: []program.Tensor{t}},
			{Op: program.OpRelu, Inputs: []program.Operand{operand(program.Value, 0)}, First: 1, Outputs: []program.Tensor{t}},
		},
	}}
	r.tensors[program.Input] = [][]byte{floats(x)}
	r.tensors[program.Weight] = [][]byte{floats(w)}
	r.tensors[program.Value] = [][]byte{floats(sum), floats(out)}
	r.tensors[program.Output] = [][]byte{floats(out)}
	return r
}

// clone copies the tensors, so that a cheat can change its own.
func (r *run) clone() *run {
	c := &run{record: r.record}
	for k := range r.tensors {
		for _, b := range r.tensors[k] {
			c.tensors[k] = append(c.tensors[k], append([]byte(nil), b...))
		}
	}
	return c
}

// cheat returns a run in which one activation was changed after the Add, and everything after it follows honestly.
func (r *run) cheat() *run {
	c := r.clone()
	c.set(program.Value, 0, cheatElement, 1000)
	c.set(program.Value, 1, cheatElement, 1000)
	c.set(program.Output, 0, cheatElement, 1000)
	return c
}

// cheatElement lies in the second chunk.
const cheatElement = 300

// set changes one element of a tensor.
func (r *run) set(k program.Kind, index, element int, v float32) {
	r.setBits(k, index, element, math.Float32bits(v))
}

func (r *run) setBits(k program.Kind, index, element int, bits uint32) {
	binary.LittleEndian.PutUint32(r.tensors[k][index][4*element:], bits)
}

func (r *run) dataRoots(k program.Kind) (roots []merkle.Hash) {
	for _, b := range r.tensors[k] {
		roots = append(roots, merkle.DataRoot(b))
	}
	return roots
}

func (r *run) root(k program.Kind) []byte {
	h := merkle.RootOfRoots(r.dataRoots(k))
	return h[:]
}

// leaves of the program tree.
func (r *run) leaves() []merkle.Hash {
	l := []merkle.Hash{merkle.TaggedLeaf(program.HeaderTag, r.record.Header.Encode())}
	for i := range r.record.Nodes {
		l = append(l, merkle.TaggedLeaf(program.NodeTag, r.record.Nodes[i].Encode()))
	}
	return l
}

// rootHashes is the multiproof of some data roots in the tree of their kind.
func (r *run) rootHashes(t testing.TB, k program.Kind, indices ...uint64) []merkle.Hash {
	var leaves []merkle.Hash
	for _, d := range r.dataRoots(k) {
		leaves = append(leaves, merkle.RootLeaf(d))
	}
	h, err := merkle.Prove(leaves, indices)
	require.NoError(t, err)
	return h
}

func (r *run) opening(t testing.TB, k program.Kind, index int, chunks ...uint64) merkle.Opening {
	o, err := merkle.ProveData(r.tensors[k][index], chunks)
	require.NoError(t, err)
	for i := range o.Chunks { // a test may change them
		o.Chunks[i] = append([]byte(nil), o.Chunks[i]...)
	}
	return o
}

func floats(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func slices32(h []merkle.Hash) (out [][]byte) {
	for i := range h {
		out = append(out, append([]byte(nil), h[i][:]...))
	}
	return out
}

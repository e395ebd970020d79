package referee

import (
	"encoding/binary"
	"math"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// sampleJob is a small honest job, computed in float32 like a kernel would: Relayout, Conv, Sigmoid, Add of a row, with
// tensors of several chunks so that openings have hashes.
func sampleJob(seed int64) *memory {
	rng := rand.New(rand.NewSource(seed))
	const c, m, h, w = 2, 3, 14, 15
	f := program.Float32
	row := func(dims ...uint64) program.Tensor { return program.Tensor{Dtype: f, Dims: dims} }
	last := func(dims ...uint64) program.Tensor {
		return program.Tensor{Dtype: f, Dims: dims, Layout: program.Axis1Last}
	}
	x, xl, filter, bias, y, line := row(1, c, h, w), last(1, c, h, w), last(m, c, 3, 3), row(m), row(1, m, h, w), row(w)
	operand := func(k program.Kind, i uint32, t program.Tensor) program.Operand {
		return program.Operand{Kind: k, Index: i, Type: t, Typed: true}
	}
	j := &memory{p: program.Program{
		Header: program.Header{Version: 1, Inputs: []program.Tensor{x}, Weights: []program.Tensor{filter, bias, line}, Outputs: []program.Operand{operand(program.Value, 3, y)}, Values: 4, Nodes: 4},
		Nodes: []program.Node{
			{Op: program.OpRelayout, Inputs: []program.Operand{operand(program.Input, 0, x)}, Outputs: []program.Tensor{xl}},
			{Op: program.OpConv, Attributes: []program.Attribute{attrInts(program.Dilations, 1, 1), attrInts(program.Group, 1), attrInts(program.Pads, 1, 1, 1, 1), attrInts(program.Strides, 1, 1)},
				Inputs: []program.Operand{operand(program.Value, 0, xl), operand(program.Weight, 0, filter), operand(program.Weight, 1, bias)}, First: 1, Outputs: []program.Tensor{y}},
			{Op: program.OpSigmoid, Inputs: []program.Operand{operand(program.Value, 1, y)}, First: 2, Outputs: []program.Tensor{y}},
			{Op: program.OpAdd, Inputs: []program.Operand{operand(program.Value, 2, y), operand(program.Weight, 2, line)}, First: 3, Outputs: []program.Tensor{y}},
		}}}
	draw := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	xs, ws, bs, ls := draw(c*h*w), draw(m*c*9), draw(m), draw(w)
	conv, sig, sum := make([]float32, m*h*w), make([]float32, m*h*w), make([]float32, m*h*w)
	for o := range m {
		for i := range h {
			for k := range w {
				acc := bs[o]
				for ci := range c {
					for ky := range 3 {
						for kx := range 3 {
							if a, b := i+ky-1, k+kx-1; a >= 0 && a < h && b >= 0 && b < w {
								acc += float32(xs[(ci*h+a)*w+b] * ws[((o*c+ci)*3+ky)*3+kx])
							}
						}
					}
				}
				at := (o*h+i)*w + k
				conv[at] = acc
				sig[at] = float32(1 / (1 + math.Exp(-float64(acc))))
				sum[at] = sig[at] + ls[k]
			}
		}
	}
	put := func(k program.Kind, t program.Tensor, v []float32) {
		elements := make([]uint64, len(v))
		for i := range v {
			elements[i] = uint64(bits32(v[i]))
		}
		j.data[k] = append(j.data[k], inLayout(&t, elements))
	}
	put(program.Input, x, xs)
	put(program.Weight, filter, ws)
	put(program.Weight, bias, bs)
	put(program.Weight, line, ls)
	put(program.Value, xl, xs)
	put(program.Value, y, conv)
	put(program.Value, y, sig)
	put(program.Value, y, sum)
	put(program.Output, y, sum)
	return j
}

// poke changes the float32 at a row-major element of a row-major tensor.
func (m *memory) poke(k program.Kind, i uint32, element uint64, bits uint32) {
	b := append([]byte(nil), m.data[k][i]...)
	binary.LittleEndian.PutUint32(b[4*element:], bits)
	m.data[k][i] = b
}

// clone copies a job so that it can be forged.
func (m *memory) clone() *memory {
	c := *m
	for k := range c.data {
		c.data[k] = append([][]byte(nil), m.data[k]...)
	}
	return &c
}

// judged proves and judges an accusation.
func (m *memory) judged(t testing.TB, c *Commitments, a Accusation) (Verdict, []byte) {
	t.Helper()
	p, err := Prove(&m.p, m, a)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Judge(c, p.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return v, p.Encode()
}

// rawTensors serves a job one chunk of which is replaced by anything: a worker may commit to a leaf of any length.
type rawTensors struct {
	*memory
	kind  program.Kind
	index uint32
	chunk uint64
	bytes []byte
}

func (r *rawTensors) Roots(k program.Kind) ([]merkle.Hash, error) {
	roots, err := r.memory.Roots(k)
	if k == r.kind {
		roots[r.index] = merkle.Root(r.leaves())
	}
	return roots, err
}

func (r *rawTensors) leaves() []merkle.Hash {
	leaves := merkle.DataLeaves(r.data[r.kind][r.index])
	leaves[r.chunk] = merkle.Leaf(r.bytes)
	return leaves
}

// forge makes the proof of an accusation open the replaced chunk instead of the original, and returns commitments that
// contain it.
func (r *rawTensors) forge(t testing.TB, a Accusation) (*Commitments, []byte) {
	t.Helper()
	p, err := Prove(&r.p, r, a)
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := merkle.Prove(r.leaves(), []uint64{r.chunk})
	if err != nil {
		t.Fatal(err)
	}
	p.Tensors[0] = merkle.Opening{Chunks: [][]byte{r.bytes}, Hashes: hashes}
	c, _ := r.commitments(t)
	roots, _ := r.Roots(r.kind)
	root := merkle.RootOfRoots(roots)
	switch r.kind {
	case program.Input:
		c.InputRoot = root
	case program.Weight:
		c.WeightsRoot = root
	case program.Value:
		c.TraceRoot = root
	case program.Output:
		c.OutputRoot = root
	}
	return c, p.Encode()
}

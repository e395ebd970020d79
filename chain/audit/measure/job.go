package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// job is a program around one sample, in memory: node 0 is the sample's, and a chain of further nodes makes the trees as deep
// as a real program's. It implements referee.Tensors.
type job struct {
	p     program.Program
	data  [5][][]byte
	roots [5][]merkle.Hash
}

// Data returns the bytes of a tensor.
func (j *job) Data(k program.Kind, i uint32) ([]byte, error) { return j.data[k][i], nil }

// Roots returns the data roots of a kind.
func (j *job) Roots(k program.Kind) ([]merkle.Hash, error) { return j.roots[k], nil }

// newJob makes a job with operator op as node 0 of at least nodes nodes.
func newJob(op uint32, s sample, nodes int, rng *rand.Rand) *job {
	j := &job{}
	n := program.Node{Op: op, Attributes: s.attributes, Outputs: s.out}
	for i := range s.in {
		n.Inputs = append(n.Inputs, program.Operand{Kind: program.Weight, Index: uint32(i), Type: s.in[i], Typed: true})
		j.p.Header.Weights = append(j.p.Header.Weights, s.in[i])
		j.data[program.Weight] = append(j.data[program.Weight], fill(&s.in[i], !positive[op], rng))
	}
	j.p.Nodes = []program.Node{n}
	for i := range s.out {
		j.data[program.Value] = append(j.data[program.Value], fill(&s.out[i], true, rng))
		j.p.Header.Outputs = append(j.p.Header.Outputs, program.Operand{Kind: program.Value, Index: uint32(i), Type: s.out[i], Typed: true})
	}
	j.deepen(nodes, s.out[0])
	j.p.Header.Version, j.p.Header.Nodes, j.p.Header.Values = program.Version, uint32(len(j.p.Nodes)), uint32(len(j.data[program.Value]))
	for i := range j.p.Header.Outputs {
		j.data[program.Output] = append(j.data[program.Output], j.data[program.Value][j.p.Header.Outputs[i].Index])
	}
	known := map[*byte]merkle.Hash{} // most values are one copy
	for k := range j.data {
		for _, b := range j.data[k] {
			root, ok := known[&b[0]]
			if !ok {
				root = merkle.DataRoot(b)
				known[&b[0]] = root
			}
			j.roots[k] = append(j.roots[k], root)
		}
	}
	return j
}

// deepen appends nodes that read output 0: its flat copy, and copies of that.
func (j *job) deepen(nodes int, t program.Tensor) {
	value := program.Operand{Kind: program.Value, Type: t, Typed: true}
	flat := program.Tensor{Dtype: t.Dtype, Dims: []uint64{t.Elements()}}
	for len(j.p.Nodes) < nodes {
		first := uint32(len(j.data[program.Value]))
		j.p.Nodes = append(j.p.Nodes, program.Node{Op: program.OpReshape, Inputs: []program.Operand{value}, First: first, Outputs: []program.Tensor{flat}})
		j.data[program.Value] = append(j.data[program.Value], j.data[program.Value][0])
		value = program.Operand{Kind: program.Value, Index: first, Type: flat, Typed: true}
		j.p.Header.Outputs[0] = value
	}
}

// positive are operators that would take a short cut to NaN.
var positive = map[uint32]bool{program.OpSqrt: true, program.OpLog: true, program.OpPow: true, program.OpBatchNormalization: true,
	program.OpQuantizeLinear: true, program.OpDequantizeLinear: true, program.OpQLinearConv: true, program.OpQLinearMatMul: true}

// fill draws float32s, with signs or without, and 8-bit integers; indices and bools are zero.
func fill(t *program.Tensor, signed bool, rng *rand.Rand) []byte {
	data := make([]byte, t.Bytes())
	switch t.Dtype {
	case program.Int8, program.Uint8:
		rng.Read(data)
	case program.Float32:
		for i := 0; i < len(data); i += 4 {
			x := math.Float32bits(0.25 + 3*rng.Float32())
			if signed {
				x |= rng.Uint32() & (1 << 31)
			}
			binary.LittleEndian.PutUint32(data[i:], x)
		}
	}
	return data
}

// commitments are what the chain would hold of the job.
func (j *job) commitments() (*referee.Commitments, *program.Summary, error) {
	s, err := program.Validate(j.p.Encode())
	if err != nil {
		return nil, nil, err
	}
	return &referee.Commitments{ProgramRoot: s.Root, Counts: s.Counts, WeightsRoot: merkle.RootOfRoots(j.roots[program.Weight]),
		InputRoot: merkle.RootOfRoots(nil), OutputRoot: merkle.RootOfRoots(j.roots[program.Output]), TraceRoot: merkle.RootOfRoots(j.roots[program.Value]),
		HasTrace: true, Constants: referee.DefaultConstants()}, &s, nil
}

// proof of the dearest element of the sample's first output: amid spatial axes no window is cut, and the last element of a
// line sums all of it.
func (j *job) proof() ([]byte, error) {
	out := &j.p.Nodes[0].Outputs[0]
	at := make([]uint64, len(out.Dims))
	for i, d := range out.Dims {
		if at[i] = d - 1; len(at) > 2 {
			at[i] = d / 2
		}
	}
	e := out.Index(at)
	p, err := referee.Prove(&j.p, j, referee.Accusation{Kind: referee.Arithmetic, Element: e})
	if err != nil {
		return nil, fmt.Errorf("prove: %w", err)
	}
	return p.Encode(), nil
}

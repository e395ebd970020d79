package referee

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

var update = flag.Bool("update", false, "write the golden vectors that this package owns")

// golden compares value with a vector file, or writes it with -update.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	want, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	path := filepath.Join("..", "..", "test", "vectors", name)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Fatalf("%s differs from what Go computes: if the protocol changed, run with -update and say so", name)
	}
}

func hexHash(h merkle.Hash) string { return hex.EncodeToString(h[:]) }

type tensorBytes struct {
	Dtype  program.Dtype  `json:"dtype"`
	Dims   []uint64       `json:"dims"`
	Layout program.Layout `json:"layout"`
	Bytes  string         `json:"bytes"`
	Root   string         `json:"root"`
}

type kindVector struct {
	Tensors []tensorBytes `json:"tensors"`
	Root    string        `json:"root"`
}

type traceVector struct {
	Name        string     `json:"name"`
	Record      string     `json:"record"`
	ProgramRoot string     `json:"program_root"`
	Input       kindVector `json:"input"`
	Weight      kindVector `json:"weight"`
	Value       kindVector `json:"value"`
	Output      kindVector `json:"output"`
}

func (m *memory) vector(t *testing.T, name string) traceVector {
	c, _ := m.commitments(t)
	kind := func(k program.Kind, types []program.Tensor) (v kindVector) {
		roots, _ := m.Roots(k)
		for i, b := range m.data[k] {
			v.Tensors = append(v.Tensors, tensorBytes{types[i].Dtype, types[i].Dims, types[i].Layout, hex.EncodeToString(b), hexHash(roots[i])})
		}
		v.Root = hexHash(merkle.RootOfRoots(roots))
		return v
	}
	var values, outputs []program.Tensor
	for i := range m.p.Nodes {
		values = append(values, m.p.Nodes[i].Outputs...)
	}
	for i := range m.p.Header.Outputs {
		outputs = append(outputs, m.p.Header.Outputs[i].Type)
	}
	return traceVector{name, hex.EncodeToString(m.p.Encode()), hexHash(c.ProgramRoot), kind(program.Input, m.p.Header.Inputs), kind(program.Weight, m.p.Header.Weights),
		kind(program.Value, values), kind(program.Output, outputs)}
}

// TestTraceVectors fixes every root of a small job.
func TestTraceVectors(t *testing.T) {
	golden(t, "traces.json", struct {
		Note   string        `json:"note"`
		Traces []traceVector `json:"traces"`
	}{"all tensors of small jobs in their layouts, their data roots, and the roots of the trees of their kinds", []traceVector{sampleJob(1).vector(t, "sample")}})
}

type commitmentsVector struct {
	ProgramRoot  string         `json:"program_root"`
	Counts       map[string]any `json:"counts"`
	WeightsRoot  string         `json:"weights_root"`
	InputRoot    string         `json:"input_root"`
	OutputRoot   string         `json:"output_root"`
	TraceRoot    string         `json:"trace_root"`
	ToleranceAbs string         `json:"tolerance_abs"`
	ToleranceRel string         `json:"tolerance_rel"`
}

type explanationVector struct {
	Kind        string   `json:"kind"`
	Node        uint32   `json:"node"`
	Op          string   `json:"op"`
	Slot        uint32   `json:"slot"`
	Element     uint64   `json:"element"`
	Coordinates []uint64 `json:"coordinates"`
	Claimed     string   `json:"claimed"`
	Exact       string   `json:"exact"`
	Bound       string   `json:"bound"`
	Ratio       string   `json:"ratio"`
	Undecided   string   `json:"undecided"`
	Fault       bool     `json:"fault"`
	Terms       uint64   `json:"terms"`
	MACs        uint64   `json:"macs"`
	Exps        uint64   `json:"exponentials"`
	Hashes      uint64   `json:"hashes"`
}

type proofVector struct {
	Name        string            `json:"name"`
	Proof       string            `json:"proof"`
	Commitments commitmentsVector `json:"commitments"`
	Explanation explanationVector `json:"explanation"`
}

type badProofVector struct {
	Name  string `json:"name"`
	Proof string `json:"proof"`
	Code  Code   `json:"code"`
}

func (c *Commitments) vector() commitmentsVector {
	return commitmentsVector{hexHash(c.ProgramRoot), map[string]any{"inputs": c.Counts.Inputs, "weights": c.Counts.Weights, "values": c.Counts.Values, "nodes": c.Counts.Nodes, "outputs": c.Counts.Outputs},
		hexHash(c.WeightsRoot), hexHash(c.InputRoot), hexHash(c.OutputRoot), hexHash(c.TraceRoot), c.ToleranceAbs.String(), c.ToleranceRel.String()}
}

// TestProofVectors fixes the bytes of proofs of every kind with their verdicts, and malformed ones with their codes.
func TestProofVectors(t *testing.T) {
	var v struct {
		Note      string           `json:"note"`
		Proofs    []proofVector    `json:"proofs"`
		Malformed []badProofVector `json:"malformed"`
	}
	v.Note = "proofs in hexadecimal, judged under the constants of PROTOCOL section 7; malformed ones are judged under the commitments of the first proof"
	add := func(name string, j *memory, a Accusation) []byte {
		c, _ := j.commitments(t)
		x, b := j.judged(t, c, a)
		v.Proofs = append(v.Proofs, proofVector{name, hex.EncodeToString(b), c.vector(), explanationVector{x.Kind.String(), x.Node, x.Op, x.Slot, x.Element, x.Coordinates, x.Claimed, x.Exact, x.Bound, x.Ratio,
			string(x.Undecided), x.Fault, x.Terms, x.MACs, x.Exps, x.Hashes}})
		return b
	}
	forged := sampleJob(1).clone()
	forged.poke(program.Value, 1, 100, bits32(0.5))
	b := add("a forged Conv", forged, Accusation{Kind: Arithmetic, Node: 1, Element: 100})
	add("its honest neighbour", forged, Accusation{Kind: Arithmetic, Node: 1, Element: 101})
	add("an honest Relayout", sampleJob(1), Accusation{Kind: Arithmetic, Node: 0, Element: 209})
	add("an honest Sigmoid", sampleJob(1), Accusation{Kind: Arithmetic, Node: 2, Element: 300})
	output := sampleJob(1).clone()
	output.poke(program.Output, 0, 600, bits32(2))
	add("an output that is not the trace's", output, Accusation{Kind: OutputLink, Element: 600})
	nan := sampleJob(1).clone()
	nan.poke(program.Value, 2, 300, 0xffc00000)
	add("a NaN that is not canonical", nan, Accusation{Kind: Format, Tensor: program.Value, Node: 2, Element: 1})
	p, err := DecodeProof(b)
	if err != nil {
		t.Fatal(err)
	}
	bad := malformed(p)
	var names []string
	for name := range bad {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if len(bad[name].proof) > 100_000 {
			continue
		}
		v.Malformed = append(v.Malformed, badProofVector{name, hex.EncodeToString(bad[name].proof), bad[name].code})
	}
	golden(t, "proofs.json", v)
}

// FuzzDecodeProof: what decodes re-encodes to the same bytes.
func FuzzDecodeProof(f *testing.F) {
	j := sampleJob(1)
	p, _ := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: 1, Element: 3})
	f.Add(p.Encode())
	f.Add([]byte{8, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodeProof(b)
		if err == nil && string(p.Encode()) != string(b) {
			t.Fatal("decoded, but not canonical")
		}
	})
}

// FuzzJudge: no bytes make the referee panic, and no change of an honest job's proof convicts.
func FuzzJudge(f *testing.F) {
	j := sampleJob(1)
	c, _ := j.commitments(f)
	for _, a := range []Accusation{{Kind: Arithmetic, Node: 1, Element: 3}, {Kind: Arithmetic, Node: 2, Element: 3}, {Kind: OutputLink, Element: 9}, {Kind: Format, Tensor: program.Weight, Slot: 1}} {
		p, err := Prove(&j.p, j, a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := Judge(c, b, nil); err == nil && v.Fault {
			t.Fatal("an honest job is convicted")
		}
		JudgeOpening(c, b, nil)
	})
}

// FuzzElements: no operands make a judge panic, whatever the bits; an undecided element is a fault only outside its range.
func FuzzElements(f *testing.F) {
	f.Add(uint32(floatOne), uint32(floatInf), uint32(1), uint32(floatNaN))
	f.Fuzz(func(t *testing.T, y, a, b, c uint32) {
		k := &defaults
		for _, rule := range []floatPair{(*Constants).add, (*Constants).sub, (*Constants).mul, (*Constants).div, (*Constants).max, (*Constants).min, (*Constants).prelu} {
			rule(k, y, a, b, &detail{})
		}
		for _, rule := range []floatRule{(*Constants).exp, (*Constants).log, (*Constants).erf, (*Constants).tanh, (*Constants).sigmoid, (*Constants).sqrt, (*Constants).reciprocal, (*Constants).hardSwish, (*Constants).sign} {
			rule(k, y, a, &detail{})
		}
		k.hardSigmoid(y, a, b, c, &detail{})
		for _, e := range []uint32{program.PowSquare, program.PowCube, program.PowRoot, program.PowReciprocal, program.PowRootOfReciprocal} {
			k.pow(e, y, a, &detail{})
		}
		row := newSoftmaxRow([]uint32{a, b, c}, k)
		for _, x := range []uint32{a, b, c} {
			row.judge(y, x, &detail{})
		}
		var d Dot
		d.add([]uint32{a, b}, []uint32{b, c})
		d.addOnes([]uint32{a, c})
		if d.finite() {
			s, m := d.sum()
			(&linear{s: s, a: m, n: 4, den: 3, tiny: 5, underflow: 126}).judge(y, &detail{})
		} else {
			d.special(y, &detail{})
		}
	})
}

package audit

import (
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// Commitments computes what the chain would hold of the bundle's job, from its roots. The trees of kinds whose roots are not
// all known (no bytes, no roots.json) stay unknown; tolerances are zero and constants the defaults.
func (b *Bundle) Commitments() (*referee.Commitments, error) {
	c := &referee.Commitments{ProgramRoot: b.Summary.Root, Counts: b.Summary.Counts, Constants: referee.DefaultConstants()}
	for _, k := range []program.Kind{program.Input, program.Weight, program.Value, program.Output} {
		if len(b.roots[k]) == 0 && !b.exists(k, 0) {
			continue
		}
		roots, err := b.Roots(k)
		if err != nil {
			return nil, err
		}
		root := merkle.RootOfRoots(roots)
		switch k {
		case program.Input:
			c.InputRoot = root
		case program.Weight:
			c.WeightsRoot = root
		case program.Value:
			c.TraceRoot, c.HasTrace = root, true
		case program.Output:
			c.OutputRoot = root
		}
	}
	return c, nil
}

// ProveResult is what `referee prove` prints.
type ProveResult struct {
	Out         string          `json:"out,omitempty"`
	Bytes       int             `json:"bytes"`
	Commitments CommitmentsJSON `json:"commitments"`
	Explanation Explanation     `json:"explanation"`
}

// Prove builds the proof of an accusation, judges it under commitments (the bundle's own if nil), and writes it to out
// unless that is empty.
//
// opening judges it as MsgOpenInput and MsgOpenWeight do.
func (b *Bundle) Prove(a referee.Accusation, c *referee.Commitments, out string, opening bool) (*ProveResult, error) {
	proof, err := referee.Prove(b.Program, b, a)
	if err != nil {
		return nil, err
	}
	if c == nil {
		if c, err = b.Commitments(); err != nil {
			return nil, err
		}
	}
	bytes := proof.Encode()
	v, err := judgeBy(opening)(c, bytes, nil)
	if err != nil {
		return nil, err
	}
	if out != "" {
		if err := os.WriteFile(out, bytes, 0o644); err != nil {
			return nil, wrong(CodeFile, err, "the proof")
		}
	}
	return &ProveResult{out, len(bytes), CommitmentsOf(c), ExplanationOf(&v)}, nil
}

// judgeBy chooses the judge of a fault proof, or of an opening of an input or weight.
func judgeBy(opening bool) func(*referee.Commitments, []byte, referee.Meter) (referee.Verdict, error) {
	if opening {
		return referee.JudgeOpening
	}
	return referee.Judge
}

// JudgeFile judges the proof in a file under commitments, as the chain would; opening: as MsgOpenInput and MsgOpenWeight do.
func JudgeFile(path string, c *referee.Commitments, opening bool) (*Explanation, error) {
	f, err := os.Stat(path)
	if err != nil {
		return nil, wrong(CodeFile, err, "the proof")
	}
	if f.Size() > program.MaxProof {
		return nil, &referee.Error{Code: referee.CodeTooLarge, Text: path}
	}
	proof, err := os.ReadFile(path)
	if err != nil {
		return nil, wrong(CodeFile, err, "the proof")
	}
	v, err := judgeBy(opening)(c, proof, nil)
	if err != nil {
		return nil, err
	}
	e := ExplanationOf(&v)
	return &e, nil
}

// RootsResult is what `referee roots` prints: roots.json's fields and the roots of their trees.
type RootsResult struct {
	rootsFile
	Commitments CommitmentsJSON `json:"commitments"`
}

// AllRoots computes the data roots of every kind whose bytes or roots are there.
func (b *Bundle) AllRoots() (*RootsResult, error) {
	c, err := b.Commitments()
	if err != nil {
		return nil, err
	}
	r := &RootsResult{Commitments: CommitmentsOf(c)}
	for k, list := range r.lists() {
		if list == nil {
			continue
		}
		for _, root := range b.roots[k] {
			*list = append(*list, hex.EncodeToString(root[:]))
		}
	}
	return r, nil
}

// InspectOptions say what `program inspect` lists beyond the summary.
type InspectOptions struct{ Tensors, Nodes bool }

// TensorJSON describes one tensor of a program.
type TensorJSON struct {
	Kind   string   `json:"kind"`
	Index  uint32   `json:"index"`
	Dtype  string   `json:"dtype"`
	Dims   []uint64 `json:"dims"`
	Layout string   `json:"layout"`
	Bytes  uint64   `json:"bytes"`
	Chunks uint64   `json:"chunks"`
}

// NodeJSON describes one node.
type NodeJSON struct {
	Index   uint32   `json:"index"`
	Op      string   `json:"op"`
	Inputs  []string `json:"inputs"`
	First   uint32   `json:"first"`
	Outputs int      `json:"outputs"`
	Proof   uint64   `json:"proof"`
	Gas     uint64   `json:"gas"`
}

// WorstJSON is the dearest node of an operator in a program: bytes of a proof and gas of its judgement, at most.
type WorstJSON struct {
	Nodes int    `json:"nodes"`
	Proof uint64 `json:"proof"`
	Gas   uint64 `json:"gas"`
}

// InspectResult is what `program inspect` prints.
type InspectResult struct {
	Root         string     `json:"root"`
	RecordBytes  int        `json:"record_bytes"`
	Counts       CountsJSON `json:"counts"`
	MACs         uint64     `json:"macs"`
	Exponentials uint64     `json:"exponentials"`
	ElementsRead uint64     `json:"elements_read"`
	WeightBytes  uint64     `json:"weight_bytes"`
	InputBytes   uint64     `json:"input_bytes"`
	OutputBytes  uint64     `json:"output_bytes"`
	TraceBytes   uint64     `json:"trace_bytes"`
	Depth        uint32     `json:"depth"`
	WorstProof   uint64     `json:"worst_proof"`
	WorstNode    int32      `json:"worst_node"`
	WorstOp      string     `json:"worst_op"`
	WorstGas     uint64     `json:"worst_gas"`
	Quantised    bool       `json:"quantised"`
	// Operators has the dearest node of each operator by its name.
	Operators map[string]WorstJSON `json:"operators"`
	Tensors   []TensorJSON         `json:"tensors,omitempty"`
	Nodes     []NodeJSON           `json:"nodes,omitempty"`
}

// Inspect validates a record in a file and describes it.
func Inspect(path string, o InspectOptions) (*InspectResult, error) {
	record, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, wrong(CodeFile, err, "the record")
	}
	s, err := program.Validate(record)
	if err != nil {
		return nil, err
	}
	p, err := program.Decode(record)
	if err != nil {
		return nil, err
	}
	r := &InspectResult{Root: hex.EncodeToString(s.Root[:]), RecordBytes: len(record), Counts: CountsJSON(s.Counts), MACs: s.MACs, Exponentials: s.Exponentials,
		ElementsRead: s.ElementsRead, WeightBytes: s.WeightBytes, InputBytes: s.InputBytes, OutputBytes: s.OutputBytes, TraceBytes: s.TraceBytes,
		Depth: s.Depth, WorstProof: s.WorstProof, WorstNode: s.WorstNode, WorstOp: "header", Quantised: s.Quantised, Operators: map[string]WorstJSON{}}
	if s.WorstNode >= 0 {
		r.WorstOp = program.Name(p.Nodes[s.WorstNode].Op)
	}
	if o.Tensors {
		r.Tensors = tensorsOf(p)
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		info, err := n.Check(len(n.Encode()), &s.Counts)
		if err != nil {
			return nil, err
		}
		j := NodeJSON{Index: uint32(i), Op: program.Name(n.Op), First: n.First, Outputs: len(n.Outputs), Proof: info.Proof, Gas: JudgementGas(n, &info)}
		w := r.Operators[j.Op]
		r.Operators[j.Op] = WorstJSON{w.Nodes + 1, max(w.Proof, j.Proof), max(w.Gas, j.Gas)}
		r.WorstGas = max(r.WorstGas, j.Gas)
		if !o.Nodes {
			continue
		}
		for k := range n.Inputs {
			j.Inputs = append(j.Inputs, operandName(&n.Inputs[k]))
		}
		r.Nodes = append(r.Nodes, j)
	}
	return r, nil
}

func operandName(o *program.Operand) string {
	if o.Kind == program.None {
		return "NONE"
	}
	return o.Kind.String() + " " + uintText(o.Index)
}

func tensorsOf(p *program.Program) (list []TensorJSON) {
	add := func(k program.Kind, i int, t *program.Tensor) {
		dims := t.Dims
		if dims == nil {
			dims = []uint64{}
		}
		list = append(list, TensorJSON{k.String(), uint32(i), t.Dtype.String(), dims, t.Layout.String(), t.Bytes(), merkle.Chunks(t.Bytes())})
	}
	for i := range p.Header.Inputs {
		add(program.Input, i, &p.Header.Inputs[i])
	}
	for i := range p.Header.Weights {
		add(program.Weight, i, &p.Header.Weights[i])
	}
	v := 0
	for i := range p.Nodes {
		for k := range p.Nodes[i].Outputs {
			add(program.Value, v, &p.Nodes[i].Outputs[k])
			v++
		}
	}
	for i := range p.Header.Outputs {
		add(program.Output, i, &p.Header.Outputs[i].Type)
	}
	return list
}

package audit

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// Explanation is assay.referee.v1.Explanation as JSON, with the proto's field names.
type Explanation struct {
	Kind         string   `json:"kind"`
	Node         uint32   `json:"node"`
	Op           string   `json:"op"`
	Slot         uint32   `json:"slot"`
	Element      uint64   `json:"element"`
	Coordinates  []uint64 `json:"coordinates"`
	Claimed      string   `json:"claimed"`
	Exact        string   `json:"exact"`
	Bound        string   `json:"bound"`
	Ratio        string   `json:"ratio"`
	Undecided    string   `json:"undecided"`
	Fault        bool     `json:"fault"`
	Terms        uint64   `json:"terms"`
	MACs         uint64   `json:"macs"`
	Exponentials uint64   `json:"exponentials"`
	Hashes       uint64   `json:"hashes"`
}

// ExplanationOf turns a verdict into its JSON form.
func ExplanationOf(v *referee.Verdict) Explanation {
	coordinates := v.Coordinates
	if coordinates == nil { // a scalar, or a chunk: an empty list in JSON
		coordinates = []uint64{}
	}
	return Explanation{Kind: v.Kind.String(), Node: v.Node, Op: v.Op, Slot: v.Slot, Element: v.Element, Coordinates: coordinates,
		Claimed: v.Claimed, Exact: v.Exact, Bound: v.Bound, Ratio: v.Ratio, Undecided: string(v.Undecided), Fault: v.Fault,
		Terms: v.Terms, MACs: v.MACs, Exponentials: v.Exps, Hashes: v.Hashes}
}

// CountsJSON are the counts of a program.
type CountsJSON struct {
	Inputs  uint32 `json:"inputs"`
	Weights uint32 `json:"weights"`
	Values  uint32 `json:"values"`
	Nodes   uint32 `json:"nodes"`
	Outputs uint32 `json:"outputs"`
}

// FunctionJSON is the accuracy of one function: ulps, and absolute · 2^-40.
type FunctionJSON struct {
	Ulps     uint32 `json:"ulps"`
	Absolute uint32 `json:"absolute"`
}

// ConstantsJSON are a profile's constants; see referee.Constants.
type ConstantsJSON struct {
	Underflow   uint32       `json:"underflow"`
	Exp         FunctionJSON `json:"exp"`
	Erf         FunctionJSON `json:"erf"`
	Log         FunctionJSON `json:"log"`
	Tanh        FunctionJSON `json:"tanh"`
	Sigmoid     FunctionJSON `json:"sigmoid"`
	Roots       uint32       `json:"roots"`
	WeightBlock uint32       `json:"weight_block"`
}

// CommitmentsJSON is what the chain holds of a job, for judging a proof offline. Roots are hexadecimal, "" where not known;
// tolerances are integers in units of 1e-18 as decimal text; without constants the defaults apply.
type CommitmentsJSON struct {
	ProgramRoot  string         `json:"program_root"`
	Counts       CountsJSON     `json:"counts"`
	WeightsRoot  string         `json:"weights_root,omitempty"`
	InputRoot    string         `json:"input_root,omitempty"`
	OutputRoot   string         `json:"output_root,omitempty"`
	TraceRoot    string         `json:"trace_root,omitempty"`
	ToleranceAbs string         `json:"tolerance_abs,omitempty"`
	ToleranceRel string         `json:"tolerance_rel,omitempty"`
	Constants    *ConstantsJSON `json:"constants,omitempty"`
}

// ReadCommitments reads a commitments file.
func ReadCommitments(path string) (*referee.Commitments, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, wrong(CodeFile, err, "commitments")
	}
	var j CommitmentsJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, wrong(CodeJSON, err, "%s", path)
	}
	c, err := j.Parse()
	if err != nil {
		return nil, wrong(CodeJSON, err, "%s", path)
	}
	return c, nil
}

// Parse turns the JSON form into commitments.
func (j *CommitmentsJSON) Parse() (*referee.Commitments, error) {
	c := &referee.Commitments{Counts: program.Counts(j.Counts), HasTrace: j.TraceRoot != "", Constants: referee.DefaultConstants()}
	for _, r := range []struct {
		name string
		text string
		to   *merkle.Hash
	}{{"program_root", j.ProgramRoot, &c.ProgramRoot}, {"weights_root", j.WeightsRoot, &c.WeightsRoot}, {"input_root", j.InputRoot, &c.InputRoot},
		{"output_root", j.OutputRoot, &c.OutputRoot}, {"trace_root", j.TraceRoot, &c.TraceRoot}} {
		if r.text == "" && r.name != "program_root" {
			continue
		}
		h, err := parseHash(r.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		*r.to = h
	}
	var err error
	if c.ToleranceAbs, err = parseTolerance("tolerance_abs", j.ToleranceAbs); err != nil {
		return nil, err
	}
	if c.ToleranceRel, err = parseTolerance("tolerance_rel", j.ToleranceRel); err != nil {
		return nil, err
	}
	if k := j.Constants; k != nil {
		c.Constants = referee.Constants{Underflow: k.Underflow, Exp: referee.Function(k.Exp), Erf: referee.Function(k.Erf), Log: referee.Function(k.Log),
			Tanh: referee.Function(k.Tanh), Sigmoid: referee.Function(k.Sigmoid), Roots: k.Roots, WeightBlock: k.WeightBlock}
	}
	return c, nil
}

func parseTolerance(name, text string) (*big.Int, error) {
	if text == "" {
		return new(big.Int), nil
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 256 {
		return nil, fmt.Errorf("%s: %q is not an integer in units of 1e-18", name, text)
	}
	return n, nil
}

// CommitmentsOf is the JSON form of commitments.
func CommitmentsOf(c *referee.Commitments) CommitmentsJSON {
	text := func(h merkle.Hash) string {
		if h == (merkle.Hash{}) {
			return ""
		}
		return hex.EncodeToString(h[:])
	}
	k := &c.Constants
	j := CommitmentsJSON{ProgramRoot: text(c.ProgramRoot), Counts: CountsJSON(c.Counts), WeightsRoot: text(c.WeightsRoot), InputRoot: text(c.InputRoot),
		OutputRoot: text(c.OutputRoot), Constants: &ConstantsJSON{k.Underflow, FunctionJSON(k.Exp), FunctionJSON(k.Erf), FunctionJSON(k.Log), FunctionJSON(k.Tanh), FunctionJSON(k.Sigmoid), k.Roots, k.WeightBlock}}
	if c.HasTrace {
		j.TraceRoot = text(c.TraceRoot)
	}
	for _, t := range []struct {
		n  *big.Int
		to *string
	}{{c.ToleranceAbs, &j.ToleranceAbs}, {c.ToleranceRel, &j.ToleranceRel}} {
		if *t.to = "0"; t.n != nil {
			*t.to = t.n.String()
		}
	}
	return j
}

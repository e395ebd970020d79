// Package audit judges whole jobs offline, over files: it scans every element of a trace, builds proofs and judges them with
// the very referee that the chain calls. It is a tool, not consensus code, but keeps to integers like it; only precheck, which
// acquits and never convicts, computes in float64.
package audit

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// Code names what is wrong with files or arguments; refusals of a record or a proof keep the codes of their packages.
type Code string

// The codes of this package.
const (
	CodeFile      Code = "audit_file"       // a file is missing, unreadable or of a wrong size
	CodeRoots     Code = "audit_roots"      // roots.json is malformed or does not fit the program
	CodeArgument  Code = "audit_argument"   // an argument is malformed or out of range
	CodeJSON      Code = "audit_json"       // a commitments file is malformed
	CodeNotCaught Code = "audit_not_caught" // a moved element was acquitted
)

// Error is a refusal of this package.
type Error struct {
	Code  Code
	Text  string
	Cause error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Text, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func wrong(code Code, cause error, format string, a ...any) error {
	return &Error{Code: code, Text: fmt.Sprintf(format, a...), Cause: cause}
}

// Bundle is a job in a directory:
//
//	program.bin                                the program record
//	input/0.bin, weight/0.bin, value/0.bin, output/0.bin, ...   all bytes of a tensor, in its layout
//	roots.json                                 optional: {"input": [hex…], "weight": …, "value": …, "output": …}, the data
//	                                           roots of tensors whose bytes may be absent
type Bundle struct {
	Dir     string
	Program *program.Program
	Summary program.Summary
	values  []program.Tensor
	roots   [5][]merkle.Hash
}

var kindDirs = [5]string{program.Input: "input", program.Weight: "weight", program.Value: "value", program.Output: "output"}

// OpenBundle reads and validates the record and roots.json, if there is one.
func OpenBundle(dir string) (*Bundle, error) {
	b := &Bundle{Dir: dir}
	path := filepath.Join(dir, "program.bin")
	record, err := os.ReadFile(path)
	if err != nil {
		return nil, wrong(CodeFile, err, "the program record")
	}
	if b.Summary, err = program.Validate(record); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if b.Program, err = program.Decode(record); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i := range b.Program.Nodes {
		b.values = append(b.values, b.Program.Nodes[i].Outputs...)
	}
	return b, b.readRoots()
}

// rootsFile is roots.json.
type rootsFile struct {
	Input  []string `json:"input,omitempty"`
	Weight []string `json:"weight,omitempty"`
	Value  []string `json:"value,omitempty"`
	Output []string `json:"output,omitempty"`
}

func (f *rootsFile) lists() [5]*[]string {
	return [5]*[]string{program.Input: &f.Input, program.Weight: &f.Weight, program.Value: &f.Value, program.Output: &f.Output}
}

func (b *Bundle) readRoots() error {
	path := filepath.Join(b.Dir, "roots.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var f rootsFile
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		return wrong(CodeRoots, err, "%s", path)
	}
	for k, list := range f.lists() {
		if list == nil || len(*list) == 0 {
			continue
		}
		if want := b.Summary.Leaves(program.Kind(k)); uint64(len(*list)) != want {
			return wrong(CodeRoots, nil, "%s: %d roots of %s, %d expected", path, len(*list), kindDirs[k], want)
		}
		for _, text := range *list {
			h, err := parseHash(text)
			if err != nil {
				return wrong(CodeRoots, err, "%s: %s", path, kindDirs[k])
			}
			b.roots[k] = append(b.roots[k], h)
		}
	}
	return nil
}

func parseHash(text string) (h merkle.Hash, err error) {
	raw, err := hex.DecodeString(text)
	if err == nil && len(raw) != len(h) {
		err = fmt.Errorf("%d bytes, %d expected", len(raw), len(h))
	}
	copy(h[:], raw)
	return h, err
}

// Tensor returns the type of a tensor; nil if there is none.
func (b *Bundle) Tensor(k program.Kind, index uint32) *program.Tensor {
	h := &b.Program.Header
	i := uint64(index)
	switch {
	case k == program.Input && i < uint64(len(h.Inputs)):
		return &h.Inputs[i]
	case k == program.Weight && i < uint64(len(h.Weights)):
		return &h.Weights[i]
	case k == program.Value && i < uint64(len(b.values)):
		return &b.values[i]
	case k == program.Output && i < uint64(len(h.Outputs)):
		return &h.Outputs[i].Type
	}
	return nil
}

// Path is where the bytes of a tensor are.
func (b *Bundle) Path(k program.Kind, index uint32) string {
	return filepath.Join(b.Dir, kindDirs[k], strconv.Itoa(int(index))+".bin")
}

// Data reads all bytes of a tensor and checks their number.
func (b *Bundle) Data(k program.Kind, index uint32) ([]byte, error) {
	t := b.Tensor(k, index)
	if t == nil {
		return nil, wrong(CodeArgument, nil, "the program has no %s %d", k, index)
	}
	data, err := os.ReadFile(b.Path(k, index))
	if err != nil {
		return nil, wrong(CodeFile, err, "%s %d", k, index)
	}
	if uint64(len(data)) != t.Bytes() {
		return nil, wrong(CodeFile, nil, "%s: %d bytes, %d expected (%s %v %s)", b.Path(k, index), len(data), t.Bytes(), t.Dtype, t.Dims, t.Layout)
	}
	return data, nil
}

// Roots returns the data roots of all tensors of a kind: those of roots.json, or computed from the files and kept.
func (b *Bundle) Roots(k program.Kind) ([]merkle.Hash, error) {
	n := int(b.Summary.Leaves(k))
	if len(b.roots[k]) == n {
		return b.roots[k], nil
	}
	roots := make([]merkle.Hash, n)
	for i := range roots {
		root, err := b.stream(k, uint32(i))
		if err != nil {
			return nil, err
		}
		roots[i] = root
	}
	b.roots[k] = roots
	return roots, nil
}

// stream hashes a tensor's file without holding it.
func (b *Bundle) stream(k program.Kind, index uint32) (root merkle.Hash, err error) {
	f, err := os.Open(b.Path(k, index))
	if err != nil {
		return root, wrong(CodeFile, err, "%s %d has neither bytes nor a root", k, index)
	}
	defer f.Close()
	var d merkle.Data
	n, err := io.Copy(&d, f)
	if err != nil {
		return root, wrong(CodeFile, err, "%s %d", k, index)
	}
	if want := b.Tensor(k, index).Bytes(); uint64(n) != want {
		return root, wrong(CodeFile, nil, "%s: %d bytes, %d expected", b.Path(k, index), n, want)
	}
	return d.Root(), nil
}

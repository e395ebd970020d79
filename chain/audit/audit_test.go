package audit

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

type traceVector struct {
	Record string
	Input  kindVector
	Weight kindVector
	Value  kindVector
	Output kindVector
}

type kindVector struct {
	Root    string
	Tensors []struct{ Bytes, Root string }
}

// writeSample writes the honest job of the golden traces into a directory.
func writeSample(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../test/vectors/traces.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Traces []traceVector }
	if err := json.Unmarshal(text, &v); err != nil || len(v.Traces) == 0 {
		t.Fatal("no traces", err)
	}
	dir := t.TempDir()
	x := v.Traces[0]
	write(t, filepath.Join(dir, "program.bin"), unhex(t, x.Record))
	for k, kind := range map[string]kindVector{"input": x.Input, "weight": x.Weight, "value": x.Value, "output": x.Output} {
		if err := os.Mkdir(filepath.Join(dir, k), 0o755); err != nil {
			t.Fatal(err)
		}
		for i, tensor := range kind.Tensors {
			write(t, filepath.Join(dir, k, strconv.Itoa(i)+".bin"), unhex(t, tensor.Bytes))
		}
	}
	return dir
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// forge changes one float32 of a file.
func forge(t testing.TB, path string, element int, bits uint32) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(b[4*element:], bits)
	write(t, path, b)
}

func open(t testing.TB, dir string) *Bundle {
	t.Helper()
	b, err := OpenBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func scan(t testing.TB, dir string, o ScanOptions) *ScanResult {
	t.Helper()
	o.Constants = referee.DefaultConstants()
	r, err := open(t, dir).Scan(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestScanHonest: every element is judged, none is a fault, and every moved one is caught, with any number of workers.
func TestScanHonest(t *testing.T) {
	dir := writeSample(t)
	for _, workers := range []int{0, 1, 3} {
		r := scan(t, dir, ScanOptions{Move: true, Workers: workers})
		if r.Nodes != 4 || r.Elements != 420+3*630 || r.Faults != 0 || r.Undecided != 0 || r.Moved != 4 || r.MovedCaught != 4 || r.Edges != 8 || r.InsideAcquitted != 8 || r.BeyondCaught != 8 || r.FirstFault != nil {
			t.Fatalf("%+v", r)
		}
		if r.WorstRatio["Conv"] == "0.000000" || r.WorstRatio["Add"] == "" {
			t.Fatalf("%+v", r.WorstRatio)
		}
	}
	if r := scan(t, dir, ScanOptions{Nodes: []uint32{2}}); r.Nodes != 1 || r.Elements != 630 {
		t.Fatalf("%+v", r)
	}
}

// TestScanLargest: of several faults the first and the one with the largest ratio are shown, with any number of workers.
func TestScanLargest(t *testing.T) {
	dir := writeSample(t)
	value := filepath.Join(dir, "value", "1.bin")
	for _, f := range []struct {
		element int
		bits    uint32
	}{{100, 0x3f000000}, {300, 0x49742400}, {301, 0x3f800000}, {500, 0x42c80000}} { // 0.5, 1e6, 1, 100
		forge(t, value, f.element, f.bits)
	}
	for _, workers := range []int{1, 3} {
		r := scan(t, dir, ScanOptions{Nodes: []uint32{1}, Workers: workers})
		if r.Faults != 4 || r.FirstFault.Element != 100 || r.LargestFault == nil || r.LargestFault.Element != 300 || r.LargestFault.Explanation.Claimed != "1000000" {
			t.Fatalf("%+v %+v", r.FirstFault, r.LargestFault)
		}
	}
	if r := scan(t, dir, ScanOptions{Nodes: []uint32{0}}); r.LargestFault != nil {
		t.Fatalf("%+v", r.LargestFault)
	}
}

// TestScanForged: the first fault is found where the forgery is, and the proof of it convicts under the bundle's own roots.
func TestScanForged(t *testing.T) {
	dir := writeSample(t)
	forge(t, filepath.Join(dir, "value", "1.bin"), 100, 0x3f000000)
	r := scan(t, dir, ScanOptions{Workers: 2})
	if r.Faults != 2 || r.FirstFault == nil || r.FirstFault.Node != 1 || r.FirstFault.Element != 100 || r.FirstFault.Explanation.Claimed != "0.5" || !r.FirstFault.Explanation.Fault {
		t.Fatalf("%+v", r)
	}
	if r := scan(t, dir, ScanOptions{First: true}); r.Faults != 1 || r.Nodes != 2 {
		t.Fatalf("--first: %+v", r)
	}
	out := filepath.Join(dir, "proof.bin")
	p, err := open(t, dir).Prove(referee.Accusation{Kind: referee.Arithmetic, Node: 1, Element: 100}, nil, out, false)
	if err != nil || !p.Explanation.Fault || p.Bytes == 0 {
		t.Fatalf("%+v %v", p, err)
	}
	// judged again from files, under commitments that went through JSON
	path := filepath.Join(dir, "commitments.json")
	text, _ := json.Marshal(p.Commitments)
	write(t, path, text)
	c, err := ReadCommitments(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := JudgeFile(out, c, false)
	if err != nil || !e.Fault || e.Claimed != "0.5" {
		t.Fatalf("%+v %v", e, err)
	}
	// other commitments refuse it
	p.Commitments.TraceRoot = p.Commitments.InputRoot
	text, _ = json.Marshal(p.Commitments)
	write(t, path, text)
	c, _ = ReadCommitments(path)
	var re *referee.Error
	if _, err := JudgeFile(out, c, false); !errors.As(err, &re) || re.Code != referee.CodeRoot {
		t.Fatal(err)
	}
}

// TestScanMalformed: a NaN that is not canonical passes every judge as a NaN, and is found as what it is, a FORMAT fault.
func TestScanMalformed(t *testing.T) {
	dir := writeSample(t)
	forge(t, filepath.Join(dir, "value", "2.bin"), 300, 0xffc00000)
	r := scan(t, dir, ScanOptions{})
	m := r.FirstMalformed
	if r.Malformed != 1 || m == nil || m.Tensor != "VALUE" || m.Index != 2 || m.Node != 2 || m.Chunk != 1 {
		t.Fatalf("%+v %+v", r, m)
	}
	p, err := open(t, dir).Prove(referee.Accusation{Kind: referee.Format, Tensor: program.Value, Node: m.Node, Slot: m.Slot, Element: m.Chunk}, nil, "", false)
	if err != nil || !p.Explanation.Fault {
		t.Fatalf("%+v %v", p, err)
	}
	forge(t, filepath.Join(dir, "weight", "1.bin"), 0, 0x7fc00001)
	if r := scan(t, dir, ScanOptions{}); r.Malformed != 2 || r.FirstMalformed.Tensor != "WEIGHT" || r.FirstMalformed.Slot != 1 {
		t.Fatalf("%+v %+v", r, r.FirstMalformed)
	}
}

// TestOpening: a weight that no worker accepts is shown by its opening, and is no fault of an honest worker by itself.
func TestOpening(t *testing.T) {
	dir := writeSample(t)
	forge(t, filepath.Join(dir, "weight", "1.bin"), 2, 0x7f800000)
	a := referee.Accusation{Kind: referee.Format, Tensor: program.Weight, Slot: 1}
	out := filepath.Join(dir, "opening.bin")
	p, err := open(t, dir).Prove(a, nil, out, true)
	if err != nil || !p.Explanation.Fault {
		t.Fatalf("%+v %v", p, err)
	}
	c, err := open(t, dir).Commitments()
	if err != nil {
		t.Fatal(err)
	}
	if e, err := JudgeFile(out, c, true); err != nil || !e.Fault {
		t.Fatalf("%+v %v", e, err)
	}
	if e, err := JudgeFile(out, c, false); err != nil || e.Fault {
		t.Fatalf("an infinity is well-formed: %+v %v", e, err)
	}
}

// TestRoots: data roots of files equal the golden ones, and roots.json stands in for absent bytes.
func TestRoots(t *testing.T) {
	dir := writeSample(t)
	r, err := open(t, dir).AllRoots()
	if err != nil || len(r.Value) != 4 || len(r.Weight) != 3 || r.Commitments.TraceRoot == "" {
		t.Fatalf("%+v %v", r, err)
	}
	text, _ := json.Marshal(r.rootsFile)
	write(t, filepath.Join(dir, "roots.json"), text)
	if err := os.Remove(filepath.Join(dir, "value", "0.bin")); err != nil {
		t.Fatal(err)
	}
	b := open(t, dir)
	c, err := b.Commitments()
	if err != nil || CommitmentsOf(c).TraceRoot != r.Commitments.TraceRoot {
		t.Fatalf("%+v %v", c, err)
	}
	p, err := b.Prove(referee.Accusation{Kind: referee.OutputLink, Element: 3}, nil, "", false) // needs value 3 only
	if err != nil || p.Explanation.Fault {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := b.Prove(referee.Accusation{Kind: referee.Arithmetic, Node: 1}, nil, "", false); codeOf(err) != CodeFile {
		t.Fatalf("absent bytes: %v", err)
	}
}

func codeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestWrongFiles: every broken file is a coded error.
func TestWrongFiles(t *testing.T) {
	dir := writeSample(t)
	value := filepath.Join(dir, "value", "1.bin")
	whole, _ := os.ReadFile(value)
	write(t, value, whole[:len(whole)-1])
	o := ScanOptions{Constants: referee.DefaultConstants()}
	if _, err := open(t, dir).Scan(o); codeOf(err) != CodeFile {
		t.Errorf("a short file: %v", err)
	}
	if _, err := open(t, dir).Roots(program.Value); codeOf(err) != CodeFile {
		t.Errorf("the root of a short file: %v", err)
	}
	if err := os.Remove(value); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir).Scan(o); codeOf(err) != CodeFile {
		t.Errorf("an absent file: %v", err)
	}
	o.Nodes = []uint32{4}
	if _, err := open(t, dir).Scan(o); codeOf(err) != CodeArgument {
		t.Errorf("a node that does not exist: %v", err)
	}
	for _, text := range []string{"{", `{"value":["00"]}`, `{"value":["00","00","00","00"]}`, `{"value":["zz","","",""]}`} {
		write(t, filepath.Join(dir, "roots.json"), []byte(text))
		if _, err := OpenBundle(dir); codeOf(err) != CodeRoots {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := OpenBundle(t.TempDir()); codeOf(err) != CodeFile {
		t.Error("an empty directory is a bundle")
	}
	write(t, filepath.Join(dir, "program.bin"), []byte{1, 2, 3})
	var pe *program.Error
	if _, err := OpenBundle(dir); !errors.As(err, &pe) || pe.Code != program.CodeNotCanonical {
		t.Errorf("a broken record: %v", err)
	}
	path := filepath.Join(dir, "c.json")
	for _, text := range []string{"{", `{"program_root":"00"}`, `{"program_root":"` + hex.EncodeToString(make([]byte, 32)) + `","tolerance_abs":"1.5"}`, `{"program_root":"` + hex.EncodeToString(make([]byte, 32)) + `","tolerance_rel":"-1"}`} {
		write(t, path, []byte(text))
		if _, err := ReadCommitments(path); codeOf(err) != CodeJSON {
			t.Errorf("%s: %v", text, err)
		}
	}
	write(t, path, make([]byte, program.MaxProof+1))
	var re *referee.Error
	if _, err := JudgeFile(path, &referee.Commitments{}, false); !errors.As(err, &re) || re.Code != referee.CodeTooLarge {
		t.Errorf("a proof too large: %v", err)
	}
}

func TestArguments(t *testing.T) {
	for text, want := range map[string]int{"": 0, "all": 0, "3": 1, "3,7-9": 4, "0-0": 1} {
		if n, err := ParseNodes(text); err != nil || len(n) != want {
			t.Errorf("%q: %v %v", text, n, err)
		}
	}
	for _, text := range []string{"x", "3-", "-3", "9-7", "1,,2", "0-99999999", "4294967296"} {
		if _, err := ParseNodes(text); codeOf(err) != CodeArgument {
			t.Errorf("%q: %v", text, err)
		}
	}
	if k, err := ParseKind("OUTPUT"); err != nil || k != referee.OutputLink {
		t.Error(k, err)
	}
	if _, err := ParseKind("vote"); codeOf(err) != CodeArgument {
		t.Error(err)
	}
	if _, err := ParseTensor("gradient"); codeOf(err) != CodeArgument {
		t.Error(err)
	}
}

func TestInspect(t *testing.T) {
	dir := writeSample(t)
	r, err := Inspect(filepath.Join(dir, "program.bin"), InspectOptions{Tensors: true, Nodes: true})
	if err != nil || r.Counts.Values != 4 || len(r.Tensors) != 1+3+4+1 || len(r.Nodes) != 4 || r.Nodes[1].Op != "Conv" || r.Nodes[1].Inputs[0] != "VALUE 0" {
		t.Fatalf("%+v %v", r, err)
	}
	nodes, proof, gas := 0, uint64(0), uint64(0)
	for op, w := range r.Operators {
		nodes, proof, gas = nodes+w.Nodes, max(proof, w.Proof), max(gas, w.Gas)
		if w.Proof == 0 || w.Gas <= w.Proof {
			t.Errorf("%s: %+v", op, w)
		}
	}
	if nodes != 4 || proof > r.WorstProof || gas != r.WorstGas || r.Operators["Conv"].Gas != r.Nodes[1].Gas {
		t.Errorf("operators %+v, worst proof %d, worst gas %d", r.Operators, r.WorstProof, r.WorstGas)
	}
	for _, x := range r.Tensors {
		if x.Chunks != merkle.Chunks(x.Bytes) || x.Layout == "unknown" || x.Dtype != "float32" {
			t.Errorf("%+v", x)
		}
	}
}

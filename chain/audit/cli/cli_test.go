package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// run executes a command line and returns what it printed.
func run(args ...string) (string, error) {
	root := &cobra.Command{Use: "assayd", SilenceErrors: true}
	root.AddCommand(NewCmds()...)
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.Execute()
	return out.String(), err
}

// TestCommands runs every command on the golden record and proof.
func TestCommands(t *testing.T) {
	dir := t.TempDir()
	var v struct {
		Proofs []struct {
			Name        string
			Proof       string
			Commitments json.RawMessage
			Explanation struct{ Claimed, Exact, Bound string }
		}
	}
	text, err := os.ReadFile("../../../test/vectors/proofs.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil || len(v.Proofs) == 0 {
		t.Fatal("no proofs", err)
	}
	for _, p := range v.Proofs {
		proof, _ := hex.DecodeString(p.Proof)
		file, commitments := filepath.Join(dir, "proof.bin"), filepath.Join(dir, "c.json")
		if err := os.WriteFile(file, proof, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(commitments, p.Commitments, 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := run("referee", "judge", "--proof", file, "--commitments", commitments)
		var e struct{ Claimed, Exact, Bound string }
		if err != nil || json.Unmarshal([]byte(out), &e) != nil || e != p.Explanation {
			t.Errorf("%s: %s %v", p.Name, out, err)
		}
	}
	var r struct {
		Valid []struct{ Name, Record, Root string }
	}
	if text, err = os.ReadFile("../../../test/vectors/records.json"); err != nil || json.Unmarshal(text, &r) != nil {
		t.Fatal("no records", err)
	}
	record, _ := hex.DecodeString(r.Valid[0].Record)
	file := filepath.Join(dir, "program.bin")
	if err := os.WriteFile(file, record, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := run("program", "inspect", file, "--tensors"); err != nil || !strings.Contains(out, r.Valid[0].Root) {
		t.Errorf("%s %v", out, err)
	}
	out, err := run("program", "inspect", file, filepath.Join(dir, "none"), file)
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err == nil || len(lines) != 3 ||
		!strings.Contains(lines[0], r.Valid[0].Root) || !strings.Contains(lines[1], "audit_file") || !strings.Contains(lines[2], r.Valid[0].Root) {
		t.Errorf("%s %v", out, err)
	}
}

// TestScanSeveral: every bundle gets its line, also beside one that cannot be read.
func TestScanSeveral(t *testing.T) {
	text, err := os.ReadFile("../../../test/vectors/traces.json")
	if err != nil {
		t.Fatal(err)
	}
	type tensors struct{ Tensors []struct{ Bytes string } }
	var v struct {
		Traces []struct {
			Record                       string
			Input, Weight, Value, Output tensors
		}
	}
	if err := json.Unmarshal(text, &v); err != nil || len(v.Traces) == 0 {
		t.Fatal("no traces", err)
	}
	good, empty := t.TempDir(), t.TempDir()
	put := func(name, text string) {
		b, err := hex.DecodeString(text)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(good, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(good, name), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	x := v.Traces[0]
	put("program.bin", x.Record)
	for kind, list := range map[string]tensors{"input": x.Input, "weight": x.Weight, "value": x.Value} {
		for i, tensor := range list.Tensors {
			put(filepath.Join(kind, strconv.Itoa(i)+".bin"), tensor.Bytes)
		}
	}
	out, err := run("referee", "scan", good, empty, good, "--move")
	if err == nil || !strings.Contains(err.Error(), "audit_file") {
		t.Errorf("%v", err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, dir := range []string{good, empty, good} {
		var line struct {
			Dir, Error string
			Result     *struct {
				Elements, Faults, Edges uint64
				InsideAcquitted         uint64 `json:"inside_acquitted"`
			}
		}
		if i >= len(lines) || json.Unmarshal([]byte(lines[i]), &line) != nil || line.Dir != dir {
			t.Fatalf("line %d of %q", i, out)
		}
		if (line.Error != "") != (dir == empty) || (line.Result == nil) != (dir == empty) {
			t.Errorf("%+v", line)
		}
		if line.Result != nil && (line.Result.Elements == 0 || line.Result.Faults != 0 || line.Result.Edges == 0 || line.Result.InsideAcquitted != line.Result.Edges) {
			t.Errorf("%+v", line.Result)
		}
	}
}

// TestErrors: wrong arguments and files end with a coded error.
func TestErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		code string
		args []string
	}{
		{"audit_file", []string{"referee", "scan", dir}}, {"audit_argument", []string{"referee", "scan", dir, "--nodes", "x"}},
		{"audit_argument", []string{"referee", "prove", dir, "--kind", "vote"}}, {"audit_argument", []string{"referee", "prove", dir, "--tensor", "x"}},
		{"audit_file", []string{"referee", "judge", "--proof", dir, "--commitments", filepath.Join(dir, "none")}}, {"audit_file", []string{"program", "inspect", filepath.Join(dir, "none")}},
		{"audit_argument", []string{"referee", "reads", dir, "--kind", "format"}}, {"audit_file", []string{"referee", "reads", dir}},
		{"audit_file", []string{"referee", "roots", dir}}, {"required flag", []string{"referee", "judge"}},
		{"required flag", []string{"referee", "spend", dir}}, {"audit_file", []string{"referee", "spend", dir, "--directions", "x", "--out", "y"}},
	} {
		if out, err := run(c.args...); err == nil || !strings.Contains(err.Error(), c.code) {
			t.Errorf("%v: %s %v", c.args, out, err)
		}
	}
}

package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
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
	} {
		if out, err := run(c.args...); err == nil || !strings.Contains(err.Error(), c.code) {
			t.Errorf("%v: %s %v", c.args, out, err)
		}
	}
}

package audit

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// FuzzFiles: whatever roots.json and a commitments file hold, they are read or refused with a code, and what was read of
// roots.json has the program's numbers of tensors.
func FuzzFiles(f *testing.F) {
	dir := writeSample(f)
	f.Add([]byte(`{"weight": ["00"]}`))
	f.Add([]byte(`{"value": null, "input": [""]}`))
	f.Add([]byte(`{"program_root": "", "tolerance_abs": "-1", "constants": {}}`))
	f.Add([]byte(`[`))
	commitments := filepath.Join(f.TempDir(), "commitments.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		var coded *Error
		write(t, filepath.Join(dir, "roots.json"), text)
		b, err := OpenBundle(dir)
		if err != nil && !errors.As(err, &coded) {
			t.Fatalf("roots.json: %v has no code", err)
		}
		for k := program.Input; err == nil && k <= program.Output; k++ {
			if n := uint64(len(b.roots[k])); n != 0 && n != b.Summary.Leaves(k) {
				t.Fatalf("%d roots of %s", n, k)
			}
		}
		if err := os.WriteFile(commitments, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadCommitments(commitments); err != nil && !errors.As(err, &coded) {
			t.Fatalf("commitments: %v has no code", err)
		}
	})
}

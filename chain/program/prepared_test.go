package program

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestPreparedRecords: what TypeScript's prepare derives is what the chain registers, with the same root.
func TestPreparedRecords(t *testing.T) {
	for file, least := range map[string]int{"prepared.json": 80, "prepared-indexing.json": 70, "parts.json": 30, "models.json": 2} {
		data, err := os.ReadFile(filepath.Join("..", "..", "test", "vectors", file))
		if err != nil {
			t.Fatal(err)
		}
		var golden struct {
			Records []struct{ Name, Record, Root string }
		}
		if err := json.Unmarshal(data, &golden); err != nil {
			t.Fatal(err)
		}
		if len(golden.Records) < least {
			t.Fatalf("%s holds %d records, expected at least %d", file, len(golden.Records), least)
		}
		for _, r := range golden.Records {
			record, err := hex.DecodeString(r.Record)
			if err != nil {
				t.Fatal(err)
			}
			summary, err := Validate(record)
			if err != nil {
				t.Errorf("%s: %s: %v", file, r.Name, err)
				continue
			}
			if root := hex.EncodeToString(summary.Root[:]); root != r.Root {
				t.Errorf("%s: %s: root %s, TypeScript says %s", file, r.Name, root, r.Root)
			}
		}
	}
}

package audit

import (
	"path/filepath"
	"strconv"
	"testing"
)

// TestScanFast: the pre-check changes what a scan costs, and nothing that it finds.
func TestScanFast(t *testing.T) {
	dir := writeSample(t)
	if r := scan(t, dir, ScanOptions{Fast: true, Move: true}); !r.Fast || r.Acquitted < r.Elements*9/10 || r.Faults != 0 || r.MovedCaught != 4 || len(r.WorstRatio) != 0 {
		t.Fatalf("%+v", r)
	}
	for i, bits := range []uint32{0x3f000000, 0x7fc00000, 0x7f800000, 0x7f7fffff, 0} {
		for value := range 4 {
			forge(t, filepath.Join(dir, "value", strconv.Itoa(value)+".bin"), 50*i+value, bits)
		}
	}
	for _, first := range []bool{false, true} {
		exact, fast := scan(t, dir, ScanOptions{First: first}), scan(t, dir, ScanOptions{First: first, Fast: true, Workers: 2})
		if exact.Faults == 0 || !first && fast.Acquitted < fast.Elements*9/10 {
			t.Fatalf("%+v", fast)
		}
		if fast.FirstFault == nil || fast.FirstFault.Place != exact.FirstFault.Place {
			t.Fatalf("first fault %+v, exactly %+v", fast.FirstFault, exact.FirstFault)
		}
		if fast.LargestFault.Place != exact.LargestFault.Place {
			t.Fatalf("largest fault %+v, exactly %+v", fast.LargestFault, exact.LargestFault)
		}
		if !first && (fast.Elements != exact.Elements || fast.Faults != exact.Faults || fast.Undecided != exact.Undecided || fast.Malformed != exact.Malformed) {
			t.Fatalf("%+v, exactly %+v", fast, exact)
		}
	}
}

package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

var update = flag.Bool("update", false, "write test/vectors/residual.json anew")

type drawVector struct {
	Randomness string   `json:"randomness"`
	Job        string   `json:"job"`
	Total      string   `json:"total"`
	Drawn      []string `json:"drawn"`
}

// TestDrawElements compares draws with the golden vectors.
func TestDrawElements(t *testing.T) {
	const path = "../../test/vectors/residual.json"
	var got []drawVector
	for _, c := range []struct {
		seed  byte
		job   uint64
		total uint64
	}{{0, 1, 1}, {1, 1, 2}, {1, 2, 2}, {2, 1, 1_000_003}, {3, 1 << 40, math.MaxUint64}, {4, math.MaxUint64, 1 << 32}} {
		var r [32]byte
		for i := range r {
			r[i] = c.seed + byte(i)
		}
		v := drawVector{Randomness: hex.EncodeToString(r[:]), Job: strconv.FormatUint(c.job, 10), Total: strconv.FormatUint(c.total, 10)}
		for _, d := range DrawElements(r, c.job, c.total, 8) {
			if d >= c.total {
				t.Fatalf("%d drawn of %d", d, c.total)
			}
			v.Drawn = append(v.Drawn, strconv.FormatUint(d, 10))
		}
		got = append(got, v)
	}
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		write(t, path, text)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Error("draws differ from test/vectors/residual.json")
	}
}

// TestDrawElementsEvenly: 60,000 draws of six are even within five standard deviations (91 each).
func TestDrawElementsEvenly(t *testing.T) {
	var count [6]int
	for _, d := range DrawElements([32]byte{9}, 7, 6, 60_000) {
		count[d]++
	}
	for i, n := range count {
		if n < 10_000-457 || n > 10_000+457 {
			t.Errorf("%d drawn %d times of 60,000", i, n)
		}
	}
}

// TestResidualOfBundle: an honest trace stays near 1; one forged element that is drawn stands out, and says where it is.
func TestResidualOfBundle(t *testing.T) {
	dir := writeSample(t)
	o := ResidualOptions{Randomness: [32]byte{1}, Job: 3, Count: 4000}
	r, err := open(t, dir).Residual(o)
	if err != nil {
		t.Fatal(err)
	}
	if rms, _ := r.RMS.Float64(); r.Elements == 0 || r.Drawn != 4000 || r.Counted == 0 || rms <= 0 || rms > 3 {
		t.Fatalf("%+v", r)
	}
	forge(t, filepath.Join(dir, "value", "1.bin"), 100, 0x3f000000)
	forged, err := open(t, dir).Residual(o)
	if err != nil {
		t.Fatal(err)
	}
	if most, _ := forged.Max.Float64(); most < 1e4 || forged.Worst == nil || forged.Worst.Node != 1 || forged.Worst.Element >= r.Elements {
		t.Fatalf("%+v", forged)
	}
	for _, count := range []int{0, -1, maxDraws + 1} {
		o.Count = count
		if _, err := open(t, dir).Residual(o); err == nil {
			t.Errorf("%d draws are accepted", count)
		}
	}
	for _, text := range []string{"", "00", "zz" + hex.EncodeToString(make([]byte, 31))} {
		if _, err := ParseRandomness(text); err == nil {
			t.Errorf("randomness %q is accepted", text)
		}
	}
}

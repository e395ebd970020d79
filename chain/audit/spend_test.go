package audit

import (
	"encoding/binary"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// TestSpend: outputs that are moved in random directions hold no fault, and another 4 % of the way beyond them is one.
func TestSpend(t *testing.T) {
	const seed = 31
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	for _, underflow := range []uint32{126, 149} {
		b := open(t, writeSample(t))
		c := referee.DefaultConstants()
		c.Underflow = underflow
		moved, exact := uint64(0), uint64(0)
		for i := range b.Program.Nodes {
			n := &b.Program.Nodes[i]
			for slot := range n.Outputs {
				m, x := spendOne(t, b, rng, uint32(i), uint32(slot), &c)
				moved, exact = moved+m, exact+x
			}
		}
		if moved < 100 {
			t.Errorf("only %d elements moved, %d of them exactly", moved, exact)
		}
	}
}

func spendOne(t *testing.T, b *Bundle, rng *rand.Rand, node, slot uint32, c *referee.Constants) (moved, exact uint64) {
	t.Helper()
	n := &b.Program.Nodes[node]
	out := &n.Outputs[slot]
	if out.Dtype != program.Float32 {
		return 0, 0
	}
	honest, err := b.Data(program.Value, n.First+slot)
	if err != nil {
		t.Fatal(err)
	}
	directions := make([]byte, len(honest))
	for p := range len(directions) / 4 {
		binary.LittleEndian.PutUint32(directions[4*p:], []uint32{0x3f800000, 0xbf800000, 0, 0x80000000}[rng.Intn(4)])
	}
	dir := t.TempDir()
	o := SpendOptions{Node: node, Slot: slot, Directions: filepath.Join(dir, "directions"), Out: filepath.Join(dir, "out"), Workers: 2, Constants: *c}
	write(t, o.Directions, directions)
	r, err := b.Spend(o)
	if err != nil {
		t.Fatal(err)
	}
	spent := read(t, o.Out)
	operands, err := b.operandsOf(n)
	if err != nil {
		t.Fatal(err)
	}
	s, err := referee.NewScanner(n, operands, c)
	if err != nil {
		t.Fatal(err)
	}
	differ := uint64(0)
	for e := range out.Elements() {
		p := uint64(0)
		for i, x := range out.Coordinates(e) {
			p += x * out.Strides()[i]
		}
		was, is, d := binary.LittleEndian.Uint32(honest[4*p:]), binary.LittleEndian.Uint32(spent[4*p:]), binary.LittleEndian.Uint32(directions[4*p:])
		if v := s.Explain(int(slot), e, uint64(is)); v.Fault {
			t.Fatalf("node %d element %d: %+v", node, e, v)
		}
		if d<<1 == 0 {
			if is != was {
				t.Fatalf("node %d element %d moved without a direction", node, e)
			}
			continue
		}
		sign := 1 - 2*int64(d>>31)
		way := sign * (rank(is) - rank(was))
		if way < 0 {
			t.Fatalf("node %d element %d moved the other way, from %x to %x", node, e, was, is)
		}
		if is != was {
			differ++
		}
		further := ranked(rank(is) + sign*max(1, min(way/25, 1<<17)))
		if v := s.Explain(int(slot), e, uint64(further)); !v.Fault && v.Undecided == "" {
			t.Fatalf("node %d (%s) element %d from %x to %x: %x is within too: %+v", node, program.Name(n.Op), e, was, is, further, v)
		}
	}
	if differ != r.Moved || r.Elements != out.Elements() {
		t.Fatalf("%d differ: %+v", differ, r)
	}
	return r.Moved, r.Exact
}

// TestSpendExactly: the referee's own bound moves an element as far as the pre-check's does, and not less.
func TestSpendExactly(t *testing.T) {
	b := open(t, writeSample(t))
	for i := range b.Program.Nodes {
		n := &b.Program.Nodes[i]
		output, err := b.Data(program.Value, n.First)
		operands, err2 := b.operandsOf(n)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		s := spender{node: n, operands: operands, output: append([]byte(nil), output...), scan: ScanOptions{Workers: 1, Constants: referee.DefaultConstants()}}
		wanted, signs, directions := make([]bool, len(output)/4), make([]int8, len(output)/4), make([]byte, len(output))
		for p := range wanted {
			wanted[p], signs[p] = true, int8(1-p%2*2)
			binary.LittleEndian.PutUint32(directions[4*p:], []uint32{0x3f800000, 0xbf800000}[p%2])
		}
		if _, err := s.exactly(wanted, signs); err != nil {
			t.Fatal(err)
		}
		most := s.output
		s.output = append([]byte(nil), output...)
		if err := s.run(directions, &SpendResult{}); err != nil {
			t.Fatal(err)
		}
		for p := range wanted {
			honest, far, near := rank(binary.LittleEndian.Uint32(output[4*p:])), rank(binary.LittleEndian.Uint32(most[4*p:])), rank(binary.LittleEndian.Uint32(s.output[4*p:]))
			if d := int64(signs[p]); d*(far-near) < 0 || d*(near-honest) < 0 || d*(far-near) > max(0, min(d*(far-honest)/32, 1<<17)) {
				t.Fatalf("node %d (%s) place %d: honest %d, exactly %d, by the pre-check %d", i, program.Name(n.Op), p, honest, far, near)
			}
		}
	}
}

// TestSpendRefuses: what does not exist is named.
func TestSpendRefuses(t *testing.T) {
	dir := writeSample(t)
	b, short := open(t, dir), filepath.Join(dir, "short")
	write(t, short, []byte{0})
	for _, c := range []struct {
		o    SpendOptions
		code Code
	}{
		{SpendOptions{Node: 99}, CodeArgument}, {SpendOptions{Slot: 1}, CodeArgument},
		{SpendOptions{Directions: "none"}, CodeFile}, {SpendOptions{Directions: short}, CodeFile},
	} {
		if _, err := b.Spend(c.o); codeOf(err) != c.code {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

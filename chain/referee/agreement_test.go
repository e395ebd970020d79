package referee

import (
	"bytes"
	"errors"
	"math/rand"
	"reflect"
	"slices"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// verdicts counts what agree saw of every operator, so that a test can tell whether an oracle was asked at all.
var verdicts = map[uint32]*struct{ honest, faults, wild int }{}

// agree holds a verdict on an element of node 0 to the auditor's path, and the proof to what the node declares to read. An
// honest element's node is then judged once more on operands of every bit pattern.
func (m *memory) agree(t *testing.T, c *Commitments, a Accusation, v Verdict) {
	t.Helper()
	n := &m.p.Nodes[0]
	rng := rand.New(rand.NewSource(int64(a.Element) + int64(n.Op)<<32))
	seen := verdicts[n.Op]
	if seen == nil {
		seen = &struct{ honest, faults, wild int }{}
		verdicts[n.Op] = seen
	}
	m.sameVerdict(t, c, a, v)
	m.exactReads(t, rng, c, a)
	if v.Fault {
		seen.faults++
		return
	}
	seen.honest++
	wild := m.wild(rng)
	wc, _ := wild.commitments(t)
	p, err := Prove(&wild.p, wild, a)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Judge(wc, p.Encode(), nil)
	if err != nil {
		t.Fatalf("%s element %d of wild operands: %v", v.Op, a.Element, err)
	}
	wild.sameVerdict(t, wc, a, w)
	seen.wild++
}

// scanned is the auditor's verdict on an element.
func (m *memory) scanned(t *testing.T, c *Commitments, a Accusation) Verdict {
	t.Helper()
	n := &m.p.Nodes[a.Node]
	operands := make([][]byte, len(n.Inputs))
	for k := range n.Inputs {
		if o := &n.Inputs[k]; o.Kind != program.None {
			operands[k] = m.data[o.Kind][o.Index]
		}
	}
	s, err := NewScanner(n, operands, &c.Constants)
	if err != nil {
		t.Fatal(err)
	}
	return s.Explain(int(a.Slot), a.Element, s.Bits(int(a.Slot), m.data[program.Value][n.First+a.Slot], a.Element))
}

// sameVerdict: the chain, which sees opened chunks, and the auditor, who sees whole tensors, say the same.
func (m *memory) sameVerdict(t *testing.T, c *Commitments, a Accusation, chain Verdict) {
	t.Helper()
	chain.Node, chain.MACs, chain.Exps, chain.Hashes = 0, 0, 0, 0 // a scanner counts no work
	if s := m.scanned(t, c, a); !equalVerdicts(s, chain) {
		t.Fatalf("the auditor says %+v, the chain %+v", s, chain)
	}
}

func equalVerdicts(a, b Verdict) bool {
	same := slices.Equal(a.Coordinates, b.Coordinates)
	a.Coordinates, b.Coordinates = nil, nil
	return same && reflect.DeepEqual(a, b)
}

// exactReads walks what the node declares to read, element by element: the proof opens the chunks that hold it and no other,
// a proof with a chunk or a tensor more or less is refused, and nothing else that the tensors hold changes the verdict.
func (m *memory) exactReads(t *testing.T, rng *rand.Rand, c *Commitments, a Accusation) {
	t.Helper()
	n := &m.p.Nodes[0]
	proof, err := Prove(&m.p, m, a)
	if err != nil {
		t.Fatal(err)
	}
	out := &n.Outputs[a.Slot]
	at := out.Coordinates(a.Element)
	type tensor struct {
		kind  program.Kind
		index uint32
		t     *program.Tensor
		read  map[uint64]bool // places in memory
	}
	own := tensor{program.Value, n.First + a.Slot, out, map[uint64]bool{positionOf(out, at): true}}
	all := []tensor{}
	for k := range n.Inputs {
		o := &n.Inputs[k]
		if o.Kind == program.None {
			continue
		}
		in := tensor{o.Kind, o.Index, &o.Type, map[uint64]bool{}}
		var b program.Box
		reads := n.Reads(int(a.Slot), at, k, &b)
		if k == 0 && program.Lookup(n.Op).DataDependent() {
			index := newSource(&n.Inputs[1].Type)
			index.data = m.data[n.Inputs[1].Kind][n.Inputs[1].Index]
			var i program.Box
			n.Reads(int(a.Slot), at, 1, &i)
			reads = n.IndexedReads(at, index.integer(boxPosition(&n.Inputs[1].Type, &i)), k, &b)
		}
		if reads {
			everyElement(&b, func(p []uint64) { in.read[positionOf(in.t, p)] = true })
		}
		all = append(all, in)
	}
	opened := 0
	for _, x := range append(slices.Clone(all), own) { // operands are WEIGHTs in ascending order, and VALUEs follow
		chunks := map[uint64]bool{}
		for p := range x.read {
			chunks[p*x.t.Dtype.Width()/merkle.ChunkSize] = true
		}
		if len(chunks) == 0 {
			continue
		}
		if opened >= len(proof.Tensors) || len(proof.Tensors[opened].Chunks) != len(chunks) {
			t.Fatalf("%s element %d: the proof does not open the %d chunks of %s %d that are read", program.Name(n.Op), a.Element, len(chunks), x.kind, x.index)
		}
		sorted := []uint64{}
		for i := range chunks {
			sorted = append(sorted, i)
		}
		slices.Sort(sorted)
		for i, chunk := range sorted {
			data := m.data[x.kind][x.index][chunk*merkle.ChunkSize:]
			if !bytes.Equal(proof.Tensors[opened].Chunks[i], data[:min(len(data), merkle.ChunkSize)]) {
				t.Fatalf("%s element %d: %s %d opens another chunk than %d", program.Name(n.Op), a.Element, x.kind, x.index, chunk)
			}
		}
		opened++
	}
	if opened != len(proof.Tensors) {
		t.Fatalf("%s element %d: %d tensors are opened, %d are read", program.Name(n.Op), a.Element, len(proof.Tensors), opened)
	}
	refusesOtherOpenings(t, c, proof)

	before, poisoned := m.scanned(t, c, a), m.clone()
	for _, x := range all {
		data := slices.Clone(m.data[x.kind][x.index])
		width := x.t.Dtype.Width()
		for p := range x.t.Elements() {
			if !x.read[p] {
				copy(data[p*width:(p+1)*width], wildElement(rng, x.t.Dtype))
			}
		}
		poisoned.data[x.kind][x.index] = data
	}
	if after := poisoned.scanned(t, c, a); !equalVerdicts(before, after) {
		t.Fatalf("%s element %d reads more than it declares: %+v, then %+v", program.Name(n.Op), a.Element, before, after)
	}
}

// refusesOtherOpenings: a chunk or a tensor more or less is an error with a code, never a verdict.
func refusesOtherOpenings(t *testing.T, c *Commitments, p *Proof) {
	t.Helper()
	refused := func(what string, tensors []merkle.Opening) {
		t.Helper()
		q := *p
		q.Tensors = tensors
		v, err := Judge(c, q.Encode(), nil)
		var coded *Error
		if !errors.As(err, &coded) || coded.Code == "" || coded.Code == CodeInternal {
			t.Fatalf("%s: %+v, %v: an error with a code expected", what, v, err)
		}
	}
	for i := range p.Tensors {
		chunks := p.Tensors[i].Chunks
		for what, other := range map[string][][]byte{"a chunk less": chunks[:len(chunks)-1], "a chunk more": append(slices.Clone(chunks), chunks[0])} {
			tensors := slices.Clone(p.Tensors)
			tensors[i].Chunks = other
			refused(what, tensors)
		}
		refused("a tensor less", append(slices.Clone(p.Tensors[:i]), p.Tensors[i+1:]...))
		refused("a tensor more", append(slices.Clone(p.Tensors), p.Tensors[i]))
	}
}

// everyElement calls f for every coordinate list of a box.
func everyElement(b *program.Box, f func(at []uint64)) {
	at := make([]uint64, b.Rank)
	var walk func(i int)
	walk = func(i int) {
		if i == b.Rank {
			f(at)
			return
		}
		for k := range b.Axes[i].Count {
			at[i] = uint64(int64(b.Axes[i].At) + int64(k)*b.Axes[i].Step)
			walk(i + 1)
		}
	}
	walk(0)
}

// wild is the job with operands and claims of node 0 that hold any well-formed bits, infinities and NaN among them.
func (m *memory) wild(rng *rand.Rand) *memory {
	w := m.clone()
	replace := func(k program.Kind, i uint32, t *program.Tensor) {
		var b []byte
		for range t.Elements() {
			b = append(b, wildElement(rng, t.Dtype)...)
		}
		w.data[k][i] = b
	}
	n := &w.p.Nodes[0]
	for k := range n.Inputs {
		if o := &n.Inputs[k]; o.Kind != program.None {
			replace(o.Kind, o.Index, &o.Type)
		}
	}
	for k := range n.Outputs {
		replace(program.Value, n.First+uint32(k), &n.Outputs[k])
	}
	return w
}

// wildElement draws the bytes of a well-formed element: NaNs are canonical, bools 0 or 1, wide integers often small.
func wildElement(rng *rand.Rand, d program.Dtype) []byte {
	x := rng.Uint64()
	switch d {
	case program.Float32:
		x = uint64(pick(rng, anyFloat(rng), ordinary(rng), ordinary(rng), pick(rng, uint32(floatInf), negativeInf, floatNaN)))
	case program.Bool:
		x &= 1
	case program.Int64, program.Int32:
		if rng.Intn(2) == 0 {
			x = uint64(int64(rng.Intn(9) - 4))
		}
	case program.Float16:
		if x&0x7c00 == 0x7c00 {
			x = pick(rng, uint64(0x7c00), 0xfc00, 0x7e00)
		}
	case program.BFloat16:
		if x&0x7f80 == 0x7f80 {
			x = pick(rng, uint64(0x7f80), 0xff80, 0x7fc0)
		}
	}
	b := make([]byte, d.Width())
	for i := range b {
		b[i] = byte(x >> (8 * i))
	}
	return b
}

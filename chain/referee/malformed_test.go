package referee

import (
	"bytes"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// malformed lists every way to spoil an honest or a convicting proof, with the code that it must be refused with.
func malformed(p *Proof) map[string]struct {
	code  Code
	proof []byte
} {
	out := map[string]struct {
		code  Code
		proof []byte
	}{}
	edit := func(name string, code Code, f func(q *Proof)) {
		q := *p
		q.ProgramHashes = append([]merkle.Hash(nil), p.ProgramHashes...)
		q.Tensors = append([]merkle.Opening(nil), p.Tensors...)
		for i := range q.Tensors {
			q.Tensors[i].Chunks = append([][]byte(nil), p.Tensors[i].Chunks...)
			q.Tensors[i].Hashes = append([]merkle.Hash(nil), p.Tensors[i].Hashes...)
		}
		for k := range q.Hashes {
			q.Hashes[k] = append([]merkle.Hash(nil), p.Hashes[k]...)
		}
		f(&q)
		out[name] = struct {
			code  Code
			proof []byte
		}{code, q.Encode()}
	}
	raw := func(name string, code Code, b []byte) {
		out[name] = struct {
			code  Code
			proof []byte
		}{code, b}
	}
	b := p.Encode()
	edit("no kind", CodeKind, func(q *Proof) { q.Kind = 0 })
	edit("an unknown kind", CodeKind, func(q *Proof) { q.Kind = 9 })
	edit("a tensor that is not asked for", CodeKind, func(q *Proof) { q.Tensor = program.Input })
	edit("a node that does not exist", CodePosition, func(q *Proof) { q.Node = 99 })
	edit("another node", CodeRoot, func(q *Proof) { q.Node = 0 })
	edit("an output that does not exist", CodePosition, func(q *Proof) { q.Slot = 1 })
	edit("an element that does not exist", CodePosition, func(q *Proof) { q.Element = 1 << 40 })
	edit("another record", CodeRoot, func(q *Proof) { q.Record = append([]byte(nil), q.Record...); q.Record[1]++ })
	edit("a record that is cut off", CodeRoot, func(q *Proof) { q.Record = q.Record[:len(q.Record)-1] })
	edit("a program hash too many", CodeOpening, func(q *Proof) { q.ProgramHashes = append(q.ProgramHashes, merkle.Hash{}) })
	edit("a program hash too few", CodeOpening, func(q *Proof) { q.ProgramHashes = q.ProgramHashes[1:] })
	edit("a forged program hash", CodeRoot, func(q *Proof) { q.ProgramHashes[0][5] ^= 1 })
	edit("a tensor too many", CodeTensors, func(q *Proof) { q.Tensors = append(q.Tensors, q.Tensors[0]) })
	edit("a tensor too few", CodeTensors, func(q *Proof) { q.Tensors = q.Tensors[1:] })
	edit("tensors out of order", CodeRoot, func(q *Proof) { q.Tensors[0], q.Tensors[1] = q.Tensors[1], q.Tensors[0] })
	edit("a chunk too many", CodeOpening, func(q *Proof) { q.Tensors[0].Chunks = append(q.Tensors[0].Chunks, q.Tensors[0].Chunks[0]) })
	edit("no chunk", CodeOpening, func(q *Proof) { q.Tensors[0].Chunks = nil })
	edit("a short chunk", CodeRoot, func(q *Proof) {
		k := len(q.Tensors) - 1
		q.Tensors[k].Chunks[0] = q.Tensors[k].Chunks[0][:len(q.Tensors[k].Chunks[0])-4]
	})
	edit("a changed chunk", CodeRoot, func(q *Proof) {
		k := len(q.Tensors) - 1
		q.Tensors[k].Chunks[0] = bytes.Clone(q.Tensors[k].Chunks[0])
		q.Tensors[k].Chunks[0][0] ^= 1
	})
	edit("a data hash too many", CodeOpening, func(q *Proof) { q.Tensors[0].Hashes = append(q.Tensors[0].Hashes, merkle.Hash{}) })
	edit("a data hash too few", CodeOpening, func(q *Proof) {
		k := len(q.Tensors) - 1
		q.Tensors[k].Hashes = q.Tensors[k].Hashes[1:]
	})
	edit("a value hash too many", CodeOpening, func(q *Proof) { q.Hashes[program.Value] = append(q.Hashes[program.Value], merkle.Hash{}) })
	edit("a value hash too few", CodeOpening, func(q *Proof) { q.Hashes[program.Value] = q.Hashes[program.Value][1:] })
	edit("a forged value hash", CodeRoot, func(q *Proof) { q.Hashes[program.Value][0][0] ^= 1 })
	edit("a weight hash too few", CodeOpening, func(q *Proof) { q.Hashes[program.Weight] = q.Hashes[program.Weight][1:] })
	edit("hashes of a kind that is not read", CodeOpening, func(q *Proof) { q.Hashes[program.Output] = []merkle.Hash{{}} })
	raw("empty", CodeKind, nil)
	raw("cut off", CodeNotCanonical, b[:len(b)-1])
	raw("an unknown field", CodeNotCanonical, append(bytes.Clone(b), 0x68, 1))
	raw("a default that is written", CodeNotCanonical, append([]byte{8, 0}, b[2:]...))
	raw("fields out of order", CodeNotCanonical, append(bytes.Clone(b), b[:2]...))
	raw("a hash of 31 bytes", CodeNotCanonical, append(bytes.Clone(b), append([]byte{12<<3 | 2, 31}, make([]byte, 31)...)...))
	raw("too large", CodeTooLarge, make([]byte, program.MaxProof+1))
	return out
}

// TestMalformedProofs: a proof that convicts is refused with its reason once anything about it is wrong.
func TestMalformedProofs(t *testing.T) {
	j := sampleJob(5).clone()
	j.poke(program.Value, 1, 200, bits32(7))
	c, _ := j.commitments(t)
	p, err := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: 1, Element: 200})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Judge(c, p.Encode(), nil); err != nil || !v.Fault {
		t.Fatal("the proof does not convict to begin with", err)
	}
	for name, m := range malformed(p) {
		if v, err := Judge(c, m.proof, nil); codeOf(err) != m.code {
			t.Errorf("%s: %v %v, %s expected", name, v.Fault, err, m.code)
		}
	}
	// every single changed byte: refused, or the very same verdict cannot change sides
	b := p.Encode()
	for i := 0; i < len(b); i += 3 {
		q := bytes.Clone(b)
		q[i] ^= 0x10
		if v, err := Judge(c, q, nil); err == nil && !v.Fault {
			t.Fatalf("byte %d: a changed proof is valid and acquits", i)
		}
	}
}

// TestOtherJob: a proof that is true of one job is refused for every other: program, trace, weights or input differ.
func TestOtherJob(t *testing.T) {
	j := sampleJob(6).clone()
	j.poke(program.Value, 1, 200, bits32(7))
	c, _ := j.commitments(t)
	p, _ := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: 1, Element: 200})
	b := p.Encode()
	other, _ := sampleJob(7).commitments(t)
	for name, change := range map[string]func(k *Commitments){
		"another trace":   func(k *Commitments) { k.TraceRoot = other.TraceRoot },
		"other weights":   func(k *Commitments) { k.WeightsRoot = other.WeightsRoot },
		"another program": func(k *Commitments) { k.ProgramRoot[0] ^= 1 },
	} {
		k := *c
		change(&k)
		if _, err := Judge(&k, b, nil); codeOf(err) != CodeRoot {
			t.Errorf("%s: %v", name, err)
		}
	}
	k := *c
	k.HasTrace = false
	if _, err := Judge(&k, b, nil); codeOf(err) != CodeNoTrace {
		t.Errorf("no trace: %v", err)
	}
	k = *c
	k.Constants = Constants{}
	if _, err := Judge(&k, b, nil); codeOf(err) != CodeInternal {
		t.Errorf("no constants: %v", err)
	}
	k = *c
	k.WeightsRoot = merkle.Hash{}
	if _, err := Judge(&k, b, nil); codeOf(err) != CodeNoRoot {
		t.Errorf("no weights: %v", err)
	}
	k = *c
	k.Counts.Values++
	if _, err := Judge(&k, b, nil); err == nil {
		t.Error("another number of values is accepted")
	}
	q, _ := Prove(&j.p, j, Accusation{Kind: OutputLink, Element: 1})
	k = *c
	k.OutputRoot[3] ^= 1
	if _, err := Judge(&k, q.Encode(), nil); codeOf(err) != CodeRoot {
		t.Errorf("another output: %v", err)
	}
}

// TestGatherProofs: an index opened together with data, and without, says where the data is; lies about either are refused.
func TestGatherProofs(t *testing.T) {
	rng := seeded(t, 70)
	data := numbered(rng, program.Float32, []uint64{600, 2}, 1)
	indices := operand{t: program.Tensor{Dtype: program.Int64, Dims: []uint64{2}}, elements: []uint64{500, 600}}
	elements := []uint64{data.elements[1000], data.elements[1001], 1, 2}
	c := nodeCase{op: program.OpGather, inputs: []operand{data, indices}, out: []uint64{2, 2}, attributes: []program.Attribute{attrInts(program.Axis, 0)}}
	m := c.build(t, rng, elements)
	k, _ := m.commitments(t)
	inside, err := Prove(&m.p, m, Accusation{Kind: Arithmetic, Element: 0})
	if err != nil {
		t.Fatal(err)
	}
	outside, err := Prove(&m.p, m, Accusation{Kind: Arithmetic, Element: 2})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*Proof{"inside": inside, "outside": outside} {
		if v, err := Judge(k, p.Encode(), nil); err != nil || v.Fault != (name == "outside") {
			t.Fatalf("%s: %+v %v", name, v, err)
		}
	}
	lie := *inside
	lie.Tensors = inside.Tensors[1:] // data left out, although the index is in range
	if _, err := Judge(k, lie.Encode(), nil); codeOf(err) != CodeTensors && codeOf(err) != CodeOpening && codeOf(err) != CodeChunk {
		t.Errorf("data left out: %v", err)
	}
	lie = *outside
	lie.Tensors = append([]merkle.Opening{inside.Tensors[0]}, outside.Tensors...) // data opened, although nothing is read
	if _, err := Judge(k, lie.Encode(), nil); codeOf(err) != CodeTensors {
		t.Errorf("data opened for an index out of range: %v", err)
	}
	lie = *outside
	lie.Tensors = append([]merkle.Opening(nil), outside.Tensors...)
	forged := append([]byte(nil), lie.Tensors[0].Chunks[0]...)
	forged[8] = 1 // the second index becomes 513, in range
	lie.Tensors[0] = merkle.Opening{Chunks: [][]byte{forged}, Hashes: lie.Tensors[0].Hashes}
	if _, err := Judge(k, lie.Encode(), nil); err == nil {
		t.Error("a forged index is accepted")
	}
}

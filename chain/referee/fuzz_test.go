package referee

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"runtime"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// records are the valid ones of test/vectors.
func records(t testing.TB) (list [][]byte) {
	t.Helper()
	text, err := os.ReadFile("../../test/vectors/records.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Valid []struct{ Record string } }
	if err := json.Unmarshal(text, &v); err != nil || len(v.Valid) == 0 {
		t.Fatal("no records", err)
	}
	for _, r := range v.Valid {
		b, err := hex.DecodeString(r.Record)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// FuzzNodes: every element of whatever record validates is proven and judged without an internal error, within the work that
// is charged before, and as the auditor judges it, on any data.
func FuzzNodes(f *testing.F) {
	for i, b := range records(f) {
		f.Add(b, int64(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, seed int64) {
		s, err := program.Validate(b)
		if err != nil || s.TraceBytes+s.WeightBytes+s.InputBytes > 1<<16 {
			return
		}
		p, err := program.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewSource(seed))
		m := fill(rng, p)
		c := commitmentsOf(m, &s)
		node := rng.Intn(len(p.Nodes))
		n := &p.Nodes[node]
		slot := rng.Intn(len(n.Outputs))
		a := Accusation{Kind: Arithmetic, Node: uint32(node), Slot: uint32(slot), Element: uint64(rng.Int63n(int64(n.Outputs[slot].Elements())))}
		proof, err := Prove(p, m, a)
		if err != nil {
			t.Fatal(err)
		}
		e := proof.Encode()
		v, err := Judge(c, e, nil)
		if err != nil || uint64(len(e)) > s.WorstProof {
			t.Fatalf("%s: %d bytes of %d: %v", program.Name(n.Op), len(e), s.WorstProof, err)
		}
		if scan := m.scanned(t, c, a); scan.Fault != v.Fault || scan.Undecided != v.Undecided || scan.Exact != v.Exact || scan.Ratio != v.Ratio {
			t.Fatalf("the auditor says %+v, the chain %+v", scan, v)
		}
	})
}

// commitmentsOf is memory.commitments for a record that was validated.
func commitmentsOf(m *memory, s *program.Summary) *Commitments {
	root := func(k program.Kind) merkle.Hash {
		r, _ := m.Roots(k)
		return merkle.RootOfRoots(r)
	}
	return &Commitments{ProgramRoot: s.Root, Counts: s.Counts, WeightsRoot: root(program.Weight), InputRoot: root(program.Input), OutputRoot: root(program.Output),
		TraceRoot: root(program.Value), HasTrace: true, Constants: DefaultConstants()}
}

// FuzzMutatedProofs changes the fields of true proofs of every operator's shape, so that mutations reach beyond the decoder:
// refusals carry codes, none is internal, and no change of an honest job's proof convicts.
func FuzzMutatedProofs(f *testing.F) {
	j := sampleJob(1)
	c, _ := j.commitments(f)
	f.Add(uint8(0), uint8(0), uint64(3), uint16(0), uint8(1))
	f.Add(uint8(1), uint8(4), uint64(1)<<40, uint16(7), uint8(255))
	f.Fuzz(func(t *testing.T, node, what uint8, element uint64, at uint16, flip uint8) {
		n := int(node) % len(j.p.Nodes)
		p, err := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: uint32(n), Element: element % j.p.Nodes[n].Outputs[0].Elements()})
		if err != nil {
			t.Fatal(err)
		}
		q, err := DecodeProof(p.Encode()) // a deep copy
		if err != nil {
			t.Fatal(err)
		}
		tensor := &q.Tensors[int(at)%len(q.Tensors)]
		switch what % 8 {
		case 0:
			q.Element = element
		case 1:
			q.Record = append([]byte(nil), q.Record...)
			q.Record[int(at)%len(q.Record)] ^= flip
		case 2:
			chunk := append([]byte(nil), tensor.Chunks[0]...)
			chunk[int(at)%len(chunk)] ^= flip
			tensor.Chunks[0] = chunk
		case 3:
			tensor.Chunks = tensor.Chunks[:int(flip)%(len(tensor.Chunks)+1)]
		case 4:
			tensor.Chunks[0] = tensor.Chunks[0][:int(flip)%(len(tensor.Chunks[0])+1)]
		case 5:
			q.Hashes[1+at%4] = append(q.Hashes[1+at%4], merkle.Hash{flip})
		case 6:
			q.Tensors = append(q.Tensors[:int(at)%len(q.Tensors)], q.Tensors[int(flip)%len(q.Tensors):]...)
		case 7:
			q.Node, q.Slot, q.Kind = uint32(at), uint32(flip), FaultKind(flip%4)
		}
		v, err := Judge(c, q.Encode(), nil)
		var coded *Error
		if err == nil && v.Fault {
			t.Fatalf("an honest job is convicted: %+v", v)
		}
		if err != nil && (!errors.As(err, &coded) || coded.Code == "" || coded.Code == CodeInternal) {
			t.Fatalf("%v: an error with a code expected", err)
		}
	})
}

// FuzzCheckChunk: no chunk makes the check panic, and one that passes holds no malformed element.
func FuzzCheckChunk(f *testing.F) {
	f.Add(uint8(program.Float32), uint64(300), uint64(0), []byte{0, 0, 0xc0, 0x7f})
	f.Add(uint8(program.Bool), uint64(3), uint64(0), []byte{0, 1, 2})
	f.Fuzz(func(t *testing.T, d uint8, extent, index uint64, chunk []byte) {
		x := program.Tensor{Dtype: program.Dtype(d), Dims: []uint64{extent}}
		if x.Check() != nil {
			return
		}
		if err := CheckChunk(&x, index, chunk); err == nil && uint64(len(chunk)) != merkle.ChunkLen(x.Bytes(), index) {
			t.Fatal("a chunk of a wrong length passes")
		}
	})
}

// TestProofsAllocateInProportion: proofs that are all short fields make neither the decoder nor the judge allocate more than
// a multiple of their length.
func TestProofsAllocateInProportion(t *testing.T) {
	const perByte = 256
	j := sampleJob(1)
	c, _ := j.commitments(t)
	true1, err := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: 1, Element: 3})
	if err != nil {
		t.Fatal(err)
	}
	hostile := map[string][]byte{"a true proof": true1.Encode()}
	for field := byte(6); field <= 12; field++ {
		for _, value := range []string{"\x00", "\x02\x0a\x00", "\x04\x0a\x00\x0a\x00", "\xff\xff\xff\xff\x0f"} {
			b := []byte{8, 1}
			for len(b) < program.MaxProof-8 {
				b = append(append(b, field<<3|2), value...)
			}
			hostile[string(rune('a'+field))+value] = b
		}
	}
	for name, b := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Judge(c, b, nil)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > perByte*uint64(len(b))+1<<20 {
			t.Errorf("%q: %d bytes are allocated for %d", name, n, len(b))
		}
	}
}

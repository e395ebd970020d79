package program

import (
	"runtime"
	"testing"
)

// FuzzDecodeNode: what decodes is canonical; a node that passes Check has a bounded proof, and its boxes lie within its
// operands wherever an element is asked for.
func FuzzDecodeNode(f *testing.F) {
	for _, name := range sampleNames {
		p, err := Decode(samples()[name])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Header.Encode(), uint64(0))
		for i := range p.Nodes {
			f.Add(p.Nodes[i].Encode(), uint64(i))
		}
	}
	counts := Counts{Inputs: 64, Weights: 64, Values: 64, Nodes: 64, Outputs: 64}
	f.Fuzz(func(t *testing.T, b []byte, element uint64) {
		if h, err := DecodeHeader(b); err == nil {
			if string(h.Encode()) != string(b) {
				t.Fatal("a header decodes, but is not canonical")
			}
			_ = h.Check()
		}
		n, err := DecodeNode(b)
		if err != nil {
			return
		}
		if string(n.Encode()) != string(b) {
			t.Fatal("a node decodes, but is not canonical")
		}
		info, err := n.Check(len(b), &counts)
		if err != nil {
			return
		}
		if info.Proof > MaxProof {
			t.Fatalf("accepted with a proof of %d bytes", info.Proof)
		}
		if w := n.WorkOf(); w.MACs == 0 || w.MACs > MaxProof || w.Exponentials > MaxProof {
			t.Fatalf("judging an element is charged as %+v", w)
		}
		for slot := range n.Outputs {
			out := &n.Outputs[slot]
			at := out.Coordinates(element % out.Elements())
			for k := range n.Inputs {
				var box Box
				if n.Reads(slot, at, k, &box) {
					within(t, &n, k, &box)
				}
				for _, index := range []int64{0, -1, int64(element), -1 << 63, 1<<63 - 1} {
					if n.Inputs[k].Kind != None && Lookup(n.Op).DataDependent() && k == 0 && n.IndexedReads(at, index, k, &box) {
						within(t, &n, k, &box)
					}
				}
			}
		}
	})
}

// within: both ends of every axis of a box lie in the operand.
func within(t *testing.T, n *Node, k int, b *Box) {
	t.Helper()
	d := n.Inputs[k].Type.Dims
	if b.Rank != len(d) {
		t.Fatalf("%s: a box of rank %d in operand %d of rank %d", Name(n.Op), b.Rank, k, len(d))
	}
	for i := range d {
		s := b.Axes[i]
		if s.Count == 0 {
			continue
		}
		last := int64(s.At) + int64(s.Count-1)*s.Step
		if s.At >= d[i] || last < 0 || uint64(last) >= d[i] || s.Count > d[i] {
			t.Fatalf("%s: operand %d %v is read at %+v of axis %d", Name(n.Op), k, d, s, i)
		}
	}
}

// allocated is how many bytes f allocates, others' work included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestDecodingAllocatesInProportion: records that are all short fields make no decoder allocate more than a multiple of
// their length: there is no length that a few bytes can announce.
func TestDecodingAllocatesInProportion(t *testing.T) {
	const perByte = 256
	hostile := map[string][]byte{"the largest record": dearest()}
	for field := byte(1); field < 16; field++ {
		for _, value := range []string{"\x00", "\x02\x0a\x00", "\x02\x12\x00", "\x02\x1a\x00", "\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
			var b []byte
			for len(b) < MaxRecord-16 {
				b = append(append(b, field<<3|2), value...)
			}
			hostile[string(rune('a'+field))+value] = b
		}
	}
	for name, b := range hostile {
		for what, decode := range map[string]func(){
			"Decode": func() { _, _ = Decode(b) }, "DecodeNode": func() { _, _ = DecodeNode(b) }, "DecodeHeader": func() { _, _ = DecodeHeader(b) }, "Validate": func() { _, _ = Validate(b) },
		} {
			if n := allocated(decode); n > perByte*uint64(len(b))+1<<20 {
				t.Errorf("%s of %q: %d bytes are allocated for %d", what, name, n, len(b))
			}
		}
	}
}

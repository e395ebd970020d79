package program

import (
	"encoding/hex"
	"errors"
	"math/rand"
	"testing"
)

type summaryVector struct {
	Inputs       uint32 `json:"inputs"`
	Weights      uint32 `json:"weights"`
	Values       uint32 `json:"values"`
	Nodes        uint32 `json:"nodes"`
	Outputs      uint32 `json:"outputs"`
	MACs         uint64 `json:"macs"`
	Exponentials uint64 `json:"exponentials"`
	ElementsRead uint64 `json:"elements_read"`
	WeightBytes  uint64 `json:"weight_bytes"`
	InputBytes   uint64 `json:"input_bytes"`
	OutputBytes  uint64 `json:"output_bytes"`
	TraceBytes   uint64 `json:"trace_bytes"`
	Depth        uint32 `json:"depth"`
	WorstProof   uint64 `json:"worst_proof"`
	WorstNode    int32  `json:"worst_node"`
	Quantised    bool   `json:"quantised"`
}

type validVector struct {
	Name    string        `json:"name"`
	Record  string        `json:"record"`
	Root    string        `json:"root"`
	Summary summaryVector `json:"summary"`
}

type invalidVector struct {
	Name   string `json:"name"`
	Record string `json:"record"`
	Code   Code   `json:"code"`
	Node   int    `json:"node"`
}

func vectorOf(s Summary) summaryVector {
	return summaryVector{s.Inputs, s.Weights, s.Values, s.Nodes, s.Outputs, s.MACs, s.Exponentials, s.ElementsRead, s.WeightBytes, s.InputBytes,
		s.OutputBytes, s.TraceBytes, s.Depth, s.WorstProof, s.WorstNode, s.Quantised}
}

// change decodes a record, changes it, and encodes it again.
func change(t *testing.T, record []byte, f func(p *Program)) []byte {
	p, err := Decode(record)
	if err != nil {
		t.Fatal(err)
	}
	f(p)
	return p.Encode()
}

// insert puts bytes into a record at a place.
func insert(b []byte, at int, what ...byte) []byte {
	return append(append(append([]byte(nil), b[:at]...), what...), b[at:]...)
}

func invalidRecords(t *testing.T) []invalidVector {
	add, conv, att := sampleAdd(), sampleConv(), sampleAttention()
	edit := func(b []byte, f func(p *Program)) []byte { return change(t, b, f) }
	type c struct {
		name string
		b    []byte
		code Code
		node int
	}
	var cases []c
	put := func(name string, code Code, node int, b []byte) { cases = append(cases, c{name, b, code, node}) }

	put("empty", CodeNotCanonical, -1, nil)
	put("cut off", CodeNotCanonical, -1, add[:len(add)-1])
	put("unknown field of the program", CodeNotCanonical, -1, append(append([]byte(nil), add...), 0x1a, 0))
	put("two headers", CodeNotCanonical, -1, append(append([]byte(nil), add[:2+add[1]]...), add...))
	put("a node before the header", CodeNotCanonical, -1, append(append([]byte(nil), add[2+add[1]:]...), add[:2+add[1]]...))
	header := append([]byte(nil), add...)
	header[1] += 2
	put("unknown field of the header", CodeNotCanonical, -1, insert(header, 2+int(add[1]), 0x38, 1))
	put("a varint that is not minimal", CodeNotCanonical, -1, append([]byte{add[0], 0x80 | add[1], 0}, add[2:]...))
	put("version 2", CodeHeader, -1, edit(add, func(p *Program) { p.Header.Version = 2 }))
	put("no outputs", CodeHeader, -1, edit(add, func(p *Program) { p.Header.Outputs = nil }))
	put("a node too many in the counts", CodeCounts, -1, edit(add, func(p *Program) { p.Header.Nodes++; p.Header.Values++ }))
	put("a value too many in the counts", CodeCounts, -1, edit(add, func(p *Program) { p.Header.Values++ }))
	put("a duplicated node", CodeCounts, -1, edit(add, func(p *Program) { p.Nodes = append(p.Nodes, p.Nodes[0]) }))
	put("a duplicated node that is counted", CodeOrder, 1, edit(add, func(p *Program) {
		p.Nodes = append(p.Nodes, p.Nodes[0])
		p.Header.Nodes, p.Header.Values = 2, 2
	}))
	put("a value that shadows another", CodeOrder, 2, edit(conv, func(p *Program) { p.Nodes[2].First = 1 }))
	put("an unread weight", CodeCounts, -1, edit(add, func(p *Program) { p.Header.Weights = append(p.Header.Weights, row(Float32, 3)) }))
	put("weights out of order", CodeOrder, 1, edit(conv, func(p *Program) {
		n := &p.Nodes[1]
		n.Inputs[1].Index, n.Inputs[2].Index = 1, 0
		p.Header.Weights[0], p.Header.Weights[1] = p.Header.Weights[1], p.Header.Weights[0]
	}))
	put("a dead node", CodeDead, 0, edit(add, func(p *Program) {
		second := p.Nodes[0]
		second.First = 1
		p.Nodes = append(p.Nodes, second)
		p.Header.Nodes, p.Header.Values, p.Header.Outputs[0].Index = 2, 2, 1
	}))
	put("a forward reference", CodeReference, 0, edit(add, func(p *Program) {
		p.Nodes[0].Inputs[0] = Operand{Kind: Value, Index: 0, Type: row(Float32, 2, 3), Typed: true}
	}))
	put("an input that does not exist", CodeReference, 0, edit(add, func(p *Program) { p.Nodes[0].Inputs[0].Index = 1 }))
	put("an OUTPUT as operand", CodeReference, 0, edit(add, func(p *Program) { p.Nodes[0].Inputs[0].Kind = Output }))
	put("an output that is an input", CodeReference, -1, edit(add, func(p *Program) { p.Header.Outputs[0].Kind = Input }))
	put("an obligatory operand that is absent", CodeReference, 0, edit(add, func(p *Program) { p.Nodes[0].Inputs[0] = Operand{} }))
	put("an absent operand at the end", CodeReference, 1, edit(conv, func(p *Program) { p.Nodes[1].Inputs[2] = Operand{} }))
	put("an operand of another type", CodeOperandType, 0, edit(add, func(p *Program) { p.Nodes[0].Inputs[0].Type.Dims[1] = 4 }))
	put("an operand without type", CodeOperandType, 0, edit(add, func(p *Program) { p.Nodes[0].Inputs[0].Typed = false }))
	put("an unknown operator", CodeOperator, 0, edit(add, func(p *Program) { p.Nodes[0].Op = 200 }))
	put("operator 0, which is none", CodeOperator, 0, edit(add, func(p *Program) { p.Nodes[0].Op = 0 }))
	put("a third operand of Add", CodeArity, 0, edit(add, func(p *Program) { p.Nodes[0].Inputs = append(p.Nodes[0].Inputs, p.Nodes[0].Inputs[1]) }))
	put("two outputs of Add", CodeArity, 0, edit(add, func(p *Program) {
		p.Nodes[0].Outputs = append(p.Nodes[0].Outputs, p.Nodes[0].Outputs[0])
		p.Header.Values = 2
	}))
	put("an attribute of Add", CodeAttribute, 0, edit(add, func(p *Program) { p.Nodes[0].Attributes = attributes(ints(Axis, 1)) }))
	put("a missing attribute", CodeAttribute, 1, edit(conv, func(p *Program) { p.Nodes[1].Attributes = p.Nodes[1].Attributes[1:] }))
	put("a duplicated attribute", CodeAttribute, 1, edit(conv, func(p *Program) {
		p.Nodes[1].Attributes = append([]Attribute{p.Nodes[1].Attributes[0]}, p.Nodes[1].Attributes...)
	}))
	put("attributes out of order", CodeAttribute, 1, edit(conv, func(p *Program) {
		a := p.Nodes[1].Attributes
		a[0], a[1] = a[1], a[0]
	}))
	put("an attribute that is not finite", CodeAttribute, 2, edit(conv, func(p *Program) { p.Nodes[2].Attributes[0].Floats[0] = 0x7fc00000 }))
	put("an epsilon of zero", CodeAttribute, 2, edit(conv, func(p *Program) { p.Nodes[2].Attributes[0].Floats[0] = 0 }))
	put("limits that cross", CodeAttribute, 3, edit(conv, func(p *Program) {
		a := p.Nodes[3].Attributes
		a[0].Floats, a[1].Floats = a[1].Floats, a[0].Floats
	}))
	put("an exponent that is not judged", CodeAttribute, 9, edit(att, func(p *Program) { p.Nodes[9].Attributes[0].Floats[0] = 0x40800000 }))
	put("an axis out of range", CodeAttribute, 1, edit(att, func(p *Program) { p.Nodes[1].Attributes[0].Ints[0] = 3 }))
	put("an unknown dtype", CodeDtype, -1, edit(add, func(p *Program) { p.Header.Inputs[0].Dtype = 11 }))
	put("a dtype that Add is not judged for", CodeDtype, 0, edit(add, func(p *Program) {
		p.Header.Inputs[0].Dtype, p.Header.Weights[0].Dtype, p.Header.Outputs[0].Type.Dtype = Float16, Float16, Float16
		n := &p.Nodes[0]
		n.Inputs[0].Type.Dtype, n.Inputs[1].Type.Dtype, n.Outputs[0].Dtype = Float16, Float16, Float16
	}))
	put("no elements", CodeExtent, -1, edit(add, func(p *Program) { p.Header.Inputs[0].Dims = []uint64{2, 0} }))
	put("rank 9", CodeExtent, -1, edit(add, func(p *Program) { p.Header.Inputs[0].Dims = []uint64{1, 1, 1, 1, 1, 1, 1, 1, 1} }))
	put("more than 2^40 bytes", CodeExtent, -1, edit(add, func(p *Program) { p.Header.Inputs[0].Dims = []uint64{1 << 30, 1 << 30} }))
	put("a layout that moves nothing", CodeLayout, 0, edit(conv, func(p *Program) {
		p.Nodes[0].Outputs[0] = laid(Axis1Last, Float32, 1, 3, 1, 1)
		p.Nodes[1].Inputs[0].Type = p.Nodes[0].Outputs[0]
	}))
	put("an input that is not row-major", CodeLayout, -1, edit(add, func(p *Program) { p.Header.Inputs[0].Layout = Swapped }))
	put("a Relayout that moves nothing", CodeLayout, 0, edit(conv, func(p *Program) { p.Nodes[0].Outputs[0].Layout = Row }))
	put("a wrong output shape", CodeShape, 0, edit(add, func(p *Program) { p.Nodes[0].Outputs[0].Dims = []uint64{2, 4} }))
	put("a wrong convolution", CodeShape, 1, edit(conv, func(p *Program) { p.Nodes[1].Outputs[0].Dims[3] = 6 }))
	put("Gather of one tensor by itself", CodeReference, 0, func() []byte {
		var g graphBuilder
		x := g.input(row(Int64, 4))
		return g.record(g.node(OpGather, attributes(ints(Axis, 0)), list(x, x), row(Int64, 4))...)
	}())
	put("a proof that does not fit", CodeProofSize, 0, func() []byte {
		var g graphBuilder
		x, w := g.input(row(Float32, 1, 512)), g.weight(row(Float32, 512, 512))
		return g.record(g.node(OpMatMul, nil, list(x, w), row(Float32, 1, 512))...)
	}())
	put("a linear Resize", CodeAttribute, 6, edit(conv, func(p *Program) { p.Nodes[6].Attributes[1].Ints[0] = 5 }))
	var out []invalidVector
	for _, c := range cases {
		out = append(out, invalidVector{c.name, hexOf(c.b), c.code, c.node})
	}
	return out
}

// TestRecords: every sample validates, re-encodes to its bytes, and every broken record is refused for its reason.
func TestRecords(t *testing.T) {
	var v struct {
		Note    string          `json:"note"`
		Valid   []validVector   `json:"valid"`
		Invalid []invalidVector `json:"invalid"`
	}
	v.Note = "record bytes in hexadecimal; worst_node -1 is the header; node -1 of a refusal is the header or the framing"
	for _, name := range sampleNames {
		b := samples()[name]
		s, err := Validate(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p, err := Decode(b)
		if err != nil || string(p.Encode()) != string(b) {
			t.Fatalf("%s does not re-encode to its bytes: %v", name, err)
		}
		v.Valid = append(v.Valid, validVector{name, hexOf(b), hex.EncodeToString(s.Root[:]), vectorOf(s)})
	}
	for _, c := range invalidRecords(t) {
		b, _ := hex.DecodeString(c.Record)
		_, err := Validate(b)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: accepted, or no *Error: %v", c.Name, err)
			continue
		}
		if e.Code != c.Code || e.Node != c.Node {
			t.Errorf("%s: %v (node %d), %s of node %d expected", c.Name, err, e.Node, c.Code, c.Node)
		}
		v.Invalid = append(v.Invalid, c)
	}
	golden(t, "records.json", v)
}

func TestTooLarge(t *testing.T) {
	var e *Error
	if _, err := Validate(make([]byte, MaxRecord+1)); !errors.As(err, &e) || e.Code != CodeTooLarge {
		t.Fatal(err)
	}
}

// TestMutations: a changed byte is refused, or means another valid record that re-encodes to its bytes. Nothing panics.
func TestMutations(t *testing.T) {
	const seed = 7
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	refused, accepted := 0, 0
	for _, name := range sampleNames {
		b := samples()[name]
		for i := range b {
			for _, x := range []byte{1, 2, 4, 0x80, 0xff, byte(rng.Intn(255) + 1)} {
				c := append([]byte(nil), b...)
				c[i] ^= x
				if _, err := Validate(c); err != nil {
					refused++
					continue
				}
				accepted++
				if p, err := Decode(c); err != nil || string(p.Encode()) != string(c) {
					t.Fatalf("%s: byte %d ^ %02x is accepted but not canonical", name, i, x)
				}
			}
			if _, err := Validate(b[:i]); err == nil {
				t.Fatalf("%s cut off at %d is accepted", name, i)
			}
		}
	}
	t.Log(refused, "refused,", accepted, "accepted")
	if refused < 10*accepted {
		t.Error("suspiciously many changes are accepted")
	}
}

func FuzzValidate(f *testing.F) {
	for _, name := range sampleNames {
		f.Add(samples()[name])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Validate(b)
		if err != nil {
			return
		}
		if p, err := Decode(b); err != nil || string(p.Encode()) != string(b) {
			t.Fatal("accepted but not canonical")
		}
		if s.WorstProof > MaxProof {
			t.Fatal("accepted with a proof too large")
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	r := sampleConv()
	b.SetBytes(int64(len(r)))
	for b.Loop() {
		if _, err := Validate(r); err != nil {
			b.Fatal(err)
		}
	}
}

// dearest is the record that takes longest to validate that we know: Adds of rank-8 tensors, until MaxRecord.
func dearest() []byte {
	var g graphBuilder
	x := g.input(row(Float32, 2, 2, 2, 2, 2, 2, 2, 2))
	last := x
	for size := 0; size < MaxRecord-300; {
		n := g.node(OpAdd, nil, list(last, x), row(Float32, 2, 2, 2, 2, 2, 2, 2, 2))
		size += 3 + len(g.p.Nodes[len(g.p.Nodes)-1].Encode())
		last = n[0]
	}
	return g.record(last)
}

// TestDearest: the largest record validates, and its depth is its length.
func TestDearest(t *testing.T) {
	b := dearest()
	s, err := Validate(b)
	if err != nil || len(b) < MaxRecord*49/50 || s.Depth != s.Nodes {
		t.Fatalf("%d bytes, %d nodes, depth %d: %v", len(b), s.Nodes, s.Depth, err)
	}
}

func BenchmarkDearest(b *testing.B) {
	r := dearest()
	b.SetBytes(int64(len(r)))
	for b.Loop() {
		if _, err := Validate(r); err != nil {
			b.Fatal(err)
		}
	}
}

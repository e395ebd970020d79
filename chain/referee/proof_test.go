package referee

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// TestHonestJob: every element of every node of an honest job is acquitted through whole proofs.
func TestHonestJob(t *testing.T) {
	j := sampleJob(1)
	c, s := j.commitments(t)
	for n := range j.p.Nodes {
		for e := uint64(0); e < j.p.Nodes[n].Outputs[0].Elements(); e += 13 {
			v, b := j.judged(t, c, Accusation{Kind: Arithmetic, Node: uint32(n), Element: e})
			if v.Fault || v.Undecided != Decided || v.Node != uint32(n) || v.Element != e {
				t.Fatalf("node %d element %d: %+v", n, e, v)
			}
			if uint64(len(b)) > s.WorstProof {
				t.Fatalf("a proof of %d bytes, %d at most expected", len(b), s.WorstProof)
			}
		}
	}
}

// TestForgedValue: one moved element convicts at its node and at no other; the verdict explains itself.
func TestForgedValue(t *testing.T) {
	j := sampleJob(1).clone()
	j.poke(program.Value, 1, 100, bits32(f32(uint32(elementOf(j, 1, 100)))+0.01))
	c, _ := j.commitments(t)
	v, _ := j.judged(t, c, Accusation{Kind: Arithmetic, Node: 1, Element: 100})
	if !v.Fault || v.Op != "Conv" || v.Terms != 19 || v.MACs != 19 || v.Hashes == 0 || len(v.Coordinates) != 4 {
		t.Fatalf("%+v", v)
	}
	if v, _ := j.judged(t, c, Accusation{Kind: Arithmetic, Node: 1, Element: 101}); v.Fault {
		t.Fatal("a neighbour is convicted")
	}
	if v, _ := j.judged(t, c, Accusation{Kind: Arithmetic, Node: 2, Element: 100}); !v.Fault {
		t.Fatal("the next node does not follow from the forged value")
	}
}

func elementOf(j *memory, value uint32, e uint64) uint64 {
	n := &j.p.Nodes[value]
	return element(j.data[program.Value][value], positionOf(&n.Outputs[0], n.Outputs[0].Coordinates(e)), 4)
}

// TestOutputLink: the committed output against the worker's own trace, at the edges of the signed tolerance.
func TestOutputLink(t *testing.T) {
	for _, c := range []struct {
		name     string
		trace, y uint32
		abs, rel int64
		fault    bool
	}{
		{"equal", bits32(3), bits32(3), 0, 0, false},
		{"one ulp without tolerance", bits32(3), bits32(3) + 1, 0, 0, true},
		{"at the absolute edge", bits32(0), bits32(0.5), 5e17, 0, false},
		{"beyond the absolute edge", bits32(0), bits32(0.5) + 1, 5e17, 0, true},
		{"at the relative edge", bits32(4), bits32(5), 0, 25e16, false},
		{"relative to the trace, not to the output", bits32(5), bits32(4), 0, 199e15, true},
		{"both zeros", 0, 1 << 31, 0, 0, false},
		{"two NaNs", floatNaN, floatNaN, 0, 0, false},
		{"NaN against a number", bits32(1), floatNaN, 1e18, 1e18, true},
		{"equal infinities", floatInf, floatInf, 0, 0, false},
		{"infinity against the largest number", floatInf, floatMax, 1e18, 1e18, true},
		{"a number against infinity", floatMax, floatInf, 1e18, 1e18, true},
	} {
		j := sampleJob(2).clone()
		j.poke(program.Value, 3, 77, c.trace)
		j.poke(program.Output, 0, 77, c.y)
		k, s := j.commitments(t)
		k.ToleranceAbs, k.ToleranceRel = big.NewInt(c.abs), big.NewInt(c.rel)
		v, b := j.judged(t, k, Accusation{Kind: OutputLink, Element: 77})
		if v.Fault != c.fault {
			t.Errorf("%s: %+v", c.name, v)
		}
		if uint64(len(b)) > s.WorstProof {
			t.Errorf("a proof of %d bytes, %d at most expected", len(b), s.WorstProof)
		}
	}
	j := sampleJob(2)
	k, _ := j.commitments(t)
	k.ToleranceAbs, k.ToleranceRel = nil, nil
	if v, _ := j.judged(t, k, Accusation{Kind: OutputLink, Element: 5}); v.Fault {
		t.Error("no tolerance is zero tolerance")
	}
}

// TestOutputIntegers: whatever was signed, an integer output is the trace's own.
func TestOutputIntegers(t *testing.T) {
	s := &session{c: &Commitments{ToleranceAbs: big.NewInt(5e18), ToleranceRel: big.NewInt(1e15)}}
	for _, d := range []program.Dtype{program.Int64, program.Int32, program.Int8, program.Uint8, program.Bool} {
		for _, c := range []struct {
			y, trace uint64
			fault    bool
		}{{1, 1, false}, {0, 0, false}, {1, 0, true}, {0, 1, true}} {
			var v Verdict
			if s.compareOutput(&v, d, c.y, c.trace); v.Fault != c.fault {
				t.Errorf("%s: %d for %d: %+v", d, c.y, c.trace, v)
			}
		}
	}
	var v Verdict
	if s.compareOutput(&v, program.Int64, 50001, 50000); !v.Fault {
		t.Errorf("%+v", v)
	}
	if s.compareOutput(&v, program.Float32, uint64(bits32(50001)), uint64(bits32(50000))); v.Fault {
		t.Errorf("floats keep their tolerance: %+v", v)
	}
}

// TestFormat: every malformation of a committed chunk, for every kind of tensor, and that a sound chunk is none.
func TestFormat(t *testing.T) {
	j := sampleJob(3)
	whole := func(k program.Kind) []byte { return j.data[k][0][:1024] }
	nonCanonical := append([]byte(nil), whole(program.Input)...)
	copy(nonCanonical[100:], []byte{1, 0, 0xc0, 0x7f})
	negativeNaN := append([]byte(nil), whole(program.Input)...)
	copy(negativeNaN[4:], []byte{0, 0, 0xc0, 0xff})
	canonicalNaN := append([]byte(nil), whole(program.Input)...)
	copy(canonicalNaN[4:], []byte{0, 0, 0xc0, 0x7f})
	for _, kind := range []program.Kind{program.Input, program.Value, program.Output} {
		for name, c := range map[string]struct {
			bytes []byte
			fault bool
		}{"sound": {whole(kind), false}, "short": {whole(kind)[:1023], true}, "empty": {nil, true}, "long": {append(bytes.Clone(whole(kind)), 0), true},
			"NaN with a payload": {nonCanonical, true}, "NaN with a sign": {negativeNaN, true}, "the canonical NaN": {canonicalNaN, false}} {
			r := &rawTensors{memory: j, kind: kind, index: 0, chunk: 0, bytes: c.bytes}
			commitments, proof := r.forge(t, Accusation{Kind: Format, Tensor: kind})
			v, err := Judge(commitments, proof, nil)
			if err != nil || v.Fault != c.fault {
				t.Errorf("%s chunk of %s: %+v %v", name, kind, v, err)
			}
		}
	}
	// an operand in a malformed chunk is no operand: the proof must be one of FORMAT
	r := &rawTensors{memory: j, kind: program.Input, chunk: 0, bytes: whole(program.Input)[:1000]}
	commitments, proof := r.forge(t, Accusation{Kind: Arithmetic, Node: 0, Element: 0})
	if _, err := Judge(commitments, proof, nil); codeOf(err) != CodeChunk {
		t.Errorf("a short operand: %v", err)
	}
}

func codeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestCheckChunk covers the dtypes that the job has not.
func TestCheckChunk(t *testing.T) {
	tensor := func(d program.Dtype, n uint64) *program.Tensor { return &program.Tensor{Dtype: d, Dims: []uint64{n}} }
	for _, c := range []struct {
		t     *program.Tensor
		index uint64
		bytes []byte
		ok    bool
	}{
		{tensor(program.Bool, 3), 0, []byte{0, 1, 1}, true}, {tensor(program.Bool, 3), 0, []byte{0, 2, 1}, false}, {tensor(program.Bool, 3), 0, []byte{0, 1}, false},
		{tensor(program.Bool, 3), 1, nil, true}, {tensor(program.Bool, 3), 1, []byte{0}, false},
		{tensor(program.Float16, 2), 0, []byte{0, 0x7e, 0, 0x7c}, true}, {tensor(program.Float16, 2), 0, []byte{1, 0x7e, 0, 0x7c}, false}, {tensor(program.Float16, 1), 0, []byte{0, 0xfe}, false},
		{tensor(program.BFloat16, 1), 0, []byte{0xc0, 0x7f}, true}, {tensor(program.BFloat16, 1), 0, []byte{0xc1, 0x7f}, false}, {tensor(program.BFloat16, 1), 0, []byte{0x80, 0xff}, true},
		{tensor(program.Int8, 2), 0, []byte{0xff, 0x80}, true}, {tensor(program.Int64, 129), 1, make([]byte, 8), true}, {tensor(program.Int64, 129), 0, make([]byte, 1032), false},
	} {
		if err := CheckChunk(c.t, c.index, c.bytes); (err == nil) != c.ok {
			t.Errorf("%s chunk %d %x: %v", c.t.Dtype, c.index, c.bytes, err)
		}
	}
}

// TestOpenings: what MsgOpenInput and MsgOpenWeight prove.
func TestOpenings(t *testing.T) {
	run := func(kind program.Kind, index uint32, bits uint32, a Accusation) (Verdict, error) {
		j := sampleJob(4).clone()
		j.poke(kind, index, 3, bits)
		c, _ := j.commitments(t)
		c.HasTrace, c.OutputRoot = false, merkle.Hash{} // before anything is committed
		a.Kind, a.Tensor = Format, kind
		p, err := Prove(&j.p, j, a)
		if err != nil {
			t.Fatal(err)
		}
		return JudgeOpening(c, p.Encode(), nil)
	}
	conv, header := Accusation{Node: 1, Slot: 1, ByNode: true}, Accusation{}
	for i, c := range []struct {
		bits  uint32
		a     Accusation
		fault bool
	}{{bits32(1), header, false}, {floatNaN, header, true}, {0x7fc00001, header, true}, {floatInf, header, true}, {negativeInf, header, false}, {negativeInf, conv, true}, {bits32(1), conv, false}} {
		if v, err := run(program.Weight, 0, c.bits, c.a); err != nil || v.Fault != c.fault {
			t.Errorf("weight, case %d: %+v %v", i, v, err)
		}
	}
	if v, err := run(program.Input, 0, floatInf, header); err != nil || !v.Fault {
		t.Errorf("an infinite input: %+v %v", v, err)
	}
	if v, err := run(program.Input, 0, negativeInf, Accusation{ByNode: true}); err != nil || !v.Fault {
		t.Errorf("an input of minus infinity that a Relayout reads: %+v %v", v, err)
	}
	if v, err := run(program.Weight, 2, negativeInf, Accusation{Node: 3, Slot: 1, ByNode: true}); err != nil || v.Fault {
		t.Errorf("Add may read minus infinity: %+v %v", v, err)
	}
	j := sampleJob(4)
	c, _ := j.commitments(t)
	p, _ := Prove(&j.p, j, Accusation{Kind: Format, Tensor: program.Output})
	if _, err := JudgeOpening(c, p.Encode(), nil); codeOf(err) != CodeKind {
		t.Errorf("an OUTPUT: %v", err)
	}
	p, _ = Prove(&j.p, j, Accusation{Kind: Format, Tensor: program.Weight, Node: 1, Slot: 1, ByNode: true})
	p.Slot = 0
	if _, err := JudgeOpening(c, p.Encode(), nil); codeOf(err) != CodePosition {
		t.Errorf("an operand that is no WEIGHT: %v", err)
	}
	if _, err := Prove(&j.p, j, Accusation{Kind: Format, Tensor: program.Weight, Node: 1, Slot: 0, ByNode: true}); codeOf(err) != CodePosition {
		t.Errorf("proving by an operand that is no WEIGHT: %v", err)
	}
}

// TestMeter: the meter is asked before the work, adds up to what the explanation says, and can stop the judgement.
func TestMeter(t *testing.T) {
	j := sampleJob(8)
	c, _ := j.commitments(t)
	for node := range uint32(4) {
		p, _ := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: node, Element: 50})
		var spent [3]uint64
		v, err := Judge(c, p.Encode(), func(k Work, n uint64) error { spent[k] += n; return nil })
		if err != nil || spent != [3]uint64{v.MACs, v.Exps, v.Hashes} || v.MACs == 0 || v.Hashes < 17 {
			t.Fatalf("node %d: spent %v, %+v %v", node, spent, v, err)
		}
		if node == 2 && v.Exps != 1 {
			t.Fatalf("Sigmoid counts %d exponentials", v.Exps)
		}
		for _, kind := range []Work{MultiplyAdds, Hashes} {
			out := errors.New("out of gas")
			_, err := Judge(c, p.Encode(), func(k Work, n uint64) error {
				if k == kind {
					return out
				}
				return nil
			})
			if codeOf(err) != CodeMeter || !errors.Is(err, out) {
				t.Fatalf("a meter that runs out: %v", err)
			}
		}
	}
}

// TestDecimals: exact where 20 digits do, rounded away from zero where not.
func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		num, den int64
		want     string
	}{{0, 1, "0"}, {1, 2, "0.5"}, {-3, 4, "-0.75"}, {1, 3, "0.33333333333333333334"}, {-2, 3, "-0.66666666666666666667"}, {10, 1, "10"}, {123456789, 1000, "123456.789"},
		{1, 1 << 40, "9.0949470177292823792e-13"}, {1 << 62, 1, "4611686018427387904"}, {1e18, 1, "1000000000000000000"}, {99999, 100000, "0.99999"}, {1, 10000000, "0.0000001"}, {1, 100000000, "1e-8"}} {
		if got := decimalRat(big.NewRat(c.num, c.den)); got != c.want {
			t.Errorf("%d/%d = %s, %s expected", c.num, c.den, got, c.want)
		}
	}
	huge, _ := new(big.Rat).SetString("999999999999999999999.5")
	if got := decimalRat(huge); got != "1e21" {
		t.Errorf("rounding up to the next power of ten: %s", got)
	}
	if got := show(program.Float32, 1); got != "1.4012984643248170710e-45" && got != "1.401298464324817071e-45" {
		t.Errorf("the smallest subnormal: %s", got)
	}
	for bits, want := range map[uint32]string{floatNaN: "NaN", floatInf: "Infinity", negativeInf: "-Infinity", 1 << 31: "-0", 0: "0", floatOne: "1", bits32(0.1): "0.10000000149011611939"} {
		if got := show(program.Float32, uint64(bits)); got != want {
			t.Errorf("%08x: %s, %s expected", bits, got, want)
		}
	}
}

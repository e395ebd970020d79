package referee

import (
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// FaultKind says what a proof accuses the worker of; the numbers are those of assay.referee.v1.FaultKind.
type FaultKind uint32

// The kinds of faults.
const (
	Arithmetic FaultKind = 1 // one element of one VALUE beyond its operator's bound on the worker's own operands
	OutputLink FaultKind = 2 // the committed output and the worker's own trace differ beyond the signed tolerance
	Format     FaultKind = 3 // a committed chunk with a malformed content
)

// String returns the name in the protobuf enum.
func (k FaultKind) String() string {
	switch k {
	case Arithmetic:
		return "FAULT_KIND_ARITHMETIC"
	case OutputLink:
		return "FAULT_KIND_OUTPUT"
	case Format:
		return "FAULT_KIND_FORMAT"
	}
	return "FAULT_KIND_UNSPECIFIED"
}

// Proof is assay.referee.v1.FaultProof. It states no position inside a tree; see the comments there.
type Proof struct {
	Kind          FaultKind
	Node          uint32
	Slot          uint32
	Element       uint64
	Tensor        program.Kind
	Record        []byte
	ProgramHashes []merkle.Hash
	Tensors       []merkle.Opening
	// Hashes are the multiproofs in the trees of INPUT, WEIGHT, VALUE and OUTPUT, indexed by program.Kind.
	Hashes [5][]merkle.Hash
}

// DecodeProof reads a proof strictly: its size first, then canonical bytes. Whether it makes sense is Judge's matter.
func DecodeProof(b []byte) (p *Proof, err error) {
	if len(b) > program.MaxProof {
		return nil, invalid(CodeTooLarge, "%d bytes, at most %d expected", len(b), program.MaxProof)
	}
	p = &Proof{}
	r := program.NewReader(b)
	for r.More() {
		f, err := r.Next(1<<7 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<12)
		if err != nil {
			return nil, because(CodeNotCanonical, err, "decode")
		}
		var v uint32
		switch f.Number {
		case 1:
			v, err = f.Uint32()
			p.Kind = FaultKind(v)
		case 2:
			p.Node, err = f.Uint32()
		case 3:
			p.Slot, err = f.Uint32()
		case 4:
			p.Element = f.Value
			err = wantBytes(&f, false)
		case 5:
			v, err = f.Uint32()
			p.Tensor = program.Kind(v)
		case 6:
			p.Record = f.Bytes
			err = wantBytes(&f, true)
		case 7:
			err = appendHash(&p.ProgramHashes, &f)
		case 8:
			var o merkle.Opening
			o, err = decodeOpening(&f)
			p.Tensors = append(p.Tensors, o)
		case 9, 10, 11, 12:
			err = appendHash(&p.Hashes[f.Number-8], &f)
		default:
			err = invalid(CodeNotCanonical, "unknown field %d", f.Number)
		}
		if err != nil {
			return nil, because(CodeNotCanonical, err, "field %d", f.Number)
		}
	}
	return p, nil
}

func wantBytes(f *program.Field, want bool) error {
	if (f.Bytes != nil) != want {
		return invalid(CodeNotCanonical, "field %d has a wrong wire type", f.Number)
	}
	return nil
}

func appendHash(list *[]merkle.Hash, f *program.Field) error {
	if len(f.Bytes) != len(merkle.Hash{}) {
		return invalid(CodeNotCanonical, "a hash of %d bytes, 32 expected", len(f.Bytes))
	}
	*list = append(*list, merkle.Hash(f.Bytes))
	return nil
}

func decodeOpening(f *program.Field) (o merkle.Opening, err error) {
	if err := wantBytes(f, true); err != nil {
		return o, err
	}
	r := program.NewReader(f.Bytes)
	for r.More() {
		f, err := r.Next(1<<1 | 1<<2)
		if err != nil {
			return o, err
		}
		switch f.Number {
		case 1:
			err = wantBytes(&f, true)
			o.Chunks = append(o.Chunks, f.Bytes)
		case 2:
			err = appendHash(&o.Hashes, &f)
		default:
			err = invalid(CodeNotCanonical, "unknown field %d of an opening", f.Number)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// Encode writes the canonical bytes of a proof.
func (p *Proof) Encode() []byte {
	var w program.Encoder
	w.Uint(1, uint64(p.Kind))
	w.Uint(2, uint64(p.Node))
	w.Uint(3, uint64(p.Slot))
	w.Uint(4, p.Element)
	w.Uint(5, uint64(p.Tensor))
	w.Bytes(6, p.Record)
	encodeHashes(&w, 7, p.ProgramHashes)
	for i := range p.Tensors {
		var o program.Encoder
		for _, c := range p.Tensors[i].Chunks {
			o.Part(1, c)
		}
		encodeHashes(&o, 2, p.Tensors[i].Hashes)
		w.Part(8, o.Finish())
	}
	for k := program.Input; k <= program.Output; k++ {
		encodeHashes(&w, 8+uint32(k), p.Hashes[k])
	}
	return w.Finish()
}

func encodeHashes(w *program.Encoder, field uint32, hashes []merkle.Hash) {
	for i := range hashes {
		w.Part(field, hashes[i][:])
	}
}

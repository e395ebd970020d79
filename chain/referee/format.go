package referee

import (
	"encoding/binary"
	"fmt"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// format judges one chunk of an INPUT, WEIGHT, VALUE or OUTPUT: a fault iff its content is malformed.
func (s *session) format() (v Verdict, err error) {
	t, index, err := s.formatTensor()
	if err != nil {
		return v, err
	}
	chunk, err := s.openChunk(s.p.Tensor, index, t)
	if err != nil {
		return v, err
	}
	v.Op, v.Terms, v.Bound = s.p.Tensor.String(), 1, "0"
	v.Exact = fmt.Sprintf("%d bytes of canonical %s", merkle.ChunkLen(t.Bytes(), s.p.Element), t.Dtype)
	v.Claimed = fmt.Sprintf("%d bytes", len(chunk))
	if err := CheckChunk(t, s.p.Element, chunk); err != nil {
		v.Fault, v.Claimed = true, err.(*Error).Text
	}
	return v, nil
}

// formatTensor opens the record that types the tensor of a FORMAT proof and returns its index within its kind.
func (s *session) formatTensor() (*program.Tensor, uint32, error) {
	if s.p.Tensor == program.Value {
		n, err := s.openNode()
		if err != nil {
			return nil, 0, err
		}
		if uint64(s.p.Slot) >= uint64(len(n.Outputs)) {
			return nil, 0, invalid(CodePosition, "node %d has no output %d", s.p.Node, s.p.Slot)
		}
		return &n.Outputs[s.p.Slot], n.First + s.p.Slot, nil
	}
	h, err := s.openHeader()
	if err != nil {
		return nil, 0, err
	}
	t := headerTensor(h, s.p.Tensor, s.p.Slot)
	if t == nil {
		return nil, 0, invalid(CodePosition, "no %s %d", s.p.Tensor, s.p.Slot)
	}
	return t, s.p.Slot, nil
}

// headerTensor returns the type of an INPUT, WEIGHT or OUTPUT; nil if there is none.
func headerTensor(h *program.Header, kind program.Kind, index uint32) *program.Tensor {
	i := uint64(index)
	switch {
	case kind == program.Input && i < uint64(len(h.Inputs)):
		return &h.Inputs[i]
	case kind == program.Weight && i < uint64(len(h.Weights)):
		return &h.Weights[i]
	case kind == program.Output && i < uint64(len(h.Outputs)):
		return &h.Outputs[i].Type
	}
	return nil
}

// openChunk opens chunk p.Element, the only thing that the proof opens, of a tensor.
func (s *session) openChunk(kind program.Kind, index uint32, t *program.Tensor) ([]byte, error) {
	if s.p.Element >= merkle.Chunks(t.Bytes()) {
		return nil, invalid(CodePosition, "%s %d has no chunk %d", kind, index, s.p.Element)
	}
	var ns needs
	ns.add(kind, index, t, []uint64{s.p.Element})
	if _, err := s.open(ns); err != nil {
		return nil, err
	}
	return s.p.Tensors[0].Chunks[0], nil
}

// CheckChunk decides whether bytes may be chunk index of a tensor: their length, bools of 0 or 1, canonical NaNs. Its error,
// an *Error of CodeChunk, says what is wrong. A malformed chunk that is committed is a FORMAT fault and never counts as
// having served a demand.
func CheckChunk(t *program.Tensor, index uint64, chunk []byte) error {
	if want := merkle.ChunkLen(t.Bytes(), index); uint64(len(chunk)) != want {
		return invalid(CodeChunk, "%d bytes, %d expected", len(chunk), want)
	}
	switch t.Dtype {
	case program.Bool:
		for i, b := range chunk {
			if b > 1 {
				return invalid(CodeChunk, "byte %d is %d, no bool", i, b)
			}
		}
	case program.Float32:
		for i := 0; i < len(chunk); i += 4 {
			if x := binary.LittleEndian.Uint32(chunk[i:]); x<<1 > 0xff000000 && x != 0x7fc00000 {
				return invalid(CodeChunk, "byte %d: NaN %08x, 7fc00000 expected", i, x)
			}
		}
	case program.Float16:
		return checkHalf(chunk, 0x7c00, 0x7e00)
	case program.BFloat16:
		return checkHalf(chunk, 0x7f80, 0x7fc0)
	}
	return nil
}

func checkHalf(chunk []byte, infinity, nan uint16) error {
	for i := 0; i < len(chunk); i += 2 {
		if x := binary.LittleEndian.Uint16(chunk[i:]); x&0x7fff > infinity && x != nan {
			return invalid(CodeChunk, "byte %d: NaN %04x, %04x expected", i, x, nan)
		}
	}
	return nil
}

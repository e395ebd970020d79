package referee

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// JudgeOpening decides a proof of kind FORMAT about an INPUT or a WEIGHT that no worker vouched for yet (OpenInput,
// OpenWeight): a fault iff the opened chunk is malformed, or holds a NaN or plus infinity (PROTOCOL.md, section 3).
//
// Minus infinity counts only where the proof opens, instead of the header, the record of a node that reads the tensor
// outside Add, Where and Max: node and slot then name that node and its operand. Its error is an *Error, as Judge's.
func JudgeOpening(c *Commitments, proof []byte, meter Meter) (v Verdict, err error) {
	p, err := DecodeProof(proof)
	if err != nil {
		return v, err
	}
	if p.Kind != Format || p.Tensor != program.Input && p.Tensor != program.Weight {
		return v, invalid(CodeKind, "FORMAT of an INPUT or a WEIGHT expected, %s of %s found", p.Kind, p.Tensor)
	}
	s := &session{c: c, p: p, meter: meter}
	t, index, reader, err := s.openingTensor()
	if err != nil {
		return v, err
	}
	chunk, err := s.openChunk(p.Tensor, index, t)
	if err != nil {
		return v, err
	}
	v.Op, v.Terms, v.Bound = p.Tensor.String(), 1, "0"
	v.Exact = fmt.Sprintf("%d bytes of finite %s", merkle.ChunkLen(t.Bytes(), p.Element), t.Dtype)
	v.Claimed = fmt.Sprintf("%d bytes", len(chunk))
	err = CheckChunk(t, p.Element, chunk)
	if err == nil {
		err = checkFinite(t.Dtype, chunk, reader)
	}
	if err != nil {
		v.Fault, v.Claimed = true, err.(*Error).Text
	}
	s.finish(&v)
	return v, nil
}

// openingTensor returns the type of the opened tensor, its index, and, where the proof opens a node, that node's operator.
func (s *session) openingTensor() (t *program.Tensor, index uint32, reader string, err error) {
	if s.p.Node == 0 {
		h, err := s.openHeader()
		if err == nil {
			if t = headerTensor(h, s.p.Tensor, s.p.Slot); t == nil {
				err = invalid(CodePosition, "no %s %d", s.p.Tensor, s.p.Slot)
			}
			return t, s.p.Slot, "", err
		}
		// Node 0 may be meant: its record is another leaf, so only one of the two can lead to the root.
		if refusal := (*Error)(nil); !errors.As(err, &refusal) || refusal.Code != CodeRoot && refusal.Code != CodeOpening {
			return nil, 0, "", err
		}
	}
	n, err := s.openNode()
	if err != nil {
		return nil, 0, "", err
	}
	if uint64(s.p.Slot) >= uint64(len(n.Inputs)) || n.Inputs[s.p.Slot].Kind != s.p.Tensor {
		return nil, 0, "", invalid(CodePosition, "operand %d of node %d is no %s", s.p.Slot, s.p.Node, s.p.Tensor)
	}
	o := &n.Inputs[s.p.Slot]
	return &o.Type, o.Index, program.Name(n.Op), nil
}

// checkFinite refuses NaN and plus infinity in a chunk of a float dtype, and minus infinity where a node reads it outside
// Add, Where and Max.
func checkFinite(d program.Dtype, chunk []byte, reader string) error {
	width, infinity := 2, uint32(0)
	switch d {
	case program.Float32:
		width, infinity = 4, 0x7f800000
	case program.Float16:
		infinity = 0x7c00
	case program.BFloat16:
		infinity = 0x7f80
	default:
		return nil
	}
	sign := uint32(1) << (8*width - 1)
	masks := reader == "" || reader == "Add" || reader == "Where" || reader == "Max"
	for i := 0; i < len(chunk); i += width {
		x := uint32(binary.LittleEndian.Uint16(chunk[i:]))
		if width == 4 {
			x = binary.LittleEndian.Uint32(chunk[i:])
		}
		switch {
		case x&^sign > infinity:
			return invalid(CodeChunk, "byte %d: NaN", i)
		case x == infinity:
			return invalid(CodeChunk, "byte %d: plus infinity", i)
		case x == infinity|sign && !masks:
			return invalid(CodeChunk, "byte %d: minus infinity, read by %s", i, reader)
		}
	}
	return nil
}

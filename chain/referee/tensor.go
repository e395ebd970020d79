package referee

import (
	"encoding/binary"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// RecordOpening opens one leaf of the program tree: the header, or the record of a node.
type RecordOpening struct {
	Header bool
	Node   uint32
	Record []byte
	Hashes []merkle.Hash
}

// TensorInfo is what a demand for chunks needs to know of a tensor.
type TensorInfo struct {
	Type   program.Tensor
	Bytes  uint64
	Chunks uint64
}

// OpenTensor returns the type of a tensor by an opened record that states it: the header for INPUT, WEIGHT and OUTPUT, the
// node that defines a VALUE, or any node that reads the tensor. The opening is verified against c's program root and counts;
// nothing else of c is read. Errors are *Error.
func OpenTensor(c *Commitments, o *RecordOpening, kind program.Kind, index uint32, meter Meter) (TensorInfo, error) {
	if len(o.Record) > program.MaxRecord {
		return TensorInfo{}, invalid(CodeTooLarge, "a record of %d bytes", len(o.Record))
	}
	s := &session{c: c, p: &Proof{Node: o.Node, Record: o.Record, ProgramHashes: o.Hashes}, meter: meter}
	var t *program.Tensor
	if o.Header {
		h, err := s.openHeader()
		if err != nil {
			return TensorInfo{}, err
		}
		t = headerTensor(h, kind, index)
		for i := range h.Outputs {
			if kind == program.Value && h.Outputs[i].Index == index {
				t = &h.Outputs[i].Type
			}
		}
	} else {
		n, err := s.openNode()
		if err != nil {
			return TensorInfo{}, err
		}
		t = nodeTensor(n, kind, index)
	}
	if t == nil {
		return TensorInfo{}, invalid(CodePosition, "the opened record does not state the type of %s %d", kind, index)
	}
	return TensorInfo{Type: *t, Bytes: t.Bytes(), Chunks: merkle.Chunks(t.Bytes())}, nil
}

// nodeTensor returns the type of a tensor that a node defines or reads; nil if it does neither.
func nodeTensor(n *program.Node, kind program.Kind, index uint32) *program.Tensor {
	if kind == program.Value && index >= n.First && uint64(index) < uint64(n.First)+uint64(len(n.Outputs)) {
		return &n.Outputs[index-n.First]
	}
	for i := range n.Inputs {
		if o := &n.Inputs[i]; kind != program.None && o.Kind == kind && o.Index == index {
			return &o.Type
		}
	}
	return nil
}

// VerifyChunks checks that chunks first, first+1, ... are those of a tensor with this data root and type, well-formed ones:
// a malformed chunk never counts as having served a demand. Errors are *Error.
func VerifyChunks(root merkle.Hash, t *program.Tensor, first uint64, chunks [][]byte, hashes []merkle.Hash, meter Meter) error {
	s := &session{meter: meter}
	blocks := merkle.OpenBlocks(len(chunks), len(hashes))
	for i := range chunks {
		blocks += merkle.Blocks(1 + uint64(len(chunks[i])))
	}
	if err := s.charge(Hashes, blocks); err != nil {
		return err
	}
	if err := merkle.VerifyChunks(root, merkle.Chunks(t.Bytes()), first, chunks, hashes); err != nil {
		return because(CodeOpening, err, "the served chunks")
	}
	for i := range chunks {
		if err := CheckChunk(t, first+uint64(i), chunks[i]); err != nil {
			return err
		}
	}
	return nil
}

// JudgeElement decides whether an INPUT or WEIGHT holds something that no worker accepts: the proof of MsgOpenInput and
// MsgOpenWeight. Verdict.Fault then says that the tensor is malformed or forbidden, not that a worker is at fault. Two forms:
//
//   - kind FORMAT, tensor INPUT or WEIGHT, slot its index, element a chunk, the header opened: the chunk is malformed, or
//     holds NaN or plus infinity;
//   - kind ARITHMETIC, the same fields, and the record of node opened, which reads the tensor and is none of Add, Where and
//     Max: the chunk holds minus infinity.
func JudgeElement(c *Commitments, proof []byte, meter Meter) (Verdict, error) {
	p, err := DecodeProof(proof)
	if err != nil {
		return Verdict{}, err
	}
	s := &session{c: c, p: p, meter: meter}
	if p.Tensor != program.Input && p.Tensor != program.Weight {
		return Verdict{}, invalid(CodeKind, "tensor %d, INPUT or WEIGHT expected", p.Tensor)
	}
	var v Verdict
	switch p.Kind {
	case Format:
		v, err = s.forbidden()
	case Arithmetic:
		v, err = s.forbiddenMask()
	default:
		err = invalid(CodeKind, "kind %d, FORMAT or ARITHMETIC expected", p.Kind)
	}
	if err != nil {
		return Verdict{}, err
	}
	s.finish(&v)
	return v, nil
}

func (s *session) forbidden() (v Verdict, err error) {
	t, index, err := s.formatTensor()
	if err != nil {
		return v, err
	}
	chunk, err := s.openChunk(s.p.Tensor, index, t)
	if err != nil {
		return v, err
	}
	v.Op, v.Terms, v.Bound, v.Exact = s.p.Tensor.String(), 1, "0", "finite or minus infinity"
	if err := CheckChunk(t, s.p.Element, chunk); err != nil {
		v.Fault, v.Claimed = true, err.(*Error).Text
		return v, nil
	}
	v.Fault, v.Claimed = holds(t.Dtype, chunk, func(x uint32) bool { return nan(x) || x == floatInf })
	return v, nil
}

func (s *session) forbiddenMask() (v Verdict, err error) {
	n, err := s.openNode()
	if err != nil {
		return v, err
	}
	if n.Op == program.OpAdd || n.Op == program.OpWhere || n.Op == program.OpMax {
		return v, invalid(CodePosition, "%s may read minus infinity", program.Name(n.Op))
	}
	t := nodeTensor(n, s.p.Tensor, s.p.Slot)
	if t == nil {
		return v, invalid(CodePosition, "node %d does not read %s %d", s.p.Node, s.p.Tensor, s.p.Slot)
	}
	chunk, err := s.openChunk(s.p.Tensor, s.p.Slot, t)
	if err != nil {
		return v, err
	}
	v.Op, v.Terms, v.Bound, v.Exact = program.Name(n.Op), 1, "0", "finite"
	if uint64(len(chunk)) != merkle.ChunkLen(t.Bytes(), s.p.Element) {
		return v, invalid(CodeChunk, "a chunk of %d bytes: open it with kind FORMAT", len(chunk))
	}
	v.Fault, v.Claimed = holds(t.Dtype, chunk, func(x uint32) bool { return x == negativeInf })
	return v, nil
}

// holds reports the first element of a chunk of floats that satisfies a test, and shows it.
func holds(d program.Dtype, chunk []byte, test func(x uint32) bool) (bool, string) {
	if !isFloat(d) {
		return false, "integers"
	}
	w := int(d.Width())
	for i := 0; i+w <= len(chunk); i += w {
		bits := uint64(binary.LittleEndian.Uint16(chunk[i:]))
		if w == 4 {
			bits = uint64(binary.LittleEndian.Uint32(chunk[i:]))
		}
		if test(floatOf(d, bits)) {
			return true, show(d, bits)
		}
	}
	return false, "nothing forbidden"
}

package referee

import (
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

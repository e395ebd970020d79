package program

import "encoding/binary"

// Encoder writes canonical protobuf: callers add fields in ascending order; defaults are omitted.
type Encoder struct{ b []byte }

// Finish returns what was written.
func (w *Encoder) Finish() []byte { return w.b }

// Uint writes a varint field unless it is zero.
func (w *Encoder) Uint(field uint32, v uint64) {
	if v != 0 {
		w.b = binary.AppendUvarint(binary.AppendUvarint(w.b, uint64(field)<<3), v)
	}
}

// Part writes a length-delimited field, also when it is empty: an element of a repeated field.
func (w *Encoder) Part(field uint32, p []byte) {
	w.b = binary.AppendUvarint(binary.AppendUvarint(w.b, uint64(field)<<3|2), uint64(len(p)))
	w.b = append(w.b, p...)
}

// Bytes writes a length-delimited field unless it is empty.
func (w *Encoder) Bytes(field uint32, p []byte) {
	if len(p) > 0 {
		w.Part(field, p)
	}
}

// Encode writes the canonical bytes of a whole record.
func (p *Program) Encode() []byte {
	var w Encoder
	w.Part(1, p.Header.Encode())
	for i := range p.Nodes {
		w.Part(2, p.Nodes[i].Encode())
	}
	return w.b
}

// Encode writes the canonical bytes of a header.
func (h *Header) Encode() []byte {
	var w Encoder
	w.Uint(1, uint64(h.Version))
	for i := range h.Inputs {
		w.Part(2, encodeTensor(&h.Inputs[i]))
	}
	for i := range h.Weights {
		w.Part(3, encodeTensor(&h.Weights[i]))
	}
	for i := range h.Outputs {
		w.Part(4, encodeOperand(&h.Outputs[i]))
	}
	w.Uint(5, uint64(h.Values))
	w.Uint(6, uint64(h.Nodes))
	return w.b
}

// Encode writes the canonical bytes of a node record.
func (n *Node) Encode() []byte {
	var w Encoder
	w.Uint(1, uint64(n.Op))
	for i := range n.Attributes {
		w.Part(2, encodeAttribute(&n.Attributes[i]))
	}
	for i := range n.Inputs {
		w.Part(3, encodeOperand(&n.Inputs[i]))
	}
	w.Uint(4, uint64(n.First))
	for i := range n.Outputs {
		w.Part(5, encodeTensor(&n.Outputs[i]))
	}
	return w.b
}

func encodeTensor(t *Tensor) []byte {
	var w Encoder
	var dims []byte
	for _, d := range t.Dims {
		dims = binary.AppendUvarint(dims, d)
	}
	w.Uint(1, uint64(t.Dtype))
	w.Bytes(2, dims)
	w.Uint(3, uint64(t.Layout))
	return w.b
}

func encodeOperand(o *Operand) []byte {
	var w Encoder
	w.Uint(1, uint64(o.Kind))
	w.Uint(2, uint64(o.Index))
	if o.Typed {
		w.Bytes(3, encodeTensor(&o.Type))
	}
	return w.b
}

func encodeAttribute(a *Attribute) []byte {
	var w Encoder
	var ints, floats []byte
	for _, v := range a.Ints {
		ints = binary.AppendVarint(ints, v)
	}
	for _, v := range a.Floats {
		floats = binary.LittleEndian.AppendUint32(floats, v)
	}
	w.Uint(1, uint64(a.Name))
	w.Bytes(2, ints)
	w.Bytes(3, floats)
	return w.b
}

package program

import "encoding/binary"

// DecodeNode reads the bytes of one node record strictly. It checks the encoding only; Node.Check the rest.
func DecodeNode(b []byte) (n Node, err error) {
	r := NewReader(b)
	for r.More() {
		f, err := r.Next(1<<2 | 1<<3 | 1<<5)
		if err != nil {
			return n, err
		}
		switch f.Number {
		case 1:
			n.Op, err = f.Uint32()
		case 2:
			var a Attribute
			a, err = decodeAttribute(&f)
			n.Attributes = append(n.Attributes, a)
		case 3:
			var o Operand
			o, err = decodeOperand(&f)
			n.Inputs = append(n.Inputs, o)
		case 4:
			n.First, err = f.Uint32()
		case 5:
			var t Tensor
			t, err = decodeTensor(&f)
			n.Outputs = append(n.Outputs, t)
		default:
			err = unknown(&f)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// DecodeHeader reads the bytes of a header strictly. It checks the encoding only; Header.Check the rest.
func DecodeHeader(b []byte) (h Header, err error) {
	r := NewReader(b)
	for r.More() {
		f, err := r.Next(1<<2 | 1<<3 | 1<<4)
		if err != nil {
			return h, err
		}
		switch f.Number {
		case 1:
			h.Version, err = f.Uint32()
		case 2:
			var t Tensor
			t, err = decodeTensor(&f)
			h.Inputs = append(h.Inputs, t)
		case 3:
			var t Tensor
			t, err = decodeTensor(&f)
			h.Weights = append(h.Weights, t)
		case 4:
			var o Operand
			o, err = decodeOperand(&f)
			h.Outputs = append(h.Outputs, o)
		case 5:
			h.Values, err = f.Uint32()
		case 6:
			h.Nodes, err = f.Uint32()
		default:
			err = unknown(&f)
		}
		if err != nil {
			return h, err
		}
	}
	return h, nil
}

// parts splits a record into the bytes of its header and of its nodes.
func parts(b []byte) (header []byte, nodes [][]byte, err error) {
	r := NewReader(b)
	for r.More() {
		f, err := r.Next(1 << 2)
		if err != nil {
			return nil, nil, err
		}
		p, err := f.message()
		if err != nil {
			return nil, nil, err
		}
		switch f.Number {
		case 1:
			header = p
		case 2:
			if len(nodes) == MaxNodes {
				return nil, nil, refuse(CodeLimit, "more than %d nodes", MaxNodes)
			}
			nodes = append(nodes, p)
		default:
			return nil, nil, unknown(&f)
		}
	}
	if header == nil {
		return nil, nil, canonical("no header")
	}
	return header, nodes, nil
}

// Decode reads a whole record strictly. It checks the encoding only; Validate the rest.
func Decode(b []byte) (*Program, error) {
	header, nodes, err := parts(b)
	if err != nil {
		return nil, err
	}
	p := &Program{Nodes: make([]Node, len(nodes))}
	if p.Header, err = DecodeHeader(header); err != nil {
		return nil, err
	}
	for i, b := range nodes {
		if p.Nodes[i], err = DecodeNode(b); err != nil {
			return nil, at(err, i)
		}
	}
	return p, nil
}

func decodeTensor(f *Field) (t Tensor, err error) {
	b, err := f.message()
	if err != nil {
		return t, err
	}
	r := NewReader(b)
	for r.More() {
		f, err := r.Next(0)
		if err != nil {
			return t, err
		}
		var v uint32
		switch f.Number {
		case 1:
			v, err = f.Uint32()
			t.Dtype = Dtype(v)
		case 2:
			var p []byte
			if p, err = f.message(); err == nil {
				t.Dims, err = packed(p)
			}
		case 3:
			v, err = f.Uint32()
			t.Layout = Layout(v)
		default:
			err = unknown(&f)
		}
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

func decodeOperand(f *Field) (o Operand, err error) {
	b, err := f.message()
	if err != nil {
		return o, err
	}
	r := NewReader(b)
	for r.More() {
		f, err := r.Next(0)
		if err != nil {
			return o, err
		}
		switch f.Number {
		case 1:
			var v uint32
			v, err = f.Uint32()
			o.Kind = Kind(v)
		case 2:
			o.Index, err = f.Uint32()
		case 3:
			o.Type, err = decodeTensor(&f)
			o.Typed = true
		default:
			err = unknown(&f)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

func decodeAttribute(f *Field) (a Attribute, err error) {
	b, err := f.message()
	if err != nil {
		return a, err
	}
	r := NewReader(b)
	for r.More() {
		f, err := r.Next(0)
		if err != nil {
			return a, err
		}
		switch f.Number {
		case 1:
			a.Name, err = f.Uint32()
		case 2:
			a.Ints, err = zigzags(&f)
		case 3:
			a.Floats, err = fixed32s(&f)
		default:
			err = unknown(&f)
		}
		if err != nil {
			return a, err
		}
	}
	return a, nil
}

func zigzags(f *Field) ([]int64, error) {
	b, err := f.message()
	if err != nil {
		return nil, err
	}
	u, err := packed(b)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(u))
	for i, x := range u {
		out[i] = int64(x>>1) ^ -int64(x&1)
	}
	return out, nil
}

func fixed32s(f *Field) ([]uint32, error) {
	b, err := f.message()
	if err != nil {
		return nil, err
	}
	if len(b)%4 != 0 {
		return nil, canonical("a list of float32 whose length is not a multiple of 4")
	}
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out, nil
}

// at names the node of a refusal.
func at(err error, node int) error {
	if e, ok := err.(*Error); ok {
		e.Node = node
	}
	return err
}

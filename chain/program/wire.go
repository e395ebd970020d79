package program

import "fmt"

// Reader is a strict protobuf reader. The bytes that it accepts are exactly those that a canonical encoder writes:
// ascending fields, minimal varints, no defaults, no unknown wire type. The referee decodes proofs with it too.
type Reader struct {
	b    []byte
	last uint64
}

// Field is one field of a message: Value for a varint, Bytes (never nil) for a length-delimited one.
type Field struct {
	Number uint64
	Value  uint64
	Bytes  []byte
}

// NewReader reads one message.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// More reports whether fields are left.
func (r *Reader) More() bool { return len(r.b) > 0 }

func (r *Reader) varint() (uint64, error) {
	var v uint64
	for i := 0; i < len(r.b) && i < 10; i++ {
		c := r.b[i]
		if i == 9 && c > 1 {
			return 0, canonical("a varint of more than 64 bits")
		}
		v |= uint64(c&127) << (7 * i)
		if c < 128 {
			if c == 0 && i > 0 {
				return 0, canonical("a varint that is not minimal")
			}
			r.b = r.b[i+1:]
			return v, nil
		}
	}
	return 0, canonical("a varint that does not end")
}

// Next returns the next field. Fields ascend; one repeats only if its bit is set in many, and only then may be empty.
func (r *Reader) Next(many uint64) (f Field, err error) {
	tag, err := r.varint()
	if err != nil {
		return f, err
	}
	f.Number = tag >> 3
	repeats := f.Number < 64 && many>>f.Number&1 != 0
	if f.Number == 0 || f.Number < r.last || f.Number == r.last && !repeats {
		return f, canonical(fmt.Sprintf("field %d after field %d", f.Number, r.last))
	}
	r.last = f.Number
	v, err := r.varint()
	if err != nil {
		return f, err
	}
	switch tag & 7 {
	case 0:
		if v == 0 {
			return f, canonical(fmt.Sprintf("field %d holds its default", f.Number))
		}
		f.Value = v
	case 2:
		if v > uint64(len(r.b)) {
			return f, canonical(fmt.Sprintf("field %d is cut off", f.Number))
		}
		if v == 0 && !repeats {
			return f, canonical(fmt.Sprintf("field %d is empty", f.Number))
		}
		f.Bytes, r.b = r.b[:v:v], r.b[v:]
	default:
		return f, canonical(fmt.Sprintf("wire type %d", tag&7))
	}
	return f, nil
}

// Uint32 returns a varint field that fits 32 bits.
func (f *Field) Uint32() (uint32, error) {
	if f.Bytes != nil || f.Value > 1<<32-1 {
		return 0, canonical(fmt.Sprintf("field %d is not a uint32", f.Number))
	}
	return uint32(f.Value), nil
}

// message returns the bytes of a length-delimited field.
func (f *Field) message() ([]byte, error) {
	if f.Bytes == nil {
		return nil, canonical(fmt.Sprintf("field %d is not length-delimited", f.Number))
	}
	return f.Bytes, nil
}

func packed(b []byte) (out []uint64, err error) {
	r := Reader{b: b}
	for r.More() {
		v, err := r.varint()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func canonical(what string) error { return refuse(CodeNotCanonical, "%s", what) }

func unknown(f *Field) error { return canonical(fmt.Sprintf("unknown field %d", f.Number)) }

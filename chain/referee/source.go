package referee

import (
	"encoding/binary"
	"slices"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// source gives access to the elements of one operand by their place in memory: a whole tensor when auditing, opened chunks
// when judging a proof. A read outside of what was opened yields zero and sets missed: then there is no verdict.
type source struct {
	tensor  *program.Tensor
	strides [program.MaxRank]uint64
	width   uint64
	data    []byte
	chunks  [][]byte
	indices []uint64
	chunk   []byte // the opened chunk that was read last: neighbours mostly share it
	start   uint64 // its place in the tensor, in bytes
	missed  bool
}

func newSource(t *program.Tensor) *source {
	return &source{tensor: t, strides: t.Strides(), width: t.Dtype.Width()}
}

// raw returns width bytes of the element at a memory position, or nil.
func (s *source) raw(position uint64) []byte {
	at := position * s.width
	if s.data != nil {
		return s.data[at : at+s.width]
	}
	offset := at - s.start // wraps below the chunk
	if offset >= uint64(len(s.chunk)) {
		s.turn(at)
		offset = at - s.start
	}
	if offset+s.width > uint64(len(s.chunk)) {
		s.missed = true
		return nil
	}
	return s.chunk[offset : offset+s.width]
}

// turn makes the chunk that holds a byte of the tensor the current one; none if it was not opened.
func (s *source) turn(at uint64) {
	s.start, s.chunk = at/merkle.ChunkSize*merkle.ChunkSize, nil
	if i, ok := slices.BinarySearch(s.indices, at/merkle.ChunkSize); ok {
		s.chunk = s.chunks[i]
	}
}

// word returns the bits of the float32 at a memory position.
func (s *source) word(position uint64) uint32 {
	if s.data != nil {
		return binary.LittleEndian.Uint32(s.data[4*position:])
	}
	if b := s.raw(position); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// bits returns the bits of an element of any dtype, zero-extended.
func (s *source) bits(position uint64) uint64 {
	b := s.raw(position)
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// integer returns an element of an integer dtype or bool as its value.
func (s *source) integer(position uint64) int64 { return signExtend(s.tensor.Dtype, s.bits(position)) }

// words appends count float32s, step apart in memory, from a position on.
func (s *source) words(dst []uint32, position uint64, count, step int64) []uint32 {
	if s.data != nil {
		if step == 1 {
			for b := s.data[4*position : 4*(position+uint64(count))]; len(b) >= 4; b = b[4:] {
				dst = append(dst, binary.LittleEndian.Uint32(b))
			}
			return dst
		}
		for p := int64(position); count > 0; p, count = p+step, count-1 {
			dst = append(dst, binary.LittleEndian.Uint32(s.data[4*p:]))
		}
		return dst
	}
	for p := int64(position); count > 0; p, count = p+step, count-1 {
		offset := 4*uint64(p) - s.start
		if offset >= uint64(len(s.chunk)) {
			s.turn(4 * uint64(p))
			offset = 4*uint64(p) - s.start
		}
		if offset+4 > uint64(len(s.chunk)) {
			s.missed = true
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, binary.LittleEndian.Uint32(s.chunk[offset:]))
	}
	return dst
}

// box appends the float32s of a box in logical row-major order, but with the axes in last varying fastest where it is not
// negative: the order in which two operands of a contraction pair up.
func (s *source) box(dst []uint32, b *program.Box, last int) []uint32 {
	var order [program.MaxRank]int
	n := 0
	for i := range b.Rank {
		if i != last {
			order[n] = i
			n++
		}
	}
	if last >= 0 {
		order[n] = last
		n++
	}
	base := uint64(0)
	for i := range b.Rank {
		base += b.Axes[i].At * s.strides[i]
	}
	return s.nest(dst, b, order[:n], base)
}

func (s *source) nest(dst []uint32, b *program.Box, order []int, base uint64) []uint32 {
	for len(order) > 0 && b.Axes[order[0]].Count == 1 {
		order = order[1:]
	}
	if len(order) == 0 {
		return append(dst, s.word(base))
	}
	x := &b.Axes[order[0]]
	step := x.Step * int64(s.strides[order[0]])
	inner := order[1:]
	for len(inner) > 0 && b.Axes[inner[len(inner)-1]].Count == 1 {
		inner = inner[:len(inner)-1]
	}
	if len(inner) == 0 {
		return s.words(dst, base, int64(x.Count), step)
	}
	for range x.Count {
		dst = s.nest(dst, b, inner, base)
		base = uint64(int64(base) + step)
	}
	return dst
}

// integers appends the values of a box of an integer dtype, in the order of box.
func (s *source) integers(dst []int64, b *program.Box, last int) []int64 {
	var order [program.MaxRank]int
	n := 0
	base := uint64(0)
	for i := range b.Rank {
		base += b.Axes[i].At * s.strides[i]
		if i != last && b.Axes[i].Count > 1 {
			order[n] = i
			n++
		}
	}
	if last >= 0 && b.Axes[last].Count > 1 {
		order[n] = last
		n++
	}
	return s.nestIntegers(dst, b, order[:n], base)
}

func (s *source) nestIntegers(dst []int64, b *program.Box, order []int, base uint64) []int64 {
	if len(order) == 0 {
		return append(dst, s.integer(base))
	}
	x := &b.Axes[order[0]]
	step := x.Step * int64(s.strides[order[0]])
	if len(order) == 1 {
		return s.integerRun(dst, base, int64(x.Count), step)
	}
	for range x.Count {
		dst = s.nestIntegers(dst, b, order[1:], base)
		base = uint64(int64(base) + step)
	}
	return dst
}

// integerRun appends count values, step apart in memory, from a position on. An auditor reads whole rows of bytes: they have
// loops of their own.
func (s *source) integerRun(dst []int64, position uint64, count, step int64) []int64 {
	if s.data == nil || s.width != 1 || step != 1 {
		for p := int64(position); count > 0; p, count = p+step, count-1 {
			dst = append(dst, s.integer(uint64(p)))
		}
		return dst
	}
	row, from := s.data[position:position+uint64(count)], len(dst)
	dst = slices.Grow(dst, len(row))[:from+len(row)]
	values := dst[from:]
	if s.tensor.Dtype == program.Int8 {
		for i, b := range row {
			values[i] = int64(int8(b))
		}
		return dst
	}
	for i, b := range row {
		values[i] = int64(b)
	}
	return dst
}

// position is the place in memory of the element at these coordinates.
func (s *source) position(at []uint64) uint64 {
	p := uint64(0)
	for i, x := range at {
		p += x * s.strides[i]
	}
	return p
}

// signExtend turns the bits of an integer dtype or bool into its value.
func signExtend(d program.Dtype, bits uint64) int64 {
	switch d {
	case program.Int8:
		return int64(int8(bits))
	case program.Int32:
		return int64(int32(bits))
	}
	return int64(bits)
}

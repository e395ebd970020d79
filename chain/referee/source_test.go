package referee

import (
	"encoding/binary"
	"math/rand"
	"slices"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// TestSourceReads: boxes of every dtype and layout read the same from a whole tensor, from opened chunks and element by element
// from the bytes; an element whose chunk is not opened is zero and is noticed.
func TestSourceReads(t *testing.T) {
	rng := seeded(t, 9300)
	missed := 0
	for round := range 600 {
		x := program.Tensor{Dtype: pick(rng, program.Float32, program.Uint8, program.Int8, program.Int32, program.Int64, program.Bool, program.Float16)}
		for range 1 + rng.Intn(4) {
			x.Dims = append(x.Dims, uint64(1+rng.Intn(24)))
		}
		x.Layout = pick(rng, layouts(x.Dtype, x.Dims)...)
		data := make([]byte, x.Bytes())
		rng.Read(data)
		b := randomBox(rng, x.Dims)
		last := rng.Intn(len(x.Dims)+1) - 1

		whole, opened := newSource(&x), newSource(&x)
		whole.data = data
		isOpen := make([]bool, merkle.Chunks(x.Bytes()))
		for c := range isOpen {
			if isOpen[c] = rng.Intn(8) > 0; isOpen[c] {
				from := c * merkle.ChunkSize
				opened.indices = append(opened.indices, uint64(c))
				opened.chunks = append(opened.chunks, data[from:min(from+merkle.ChunkSize, len(data))])
			}
		}
		expected, known, all := naive(&x, data, &b, last, isOpen)
		for _, s := range []struct {
			*source
			want   []uint64
			missed bool
		}{{whole, expected, false}, {opened, known, !all}, {opened, known, !all}} { // a second time from the same chunks
			var got []uint64
			if x.Dtype == program.Float32 {
				for _, w := range s.box(nil, &b, last) {
					got = append(got, uint64(w))
				}
			} else {
				for _, v := range s.integers(nil, &b, last) {
					got = append(got, uint64(v))
				}
			}
			if !slices.Equal(got, s.want) || s.source.missed != s.missed {
				t.Fatalf("round %d: %v %v %v, box %v, last %d: %d values, %d expected; missed %v, %v expected", round, x.Dtype, x.Dims, x.Layout, b, last, len(got), len(s.want), s.source.missed, s.missed)
			}
		}
		if !all {
			missed++
		}
	}
	if missed < 50 {
		t.Errorf("%d boxes met a chunk that was not opened", missed)
	}
}

// randomBox spans any part of every axis, forwards or backwards.
func randomBox(rng *rand.Rand, dims []uint64) (b program.Box) {
	b.Rank = len(dims)
	for i, d := range dims {
		step := int64(1 + rng.Intn(3))
		if rng.Intn(2) == 0 {
			step = 1
		}
		at := rng.Intn(int(d))
		count := 1 + rng.Intn((int(d)-1-at)/int(step)+1)
		b.Axes[i] = program.Span{At: uint64(at), Count: uint64(count), Step: step}
		if rng.Intn(3) == 0 {
			b.Axes[i] = program.Span{At: uint64(at) + uint64(count-1)*uint64(step), Count: uint64(count), Step: -step}
		}
	}
	return b
}

// naive reads a box by coordinates, in logical order with the axis last varying fastest: what is in the bytes, what is in open
// chunks (zero elsewhere), and whether all of it is.
func naive(x *program.Tensor, data []byte, b *program.Box, last int, isOpen []bool) (expected, known []uint64, all bool) {
	all = true
	strides, width := x.Strides(), x.Dtype.Width()
	var axes []int
	for i := range b.Rank {
		if i != last {
			axes = append(axes, i)
		}
	}
	if last >= 0 {
		axes = append(axes, last)
	}
	var visit func(axes []int, place int64)
	visit = func(axes []int, place int64) {
		if len(axes) > 0 {
			s := &b.Axes[axes[0]]
			for k := range int64(s.Count) {
				visit(axes[1:], place+(int64(s.At)+k*s.Step)*int64(strides[axes[0]]))
			}
			return
		}
		var word [8]byte
		copy(word[:], data[uint64(place)*width:uint64(place+1)*width])
		v := binary.LittleEndian.Uint64(word[:])
		switch x.Dtype {
		case program.Int8:
			v = uint64(int64(int8(v)))
		case program.Int32:
			v = uint64(int64(int32(v)))
		}
		expected = append(expected, v)
		if !isOpen[uint64(place)*width/merkle.ChunkSize] {
			v, all = 0, false
		}
		known = append(known, v)
	}
	visit(axes, 0)
	return expected, known, all
}

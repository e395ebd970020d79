package program

import "math/bits"

// Dtype is an ONNX TensorProto.DataType code.
type Dtype uint32

// The dtypes; others are refused.
const (
	Float32  Dtype = 1
	Uint8    Dtype = 2
	Int8     Dtype = 3
	Int32    Dtype = 6
	Int64    Dtype = 7
	Bool     Dtype = 9
	Float16  Dtype = 10
	BFloat16 Dtype = 16
)

var dtypes = [17]struct {
	width uint64
	name  string
}{
	Float32: {4, "float32"}, Uint8: {1, "uint8"}, Int8: {1, "int8"}, Int32: {4, "int32"}, Int64: {8, "int64"},
	Bool: {1, "bool"}, Float16: {2, "float16"}, BFloat16: {2, "bfloat16"},
}

// Width is the number of bytes of one element, zero for an unknown dtype.
func (d Dtype) Width() uint64 {
	if int(d) >= len(dtypes) {
		return 0
	}
	return dtypes[d].width
}

// String returns the dtype's name.
func (d Dtype) String() string {
	if d.Width() == 0 {
		return "unknown"
	}
	return dtypes[d].name
}

// Layout is the order of a tensor's elements in memory.
type Layout uint32

// The layouts. One that moves nothing is spelled Row.
const (
	Row       Layout = iota // row-major
	Axis1Last               // [N][spatial…][C]; filters [out][k…][in/group]
	Swapped                 // last two axes swapped
	Axis0Last               // axis 0 last
)

var layoutNames = [...]string{"row", "axis1-last", "swapped", "axis0-last"}

// String returns the layout's name.
func (l Layout) String() string {
	if int(l) < len(layoutNames) {
		return layoutNames[l]
	}
	return "unknown"
}

// Elements is the number of elements of a tensor that Validate or Check accepted.
func (t *Tensor) Elements() uint64 { return product(t.Dims) }

// Bytes is the size of a tensor that Validate or Check accepted.
func (t *Tensor) Bytes() uint64 { return t.Elements() * t.Dtype.Width() }

func product(dims []uint64) uint64 {
	n := uint64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}

// order returns the logical axes from the outermost in memory to the innermost.
func (t *Tensor) order(buf *[MaxRank]int) []int {
	r := len(t.Dims)
	p := buf[:0]
	switch t.Layout {
	case Axis1Last:
		p = append(p, 0)
		for i := 2; i < r; i++ {
			p = append(p, i)
		}
		return append(p, 1)
	case Axis0Last:
		for i := 1; i < r; i++ {
			p = append(p, i)
		}
		return append(p, 0)
	}
	for i := range r {
		p = append(p, i)
	}
	if t.Layout == Swapped {
		p[r-2], p[r-1] = p[r-1], p[r-2]
	}
	return p
}

// Order returns the logical axes from the outermost in memory to the innermost.
func (t *Tensor) Order() []int {
	var buf [MaxRank]int
	return append([]int(nil), t.order(&buf)...)
}

// Strides returns, for each logical axis, how many elements apart its neighbours lie in memory.
func (t *Tensor) Strides() (s [MaxRank]uint64) {
	var buf [MaxRank]int
	p := t.order(&buf)
	n := uint64(1)
	for i := len(p) - 1; i >= 0; i-- {
		s[p[i]] = n
		n *= t.Dims[p[i]]
	}
	return s
}

// Coordinates turns a logical row-major index below Elements() into one index per axis.
func (t *Tensor) Coordinates(element uint64) []uint64 {
	at := make([]uint64, len(t.Dims))
	for i := len(at) - 1; i >= 0; i-- {
		at[i] = element % t.Dims[i]
		element /= t.Dims[i]
	}
	return at
}

// Index is the inverse of Coordinates.
func (t *Tensor) Index(at []uint64) uint64 {
	n := uint64(0)
	for i, d := range t.Dims {
		n = n*d + at[i]
	}
	return n
}

// Check refuses a tensor whose dtype, rank, extents, size or layout is outside the format.
func (t *Tensor) Check() error {
	if t.Dtype.Width() == 0 {
		return refuse(CodeDtype, "dtype %d is none of float32, float16, bfloat16, int8, uint8, int32, int64, bool", t.Dtype)
	}
	if len(t.Dims) > MaxRank {
		return refuse(CodeExtent, "rank %d exceeds %d", len(t.Dims), MaxRank)
	}
	n := t.Dtype.Width()
	for _, d := range t.Dims {
		if d == 0 || d > MaxExtent {
			return refuse(CodeExtent, "extent %d is outside 1 to %d", d, uint64(MaxExtent))
		}
		hi, lo := bits.Mul64(n, d)
		if hi != 0 || lo > MaxBytes {
			return refuse(CodeExtent, "a tensor of more than %d bytes", uint64(MaxBytes))
		}
		n = lo
	}
	return t.checkLayout()
}

// checkLayout: a layout exists for rank 2 and up (3 for Axis1Last), and one that moves nothing is spelled Row.
func (t *Tensor) checkLayout() error {
	if t.Layout == Row {
		return nil
	}
	if t.Layout > Axis0Last || len(t.Dims) < 2 || t.Layout == Axis1Last && len(t.Dims) < 3 {
		return refuse(CodeLayout, "layout %d does not exist for rank %d", t.Layout, len(t.Dims))
	}
	var buf [MaxRank]int
	last, moved := -1, false
	for _, i := range t.order(&buf) {
		if t.Dims[i] != 1 {
			moved = moved || i < last
			last = i
		}
	}
	if !moved {
		return refuse(CodeLayout, "layout %s moves nothing in %v: write row", t.Layout, t.Dims)
	}
	return nil
}

// Equal compares two types.
func (t *Tensor) Equal(o *Tensor) bool {
	return t.Dtype == o.Dtype && t.Layout == o.Layout && sameDims(t.Dims, o.Dims)
}

func sameDims(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

package program

import "math/bits"

// maxResize bounds the extents of a resized axis: coordinates then keep at least 3 bits more than float32's error hides.
const maxResize = 1 << 18

// fixed-point coordinates have 30 bits after the point.
const point30 = 30

// NearestRange returns the indices of an axis that a nearest Resize may copy for output position x: one where float32
// computes the coordinate exactly (scale 1, or a power of two), and both neighbours where the exact coordinate lies closer
// to the boundary between them than 8 roundings of float32 can tell. The node must have passed Check.
func (n *Node) NearestRange(axis int, x uint64) (lo, hi uint64) {
	scale, in, out := n.Floats(Scales)[axis], n.dims(0)[axis], n.Outputs[0].Dims[axis]
	if scale == floatOne {
		return x, x
	}
	from, to := coordinate(n.Int(CoordinateTransformationMode), scale, in, out, x)
	round := n.Int(NearestMode)
	return clampIndex(roundFixed(round, from), in), clampIndex(roundFixed(round, to), in)
}

// coordinate encloses the original coordinate of output position x, in units of 2^-30.
func coordinate(mode int64, scale uint32, in, out, x uint64) (from, to int64) {
	if x == 0 && (mode == CoordAsymmetric || mode == CoordAlignCorners) || out == 1 && (mode == CoordPytorchHalfPixel || mode == CoordAlignCorners) {
		return 0, 0
	}
	var q int64 // floor of the exact coordinate
	exact := false
	switch mode {
	case CoordAlignCorners:
		hi, lo := bits.Mul64(x*(in-1), 1<<point30)
		v, _ := bits.Div64(hi, lo, out-1) // x < out, so the quotient is below in · 2^30
		q = int64(v)
	case CoordAsymmetric:
		q = quotient(x, scale, point30)
		exact = powerOfTwo(scale)
	default: // (x + 1/2)/scale - 1/2
		q = quotient(2*x+1, scale, point30-1) - 1<<(point30-1)
		exact = powerOfTwo(scale) && scale>>23 <= 127+5
	}
	if exact {
		return q, q
	}
	slack := (max(q, -q) + 1<<point30) >> 21
	return q - slack, q + 1 + slack
}

func powerOfTwo(scale uint32) bool { return scale&(1<<23-1) == 0 }

// quotient is floor(v · 2^shift / s) for a positive normal float32 s.
func quotient(v uint64, s uint32, shift int) int64 {
	m, e := uint64(s&(1<<23-1))|1<<23, int(s>>23)-150
	shift -= e // v · 2^shift / m
	if shift < 0 {
		return int64(v >> min(63, -shift) / m)
	}
	hi, lo := v>>max(0, 64-shift), v<<shift
	if shift >= 64 {
		hi, lo = v<<(shift-64), 0
	}
	if hi >= m {
		return 1 << 50 // beyond every index; unreachable for the extents that checkResize admits
	}
	q, _ := bits.Div64(hi, lo, m)
	return int64(min(q, 1<<50))
}

func roundFixed(mode, v int64) int64 {
	const half = 1 << (point30 - 1)
	switch mode {
	case RoundPreferFloor:
		return -((half - v) >> point30) // ceil(v - 1/2)
	case RoundPreferCeil:
		return (v + half) >> point30
	case RoundFloor:
		return v >> point30
	}
	return -(-v >> point30)
}

func clampIndex(i int64, extent uint64) uint64 {
	return uint64(min(max(i, 0), int64(extent)-1))
}

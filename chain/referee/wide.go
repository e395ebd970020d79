package referee

import "math/bits"

// Wide is a 640-bit integer, least significant word first, two's complement where it is signed. An exact sum of products of
// float32 is a Wide in units of 2^-298, the square of the smallest subnormal: a product needs 554 bits, so 2^20 products and
// the multiplications of a judgement fit.
type Wide [10]uint64

// addAt adds v << shift. Bits beyond the top word are lost, so callers stay within the analysed range.
func (a *Wide) addAt(v uint64, shift uint) {
	w, b := shift>>6, shift&63
	lo, hi := v<<b, v>>(64-b) // a shift by 64 gives 0 in Go
	var c uint64
	a[w], c = bits.Add64(a[w], lo, 0)
	for i := w + 1; i < uint(len(a)) && (hi|c) != 0; i++ {
		a[i], c = bits.Add64(a[i], hi, c)
		hi = 0
	}
}

func addWide(a, b *Wide) (r Wide) {
	var c uint64
	for i := range r {
		r[i], c = bits.Add64(a[i], b[i], c)
	}
	return r
}

func subWide(a, b *Wide) (r Wide) {
	var c uint64
	for i := range r {
		r[i], c = bits.Sub64(a[i], b[i], c)
	}
	return r
}

func (a *Wide) negative() bool { return a[len(a)-1]>>63 != 0 }

// abs returns |a| and whether a was negative.
func (a *Wide) abs() (Wide, bool) {
	if !a.negative() {
		return *a, false
	}
	return subWide(&Wide{}, a), true
}

// mul returns a·m for a non-negative a.
func (a *Wide) mul(m uint64) (r Wide) {
	var c uint64
	for i := range r {
		hi, lo := bits.Mul64(a[i], m)
		var k uint64
		r[i], k = bits.Add64(lo, c, 0)
		c = hi + k
	}
	return r
}

// cmpWide compares non-negative a and b.
func cmpWide(a, b *Wide) int {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// top returns the leading 64 bits of a non-negative a and their exponent: a is m·2^e rounded down.
func (a *Wide) top() (m uint64, e int) {
	b := ballOfWide(a, 0)
	return b.m, b.e
}

package referee

import "math/bits"

// MaxTerms is the most products one judgement may need. A proof of 256 KiB opens at most half as many.
const MaxTerms = 1 << 17

// Dot accumulates products of float32 exactly, the positive and the negative ones apart. Each is then a sum of magnitudes:
// one addition per product, no borrow, and both S = pos - neg and A = pos + neg come for free.
type Dot struct {
	acc   [2][16]uint64 // units of 2^-298; words 10..15 stay zero, the length lets masks replace bounds checks
	bad   uint32        // non-zero once an operand is NaN or infinite
	kinds uint8         // which infinite products there were: productInf, productMinusInf, productNaN
	terms int
}

const (
	productInf      = 1
	productMinusInf = 2
	productNaN      = 4
)

// reset empties the accumulator.
func (d *Dot) reset() { *d = Dot{} }

// add accumulates x[i]·w[i] for every i < len(x); len(w) >= len(x).
func (d *Dot) add(x, w []uint32) {
	w = w[:len(x)]
	d.terms += len(x)
	bad := d.bad
	for i, a := range x {
		b := w[i]
		ea, eb := uint(a>>23)&255, uint(b>>23)&255
		na, nb := (ea+255)>>8, (eb+255)>>8 // hidden bits
		p := (uint64(a&mantissaBits) | uint64(na)<<23) * (uint64(b&mantissaBits) | uint64(nb)<<23)
		s := ea + eb - na - nb
		t := &d.acc[(a^b)>>31]
		k, r := s>>6, s&63
		var c uint64
		t[k&15], c = bits.Add64(t[k&15], p<<r, 0)
		t[(k+1)&15], c = bits.Add64(t[(k+1)&15], p>>(64-r), c)
		for k += 2; c != 0; k++ {
			t[k&15], c = bits.Add64(t[k&15], 0, c)
		}
		bad |= uint32((ea+1)|(eb+1)) >> 8
	}
	d.bad = bad
	if bad != 0 {
		for i, a := range x {
			d.kinds |= productKind(a, w[i])
		}
	}
}

// addOnes accumulates x[i] for every i.
func (d *Dot) addOnes(x []uint32) {
	d.terms += len(x)
	bad := d.bad
	for _, a := range x {
		e := uint(a>>23) & 255
		n := (e + 255) >> 8
		p := uint64(a&mantissaBits) | uint64(n)<<23
		s := e - n + 149
		t := &d.acc[a>>31]
		k, r := s>>6, s&63
		var c uint64
		t[k&15], c = bits.Add64(t[k&15], p<<r, 0)
		t[(k+1)&15], c = bits.Add64(t[(k+1)&15], p>>(64-r), c)
		for k += 2; c != 0; k++ {
			t[k&15], c = bits.Add64(t[k&15], 0, c)
		}
		bad |= uint32(e+1) >> 8
	}
	d.bad = bad
	if bad != 0 {
		for _, a := range x {
			d.kinds |= productKind(a, floatOne)
		}
	}
}

// productKind classifies the product a·b by IEEE 754: 0 finite, or one of the kinds.
func productKind(a, b uint32) uint8 {
	a2, b2 := a<<1, b<<1
	switch {
	case a2 > shiftedInf || b2 > shiftedInf || a2 == shiftedInf && b2 == 0 || a2 == 0 && b2 == shiftedInf:
		return productNaN
	case a2 == shiftedInf || b2 == shiftedInf:
		return uint8(productInf + (a^b)>>31)
	}
	return 0
}

// finite reports whether every operand so far was a finite number.
func (d *Dot) finite() bool { return d.bad == 0 }

// sum returns S, the signed sum of the products, and A, the sum of their magnitudes, in units of 2^-298.
func (d *Dot) sum() (s, a Wide) {
	p, n := Wide(d.acc[0][:10]), Wide(d.acc[1][:10])
	return subWide(&p, &n), addWide(&p, &n)
}

// special judges a sum that holds an infinite or NaN product. A NaN, or infinities of both signs, leave only NaN. One
// infinity leaves itself; NaN is acquitted beside it, because a partial sum may have overflowed the other way before.
func (d *Dot) special(y uint32, dt *detail) outcome {
	want, o := "NaN", demand(nan(y))
	switch d.kinds {
	case productInf:
		want, o = "Infinity", demand(nan(y) || y == floatInf)
	case productMinusInf:
		want, o = "-Infinity", demand(nan(y) || y == negativeInf)
	}
	dt.expect(want, uint64(d.terms), o)
	return o
}

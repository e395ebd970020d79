package referee

import "math/bits"

// Ball is a real number known to lie within rad of the midpoint ±m·2^e; m has its top bit set, or is 0. Operations truncate
// the midpoint to 64 bits and add what they lost to the radius: enclosure holds by construction, nothing has a rounding mode.
type Ball struct {
	neg bool
	m   uint64
	e   int
	rad Mag
}

// ballOf returns a finite float32 exactly.
func ballOf(x uint32) Ball {
	m, s := split(x)
	return newBall(negative(x), m, int(s)-149, Mag{})
}

func ballOfInt(n uint64) Ball { return newBall(false, n, 0, Mag{}) }

func newBall(neg bool, m uint64, e int, rad Mag) Ball {
	if m == 0 {
		return Ball{rad: rad}
	}
	z := bits.LeadingZeros64(m)
	return Ball{neg, m << z, e - z, rad}
}

// ballOfWide returns w·2^e for a two's-complement w, to 64 bits.
func ballOfWide(w *Wide, e int) Ball {
	u, neg := w.abs()
	i := len(u) - 1
	for i > 0 && u[i] == 0 {
		i--
	}
	if i == 0 {
		return newBall(neg, u[0], e, Mag{})
	}
	z := bits.LeadingZeros64(u[i])
	x := e + 64*i - z
	return Ball{neg, u[i]<<z | u[i-1]>>(64-z), x, mag(1, x)}
}

// nothing is the ball about which nothing is known.
func nothing() Ball { return Ball{rad: unbounded} }

// mag bounds the midpoint, upper the whole ball.
func (a Ball) mag() Mag   { return mag(a.m, a.e) }
func (a Ball) upper() Mag { return a.mag().add(a.rad) }

func (a Ball) minus() Ball { a.neg = !a.neg && a.m != 0; return a }

// abs: |±mid ± rad| lies within rad of |mid|.
func (a Ball) abs() Ball { a.neg = false; return a }

// scale multiplies by 2^k, exactly. A zero midpoint keeps e = 0.
func (a Ball) scale(k int) Ball {
	if a.m != 0 {
		a.e += k
	}
	a.rad = a.rad.scale(k)
	return a
}

func (a Ball) add(b Ball) Ball {
	rad := a.rad.add(b.rad)
	if b.m != 0 && (a.m == 0 || a.e < b.e || a.e == b.e && a.m < b.m) {
		a, b = b, a
	}
	if b.m == 0 {
		a.rad = rad
		return a
	}
	// b, shifted right by d, has the words bh, bl; lost says that bits fell off below 2^(a.e-64).
	d := uint(a.e - b.e)
	bh, bl, lost := b.m>>d, b.m<<(64-d), false
	if d > 64 {
		bl = b.m >> (d - 64)
		lost = d >= 128 || bl<<(d-64) != b.m
	}
	var h, l, c uint64
	e := a.e
	if a.neg == b.neg {
		l = bl
		h, c = bits.Add64(a.m, bh, 0)
		if c != 0 {
			lost = lost || l&1 != 0
			l, h, e = l>>1|h<<63, h>>1|1<<63, e+1
		}
	} else {
		l, c = bits.Sub64(0, bl, 0)
		h, _ = bits.Sub64(a.m, bh, c)
		if h == 0 {
			h, l, e = l, 0, e-64
		}
		if h == 0 {
			return Ball{rad: rad}
		}
		z := bits.LeadingZeros64(h)
		h, l, e = h<<z|l>>(64-z), l<<z, e-z
	}
	if lost {
		rad = rad.add(mag(1, a.e-63))
	}
	if l != 0 {
		rad = rad.add(mag(1, e))
	}
	return Ball{a.neg, h, e, rad}
}

func (a Ball) sub(b Ball) Ball { return a.add(b.minus()) }

func (a Ball) mul(b Ball) Ball {
	rad := a.rad
	if a.rad.m|b.rad.m != 0 {
		rad = a.mag().mul(b.rad).add(a.rad.mul(b.upper()))
	}
	if a.m == 0 || b.m == 0 {
		return Ball{rad: rad}
	}
	h, l := bits.Mul64(a.m, b.m)
	e := a.e + b.e + 64
	if h>>63 == 0 {
		h, l, e = h<<1|l>>63, l<<1, e-1
	}
	if l != 0 {
		rad = rad.add(mag(1, e))
	}
	return Ball{a.neg != b.neg, h, e, rad}
}

// low returns a lower bound of the magnitude, zero if the ball may hold 0.
func (a Ball) low() Mag {
	m, s := a.m>>32, a.e+32-a.rad.e
	switch {
	case a.rad.m == 0:
	case s < 0 || s == 0 && a.rad.m >= m:
		return Mag{}
	case s < 32:
		m -= (a.rad.m-1)>>s + 1
	default:
		m--
	}
	if int64(m) <= 0 {
		return Mag{}
	}
	return Mag{m, a.e + 32}
}

// quo divides; a divisor that may be 0 gives nothing.
func (a Ball) quo(b Ball) Ball {
	low := b.low()
	if low.m == 0 {
		return nothing()
	}
	var q Ball
	if a.m != 0 {
		var rem uint64
		q = Ball{neg: a.neg != b.neg, e: a.e - b.e - 64}
		if a.m < b.m {
			q.m, rem = bits.Div64(a.m, 0, b.m)
		} else {
			q.m, rem = bits.Div64(a.m>>1, a.m<<63, b.m) // a.m>>1 < 2^63 <= b.m
			q.e++
		}
		if rem != 0 {
			q.rad = mag(1, q.e)
		}
	}
	if a.rad.m|b.rad.m != 0 { // (ra + |q| rb) / (|b| - rb), and |a/b| < |q| + q.rad
		q.rad = q.rad.add(a.rad.add(q.upper().mul(b.rad)).quo(low))
	}
	return q
}

// sqrt of a ball that is positive, or exactly zero; anything else gives nothing.
func (a Ball) sqrt() Ball {
	if a.m == 0 && a.rad.m == 0 {
		return a
	}
	if a.neg || a.low().m == 0 {
		return nothing()
	}
	h, l, e := a.m, uint64(0), a.e-64
	if e&1 != 0 {
		h, l, e = a.m>>1, a.m<<63, e+1
	}
	s := ^uint64(0) // Newton from above decreases to floor(sqrt(h:l))
	for h < s {
		q, _ := bits.Div64(h, l, s)
		t, c := bits.Add64(s, q, 0)
		t = t>>1 | c<<63
		if t >= s {
			break
		}
		s = t
	}
	r := Ball{m: s, e: e / 2}
	if ph, pl := bits.Mul64(s, s); ph != h || pl != l {
		r.rad = mag(1, r.e)
	}
	if a.rad.m != 0 { // |sqrt(a') - sqrt(a)| <= ra/sqrt(a)
		r.rad = r.rad.add(a.rad.quo(Mag{s >> 32, r.e + 32}))
	}
	return r
}

// above reports |midpoint of a| > r, exactly.
func (a Ball) above(r Mag) bool {
	if a.m == 0 || r.m == 0 || a.e+63 != r.e+31 {
		return a.m != 0 && (r.m == 0 || a.e+63 > r.e+31)
	}
	return a.m > r.m<<32
}

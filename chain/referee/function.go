package referee

import "math/bits"

var (
	ballOne = ballOfInt(1)
	ballTwo = ballOfInt(2)
	ln2     = Ball{false, 0xb17217f7d1cf79ab, -64, mag(1, -64)}
	erfCo   = Ball{false, 0x906eba8214db688d, -63, mag(1, -63)} // 2/sqrt(pi)
)

// 128 bits of ln 2.
const ln2Hi, ln2Lo = 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af

// invFact[n] = floor(2^64/(n+1)!) for n = 1..19, invOdd[n] = floor(2^64/(2n+1)) for n = 1..13: by repeated floor division.
var invFact, invOdd = func() (f [20]uint64, o [14]uint64) {
	h, l := uint64(1), uint64(0)
	for n := uint64(1); n < 20; n++ {
		q, r := h/(n+1), h%(n+1)
		l, _ = bits.Div64(r, l, n+1)
		h, f[n] = q, l
	}
	for n := uint64(1); n < 14; n++ {
		o[n], _ = bits.Div64(1, 0, 2*n+1)
	}
	return f, o
}()

// expTail returns q(r) = sum over n >= 1 of r^n/(n+1)!, so that e^r = 1 + r·(1+q), for r < ln 2; both in units of 2^-64.
// Each of the 19 steps loses < 2 units (constant and product truncated) and shrinks the past by r < 0.694:
// 2/(1-0.694) < 7 units; the omitted terms are < 2^-75. The result is too small by < 8 units.
func expTail(r uint64) uint64 {
	v := invFact[19]
	for n := 18; n > 0; n-- {
		v, _ = bits.Mul64(v, r)
		v += invFact[n]
	}
	v, _ = bits.Mul64(v, r)
	return v
}

// fixed returns the midpoint as a two's-complement 64.64 number, truncated towards zero, for |x| < 2^62.
func (x Ball) fixed() (h, l uint64) {
	if s := x.e + 64; s >= 0 {
		h, l = x.m>>(64-s), x.m<<s
	} else {
		l = x.m >> -s
	}
	if x.neg {
		var b uint64
		l, b = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, b)
	}
	return h, l
}

// exp: x = k·ln2 + r with 0 <= r < ln2, and e^x = 2^k·(1 + r + r·q(r)).
func (x Ball) exp() Ball {
	if x.farBelow() { // before its radius is looked at: a mask of -3.4e38 less a maximum has a wide one
		return Ball{rad: mag(1, -1024)}
	}
	if x.rad.above(1<<63, -64) { // radius over 1/2
		return nothing()
	}
	if x.m != 0 && x.e+64 > 10 { // |x| >= 2^10
		if x.neg {
			return Ball{rad: mag(1, -1024)}
		}
		// e^x >= 2^1477: every magnitude out of float32's range gives the same verdicts, so saturate
		return Ball{m: 1 << 63, e: 1400, rad: mag(1, 1462)}
	}
	h, l := x.fixed()                                // error < 1 unit of 2^-64
	k := (int64(h<<20|l>>44) * 1549082004 >> 50) - 1 // floor(x/ln2), or up to 2 less
	kh, kl := bits.Mul64(abs64(k), ln2Hi)            // |k|·ln2
	th, _ := bits.Mul64(abs64(k), ln2Lo)
	kl, c := bits.Add64(kl, th, 0)
	kh += c
	if k < 0 {
		l, c = bits.Add64(l, kl, 0)
		h, _ = bits.Add64(h, kh, c)
	} else {
		l, c = bits.Sub64(l, kl, 0)
		h, _ = bits.Sub64(h, kh, c)
	}
	for int64(h) > 0 || h == 0 && l >= ln2Hi {
		l, c = bits.Sub64(l, ln2Hi, 0)
		h -= c
		k++
	} // r = l, error < 5 units: x, |k|·ln2, up to 3 subtractions of a truncated ln2
	q := expTail(l)
	p, _ := bits.Mul64(l, q) // r·q: error < 0.7·8 + 1
	p += l
	// e^r = 1+p; error < 2·5 + 6.6 < 18 units of 2^-64 = 9 of the midpoint's last place 2^-63, plus 1 for the shift
	y := Ball{false, 1<<63 | p>>1, int(k) - 63, mag(10, int(k)-63)}
	if x.rad.m != 0 { // e^(x+d) - e^x <= e^x·2|d| for |d| <= 1/2
		y.rad = y.rad.add(y.upper().mul(x.rad).scale(1))
	}
	return y
}

// farBelow: every number of the ball is at most -2^10, so that its exponential is below 2^-1477.
func (x Ball) farBelow() bool {
	low := x.low()
	return x.neg && low.m != 0 && low.e+bits.Len64(low.m) > 10
}

func abs64(k int64) uint64 {
	if k < 0 {
		return uint64(-k)
	}
	return uint64(k)
}

// expm1 for x >= 0: relatively accurate also near 0, where e^x - 1 = x·(1 + q(x)).
func (x Ball) expm1() Ball {
	if x.neg || x.m != 0 && x.e > -65 || x.rad.above(1<<63, -64) { // x >= 1/2
		return x.exp().sub(ballOne)
	}
	_, r := x.fixed()
	q := expTail(r) // error < 8 units, and < 1 from r
	y := Ball{}
	if x.m != 0 {
		y = Ball{m: x.m, e: x.e}.mul(Ball{false, 1<<63 | q>>1, -63, mag(6, -63)})
	}
	y.rad = y.rad.add(x.rad.mul(mag(7, 0))) // slope <= e^(1/2+1/2) < 7 with room
	return y
}

// log for x > 0: x = 2^k·v, v in [0.707, 1.415), log v = 2·atanh z, z = (v-1)/(v+1), |z| < 0.1716.
func (x Ball) log() Ball {
	low := x.low()
	if x.neg || low.m == 0 {
		return nothing()
	}
	k, v := x.e+63, Ball{m: x.m, e: -63}
	if x.m > 0xb504f333f9de6484 {
		k, v.e = k+1, -64
	}
	z := v.sub(ballOne).quo(v.add(ballOne))
	_, w := z.mul(z).abs().fixed() // error < 3 units
	t := invOdd[13]
	for n := 12; n > 0; n-- {
		t, _ = bits.Mul64(t, w)
		t += invOdd[n]
	}
	t, _ = bits.Mul64(t, w) // sum over n = 1..13 of w^n/(2n+1): error < 3·0.36 + 2.1 units; the rest is < 2^-74
	y := z.mul(Ball{false, 1<<63 | t>>1, -63, mag(4, -63)}).scale(1)
	n := ballOfInt(abs64(int64(k)))
	n.neg = k < 0
	y = y.add(ln2.mul(n))
	y.rad = y.rad.add(x.rad.quo(low)) // log' <= 1/low
	return y
}

// sigmoid = 1/(1+e^-x); the exponent is kept non-positive so that nothing overflows.
func (x Ball) sigmoid() Ball {
	e := x.abs().minus().exp()
	if x.neg {
		return e.quo(e.add(ballOne))
	}
	return ballOne.quo(e.add(ballOne))
}

// tanh = (e^2|x| - 1)/(e^2|x| + 1), the sign restored.
func (x Ball) tanh() Ball {
	a := x.abs()
	if a.m != 0 && a.e > -58 { // |x| >= 64: 1 - tanh < 2^-180
		return Ball{x.neg, 1 << 63, -63, mag(1, -180)}
	}
	p := a.scale(1).expm1()
	t := p.quo(p.add(ballTwo))
	t.neg = x.neg && t.m != 0
	return t
}

// erf(x) = 2/sqrt(pi)·x·e^(-x²)·sum over n of (2x²)^n/(2n+1)!!, all terms positive: nothing cancels.
func (x Ball) erf() Ball {
	if x.m != 0 && x.e > -62 && (x.e > -61 || x.m >= 3<<62) { // |x| >= 6: 1 - erf < 2^-55
		return Ball{x.neg, 1 << 63, -63, mag(1, -55)}
	}
	c := Ball{neg: x.neg, m: x.m, e: x.e} // the midpoint; the slope of erf is < 2
	y := c.mul(c)
	s, t, y2 := ballOne, ballOne, y.scale(1)
	for n := uint64(1); ; n++ {
		t = t.mul(y2).quo(ballOfInt(2*n + 1))
		s = s.add(t)
		// once the ratio of successive terms is at most 1/2, the rest is at most t
		half := newBall(false, 2*n+3, -1, Mag{})
		if t.m == 0 || t.e < s.e-66 && !y2.mag().above(half.m, half.e) {
			break
		}
	}
	s.rad = s.rad.add(t.upper())
	r := erfCo.mul(c).mul(y.minus().exp()).mul(s)
	r.rad = r.rad.add(x.rad.scale(1))
	return r
}

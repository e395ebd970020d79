package referee

import "math/bits"

// Mag is an upper bound m·2^e of a magnitude: 2^31 <= m < 2^32, or m = 0 for zero. Every operation rounds up.
type Mag struct {
	m uint64
	e int
}

// unbounded is the radius of a result about which nothing is known; it convicts nobody.
var unbounded = Mag{1 << 31, 1 << 20}

func (a Mag) infinite() bool { return a.e >= 1<<19 }

// mag returns m·2^e rounded up.
func mag(m uint64, e int) Mag {
	if m == 0 {
		return Mag{}
	}
	s := bits.Len64(m) - 32
	if s <= 0 {
		return Mag{m << -s, e + s}
	}
	m = (m-1)>>s + 1
	if m == 1<<32 {
		m, s = 1<<31, s+1
	}
	return Mag{m, e + s}
}

func (a Mag) add(b Mag) Mag {
	if a.e < b.e && b.m != 0 || a.m == 0 {
		a, b = b, a
	}
	if b.m == 0 {
		return a
	}
	if d := a.e - b.e; d < 32 {
		return mag(a.m+(b.m-1)>>d+1, a.e)
	}
	return mag(a.m+1, a.e)
}

func (a Mag) mul(b Mag) Mag {
	if a.infinite() || b.infinite() {
		return unbounded
	}
	return mag(a.m*b.m, a.e+b.e)
}

// quo returns an upper bound of a/b for a lower bound b > 0 of the divisor.
func (a Mag) quo(b Mag) Mag {
	if a.m == 0 || a.infinite() {
		return a
	}
	return mag(a.m<<32/b.m+1, a.e-b.e-32)
}

func (a Mag) scale(k int) Mag {
	if a.m != 0 && !a.infinite() {
		a.e += k
	}
	return a
}

// above reports a > m·2^e for m with its top bit set (or 0), exactly.
func (a Mag) above(m uint64, e int) bool {
	switch {
	case a.m == 0:
		return false
	case m == 0 || a.e+31 != e+63:
		return m == 0 || a.e+31 > e+63
	}
	return a.m<<32 > m
}

// atLeast reports a >= m·2^e for m with its top bit set.
func (a Mag) atLeast(m uint64, e int) bool {
	if a.m == 0 || a.e+31 != e+63 {
		return a.m != 0 && a.e+31 > e+63
	}
	return a.m<<32 >= m
}

// gamma is an upper bound of n·u/(1-n·u) = n/(2^24-n), u = 2^-24: the relative error of n roundings.
func gamma(n uint64) Mag {
	if n >= one24 {
		return unbounded
	}
	return mag(n, 0).quo(lowMag(one24-n, 0))
}

// lowMag returns m·2^e rounded down to a Mag, for use as a divisor.
func lowMag(m uint64, e int) Mag {
	s := bits.Len64(m) - 32
	if s <= 0 {
		return Mag{m << -s, e + s}
	}
	return Mag{m >> s, e + s}
}

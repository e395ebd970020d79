package referee

import (
	"math/big"
	"math/bits"
)

// outcome of judging one element. ratio is |y - ref|/bound in units of 2^-20, saturated at 2^60: for people, never for the
// verdict.
type outcome struct {
	fault bool
	cause Cause
	ratio uint64
}

// detail is what an explanation says beyond the outcome; judges fill it in when it is asked for.
type detail struct {
	exact, bound, ratio string
	terms               uint64
	// ref and limit are the numbers behind exact and bound, where there is a bound
	ref, limit *big.Rat
	// each is called with the products of a contraction, where a caller wants them
	each func(x, w []uint32)
}

var honest = outcome{}

// undecided is never a fault, but the element must still lie in the operator's range.
func undecided(cause Cause, inRange bool) outcome { return outcome{fault: !inRange, cause: cause} }

// demand is an outcome without a bound: y is as it must be, or it is a fault.
func demand(ok bool) outcome {
	if ok {
		return honest
	}
	return outcome{fault: true, ratio: 1 << 60}
}

// expect fills in a detail for an exact demand.
func (d *detail) expect(exact string, terms uint64, o outcome) {
	if d == nil {
		return
	}
	d.exact, d.bound, d.terms = exact, "0", terms
	if d.ratio = "0"; o.fault {
		d.ratio = "unbounded"
	}
}

// ratio is (m·2^e)/(n·2^f) in units of 2^-20, rounded down and saturated.
func ratio(m uint64, e int, n uint64, f int) uint64 {
	if m == 0 {
		return 0
	}
	if n == 0 {
		return 1 << 60
	}
	zm, zn := bits.LeadingZeros64(m), bits.LeadingZeros64(n)
	m, e, n, f = m<<zm>>1, e-zm+1, n<<zn>>32, f-zn+32
	q, s := m/n, e-f+20 // q has 31 or 32 bits
	switch {
	case s > 28:
		return 1 << 60
	case s >= 0:
		return q << s
	case s < -63:
		return 0
	}
	return q >> -s
}

var (
	unit    = mag(1, -24)  // u, the unit roundoff
	minimum = mag(1, -126) // the smallest normal number
)

// reachesOverflow reports that a magnitude may have overflowed: it is at least 2^128 - 2^104, the largest float32.
// A quarter of a last place below is included, because magnitudes are rounded up to 32 bits anyway.
func reachesOverflow(r Mag) bool { return r.atLeast(1<<63|(1<<24-1)<<39, 128-64) }

// judgeBall decides |y - ref| > bound: a fault only for certain, whatever the radius of ref leaves open acquits. reach
// bounds every number on the way: where it may overflow, infinities and NaN are excused; elsewhere they are faults.
func judgeBall(y uint32, ref Ball, bound, reach Mag, d *detail) outcome {
	if d != nil {
		d.exact, d.bound = decimalRat(ref.rat()), bound.add(ref.rad).text()
		d.ref, d.limit = ref.rat(), bound.add(ref.rad).rat()
	}
	if ref.rad.infinite() || bound.infinite() {
		return undecided(Unbounded, true)
	}
	if !finite(y) {
		if d != nil {
			d.ratio = "unbounded"
		}
		return demand(reachesOverflow(reach))
	}
	diff := ballOf(y).sub(ref)
	tolerance := diff.rad.add(bound)
	o := outcome{fault: diff.above(tolerance), ratio: ratio(diff.m, diff.e, tolerance.m, tolerance.e)}
	if d != nil {
		d.ratio = ratioRat(diff.abs().rat(), tolerance.rat())
	}
	return o
}

// eta is the largest error of an underflow under a profile.
func (c *Constants) eta() Mag { return mag(1, -int(c.Underflow)) }

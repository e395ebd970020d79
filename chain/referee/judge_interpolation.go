package referee

import "github.com/assay-chain/assay/chain/program"

// interpolation judges a linear Resize. The reference is the multilinear interpolant P at the exact coordinate. A kernel
// evaluates P at a coordinate within ε_a of it on every axis a (ε_a = Slack, 0 where float32 is exact), in float32:
//
//   - P is a mean of elements whose weights move by at most 2ε_a in all on axis a, and sum up to 1 before and after, so P
//     moves by at most Σ ε_a · (max - min) over the elements that any such coordinate reads;
//   - on d axes, a sum of 2^d products of d weights rounds at most 2d + 2^d - 1 times on the way of each term; d nested
//     x0 + w(x1 - x0) lose 7u·max|x| each (the difference, w and their product on 2·max|x|, the sum on max|x|). γ_8d·max|x|
//     holds both.
type interpolation struct {
	window
	rounding Mag // γ_8d
	eta      Mag
}

// underflows of an interpolation: 3 products in each of 8 terms, and their sums.
const interpolationUnderflows = 32

func newInterpolation(n *program.Node, in []*source, c *Constants) judge {
	return &interpolation{newWindow(n, in), gamma(8 * n.ScaledAxes()), c.eta().mul(mag(interpolationUnderflows, 0))}
}

func (r *interpolation) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	values := r.load(slot, at)
	var spans [program.MaxRank]program.Interpolation
	slack := Mag{}
	for i := range at {
		spans[i] = r.n.InterpolationAt(i, at[i])
		slack = slack.add(mag(uint64(spans[i].Slack), -31))
	}
	if d != nil {
		d.terms = uint64(len(values))
	}
	lowest, highest, size, wild := hull(values)
	tiny := r.rounding.mul(size).add(r.eta)
	if wild {
		return r.special(spans[:len(at)], values, uint32(y), lowest, highest, tiny, size.scale(1), d)
	}
	ref := Ball{}
	for k, x := range values {
		ref = ref.add(ballOf(x).mul(weight(spans[:len(at)], k)))
	}
	spread := ballOf(highest).sub(ballOf(lowest)).upper()
	bound := slack.mul(spread).add(tiny)
	return judgeBall(uint32(y), ref, bound, size.add(spread).add(bound), d)
}

// hull is the range of the finite ones among values and the largest of their magnitudes; wild reports that others are there.
func hull(values []uint32) (lowest, highest uint32, size Mag, wild bool) {
	lowest, highest = floatInf, negativeInf
	for _, x := range values {
		if !finite(x) {
			wild = true
			continue
		}
		if less(x, lowest) {
			lowest = x
		}
		if less(highest, x) {
			highest = x
		}
	}
	if finite(lowest) {
		size = ballOf(lowest).upper()
		if other := ballOf(highest).upper(); other.above(size.m<<32, size.e-32) {
			size = other
		}
	}
	return lowest, highest, size, wild
}

// weight is the exact product of the axes' weights for element k of the box, in row-major order.
func weight(spans []program.Interpolation, k int) Ball {
	w := ballOfInt(1)
	eachAxis(spans, k, func(s *program.Interpolation, i uint64) {
		w = w.mul(newBall(false, uint64(s.Weight(i)), -31, Mag{}))
	})
	return w
}

// certain reports that element k has a weight above zero at every coordinate that a kernel may compute.
func certain(spans []program.Interpolation, k int) bool {
	yes := true
	eachAxis(spans, k, func(s *program.Interpolation, i uint64) { yes = yes && s.Weight(i) > s.Slack })
	return yes
}

// eachAxis calls f with the index of element k on every axis, the last one first.
func eachAxis(spans []program.Interpolation, k int, f func(s *program.Interpolation, i uint64)) {
	for a := len(spans) - 1; a >= 0; a-- {
		count := int(spans[a].High - spans[a].Low + 1)
		f(&spans[a], spans[a].Low+uint64(k%count))
		k /= count
	}
}

// special judges an element beside infinities or NaN. NaN is always honest, because zero times infinity is; an infinity is
// where it is read (or the finite elements may overflow) and no NaN counts for certain; a finite number only where nothing
// infinite counts for certain, between the finite elements.
func (r *interpolation) special(spans []program.Interpolation, values []uint32, y, lowest, highest uint32, tiny, reach Mag, d *detail) outcome {
	read, wild, invalid := reachesOverflow(reach), false, false
	for k, x := range values {
		if finite(x) {
			continue
		}
		read = read || x == y
		if certain(spans, k) {
			wild, invalid = true, invalid || nan(x)
		}
	}
	var ok bool
	switch {
	case nan(y):
		ok = true
	case inf(y):
		ok = read && !invalid
	case finite(lowest) && !wild:
		below, above := ballOf(lowest).sub(ballOf(y)), ballOf(y).sub(ballOf(highest))
		ok = (below.neg || !below.above(tiny)) && (above.neg || !above.above(tiny))
	}
	o := demand(ok)
	d.expect("NaN, or an infinity that is read", uint64(len(values)), o)
	return o
}

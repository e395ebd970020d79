package referee

import "github.com/assay-chain/assay/chain/program"

// LayerNormalization and InstanceNormalization: y = g·(x-μ)/σ + b with μ and σ² = V + ε over a group of n elements.
//
// Kernels differ in how they take the variance, (1/n)·Σ(x-μ)² (ONNX Runtime's InstanceNormalization) or (1/n)·Σx² - μ² (its
// LayerNormalization), in the order of every sum, and in whether they fold the affine map into x·(g/σ) + (b - μ·g/σ). The bound
// covers them all. A recurrence (Welford's) is neither of the two.
//
// Write Q = Σx²/n = V + μ², A = Σ|x|/n. A computed mean is off by at most e = γ_(n+1)·A + 5η: the sum and a division, or a
// product with a rounded 1/n.
//
//	two passes  every term (x-m)² of V + (m-μ)² takes n+4 roundings, and Σ(x-μ) = 0: γ_(n+4)·V + (1+γ_(n+4))·e²
//	one pass    γ_(n+2)·Q for the squares, (2|μ|+e)·e and γ_4·(|μ|+e)² for m², u·V for the difference
//
// so E = (1+γ_(n+5))·(γ_(n+4)·Q + (2|μ|+e)·e + γ_4·(|μ|+e)² + 8·(1+A)·η) covers either. With t = E/(V+ε) + u the computed V+ε is
// (V+ε)·(1+θ), |θ| <= t, and (1+θ)^(-1/2) is within ½·t/(1-t) of 1 (their power series, term by term); from t >= 1/2 on the
// quotient is undecided. Square root, reciprocal and the product with g add (2·Roots+2)·u: with r their sum the factor g/σ is
// right within κ = r/(1-r); what a lost variance still says is in judgeWide. Then
//
//	B = |g/σ|·(κ·|x-μ| + (1+κ)·e) + γ_4·((|x|+|μ|+e)·|g/σ|·(1+κ) + |b|) + underflows
//
// for four more roundings of each of the terms x·g/σ, μ·g/σ and b, in any order. An underflow is at most η, times whatever factor
// it still meets.

// moments are what the elements of a group share.
type moments struct {
	n uint64
	// irregular: the group holds NaN or an infinity. Its variance is NaN then, in both forms.
	irregular bool
	// overflow: the squares may sum up to infinity; then σ is infinite or NaN, and the result the bias or no number.
	overflow bool
	// wide: the error of the variance may reach half of it.
	wide   bool
	mean   Ball
	drift  Mag // e
	sigma  Ball
	kappa  Mag  // κ
	widest Ball // no computed σ is larger
}

// newMoments sums exactly, so that its own error (2^-62·Q) is far below E.
func newMoments(values []uint32, epsilon uint32, c *Constants) (m moments) {
	m.n = uint64(len(values))
	var sum, squares Dot
	sum.addOnes(values)
	squares.add(values, values)
	if !sum.finite() {
		m.irregular = true
		return m
	}
	s, a := sum.sum()
	_, q := squares.sum()
	n := ballOfInt(m.n)
	total, totalSquares := ballOfWide(&a, -298).upper(), ballOfWide(&q, -298)
	m.overflow = reachesOverflow(total.add(totalSquares.upper()).scale(3)) // (x-m)² <= 4x² + …, and the roundings

	eta := c.eta()
	m.mean = ballOfWide(&s, -298).quo(n)
	absolute := ballOfWide(&a, -298).quo(n).upper()
	square := totalSquares.quo(n)
	m.drift = absolute.mul(gamma(m.n + 1)).add(eta.mul(mag(5, 0)))

	center := m.mean.upper()
	wrong := square.upper().mul(gamma(m.n + 4))
	wrong = wrong.add(center.scale(1).add(m.drift).mul(m.drift))
	reach := center.add(m.drift)
	wrong = wrong.add(reach.mul(reach).mul(gamma(4)))
	wrong = wrong.add(mag(8, 0).mul(absolute.add(mag(1, 0))).mul(eta))
	wrong = wrong.add(wrong.mul(gamma(m.n + 5)))

	w := square.sub(m.mean.mul(m.mean)).add(ballOf(epsilon))
	low, high := w.low(), w.upper().add(wrong)
	m.widest = newBall(false, high.m, high.e, Mag{}).sqrt()
	if low.m == 0 {
		m.wide = true
		return m
	}
	t := geometric(wrong.quo(low).add(unit))
	r := t.scale(-1).add(mag(2*uint64(c.Roots)+2, -24))
	m.sigma, m.kappa = w.sqrt(), geometric(r)
	m.wide = t.infinite() || m.kappa.infinite() || m.sigma.rad.infinite()
	return m
}

// judge decides one element x of the group, scaled by g and shifted by b.
func (m *moments) judge(c *Constants, y, x, g, b uint32, d *detail) outcome {
	switch {
	case nan(g) || nan(b):
		return exactly(y, floatNaN, d)
	case m.irregular || !finite(g) || !finite(b):
		o := demand(!finite(y))
		d.expect("NaN or an infinity", m.n, o)
		return o
	case m.overflow && (!finite(y) || equal(y, b)):
		d.expect("NaN, an infinity or the bias", m.n, honest)
		return honest
	case m.wide:
		return m.judgeWide(c, y, x, g, b, d)
	}
	X, G, B := ballOf(x), ballOf(g), ballOf(b)
	factor, off := G.quo(m.sigma), X.sub(m.mean)
	k := factor.upper()
	most := k.add(k.mul(m.kappa)) // |g/σ|·(1+κ)
	span := X.mag().add(m.mean.upper()).add(m.drift)
	size := span.mul(most).add(B.mag())
	bound := k.mul(m.kappa).mul(off.upper()).add(most.mul(m.drift)).add(size.mul(gamma(4)))
	normal := span.quo(m.sigma.low()).scale(1) // more than |x-m|/σ
	factors := span.add(G.mag()).add(most).add(normal).add(mag(8, 0))
	bound = bound.add(factors.mul(c.eta()).scale(1))
	reach := size.add(bound).add(span.mul(G.mag().add(mag(1, 0)))).add(normal)
	return judgeBall(y, off.mul(factor).add(B), bound, reach, d)
}

// judgeWide: the variance is lost in rounding, so that σ may be anything up to its widest, zero and NaN included. That bounds
// y - b from below: it has the sign of g·(x-μ) wherever μ's error and four roundings of x·g/σ and μ·g/σ leave it one, and is at
// least |g|·(|x-μ| - e - γ_4·(|x|+|μ|+e))/widest, less 2^-10 of it for the roundings of g/σ and γ_4·|b| for those of the sum.
func (m *moments) judgeWide(c *Constants, y, x, g, b uint32, d *detail) outcome {
	X, B := ballOf(x), ballOf(b)
	span := X.mag().add(m.mean.upper()).add(m.drift)
	off := X.sub(m.mean)
	off.rad = off.rad.add(m.drift).add(span.mul(gamma(4)))
	least := off.mul(ballOf(g)).quo(m.widest)
	low := least.low()
	d.expect("the bias, or farther from it: the variance is lost in rounding", m.n, honest)
	if !finite(y) || low.m == 0 {
		return undecided(WideErrors, true)
	}
	shift := ballOf(y).sub(B)
	if least.neg {
		shift = shift.minus()
	}
	short := newBall(false, low.m, low.e, Mag{}).mul(ballOfInt(1023).scale(-10)).sub(shift)
	slack := B.mag().mul(gamma(4)).add(span.add(ballOf(g).mag()).add(mag(8, 0)).mul(c.eta()).scale(2)).add(short.rad)
	return undecided(WideErrors, short.neg || !short.above(slack))
}

// groupNormJudge keeps the moments of the last group.
type groupNormJudge struct {
	window
	c       *Constants
	params  []*source // scale, and bias or nil
	channel bool      // one parameter a channel, not one for each element of a group
	epsilon uint32
	first   int // first axis of a group
	moments moments
	at      program.Box
	valid   bool
}

func newLayerNorm(n *program.Node, in []*source, c *Constants) judge {
	return &groupNormJudge{window: newWindow(n, in), c: c, params: in[1:], epsilon: n.Float(program.Epsilon), first: n.GroupAxis()}
}

func newInstanceNorm(n *program.Node, in []*source, c *Constants) judge {
	return &groupNormJudge{window: newWindow(n, in), c: c, params: in[1:], channel: true, epsilon: n.Float(program.Epsilon), first: n.GroupAxis()}
}

func (j *groupNormJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	j.n.Reads(slot, at, 0, &j.box)
	if !j.valid || j.at != j.box {
		j.buffer = j.in.box(j.buffer[:0], &j.box, -1)
		j.moments = newMoments(j.buffer, j.epsilon, j.c)
		j.at, j.valid = j.box, true
	}
	where := at[j.first:]
	if j.channel {
		where = at[1:2]
	}
	g, b := j.params[0].word(j.params[0].position(where)), uint32(floatZero)
	if len(j.params) > 1 && j.params[1] != nil {
		b = j.params[1].word(j.params[1].position(where))
	}
	o := j.moments.judge(j.c, uint32(y), j.in.word(j.in.position(at)), g, b, d)
	if d != nil {
		d.terms = j.moments.n
	}
	return o
}

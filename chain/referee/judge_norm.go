package referee

import "github.com/assay-chain/assay/chain/program"

var normJudges = []row{{program.OpBatchNormalization, newBatchNorm}, {program.OpSoftmax, newSoftmax}, {program.OpLogSoftmax, newLogSoftmax},
	{program.OpLayerNormalization, newLayerNorm}, {program.OpInstanceNormalization, newInstanceNorm}}

// batchNorm: (x-μ)·k + b with k = s/sqrt(v+ε); γ_6·((|x|+|μ|)·|k| + |b|) for either order of the affine map. An underflow of
// k costs η·(|x|+|μ|), one of a product η: (|x|+|μ|+4)·η covers both.
type batchNorm struct {
	c       *Constants
	in      []*source
	epsilon uint32
	cache   []channelFactor // of all channels, once more than one element is judged and they are not too many
	calls   int
}

type channelFactor struct {
	known  bool
	factor Ball
	cause  Cause
	nan    bool
	reach  Mag
}

func newBatchNorm(n *program.Node, in []*source, c *Constants) judge {
	return &batchNorm{c: c, in: in, epsilon: n.Float(program.Epsilon)}
}

// maxCachedChannels bounds the memory that a judge keeps.
const maxCachedChannels = 1 << 14

func (b *batchNorm) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	ch := at[1]
	x, bias, mean := b.in[0].word(b.in[0].position(at)), b.in[2].word(ch), b.in[3].word(ch)
	f := b.lookup(ch)
	if d != nil {
		d.terms = 5
	}
	if f.nan || nan(x) || nan(bias) || nan(mean) {
		return exactly(uint32(y), floatNaN, d)
	}
	if f.cause != Decided {
		d.expect("undefined", 5, honest)
		return undecided(f.cause, true)
	}
	if !finite(x) || !finite(bias) || !finite(mean) {
		return beside(uint32(y), d)
	}
	X, M, B := ballOf(x), ballOf(mean), ballOf(bias)
	ref := X.sub(M).mul(f.factor).add(B)
	span := X.mag().add(M.mag())
	size := span.mul(f.factor.upper()).add(B.mag())
	bound := size.mul(gamma(6)).add(span.add(mag(4, 0)).mul(b.c.eta()))
	return judgeBall(uint32(y), ref, bound, size.add(bound).add(span).add(f.reach), d)
}

func (b *batchNorm) lookup(ch uint64) channelFactor {
	b.calls++
	if b.cache == nil && b.calls == 2 && b.in[1].tensor.Dims[0] <= maxCachedChannels {
		b.cache = make([]channelFactor, b.in[1].tensor.Dims[0])
	}
	if b.cache != nil && b.cache[ch].known {
		return b.cache[ch]
	}
	f := b.compute(ch)
	if b.cache != nil {
		b.cache[ch] = f
	}
	return f
}

func (b *batchNorm) compute(ch uint64) (f channelFactor) {
	f.known = true
	s, v := b.in[1].word(ch), b.in[4].word(ch)
	if nan(s) || nan(v) || v == negativeInf || inf(s) && inf(v) {
		f.nan = true
		return f
	}
	if inf(s) || inf(v) { // infinite scale, or variance: no registered weight is, and nothing follows for computed ones
		f.cause = Unbounded
		return f
	}
	sum := ballOf(v).add(ballOf(b.epsilon))
	if sum.neg && sum.low().m != 0 {
		f.nan = true
		return f
	}
	root := sum.sqrt()
	if root.low().m == 0 || root.rad.infinite() {
		f.cause = DivisorHoldsZero
		return f
	}
	f.factor = ballOf(s).quo(root)
	f.reach = f.factor.upper().add(sum.upper())
	return f
}

// beside an infinite operand the result is infinite, or NaN where two infinities meet; kernels that fold the mean into the
// bias meet other pairs than those that subtract it first, so either is acquitted.
func beside(y uint32, d *detail) outcome {
	o := demand(!finite(y))
	d.expect("an infinity or NaN", 5, o)
	return o
}

// softmaxRow is what the elements of one row share: the maximum m, Z = Σ e^(x-m), D = Σ e^(x-m)·|x-m|.
type softmaxRow struct {
	max  Ball
	z, d Ball
	n    int
	// special is set where the row holds NaN or plus infinity, or nothing but minus infinity
	special Cause
	bound   Mag // D/Z, an upper bound
	shared  Mag // the part of r that all elements share
	floor   Mag // absolute errors of the exponential and of underflows; Z >= 1 does not enlarge them
}

func newSoftmaxRow(row []uint32, c *Constants) (s softmaxRow) {
	s.n = len(row)
	m := uint32(negativeInf)
	for _, x := range row {
		if nan(x) || x == floatInf {
			s.special = NaNCompared
			return s
		}
		if less(m, x) {
			m = x
		}
	}
	if m == negativeInf {
		s.special = AllMasked
		return s
	}
	s.max = ballOf(m)
	for _, x := range row {
		if x == negativeInf { // masked: adds exactly nothing
			continue
		}
		t := ballOf(x).sub(s.max)
		e := t.exp()
		s.z = s.z.add(e)
		s.d = s.d.add(e.mul(t.abs()))
	}
	s.bound = s.d.quo(s.z).upper()
	absolute := uint64(c.Exp.Absolute)
	s.shared = mag(4*uint64(c.Exp.Ulps)+3, -24).add(gamma(uint64(s.n))).add(mag(absolute*uint64(s.n), -40))
	s.floor = minimum.add(mag(2*absolute, -40))
	return s
}

// judge: p·r/(1-r) + 2^-126 with r = u·(|x-m| + D/Z) + 4ρu + γ_n + 3u, the sum of all relative errors (an absolute error α of
// the exponential adds n·α to r, because Z >= 1, and 2α to the floor): a product of factors
// (1+δ)^±1 with Σ|δ| <= r < 1 differs from 1 by at most r/(1-r).
func (s *softmaxRow) judge(y, x uint32, d *detail) outcome {
	inRange := !negativeNumber(y) && !less(slightlyMore, y)
	switch {
	case s.special != Decided && nan(y):
		return exactly(y, floatNaN, d)
	case s.special != Decided:
		d.expect("NaN", uint64(s.n), honest)
		return undecided(s.special, !nan(y) && inRange)
	case x == negativeInf:
		return judgeBall(y, Ball{}, s.floor, Mag{}, d)
	}
	t := ballOf(x).sub(s.max)
	if t.farBelow() { // a finite mask: whatever rounding did to x-m, its exponential is nothing
		return judgeBall(y, Ball{}, s.floor.scale(1), Mag{}, d)
	}
	p := t.exp().quo(s.z)
	r := t.upper().add(s.bound).mul(unit).add(s.shared)
	g := geometric(r)
	if g.infinite() {
		if d != nil {
			d.expect(decimalRat(p.rat()), uint64(s.n), honest)
		}
		return undecided(WideErrors, !nan(y) && inRange)
	}
	return judgeBall(y, p, p.upper().mul(g).add(s.floor), Mag{}, d)
}

// negativeNumber: less than zero (minus zero is not).
func negativeNumber(y uint32) bool { return negative(y) && !zero(y) }

// geometric is an upper bound of r/(1-r), or unbounded from r >= 1/2 on.
func geometric(r Mag) Mag {
	if r.m == 0 {
		return r
	}
	if r.e+32 > -1 {
		return unbounded
	}
	return r.quo(ballOne.sub(Ball{rad: r}).low())
}

type softmaxJudge struct {
	window
	c     *Constants
	axis  int
	row   softmaxRow
	at    program.Box
	valid bool
}

func newSoftmax(n *program.Node, in []*source, c *Constants) judge {
	return &softmaxJudge{window: newWindow(n, in), c: c, axis: n.AxisOf()}
}

func (j *softmaxJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	j.enter(slot, at)
	o := j.row.judge(uint32(y), j.buffer[at[j.axis]], d)
	if d != nil {
		d.terms = uint64(j.row.n)
	}
	return o
}

// enter makes the row of an element the current one, and reports whether it was another.
func (j *softmaxJudge) enter(slot int, at []uint64) bool {
	j.n.Reads(slot, at, 0, &j.box)
	if j.valid && j.at == j.box {
		return false
	}
	j.buffer = j.in.box(j.buffer[:0], &j.box, -1)
	j.row = newSoftmaxRow(j.buffer, j.c)
	j.at, j.valid = j.box, true
	return true
}

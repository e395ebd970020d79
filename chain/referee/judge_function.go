package referee

import "github.com/assay-chain/assay/chain/program"

// Functions of one float32.
var functionJudges = []row{
	{program.OpExp, unaries((*Constants).exp)}, {program.OpLog, unaries((*Constants).log)}, {program.OpErf, unaries((*Constants).erf)},
	{program.OpTanh, unaries((*Constants).tanh)}, {program.OpSigmoid, unaries((*Constants).sigmoid)},
	{program.OpSqrt, unaries((*Constants).sqrt)}, {program.OpReciprocal, unaries((*Constants).reciprocal)}, {program.OpPow, newPow},
	{program.OpGelu, newGelu}, {program.OpSoftplus, unaries((*Constants).softplus)},
	{program.OpHardSigmoid, newHardSigmoid}, {program.OpHardSwish, unaries((*Constants).hardSwish)},
	{program.OpRelu, newRelu}, {program.OpClip, newClip}, {program.OpLeakyRelu, newLeakyRelu},
	{program.OpAbs, numberUnaries((*Constants).abs, abs)}, {program.OpNeg, numberUnaries((*Constants).neg, func(x int64) int64 { return -x })}, {program.OpSign, numberUnaries((*Constants).sign, sign)},
	{program.OpFloor, newRounding}, {program.OpCeil, newRounding}, {program.OpRound, newRounding},
	{program.OpCast, newCast}, {program.OpNot, newNot},
}

type floatRule func(c *Constants, y, x uint32, d *detail) outcome

type unaryJudge struct {
	x    lane
	rule floatRule
	c    *Constants
}

func unaries(rule floatRule) builder {
	return func(n *program.Node, in []*source, c *Constants) judge {
		return &unaryJudge{newLane(n, 0, in[0]), rule, c}
	}
}

func (u *unaryJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	if d != nil {
		d.terms = 1
	}
	return u.rule(u.c, uint32(y), u.x.word(u.x.find(at)), d)
}

// bound of an approximation: ulps·ulp(f) + absolute·2^-40 + 2^-126, where ulp(f) <= 2^-23·|f|.
func (f Function) bound(ref Ball) Mag {
	return ref.upper().mul(mag(uint64(f.Ulps), -23)).add(mag(uint64(f.Absolute), -40)).add(minimum)
}

// approximate judges f(x) by an enclosure of it.
func (f Function) judge(y uint32, ref Ball, d *detail) outcome {
	bound := f.bound(ref)
	return judgeBall(y, ref, bound, ref.upper().add(bound), d)
}

// fromNaN: kernels that clamp their argument may turn NaN into any number of the function's range.
func fromNaN(y, least, most uint32, d *detail) outcome {
	if nan(y) {
		return exactly(y, floatNaN, d)
	}
	d.expect("NaN", 1, honest)
	return undecided(NaNCompared, !less(y, least) && !less(most, y))
}

// slightlyMore than one: a rounded fraction may exceed one by some roundings.
const slightlyMore = floatOne + 1<<13 // 1 + 2^-10

func (c *Constants) exp(y, x uint32, d *detail) outcome {
	switch {
	case nan(x):
		return fromNaN(y, floatZero, floatInf, d)
	case x == floatInf: // kernels that clamp give the largest power that they know
		o := demand(!nan(y) && !less(y, 0x7f000000))
		d.expect("Infinity", 1, o)
		return o
	case x == negativeInf:
		return c.Exp.judge(y, Ball{}, d)
	}
	return c.Exp.judge(y, ballOf(x).exp(), d)
}

func (c *Constants) log(y, x uint32, d *detail) outcome {
	switch {
	case nan(x) || negative(x) && !zero(x):
		return exactly(y, floatNaN, d)
	case zero(x):
		return exactly(y, negativeInf, d)
	case x == floatInf:
		return exactly(y, floatInf, d)
	}
	return c.Log.judge(y, ballOf(x).log(), d)
}

// saturating judges a function with limits ±1 (or 0 and 1) at the infinities.
func saturating(f Function, of func(Ball) Ball, low Ball, least, y, x uint32, d *detail) outcome {
	switch {
	case nan(x):
		return fromNaN(y, least, slightlyMore, d)
	case x == floatInf:
		return f.judge(y, ballOne, d)
	case x == negativeInf:
		return f.judge(y, low, d)
	}
	return f.judge(y, of(ballOf(x)), d)
}

func (c *Constants) tanh(y, x uint32, d *detail) outcome {
	return saturating(c.Tanh, Ball.tanh, ballOne.minus(), slightlyMore|signBit, y, x, d)
}

func (c *Constants) erf(y, x uint32, d *detail) outcome {
	return saturating(c.Erf, Ball.erf, ballOne.minus(), slightlyMore|signBit, y, x, d)
}

func (c *Constants) sigmoid(y, x uint32, d *detail) outcome {
	return saturating(c.Sigmoid, Ball.sigmoid, Ball{}, floatZero, y, x, d)
}

// roots judges Sqrt, Reciprocal and Pow: Roots·u·|ref| + η.
func (c *Constants) roots(y uint32, ref Ball, d *detail) outcome {
	upper := ref.upper()
	return judgeBall(y, ref, upper.mul(mag(uint64(c.Roots), -24)).add(c.eta()), upper, d)
}

func (c *Constants) sqrt(y, x uint32, d *detail) outcome {
	switch {
	case zero(x):
		return exactly(y, floatZero, d)
	case nan(x) || negative(x):
		return exactly(y, floatNaN, d)
	case inf(x):
		return exactly(y, floatInf, d)
	}
	return c.roots(y, ballOf(x).sqrt(), d)
}

func (c *Constants) reciprocal(y, x uint32, d *detail) outcome {
	switch {
	case nan(x):
		return exactly(y, floatNaN, d)
	case zero(x):
		return exactly(y, floatInf|x&signBit, d)
	case inf(x):
		return exactly(y, floatZero, d)
	}
	return c.roots(y, ballOne.quo(ballOf(x)), d)
}

// leakyRelu: x where it is not negative, else alpha·x rounded once.
func newLeakyRelu(n *program.Node, in []*source, c *Constants) judge {
	alpha := n.Float(program.Alpha)
	return &unaryJudge{newLane(n, 0, in[0]), func(c *Constants, y, x uint32, d *detail) outcome { return c.prelu(y, x, alpha, d) }, c}
}

// newClip: Relu is a Clip at 0 without an upper limit. Limits may be infinite, which is no limit.
func newClip(n *program.Node, in []*source, c *Constants) judge {
	least, most := uint32(floatZero), uint32(floatInf)
	if n.Op == program.OpClip {
		least, most = n.Float(program.MinLimit), n.Float(program.MaxLimit)
	}
	rule := func(_ *Constants, y, x uint32, d *detail) outcome {
		if nan(x) {
			o := demand(nan(y) || equal(y, least) || equal(y, most))
			d.expect("NaN or a limit", 1, o)
			return o
		}
		if less(x, least) {
			x = least
		}
		if less(most, x) {
			x = most
		}
		return exactly(y, x, d)
	}
	return &unaryJudge{newLane(n, 0, in[0]), rule, c}
}

func (c *Constants) abs(y, x uint32, d *detail) outcome { return exactly(y, x&^signBit, d) }

func (c *Constants) neg(y, x uint32, d *detail) outcome { return exactly(y, x^signBit, d) }

func (c *Constants) sign(y, x uint32, d *detail) outcome {
	switch {
	case nan(x): // older kernels give 0
		o := demand(nan(y) || zero(y))
		d.expect("NaN or 0", 1, o)
		return o
	case zero(x):
		return exactly(y, floatZero, d)
	}
	return exactly(y, floatOne|x&signBit, d)
}

// newRounding: Floor, Ceil, and Round to even, all exact.
func newRounding(n *program.Node, in []*source, c *Constants) judge {
	op := n.Op
	rule := func(_ *Constants, y, x uint32, d *detail) outcome {
		if !finite(x) {
			return exactly(y, x, d)
		}
		return exactly(y, roundToInteger(op, x), d)
	}
	return &unaryJudge{newLane(n, 0, in[0]), rule, c}
}

func roundToInteger(op, x uint32) uint32 {
	m, s := split(x)
	t := 149 - int(s) // |x| = m/2^t
	if t <= 0 {
		return x
	}
	q, rest, half := uint64(0), m, uint64(1)<<24 // beyond 25 bits everything is less than a half
	if t <= 25 {
		q, rest, half = m>>t, m&(1<<t-1), 1<<(t-1)
	}
	up := false
	switch op {
	case program.OpFloor:
		up = negative(x) && rest != 0
	case program.OpCeil:
		up = !negative(x) && rest != 0
	default:
		up = rest > half || rest == half && q&1 == 1
	}
	if up {
		q++
	}
	return formatFloat.round(negative(x), q, 0, false)
}

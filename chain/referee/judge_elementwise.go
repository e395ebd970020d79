package referee

import (
	"strconv"

	"github.com/assay-chain/assay/chain/program"
)

// Arithmetic on pairs. float32: one rounding, u·|ref| + η; Max and Min exactly. Integers wrap and are exact.
var elementwiseJudges = []row{
	{program.OpAdd, pairs((*Constants).add, func(a, b int64) (int64, bool) { return a + b, true })},
	{program.OpSub, pairs((*Constants).sub, func(a, b int64) (int64, bool) { return a - b, true })},
	{program.OpMul, pairs((*Constants).mul, func(a, b int64) (int64, bool) { return a * b, true })},
	{program.OpDiv, pairs((*Constants).div, truncatedQuotient)},
	{program.OpMax, pairs((*Constants).max, func(a, b int64) (int64, bool) { return max(a, b), true })},
	{program.OpMin, pairs((*Constants).min, func(a, b int64) (int64, bool) { return min(a, b), true })},
	{program.OpPRelu, pairs((*Constants).prelu, nil)},
}

type floatPair func(c *Constants, y, a, b uint32, d *detail) outcome

// integerRule gives the exact result, to be wrapped to the dtype; false where no run passes.
type integerRule func(a, b int64) (int64, bool)

// truncatedQuotient: division by zero stops every runtime. The least number by -1 wraps, as -a does.
func truncatedQuotient(a, b int64) (int64, bool) {
	switch b {
	case 0:
		return 0, false
	case -1:
		return -a, true
	}
	return a / b, true
}

// pairs builds the judge of a float32 rule, and of an integer rule where there is one.
func pairs(rule floatPair, integers integerRule) builder {
	return func(n *program.Node, in []*source, c *Constants) judge {
		a, b := newLane(n, 0, in[0]), newLane(n, 0, in[1])
		if t := n.Outputs[0].Dtype; t != program.Float32 {
			return &integerPair{a, b, t, integers}
		}
		return &pairJudge{a, b, rule, c}
	}
}

type pairJudge struct {
	a, b lane
	rule floatPair
	c    *Constants
}

func (p *pairJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	if d != nil {
		d.terms = 2
	}
	return p.rule(p.c, uint32(y), p.a.word(p.a.find(at)), p.b.word(p.b.find(at)), d)
}

type integerPair struct {
	a, b  lane
	dtype program.Dtype
	rule  integerRule
}

func (p *integerPair) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	want, ok := p.rule(p.a.integer(p.a.find(at)), p.b.integer(p.b.find(at)))
	if !ok {
		o := demand(false)
		d.expect("a divisor other than zero", 2, o)
		return o
	}
	return sameInteger(p.dtype, y, want, d)
}

// sameInteger demands the value modulo 2^width.
func sameInteger(t program.Dtype, y uint64, want int64, d *detail) outcome {
	wrapped := signExtend(t, uint64(want)&(1<<(8*t.Width())-1))
	o := demand(signExtend(t, y) == wrapped)
	if d != nil {
		d.expect(strconv.FormatInt(wrapped, 10), 2, o)
	}
	return o
}

// once judges an exact or enclosed value that was rounded once.
func (c *Constants) once(y uint32, ref Ball, d *detail) outcome {
	upper := ref.upper()
	return judgeBall(y, ref, upper.mul(unit).add(c.eta()), upper, d)
}

// exactly demands a special value: NaN, an infinity, or a zero of either sign.
func exactly(y, want uint32, d *detail) outcome {
	o := demand(equal(y, want) || nan(y) && nan(want))
	if d != nil {
		d.expect(show(program.Float32, uint64(want)), 2, o)
	}
	return o
}

func (c *Constants) add(y, a, b uint32, d *detail) outcome {
	if finite(a) && finite(b) {
		return c.once(y, ballOf(a).add(ballOf(b)), d)
	}
	switch {
	case nan(a) || nan(b) || inf(a) && inf(b) && a != b:
		return exactly(y, floatNaN, d)
	case inf(a):
		return exactly(y, a, d)
	}
	return exactly(y, b, d)
}

func (c *Constants) sub(y, a, b uint32, d *detail) outcome { return c.add(y, a, b^signBit, d) }

func (c *Constants) mul(y, a, b uint32, d *detail) outcome {
	if finite(a) && finite(b) {
		return c.once(y, ballOf(a).mul(ballOf(b)), d)
	}
	if nan(a) || nan(b) || zero(a) || zero(b) {
		return exactly(y, floatNaN, d)
	}
	return exactly(y, floatInf|(a^b)&signBit, d)
}

func (c *Constants) div(y, a, b uint32, d *detail) outcome {
	switch {
	case nan(a) || nan(b) || inf(a) && inf(b) || zero(a) && zero(b):
		return exactly(y, floatNaN, d)
	case inf(a) || zero(b):
		return exactly(y, floatInf|(a^b)&signBit, d)
	case inf(b):
		return exactly(y, floatZero, d)
	}
	return c.once(y, ballOf(a).quo(ballOf(b)), d)
}

// extreme judges Max and Min: kernels differ in what they make of NaN, so NaN or either operand will do.
func extremeOf(y, a, b, want uint32, d *detail) outcome {
	if nan(a) || nan(b) {
		o := demand(nan(y) || equal(y, a) || equal(y, b))
		d.expect("NaN or an operand", 2, o)
		return o
	}
	return exactly(y, want, d)
}

func (c *Constants) max(y, a, b uint32, d *detail) outcome {
	want := a
	if less(a, b) {
		want = b
	}
	return extremeOf(y, a, b, want, d)
}

func (c *Constants) min(y, a, b uint32, d *detail) outcome {
	want := a
	if less(b, a) {
		want = b
	}
	return extremeOf(y, a, b, want, d)
}

// prelu: x where it is not negative, else slope·x.
func (c *Constants) prelu(y, x, slope uint32, d *detail) outcome {
	if nan(x) || negative(x) && !zero(x) {
		return c.mul(y, x, slope, d)
	}
	return exactly(y, x, d)
}

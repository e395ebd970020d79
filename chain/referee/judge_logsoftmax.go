package referee

import "github.com/assay-chain/assay/chain/program"

// logSoftmaxJudge: (x-m) - log Z over the row of a Softmax.
type logSoftmaxJudge struct {
	softmaxJudge
	log Ball // log Z, valid with the row
}

func newLogSoftmax(n *program.Node, in []*source, c *Constants) judge {
	return &logSoftmaxJudge{softmaxJudge: softmaxJudge{window: newWindow(n, in), c: c, axis: n.AxisOf()}}
}

func (j *logSoftmaxJudge) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	if j.enter(slot, at) && j.row.special == Decided {
		j.log = j.row.z.log()
	}
	o := j.row.judgeLog(j.c, uint32(y), j.buffer[at[j.axis]], j.log, d)
	if d != nil {
		d.terms = uint64(j.row.n)
	}
	return o
}

// judgeLog: the computed Z is a product of factors (1+δ)^±1 on the exact one with Σ|δ| <= r = u·D/Z + (what a Softmax row shares),
// so log Z moves by at most g = r/(1-r). Its logarithm errs like Log around a value within g of log Z. With t = x-m and L = log Z
//
//	B = e + u·(|t-L| + e) + 3η,   e = u·|t| + g + Log(L, g)
//
// where the last rounding is that of t - L; no known kernel adds m and L first.
func (s *softmaxRow) judgeLog(c *Constants, y, x uint32, log Ball, d *detail) outcome {
	switch {
	case s.special != Decided && nan(y):
		return exactly(y, floatNaN, d)
	case s.special != Decided:
		d.expect("NaN", uint64(s.n), honest)
		return undecided(s.special, belowSlightly(y))
	case x == negativeInf:
		return exactly(y, negativeInf, d)
	}
	g := geometric(s.bound.mul(unit).add(s.shared))
	if g.infinite() {
		d.expect("anything below 0", uint64(s.n), honest)
		return undecided(WideErrors, !nan(y) && belowSlightly(y))
	}
	near := log
	near.rad = near.rad.add(g)
	t := ballOf(x).sub(s.max)
	ref := t.sub(log)
	e := t.upper().mul(unit).add(g).add(c.Log.bound(near))
	bound := e.add(ref.upper().add(e).mul(unit)).add(c.eta().mul(mag(3, 0)))
	return judgeBall(y, ref, bound, t.upper().add(near.upper()).add(bound), d)
}

// belowSlightly: a logarithm of a fraction that may exceed one by some roundings.
func belowSlightly(y uint32) bool { return nan(y) || !less(slightlyPositive, y) }

// slightlyPositive is the largest logarithm that an undecided element may claim.
const slightlyPositive = 0x3a800000 // 2^-10

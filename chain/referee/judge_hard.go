package referee

import "github.com/assay-chain/assay/chain/program"

// HardSigmoid: clip(alpha·x + beta, 0, 1). Clipping never enlarges a distance, so the clipped exact value keeps the bound
// of two roundings of alpha·x + beta.
func newHardSigmoid(n *program.Node, in []*source, c *Constants) judge {
	alpha, beta := n.Float(program.Alpha), n.Float(program.Beta)
	return &unaryJudge{newLane(n, 0, in[0]), func(c *Constants, y, x uint32, d *detail) outcome { return c.hardSigmoid(y, x, alpha, beta, d) }, c}
}

func (c *Constants) hardSigmoid(y, x, alpha, beta uint32, d *detail) outcome {
	if !finite(x) {
		return hardSigmoidSpecial(y, x, alpha, beta, d)
	}
	var dot Dot
	dot.add([]uint32{alpha, beta}, []uint32{x, floatOne})
	s, a := dot.sum()
	var one Wide
	one.addAt(1, 298)
	if s.negative() {
		s = Wide{}
	} else if cmpWide(&s, &one) > 0 {
		s = one
	}
	l := linear{s: s, a: a, n: 2, den: 1, tiny: 3, underflow: c.Underflow}
	return l.judge(y, d)
}

// An infinity is clipped to a limit; NaN, or infinity times alpha = 0, comes out as NaN or, after the comparisons, a limit.
func hardSigmoidSpecial(y, x, alpha, beta uint32, d *detail) outcome {
	limit := uint32(floatOne)
	if negative(x) != negative(alpha) {
		limit = floatZero
	}
	if nan(x) || zero(alpha) {
		clipped := beta // a kernel may skip the product by zero
		if negative(beta) {
			clipped = floatZero
		} else if less(floatOne, beta) {
			clipped = floatOne
		}
		o := demand(nan(y) || zero(y) || y == floatOne || !nan(x) && equal(y, clipped))
		d.expect("NaN or a limit", 1, o)
		return o
	}
	return exactly(y, limit, d)
}

// hardSwish: x·clip(x/6 + 1/2, 0, 1), as x·clip(x+3, 0, 6)/6 over the exact integers 6·y. At most five roundings:
// γ_5·|x|·(|x|+3)/6 + 4η inside. From |x| = 4 on the clip is certain, whatever the roundings before it: exactly zero
// below, and two products of x at most above.
func (c *Constants) hardSwish(y, x uint32, d *detail) outcome {
	switch {
	case nan(x): // the comparisons of the clip may lose NaN, but the product with x brings it back
		return exactly(y, floatNaN, d)
	case x == floatInf:
		return exactly(y, floatInf, d)
	case x == negativeInf: // minus infinity times zero, or its limit
		o := demand(nan(y) || zero(y))
		d.expect("NaN or 0", 1, o)
		return o
	}
	var ref, bound Dot
	switch {
	case !less(floatThree|signBit, x): // zero
	case !less(x, floatThree):
		ref.add([]uint32{x}, []uint32{floatSix})
	default:
		ref.add([]uint32{x, x}, []uint32{x, floatThree})
	}
	magnitude := x &^ signBit
	switch {
	case less(x, floatFour|signBit):
	case less(floatFour, x):
		bound.add([]uint32{x}, []uint32{floatSix})
	default:
		bound.add([]uint32{magnitude, magnitude}, []uint32{magnitude, floatThree})
	}
	s, _ := ref.sum()
	_, a := bound.sum()
	l := linear{s: s, a: a, n: 5, den: 6, tiny: 4, underflow: c.Underflow}
	return l.judge(y, d)
}

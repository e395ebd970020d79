package referee

import "github.com/assay-chain/assay/chain/program"

// Pow with one of the five exponents: kernels use powf, products, or roots; Roots·u covers them all.
func newPow(n *program.Node, in []*source, c *Constants) judge {
	exponent := n.Float(program.Exponent)
	return &unaryJudge{newLane(n, 0, in[0]), func(c *Constants, y, x uint32, d *detail) outcome { return c.pow(exponent, y, x, d) }, c}
}

func (c *Constants) pow(exponent, y, x uint32, d *detail) outcome {
	if nan(x) {
		return exactly(y, floatNaN, d)
	}
	root := exponent == program.PowRoot || exponent == program.PowRootOfReciprocal
	inverse := negative(exponent)
	if root && negative(x) && !zero(x) {
		return c.rootOfNegative(inverse, y, x, d)
	}
	if zero(x) || inf(x) {
		if zero(x) == inverse { // an infinity; the sign of 1/-0 depends on the kernel
			o := demand(inf(y) && (zero(x) || negative(y) == (negative(x) && exponent == program.PowCube)))
			d.expect("an infinity", 1, o)
			return o
		}
		return exactly(y, floatZero, d)
	}
	b := ballOf(x)
	var ref Ball
	switch exponent {
	case program.PowSquare:
		ref = b.mul(b)
	case program.PowCube:
		ref = b.mul(b).mul(b)
	case program.PowRoot:
		ref = b.sqrt()
	case program.PowReciprocal:
		ref = ballOne.quo(b)
	default:
		ref = ballOne.quo(b.sqrt())
	}
	return c.roots(y, ref, d)
}

// rootOfNegative: NaN; for minus infinity powf says infinity (or zero for its inverse), a square root NaN.
func (c *Constants) rootOfNegative(inverse bool, y, x uint32, d *detail) outcome {
	if finite(x) || nan(y) {
		return exactly(y, floatNaN, d)
	}
	if inverse {
		return exactly(y, floatZero, d)
	}
	return exactly(y, floatInf, d)
}

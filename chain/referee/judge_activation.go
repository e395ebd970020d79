package referee

import "github.com/assay-chain/assay/chain/program"

// Gelu and Softplus: composed of certified functions. Their kernels repeat exp, log and erf with other instructions than the
// operators of that name (fused, or another library), so twice the certified error is granted.

func (f Function) twice() Function { return Function{Ulps: 2 * f.Ulps, Absolute: 2 * f.Absolute} }

var (
	piBall = Ball{false, 0xc90fdaa22168c234, -62, mag(1, -62)}
	// 1/√2, √(2/π) and 0.044715 of ONNX's definitions
	halfRoot  = ballTwo.sqrt().scale(-1)
	geluScale = ballTwo.quo(piBall).sqrt()
	geluCubic = ballOfInt(44_715).quo(ballOfInt(1_000_000))
)

// newGelu: x/2·(1 + s(p)) with s = erf, p = x/√2, or s = tanh, p = √(2/π)·(x + 0.044715·x³).
//
// The argument takes at most q roundings of factors and same-signed terms: 2 for erf (the constant and the product), 8 for tanh.
// |ξ·s'(ξ)| is at most 0.484 for erf and 0.448 for tanh, so that s moves by less than γ_q/2 wherever it is steep. The function errs
// by twice its certified bound; the sum with 1 and the two products with x and 1/2 are three roundings:
//
//	B = |x|/2·(e + γ_3·(1 + s + e)) + 6η,   e = γ_q/2 + 2·bound(s)
func newGelu(n *program.Node, in []*source, c *Constants) judge {
	rule := (*Constants).gelu
	if n.Int(program.Approximate) == program.ApproximateTanh {
		rule = (*Constants).geluTanh
	}
	return unaries(rule)(n, in, c)
}

func (c *Constants) gelu(y, x uint32, d *detail) outcome {
	if !finite(x) {
		return geluSpecial(y, x, d)
	}
	return c.geluOf(y, x, ballOf(x).mul(halfRoot).erf(), 2, c.Erf.twice(), d)
}

func (c *Constants) geluTanh(y, x uint32, d *detail) outcome {
	if !finite(x) {
		return geluSpecial(y, x, d)
	}
	X := ballOf(x)
	p := X.mul(X).mul(geluCubic).add(ballOne).mul(X).mul(geluScale)
	return c.geluOf(y, x, p.tanh(), 8, c.Tanh.twice(), d)
}

func (c *Constants) geluOf(y, x uint32, s Ball, roundings uint64, f Function, d *detail) outcome {
	half := ballOf(x).scale(-1)
	sum := s.add(ballOne)
	e := gamma(roundings).scale(-1).add(f.bound(s))
	bound := half.mag().mul(e.add(sum.upper().add(e).mul(gamma(3)))).add(c.eta().mul(mag(6, 0)))
	// a kernel may take half of it last, so that x·(1+s) overflows
	return judgeBall(y, half.mul(sum), bound, half.mag().scale(2).add(bound), d)
}

// geluSpecial: the product with x keeps NaN. Below, x times zero is NaN, and x times what rounding leaves of 1 + s infinite.
func geluSpecial(y, x uint32, d *detail) outcome {
	if nan(x) || x == floatInf {
		return exactly(y, x, d)
	}
	o := demand(!finite(y) || zero(y))
	d.expect("NaN, an infinity or 0", 1, o)
	return o
}

// softplus: log(1 + e^x), as log(1 + e^x) or x + log(1 + e^-x). The sum 1 + e^±x is right within r = 2·Exp + u, so its logarithm
// moves by at most g = r/(1-r); the logarithm errs like Log around a value within g of its own, which is at most that of the
// result; the last sum is one rounding:
//
//	B = e + u·(f + e) + 3η,   e = g + 2·Log(f, g)
//
// A kernel that takes e^x of a large x overflows.
func (c *Constants) softplus(y, x uint32, d *detail) outcome {
	switch {
	case nan(x):
		return fromNaN(y, floatZero, floatInf, d)
	case x == floatInf:
		return exactly(y, floatInf, d)
	}
	ref, power := Ball{}, Ball{}
	if x != negativeInf {
		X := ballOf(x)
		power = X.exp()
		if !negative(x) { // x + log(1 + e^-x)
			ref = X
		}
		ref = ref.add(X.abs().minus().exp().log1p())
	}
	exp := c.Exp.twice()
	r := mag(uint64(exp.Ulps), -23).add(mag(uint64(exp.Absolute), -40)).add(minimum).add(unit)
	g := geometric(r)
	near := ref
	near.rad = near.rad.add(g)
	e := g.add(c.Log.twice().bound(near))
	bound := e.add(ref.upper().add(e).mul(unit)).add(c.eta().mul(mag(3, 0)))
	return judgeBall(y, ref, bound, power.upper().add(ref.upper()).add(bound), d)
}

// log1p of a ball in [0, 1]: the logarithm of the sum, whose absolute error is what a bound of whole roundings needs.
func (x Ball) log1p() Ball { return x.add(ballOne).log() }

package precheck

import (
	"math"

	"github.com/assay-chain/assay/chain/program"
)

// pairRule acquits y, claimed of operands a and b.
type pairRule func(l *limits, y, a, b float64) bool

// pair: elements of two operands, broadcast.
func pair(rule pairRule) builder {
	return func(n *node) []unit {
		sa, sb := n.broadcastSteps(0), n.broadcastSteps(1)
		g := newGrid([]int{0, 0, 0}, axesOf(n.out(), func(i int) []int { return []int{sa[i], sb[i]} }))
		return g.split(func(output []byte, acquitted []bool) run {
			a, b := n.operands[0], n.operands[1]
			return func(count int, at, step []int) {
				p, pa, pb := at[0], at[1], at[2]
				for range count {
					acquitted[p] = rule(&n.limits, load(output, p), load(a, pa), load(b, pb))
					p, pa, pb = p+step[0], pa+step[1], pb+step[2]
				}
			}
		})
	}
}

// once: one rounding, u·|ref| + η, of a result that float64 rounded once too.
func (l *limits) once(y, r float64) bool {
	size := math.Abs(r)
	return l.within(y, r, size*u+l.eta, size*v)
}

func add(l *limits, y, a, b float64) bool { return l.once(y, a+b) }
func sub(l *limits, y, a, b float64) bool { return l.once(y, a-b) }
func mul(l *limits, y, a, b float64) bool { return l.once(y, float64(a*b)) }

// div: a finite number divided by an infinite one is zero, without the tolerance of an underflow.
func div(l *limits, y, a, b float64) bool { return finite(b) && l.once(y, a/b) }

func larger(_ *limits, y, a, b float64) bool {
	return a == a && b == b && (a < b && y == b || !(a < b) && y == a)
}

func smaller(_ *limits, y, a, b float64) bool {
	return a == a && b == b && (b < a && y == b || !(b < a) && y == a)
}

// prelu: x where it is not negative, else slope·x rounded once.
func prelu(l *limits, y, x, slope float64) bool {
	if x >= 0 {
		return y == x
	}
	return mul(l, y, x, slope)
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat32 }

// unaryRule acquits y, claimed of an operand x.
type unaryRule func(l *limits, y, x float64) bool

// unary: a function of one element.
func unary(rule unaryRule) builder {
	return func(n *node) []unit { return n.each(rule) }
}

func (n *node) each(rule unaryRule) []unit {
	steps := n.broadcastSteps(0)
	g := newGrid([]int{0, 0}, axesOf(n.out(), func(i int) []int { return []int{steps[i]} }))
	return g.split(func(output []byte, acquitted []bool) run {
		x := n.operands[0]
		return func(count int, at, step []int) {
			p, q := at[0], at[1]
			for range count {
				acquitted[p] = rule(&n.limits, load(output, p), load(x, q))
				p, q = p+step[0], q+step[1]
			}
		}
	})
}

func abs(_ *limits, y, x float64) bool { return y == math.Abs(x) }
func neg(_ *limits, y, x float64) bool { return y == -x }

// clip: Relu is a Clip at 0 without an upper limit.
func clip(n *node) []unit {
	least, most := 0.0, math.Inf(1)
	if n.Op == program.OpClip {
		least, most = n.attribute(program.MinLimit), n.attribute(program.MaxLimit)
	}
	return n.each(func(_ *limits, y, x float64) bool {
		if x < least {
			x = least
		}
		if x > most {
			x = most
		}
		return y == x // never where x is NaN
	})
}

func leakyRelu(n *node) []unit {
	alpha := n.attribute(program.Alpha)
	return n.each(func(l *limits, y, x float64) bool { return prelu(l, y, x, alpha) })
}

// roots: Roots·u·|ref| + η around a finite result of at most two roundings.
func (l *limits) roots(y, r float64) bool {
	size := math.Abs(r)
	return l.within(y, r, size*(float64(l.c.Roots)*u)+l.eta, 2*size*v)
}

func sqrt(l *limits, y, x float64) bool {
	if x == 0 {
		return y == 0
	}
	return x > 0 && finite(x) && l.roots(y, math.Sqrt(x))
}

func reciprocal(l *limits, y, x float64) bool { return x != 0 && finite(x) && l.roots(y, 1/x) }

// pow by one of the five exponents; zeros and infinities have rules of their own.
func pow(n *node) []unit {
	f := map[uint32]func(x float64) float64{
		program.PowSquare:           func(x float64) float64 { return x * x },
		program.PowCube:             func(x float64) float64 { return x * x * x },
		program.PowRoot:             math.Sqrt,
		program.PowReciprocal:       func(x float64) float64 { return 1 / x },
		program.PowRootOfReciprocal: func(x float64) float64 { return 1 / math.Sqrt(x) },
	}[n.Float(program.Exponent)]
	if f == nil {
		return nil
	}
	return n.each(func(l *limits, y, x float64) bool { return x != 0 && finite(x) && l.roots(y, f(x)) })
}

// hardSigmoid: clip(αx + β, 0, 1) within γ_2·(|αx| + |β|) + 3η. αx is exact, so e is the one rounding of the sum.
func hardSigmoid(n *node) []unit {
	alpha, beta := n.attribute(program.Alpha), n.attribute(program.Beta)
	g := gamma(2)
	return n.each(func(l *limits, y, x float64) bool {
		product := float64(alpha * x)
		size := math.Abs(product) + math.Abs(beta)
		return l.within(y, min(max(product+beta, 0), 1), g*size+3*l.eta, size*v)
	})
}

// hardSwish: x·clip(x+3, 0, 6)/6 within γ_5·|x|·(|x|+3)/6 + 4η, less where the clip is certain. x² and 3x are exact: one
// rounding for their sum and one for the quotient.
func hardSwish(l *limits, y, x float64) bool {
	size := math.Abs(x)
	r, a := 0.0, float64(size*size)+3*size
	switch {
	case x >= 3:
		r = 6 * x
	case x > -3:
		r = float64(x*x) + 3*x
	}
	switch {
	case x < -4:
		a = 0
	case x > 4:
		a = 6 * size
	}
	return finite(x) && l.within(y, r/6, gamma(5)*a/6+4*l.eta, 2*a*v)
}

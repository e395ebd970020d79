package precheck

import (
	"math"

	"github.com/assay-chain/assay/chain/program"
)

// windowed makes units of a reduction or a pool: judge gets the box of operand 0 that an element reads.
func (n *node) windowed(judge func(y float64, b *program.Box) bool) (units []unit) {
	out := n.out()
	total, reads := int(out.Elements()), max(1, int(n.operand(0).Elements()/out.Elements()))
	each := max(1, span/reads)
	order, strides := out.Order(), out.Strides()
	for from := 0; from < total; from += each {
		units = append(units, func(output []byte, acquitted []bool) {
			at := make([]uint64, len(out.Dims))
			var b program.Box
			for p := from; p < min(from+each, total); p++ {
				for _, a := range order {
					at[a] = uint64(p) / strides[a] % out.Dims[a]
				}
				acquitted[p] = n.Reads(n.slot, at, 0, &b) && judge(load(output, p), &b)
			}
		})
	}
	return units
}

// runs calls f for the elements of a box of operand 0, in runs: place of the first, how far apart they are, how many.
func runs(b *program.Box, strides []int, f func(at, step, count int)) {
	at, inner := 0, -1
	for i := range b.Rank {
		at += int(b.Axes[i].At) * strides[i]
		if b.Axes[i].Count > 1 && (inner < 0 || strides[i] < strides[inner]) {
			inner = i
		}
	}
	if inner < 0 {
		f(at, 0, 1)
		return
	}
	nest(b, strides, 0, inner, at, f)
}

func nest(b *program.Box, strides []int, axis, inner, at int, f func(at, step, count int)) {
	for axis < b.Rank && (axis == inner || b.Axes[axis].Count == 1) {
		axis++
	}
	if axis == b.Rank {
		f(at, int(b.Axes[inner].Step)*strides[inner], int(b.Axes[inner].Count))
		return
	}
	for range b.Axes[axis].Count {
		nest(b, strides, axis+1, inner, at, f)
		at += int(b.Axes[axis].Step) * strides[axis]
	}
}

// terms are how many elements the referee counts in a sum: the full static window.
func (n *node) terms() uint64 {
	t := uint64(1)
	switch n.Op {
	case program.OpReduceSum, program.OpReduceMean:
		return n.ReducedElements()
	case program.OpGlobalAveragePool:
		for _, d := range n.operand(0).Dims[2:] {
			t *= d
		}
	default:
		for _, d := range n.Ints(program.KernelShape) {
			t *= uint64(d)
		}
	}
	return t
}

// sums: γ_n·Σ|x| + (n+1)·η for a sum of n, γ_(n+1)·Σ|x|/d + (n+2)·η for a mean. The sums of at most n terms are each within
// n·v(1+2^-32) of Σ|x|, the quotient rounds once more; (n+1)·2v covers them and what the bound of Σ|x| lost.
func sums(n *node) []unit {
	terms := n.terms()
	mean := n.Op != program.OpReduceSum
	roundings := terms
	if mean {
		roundings++
	}
	if terms+2 > maxLinear {
		return nil
	}
	g, tiny, e := gamma(roundings), float64(roundings+1)*n.eta, float64(terms+1)*2*v
	counts := n.Op == program.OpAveragePool && n.Int(program.CountIncludePad) == 0
	x, strides := n.operands[0], n.strides(0)
	return n.windowed(func(y float64, b *program.Box) bool {
		s, a := 0.0, 0.0
		runs(b, strides, func(at, step, count int) {
			for range count {
				x := load(x, at)
				s, a = s+x, a+math.Abs(x)
				at += step
			}
		})
		d := 1.0
		switch {
		case counts:
			d = float64(b.Elements())
		case mean:
			d = float64(terms)
		}
		return n.within(y, s/d, g*a/d+tiny, e*a/d)
	})
}

// extremes: the largest or the least element, exactly; NaN is the referee's.
func extremes(n *node) []unit {
	least := n.Op == program.OpReduceMin
	x, strides := n.operands[0], n.strides(0)
	return n.windowed(func(y float64, b *program.Box) bool {
		best, number := math.Inf(-1), true
		if least {
			best = math.Inf(1)
		}
		runs(b, strides, func(at, step, count int) {
			for range count {
				x := load(x, at)
				number = number && x == x
				if least && x < best || !least && x > best {
					best = x
				}
				at += step
			}
		})
		return number && y == best
	})
}

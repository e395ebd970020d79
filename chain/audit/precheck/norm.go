package precheck

import (
	"math"

	"github.com/assay-chain/assay/chain/program"
)

// channel is what the elements of one channel of a BatchNormalization share; k is NaN where the referee must decide.
type channel struct{ k, mean, bias float64 }

// batchNorm: (x-μ)·k + b, k = s/sqrt(variance+ε), within γ_6·((|x|+|μ|)·|k| + |b|) + (|x|+|μ|+4)·η. k has three roundings
// (half of the first counts), the difference, the product and the sum one each: below 8v of the magnitude.
func batchNorm(n *node) []unit {
	epsilon := n.attribute(program.Epsilon) // positive and normal
	channels := make([]channel, n.operand(1).Elements())
	for i := range channels {
		s, variance := load(n.operands[1], i), load(n.operands[4], i)
		channels[i] = channel{s / math.Sqrt(variance+epsilon), load(n.operands[3], i), load(n.operands[2], i)}
		if !(variance >= 0 && finite(variance) && finite(s)) {
			channels[i].k = math.NaN()
		}
	}
	x := n.strides(0)
	g := newGrid([]int{0, 0, 0}, axesOf(n.out(), func(i int) []int {
		if i == 1 {
			return []int{x[i], 1}
		}
		return []int{x[i], 0}
	}))
	g6 := gamma(6)
	return g.split(func(output []byte, acquitted []bool) run {
		return func(count int, at, step []int) {
			p, q, c := at[0], at[1], at[2]
			for range count {
				x, f := load(n.operands[0], q), &channels[c]
				spread := math.Abs(x) + math.Abs(f.mean)
				size := spread*math.Abs(f.k) + math.Abs(f.bias)
				r := float64((x-f.mean)*f.k) + f.bias
				acquitted[p] = n.within(load(output, p), r, g6*size+(spread+4)*n.eta, 8*size*v)
				p, q, c = p+step[0], q+step[1], c+step[2]
			}
		}
	})
}

package referee

import (
	"slices"

	"github.com/assay-chain/assay/chain/program"
)

// Functions, reductions and pools of integers: exact, and wrapped to the dtype as two's complement arithmetic does.

// numberUnaries builds the judge of a rule of float32, or of integers where the operand is one.
func numberUnaries(rule floatRule, integers func(x int64) int64) builder {
	return func(n *program.Node, in []*source, c *Constants) judge {
		if !isFloat(in[0].tensor.Dtype) {
			return &integerUnary{newLane(n, 0, in[0]), n.Outputs[0].Dtype, integers}
		}
		return unaries(rule)(n, in, c)
	}
}

func newRelu(n *program.Node, in []*source, c *Constants) judge {
	if !isFloat(in[0].tensor.Dtype) {
		return &integerUnary{newLane(n, 0, in[0]), n.Outputs[0].Dtype, func(x int64) int64 { return max(x, 0) }}
	}
	return newClip(n, in, c)
}

// abs of the least number is that number, as it wraps.
func abs(x int64) int64 { return max(x, -x) }

func sign(x int64) int64 { return min(max(x, -1), 1) }

type integerUnary struct {
	x     lane
	dtype program.Dtype
	rule  func(x int64) int64
}

func (u *integerUnary) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	return sameInteger(u.dtype, y, u.rule(u.x.integer(u.x.find(at))), d)
}

// integerFold reduces the window of an output element to one integer.
type integerFold struct {
	n      *program.Node
	in     *source
	fold   func(values []int64) int64
	box    program.Box
	buffer []int64
}

func (f *integerFold) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	f.n.Reads(slot, at, 0, &f.box)
	f.buffer = f.in.integers(f.buffer[:0], &f.box, -1)
	return sameInteger(f.n.Outputs[slot].Dtype, y, f.fold(f.buffer), d)
}

func total(values []int64) (sum int64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

func bestInteger(least bool) func(values []int64) int64 {
	if least {
		return slices.Min[[]int64]
	}
	return slices.Max[[]int64]
}

// bestIndex gives the lowest index of an extreme.
func bestIndex(least bool) func(values []int64) int64 {
	extreme := bestInteger(least)
	return func(values []int64) int64 { return int64(slices.Index(values, extreme(values))) }
}

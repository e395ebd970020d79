package referee

import (
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

func TestWeightDepth(t *testing.T) {
	for _, c := range []struct {
		k, block uint64
		bias     bool
		want     uint64
	}{
		{0, 0, false, 0}, {0, 256, true, 1}, {1, 0, false, 1}, {1000, 0, false, 1000}, {1000, 0, true, 1001}, {1 << 62, 0, true, 1<<62 + 1},
		{1, 256, false, 1}, {1, 256, true, 2}, {255, 256, false, 255}, {256, 256, true, 257}, {257, 256, false, 257}, {258, 256, false, 258}, {259, 256, false, 258},
		{1000, 256, false, 260}, {1000, 256, true, 261}, {2048, 256, false, 264}, {65536, 256, true, 513}, {4096, 1, false, 4096}, {1 << 62, 256, false, 256 + 1<<54},
	} {
		if got := weightDepth(c.k, c.block, c.bias); got != c.want {
			t.Errorf("%d products in blocks of %d, bias %v: depth %d, %d expected", c.k, c.block, c.bias, got, c.want)
		}
	}
}

// blocked adds x[i] in float32 as a certified runtime does: within blocks, then the blocks.
func blocked(x []float32, block int) float32 {
	var total float32
	for from := 0; from < len(x); from += block {
		var s float32
		for _, p := range x[from:min(from+block, len(x))] {
			s += p
		}
		total += s
	}
	return total
}

// TestWeightBlock: a certified block narrows the bound of MatMul and Gemm by a matrix of weights, never below what its worst
// honest sum needs; whatever else is multiplied keeps the bound of any order.
func TestWeightBlock(t *testing.T) {
	rng := seeded(t, 15)
	const k, block = 1000, 256
	// Every addition rounds up by nearly u: the elements of the first block, then one of each block.
	terms := make([]float32, k)
	for i := range terms {
		if i < block || i%block == 0 {
			terms[i] = 0x1p-24 * (1 + 0x1p-10)
		}
	}
	terms[0] = 1
	a, ones := operand{t: program.Tensor{Dtype: program.Float32, Dims: []uint64{1, k}}}, func(dims ...uint64) operand {
		o := operand{t: program.Tensor{Dtype: program.Float32, Dims: dims}}
		for range o.t.Elements() {
			o.elements = append(o.elements, floatOne)
		}
		return o
	}
	exact, size := new(big.Rat), new(big.Rat)
	for _, x := range terms {
		a.elements = append(a.elements, uint64(bits32(x)))
		exact.Add(exact, rational(bits32(x)))
	}
	size.Set(exact) // all terms are positive
	honest := bits32(blocked(terms, block))

	constants := DefaultConstants()
	constants.WeightBlock = block
	worst := new(big.Rat).Quo(new(big.Rat).Sub(rational(honest), exact), size)
	for _, c := range []struct {
		name      string
		op        uint32
		b         operand
		more      []operand
		fed       bool // the second operand is no WEIGHT
		constants Constants
		depth     int64
	}{
		{name: "certified", op: program.OpMatMul, b: ones(k, 1), constants: constants, depth: 260},
		{name: "Gemm with a bias", op: program.OpGemm, b: ones(k, 1), more: []operand{{t: program.Tensor{Dtype: program.Float32}, elements: []uint64{0}}}, constants: constants, depth: 261},
		{name: "not certified", op: program.OpMatMul, b: ones(k, 1), constants: DefaultConstants(), depth: k},
		{name: "a batch of weights", op: program.OpMatMul, b: ones(1, k, 1), constants: constants, depth: k},
		{name: "a fed matrix", op: program.OpMatMul, b: ones(k, 1), fed: true, constants: constants, depth: k},
	} {
		n := nodeCase{op: c.op, inputs: append([]operand{a, c.b}, c.more...), out: []uint64{1, 1}}
		switch {
		case c.op == program.OpGemm:
			n.attributes = []program.Attribute{attrInts(program.TransA, 0), attrInts(program.TransB, 0)}
		case len(c.b.t.Dims) == 3:
			n.out = []uint64{1, 1, 1}
		}
		m := n.build(t, rng, []uint64{uint64(honest)})
		j := m.judgeOf(t, &c.constants)
		if c.fed {
			node := m.p.Nodes[0]
			node.Inputs = append([]program.Operand(nil), node.Inputs...)
			node.Inputs[1].Kind = program.Input
			in := []*source{newSource(&a.t), newSource(&c.b.t)}
			in[0].data, in[1].data = m.data[program.Weight][0], m.data[program.Weight][1]
			j = judges[node.Op](&node, in, &c.constants)
		}
		at := make([]uint64, len(n.out))
		if o := j.judge(0, at, uint64(honest), nil); o.fault || o.cause != Decided {
			t.Errorf("%s: an honest blocked sum is convicted: %+v", c.name, o)
		}
		// the last float32 within γ_depth·Σ|x·w| + (n+1)·η, and the first beyond it
		roundings := int64(k)
		if len(c.more) > 0 {
			roundings++
		}
		bound := new(big.Rat).Mul(big.NewRat(c.depth, 1<<24-c.depth), size)
		bound.Add(bound, new(big.Rat).SetFrac(big.NewInt(roundings+1), new(big.Int).Lsh(big.NewInt(1), 126)))
		limit, _ := new(big.Rat).Add(exact, bound).Float32()
		y := bits32(limit)
		for rational(y).Cmp(new(big.Rat).Add(exact, bound)) > 0 {
			y = previous(y)
		}
		if o := j.judge(0, at, uint64(y), nil); o.fault {
			t.Errorf("%s: %08x lies within the bound of depth %d and is convicted", c.name, y, c.depth)
		}
		if o := j.judge(0, at, uint64(next(y)), nil); !o.fault {
			t.Errorf("%s: %08x lies beyond the bound of depth %d and is acquitted", c.name, next(y), c.depth)
		}
	}
	// The bound is no wider than needed: the staircase takes 99 % of it.
	if need := big.NewRat(257, 1<<24); worst.Cmp(need) < 0 {
		t.Errorf("the adversarial sum is off by %s, at least 257u expected", worst.FloatString(12))
	}
}

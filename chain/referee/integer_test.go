package referee

import (
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// wholes draws a tensor of an integer dtype in a random layout, the least and greatest numbers and ties often.
func wholes(rng *rand.Rand, d program.Dtype, dims ...uint64) operand {
	all := layouts(d, dims)
	o := operand{t: program.Tensor{Dtype: d, Dims: dims, Layout: all[rng.Intn(len(all))]}}
	width := 8 * d.Width()
	for range o.t.Elements() {
		v := pick(rng, rng.Uint64(), uint64(rng.Intn(3)), uint64(1)<<(width-1), uint64(1)<<(width-1)-1, math.MaxUint64)
		o.elements = append(o.elements, v&(1<<width-1))
	}
	return o
}

// wrap reduces an integer modulo 2^width of a dtype to its bits.
func wrap(d program.Dtype, v *big.Int) uint64 {
	m := new(big.Int).Lsh(big.NewInt(1), uint(8*d.Width()))
	return new(big.Int).Mod(v, m).Uint64()
}

func bigOf(d program.Dtype, bits uint64) *big.Int {
	v := new(big.Int).SetUint64(bits)
	if width := uint(8 * d.Width()); d != program.Uint8 && bits>>(width-1) == 1 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), width))
	}
	return v
}

// TestIntegerFunctions: Abs, Neg, Sign and Relu of integers, in every layout, by arbitrary precision.
func TestIntegerFunctions(t *testing.T) {
	rng := seeded(t, 70)
	zero := new(big.Int)
	for _, c := range []struct {
		op   uint32
		rule func(x *big.Int) *big.Int
		with []program.Dtype
	}{
		{program.OpAbs, func(x *big.Int) *big.Int { return new(big.Int).Abs(x) }, []program.Dtype{program.Int8, program.Uint8, program.Int32, program.Int64}},
		{program.OpSign, func(x *big.Int) *big.Int { return big.NewInt(int64(x.Sign())) }, []program.Dtype{program.Int8, program.Uint8, program.Int32, program.Int64}},
		{program.OpNeg, func(x *big.Int) *big.Int { return new(big.Int).Neg(x) }, []program.Dtype{program.Int8, program.Int32, program.Int64}},
		{program.OpRelu, func(x *big.Int) *big.Int {
			if x.Cmp(zero) < 0 {
				return zero
			}
			return x
		}, []program.Dtype{program.Int8, program.Int32, program.Int64}},
	} {
		for _, d := range c.with {
			x := wholes(rng, d, 3, 4, 5)
			wantInteger(t, rng, nodeCase{op: c.op, inputs: []operand{x}, out: []uint64{3, 4, 5}, dtype: d}, func(e uint64, _ []uint64) uint64 {
				return wrap(d, c.rule(bigOf(d, x.elements[e])))
			})
		}
	}
}

// wantInteger demands the wanted bits of every element, proves some, and convicts any other bits.
func wantInteger(t *testing.T, rng *rand.Rand, c nodeCase, want func(e uint64, at []uint64) uint64) {
	t.Helper()
	out := program.Tensor{Dtype: c.dtype, Dims: c.out}
	elements := make([]uint64, out.Elements())
	for e := range elements {
		elements[e] = want(uint64(e), out.Coordinates(uint64(e)))
	}
	m := c.build(t, rng, elements)
	commitments, summary := m.commitments(t)
	j := m.judgeOf(t, &defaults)
	top := uint64(1) << (8*c.dtype.Width() - 1)
	for e, y := range elements {
		at := out.Coordinates(uint64(e))
		if o := j.judge(0, at, y, nil); o.fault {
			t.Fatalf("%s of %s %v: %x is convicted", program.Name(c.op), c.dtype, at, y)
		}
		if !j.judge(0, at, y^1, nil).fault || !j.judge(0, at, y^top, nil).fault {
			t.Fatalf("%s of %s %v: other bits than %x are acquitted", program.Name(c.op), c.dtype, at, y)
		}
	}
	e := uint64(rng.Intn(len(elements)))
	c.prove(t, m, commitments, &summary, e, false)
	elements[e] ^= 1
	forged := c.build(t, rng, elements)
	fc, fs := forged.commitments(t)
	c.prove(t, forged, fc, &fs, e, true)
}

// TestIntegerReductions: sums wrap, extremes and their lowest index are exact, over the middle axis of three.
func TestIntegerReductions(t *testing.T) {
	rng := seeded(t, 71)
	narrow := []program.Dtype{program.Int8, program.Uint8, program.Int32, program.Int64}
	for _, c := range []struct {
		op   uint32
		with []program.Dtype
		fold func(all []*big.Int) *big.Int
	}{
		{program.OpReduceSum, []program.Dtype{program.Int32, program.Int64}, func(all []*big.Int) *big.Int {
			sum := new(big.Int)
			for _, v := range all {
				sum.Add(sum, v)
			}
			return sum
		}},
		{program.OpReduceMax, narrow, func(all []*big.Int) *big.Int { return all[bestOf(all, 1)] }},
		{program.OpReduceMin, narrow, func(all []*big.Int) *big.Int { return all[bestOf(all, -1)] }},
		{program.OpArgMax, narrow, func(all []*big.Int) *big.Int { return big.NewInt(int64(bestOf(all, 1))) }},
		{program.OpArgMin, narrow, func(all []*big.Int) *big.Int { return big.NewInt(int64(bestOf(all, -1))) }},
	} {
		for _, d := range c.with {
			x := wholes(rng, d, 3, 7, 5)
			n := nodeCase{op: c.op, inputs: []operand{x}, out: []uint64{3, 1, 5}, dtype: d, attributes: []program.Attribute{attrInts(program.Axes, 1), attrInts(program.Keepdims, 1)}}
			if c.op == program.OpArgMax || c.op == program.OpArgMin {
				n.dtype, n.attributes[0].Name = program.Int64, program.Axis
			}
			wantInteger(t, rng, n, func(_ uint64, at []uint64) uint64 {
				var all []*big.Int
				for i := range uint64(7) {
					all = append(all, bigOf(d, x.elements[(at[0]*7+i)*5+at[2]]))
				}
				return wrap(n.dtype, c.fold(all))
			})
		}
	}
}

func bestOf(all []*big.Int, sign int) int {
	best := 0
	for i, v := range all {
		if v.Cmp(all[best])*sign > 0 {
			best = i
		}
	}
	return best
}

// TestIntegerMaxPool: padding is ignored, also where every number is the least.
func TestIntegerMaxPool(t *testing.T) {
	rng := seeded(t, 72)
	for range 20 {
		d := pick(rng, program.Int8, program.Uint8)
		x := wholes(rng, d, 1, 2, 5, 6)
		c := nodeCase{op: program.OpMaxPool, inputs: []operand{x}, out: []uint64{1, 2, 3, 3}, dtype: d, attributes: []program.Attribute{
			attrInts(program.Dilations, 1, 1), attrInts(program.KernelShape, 3, 3), attrInts(program.Pads, 1, 1, 1, 1), attrInts(program.Strides, 2, 2)}}
		wantInteger(t, rng, c, func(_ uint64, at []uint64) uint64 {
			var all []*big.Int
			for y := int64(at[2])*2 - 1; y < int64(at[2])*2+2; y++ {
				for z := int64(at[3])*2 - 1; z < int64(at[3])*2+2; z++ {
					if y >= 0 && y < 5 && z >= 0 && z < 6 {
						all = append(all, bigOf(d, x.elements[(int64(at[1])*5+y)*6+z]))
					}
				}
			}
			return wrap(d, all[bestOf(all, 1)])
		})
	}
}

package referee

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// shapes draws two shapes that broadcast and what they broadcast to, of rank 0 to 4.
func shapes(rng *rand.Rand) (a, b, out []uint64) {
	for range rng.Intn(5) {
		out = append(out, uint64(1+rng.Intn(4)))
	}
	side := func() (d []uint64) {
		d = append(d, out...)
		for i := range d {
			if rng.Intn(3) == 0 {
				d[i] = 1
			}
		}
		return d
	}
	a, b = side(), side()
	for i := range out {
		out[i] = max(a[i], b[i])
	}
	if k := rng.Intn(len(out) + 1); rng.Intn(2) == 0 { // leading axes of 1 need not be written
		for _, x := range b[:k] {
			if x != 1 {
				return a, b, out
			}
		}
		b = b[k:]
	}
	return a, b, out
}

// index is the place in logical order that numpy's broadcasting pairs with an output element.
func (o *operand) index(at []uint64) uint64 {
	i := uint64(0)
	for k, d := range o.t.Dims {
		i *= d
		if d != 1 {
			i += at[len(at)-len(o.t.Dims)+k]
		}
	}
	return i
}

func (o *operand) word(at []uint64) uint32 { return uint32(o.elements[o.index(at)]) }

// nonzero keeps zeros out of divisors: a division by zero is not a number with a bound.
func nonzero(rng *rand.Rand) uint32 {
	for {
		if x := anyFloat(rng); !zero(x) {
			return x
		}
	}
}

// pairsOf judges one float32 and one integer node of an operator of two operands.
func pairsOf(op uint32) func(*testing.T, *rand.Rand, int) {
	return func(t *testing.T, rng *rand.Rand, round int) {
		t.Helper()
		da, db, out := shapes(rng)
		if op == program.OpPRelu {
			out = da
			if db = nil; len(da) > 0 {
				db = pick(rng, []uint64{}, []uint64{1})
			}
		}
		draw := pick(rng, anyFloat, tame)
		divisor := draw
		if op == program.OpDiv {
			divisor = nonzero
		}
		a, b := floats(rng, draw, da...), floats(rng, divisor, db...)
		if round%3 == 0 && len(b.elements) == len(a.elements) && op != program.OpDiv { // cancellation and ties
			for i, x := range a.elements {
				b.elements[i] = x ^ uint64(rng.Intn(2))<<31 ^ uint64(rng.Intn(2))
				if !finite(uint32(b.elements[i])) {
					b.elements[i] = x
				}
			}
		}
		c := nodeCase{op: op, inputs: []operand{a, b}, out: out, reference: func(at []uint64) (*big.Float, *big.Float) {
			x, y := value(a.word(at)), value(b.word(at))
			once := func(ref *big.Float) (*big.Float, *big.Float) {
				return ref, badd(bmul(babs(ref), pow2(-24)), pow2(-126))
			}
			switch op {
			case program.OpAdd:
				return once(badd(x, y))
			case program.OpSub:
				return once(bsub(x, y))
			case program.OpMul:
				return once(bmul(x, y))
			case program.OpDiv:
				return once(bquo(x, y))
			case program.OpPRelu:
				if x.Sign() < 0 {
					return once(bmul(x, y))
				}
				return x, bf(0)
			}
			if (op == program.OpMax) == (x.Cmp(y) > 0) {
				return x, bf(0)
			}
			return y, bf(0)
		}}
		c.run(t, rng)
		if op != program.OpPRelu {
			onePairOfIntegers(t, rng, op, da, db, out)
		}
	}
}

func onePairOfIntegers(t *testing.T, rng *rand.Rand, op uint32, da, db, out []uint64) {
	t.Helper()
	d := pick(rng, program.Int8, program.Uint8, program.Int32, program.Int64)
	a, b := wholes(rng, d, da...), wholes(rng, d, db...)
	if op == program.OpDiv {
		for i, x := range b.elements {
			b.elements[i] = max(x, 1)
		}
	}
	c := nodeCase{op: op, inputs: []operand{a, b}, out: out, dtype: d}
	wantInteger(t, rng, c, func(_ uint64, at []uint64) uint64 {
		x, y, z := bigOf(d, a.elements[a.index(at)]), bigOf(d, b.elements[b.index(at)]), new(big.Int)
		switch op {
		case program.OpAdd:
			z.Add(x, y)
		case program.OpSub:
			z.Sub(x, y)
		case program.OpMul:
			z.Mul(x, y)
		case program.OpDiv:
			z.Quo(x, y)
		default:
			if z = y; (op == program.OpMax) == (x.Cmp(y) > 0) {
				z = x
			}
		}
		return wrap(d, z)
	})
}

// testsOf judges one node of a comparison, of floats or integers, or of And or Or.
func testsOf(op uint32) func(*testing.T, *rand.Rand, int) {
	return func(t *testing.T, rng *rand.Rand, _ int) {
		t.Helper()
		da, db, out := shapes(rng)
		var a, b operand
		var holds func(order int) bool
		d := pick(rng, program.Float32, program.Int8, program.Uint8, program.Int32, program.Int64)
		switch op {
		case program.OpAnd, program.OpOr:
			d = program.Bool
		case program.OpEqual:
			holds = func(o int) bool { return o == 0 }
		case program.OpGreater:
			holds = func(o int) bool { return o > 0 }
		case program.OpLess:
			holds = func(o int) bool { return o < 0 }
		case program.OpGreaterOrEqual:
			holds = func(o int) bool { return o >= 0 }
		case program.OpLessOrEqual:
			holds = func(o int) bool { return o <= 0 }
		}
		switch d {
		case program.Float32:
			few := func(rng *rand.Rand) uint32 { return pick(rng, 0, 1<<31, floatOne, 1, anyFloat(rng)) }
			a, b = floats(rng, few, da...), floats(rng, few, db...)
		case program.Bool:
			a, b = bools(rng, da), bools(rng, db)
		default:
			a, b = wholes(rng, d, da...), wholes(rng, d, db...)
		}
		c := nodeCase{op: op, inputs: []operand{a, b}, out: out, dtype: program.Bool}
		wantInteger(t, rng, c, func(_ uint64, at []uint64) uint64 {
			x, y := a.elements[a.index(at)], b.elements[b.index(at)]
			switch {
			case op == program.OpAnd:
				return x & y
			case op == program.OpOr:
				return x | y
			case d == program.Float32:
				return bit(holds(value(uint32(x)).Cmp(value(uint32(y)))))
			}
			return bit(holds(bigOf(d, x).Cmp(bigOf(d, y))))
		})
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func bools(rng *rand.Rand, dims []uint64) operand {
	o := wholes(rng, program.Bool, dims...)
	for i := range o.elements {
		o.elements[i] &= 1
	}
	return o
}

func oneNot(t *testing.T, rng *rand.Rand) {
	t.Helper()
	_, _, dims := shapes(rng)
	x := bools(rng, dims)
	wantInteger(t, rng, nodeCase{op: program.OpNot, inputs: []operand{x}, out: dims, dtype: program.Bool}, func(e uint64, _ []uint64) uint64 { return 1 - x.elements[e] })
}

// oneWhere: a selection of integers, whose operands broadcast.
func oneWhere(t *testing.T, rng *rand.Rand) {
	t.Helper()
	da, db, out := shapes(rng)
	d := pick(rng, program.Int8, program.Uint8, program.Int32, program.Int64)
	condition, x, y := bools(rng, out), wholes(rng, d, da...), wholes(rng, d, db...)
	wantInteger(t, rng, nodeCase{op: program.OpWhere, inputs: []operand{condition, x, y}, out: out, dtype: d}, func(e uint64, at []uint64) uint64 {
		if condition.elements[e] == 1 {
			return x.elements[x.index(at)]
		}
		return y.elements[y.index(at)]
	})
}

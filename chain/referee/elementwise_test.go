package referee

import (
	"math"
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

var defaults = DefaultConstants()

// TestPairs probes Add, Sub, Mul, Div around u·|ref| + η.
func TestPairs(t *testing.T) {
	rng := seeded(t, 1)
	rules := []struct {
		name  string
		rule  floatPair
		exact func(a, b *big.Float) *big.Float
	}{{"Add", (*Constants).add, badd}, {"Sub", (*Constants).sub, bsub}, {"Mul", (*Constants).mul, bmul}, {"Div", (*Constants).div, bquo}}
	for i := range 20000 {
		a, b := anyFloat(rng), anyFloat(rng)
		if i%4 == 0 { // cancellation
			b = a ^ uint32(rng.Intn(2))<<31 ^ uint32(rng.Intn(4))
		}
		if !finite(a) || !finite(b) {
			continue
		}
		for _, r := range rules {
			if r.name == "Div" && zero(b) {
				continue
			}
			ref := r.exact(value(a), value(b))
			bound := badd(bmul(babs(ref), pow2(-24)), pow2(-126))
			judge := func(y uint32) outcome { return r.rule(&defaults, y, a, b, nil) }
			probe(t, r.name, ref, bound, judge)
			if f, _ := ref.Float32(); judge(bits32(f)).fault { // correctly rounded, infinity included
				t.Fatalf("%s %08x %08x: the correctly rounded result is convicted", r.name, a, b)
			}
		}
	}
}

// TestPairsSpecial compares every combination of special values with the processor, and every other class with a fault.
func TestPairsSpecial(t *testing.T) {
	pool := []uint32{0, 1 << 31, floatOne, floatOne | 1<<31, floatInf, negativeInf, floatNaN, 1, 0x80000001, floatMax, lowest}
	for _, a := range pool {
		for _, b := range pool {
			x, y := math.Float32frombits(a), math.Float32frombits(b)
			for name, c := range map[string]struct {
				rule floatPair
				got  float32
			}{"Add": {(*Constants).add, x + y}, "Sub": {(*Constants).sub, x - y}, "Mul": {(*Constants).mul, x * y}, "Div": {(*Constants).div, x / y}} {
				honestBits := bits32(c.got)
				if c.got != c.got {
					honestBits = floatNaN
				}
				if o := c.rule(&defaults, honestBits, a, b, nil); o.fault {
					t.Errorf("%s(%v, %v) = %v is convicted", name, x, y, c.got)
				}
				if !finite(a) || !finite(b) || name == "Div" && zero(b) {
					for _, z := range []uint32{floatOne, floatInf, negativeInf, floatNaN} {
						if equal(z, honestBits) || nan(z) && nan(honestBits) {
							continue
						}
						if o := c.rule(&defaults, z, a, b, nil); !o.fault {
							t.Errorf("%s(%v, %v): %08x is acquitted, %v expected", name, x, y, z, c.got)
						}
					}
				}
			}
		}
	}
}

func TestMaxMin(t *testing.T) {
	type c struct {
		rule floatPair
		a, b uint32
		ok   []uint32
		bad  []uint32
	}
	one, two, nz := uint32(floatOne), uint32(0x40000000), uint32(1<<31)
	for i, v := range []c{
		{(*Constants).max, one, two, []uint32{two}, []uint32{one, floatNaN, 0, next(two)}},
		{(*Constants).min, one, two, []uint32{one}, []uint32{two, floatNaN, previous(one)}},
		{(*Constants).max, 0, nz, []uint32{0, nz}, []uint32{1}},
		{(*Constants).max, negativeInf, one, []uint32{one}, []uint32{negativeInf}},
		{(*Constants).max, negativeInf, negativeInf, []uint32{negativeInf}, []uint32{lowest}},
		{(*Constants).max, floatNaN, one, []uint32{floatNaN, one}, []uint32{two, 0}},
		{(*Constants).min, one, floatNaN, []uint32{floatNaN, one}, []uint32{two, 0}},
		{(*Constants).prelu, two | signBit, 0x3f000000, []uint32{one | signBit}, []uint32{one, two | signBit}},
		{(*Constants).prelu, two, 0x3f000000, []uint32{two}, []uint32{one, next(two)}},
		{(*Constants).prelu, floatNaN, one, []uint32{floatNaN}, []uint32{one, 0}},
	} {
		for _, y := range v.ok {
			if v.rule(&defaults, y, v.a, v.b, nil).fault {
				t.Errorf("case %d: %08x is convicted", i, y)
			}
		}
		for _, y := range v.bad {
			if !v.rule(&defaults, y, v.a, v.b, nil).fault {
				t.Errorf("case %d: %08x is acquitted", i, y)
			}
		}
	}
}

// TestIntegers: integer arithmetic wraps as Go's does, and a division by zero is a fault whatever is claimed.
func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		d    program.Dtype
		y    uint64
		want int64
		ok   bool
	}{{program.Int32, 0x80000000, 1 << 31, true}, {program.Int32, 5, 1<<32 + 5, true}, {program.Int32, 5, 6, false}, {program.Int8, 0x80, 128, true},
		{program.Uint8, 255, -1, true}, {program.Int64, 1<<64 - 1, -1, true}, {program.Int64, 1, -1, false}} {
		if sameInteger(c.d, c.y, c.want, nil).fault == c.ok {
			t.Errorf("%s %x for %d", c.d, c.y, c.want)
		}
	}
	rng := seeded(t, 5)
	for range 300 {
		a, b := int8(rng.Uint64()), int8(rng.Intn(7)-3)
		x, y := int32(rng.Uint64()), int32(rng.Uint64())
		u, v := uint8(rng.Uint64()), uint8(rng.Uint64())
		if rng.Intn(4) == 0 {
			a, x, y = -128, -1<<31, -1
		}
		check := func(op uint32, d program.Dtype, p, q, want uint64) {
			t.Helper()
			o := program.Tensor{Dtype: d}
			c := nodeCase{op: op, inputs: []operand{{t: o, elements: []uint64{p}}, {t: o, elements: []uint64{q}}}, dtype: d}
			m := c.build(t, rng, []uint64{want})
			m.commitments(t)
			j := m.judgeOf(t, &defaults)
			if j.judge(0, nil, want, nil).fault || !j.judge(0, nil, want^1, nil).fault {
				t.Fatalf("%s %s %x %x = %x", program.Name(op), d, p, q, want)
			}
		}
		i8 := func(v int8) uint64 { return uint64(uint8(v)) }
		i32 := func(v int32) uint64 { return uint64(uint32(v)) }
		check(program.OpAdd, program.Int8, i8(a), i8(b), i8(a+b))
		check(program.OpSub, program.Uint8, uint64(u), uint64(v), uint64(u-v))
		check(program.OpMul, program.Int32, i32(x), i32(y), i32(x*y))
		check(program.OpMax, program.Int32, i32(x), i32(y), i32(max(x, y)))
		check(program.OpMin, program.Uint8, uint64(u), uint64(v), uint64(min(u, v)))
		if b != 0 {
			check(program.OpDiv, program.Int8, i8(a), i8(b), i8(a/b))
		}
		if y != 0 {
			check(program.OpDiv, program.Int32, i32(x), i32(y), i32(x/y))
		}
	}
	if _, ok := truncatedQuotient(5, 0); ok {
		t.Error("a division by zero has a result")
	}
}

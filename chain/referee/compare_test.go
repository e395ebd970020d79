package referee

import (
	"math"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestComparisons compares every test on every pair of special values with the processor.
func TestComparisons(t *testing.T) {
	pool := []uint32{0, 1 << 31, 1, floatOne, floatOne | signBit, floatInf, negativeInf, floatNaN, floatMax}
	var a, b operand
	for _, x := range pool {
		for _, y := range pool {
			a.elements, b.elements = append(a.elements, uint64(x)), append(b.elements, uint64(y))
		}
	}
	n := uint64(len(a.elements))
	a.t = program.Tensor{Dtype: program.Float32, Dims: []uint64{n}}
	b.t = a.t
	for op, holds := range map[uint32]func(x, y float32) bool{
		program.OpEqual: func(x, y float32) bool { return x == y }, program.OpGreater: func(x, y float32) bool { return x > y },
		program.OpLess: func(x, y float32) bool { return x < y }, program.OpGreaterOrEqual: func(x, y float32) bool { return x >= y },
		program.OpLessOrEqual: func(x, y float32) bool { return x <= y },
	} {
		c := nodeCase{op: op, inputs: []operand{a, b}, out: []uint64{n}, dtype: program.Bool}
		m := c.build(t, seeded(t, 1), make([]uint64, n))
		m.commitments(t)
		j := m.judgeOf(t, &defaults)
		for i := range n {
			want := uint64(0)
			if holds(f32(uint32(a.elements[i])), f32(uint32(b.elements[i]))) {
				want = 1
			}
			if j.judge(0, []uint64{i}, want, nil).fault || !j.judge(0, []uint64{i}, 1-want, nil).fault || !j.judge(0, []uint64{i}, 2, nil).fault {
				t.Errorf("%s(%08x, %08x)", program.Name(op), a.elements[i], b.elements[i])
			}
		}
	}
	if order(program.Int8, 0xff, 1) >= 0 || order(program.Uint8, 0xff, 1) <= 0 || order(program.Int64, 1<<63, 0) >= 0 {
		t.Error("integers compare as signed numbers of their width")
	}
}

// TestLogicAndWhere: And, Or, Not and Where, with the condition that is no bool.
func TestLogicAndWhere(t *testing.T) {
	bools := operand{t: program.Tensor{Dtype: program.Bool, Dims: []uint64{4}}, elements: []uint64{0, 0, 1, 1}}
	other := operand{t: bools.t, elements: []uint64{0, 1, 0, 1}}
	for _, c := range []struct {
		op     uint32
		inputs []operand
		want   [4]uint64
	}{{program.OpAnd, []operand{bools, other}, [4]uint64{0, 0, 0, 1}}, {program.OpOr, []operand{bools, other}, [4]uint64{0, 1, 1, 1}}, {program.OpNot, []operand{bools}, [4]uint64{1, 1, 0, 0}}} {
		nc := nodeCase{op: c.op, inputs: c.inputs, out: []uint64{4}, dtype: program.Bool}
		m := nc.build(t, seeded(t, 1), c.want[:])
		commitments, s := m.commitments(t)
		j := m.judgeOf(t, &defaults)
		for i := range uint64(4) {
			nc.prove(t, m, commitments, &s, i, false)
			if j.judge(0, []uint64{i}, c.want[i], nil).fault || !j.judge(0, []uint64{i}, 1-c.want[i], nil).fault {
				t.Errorf("%s element %d", program.Name(c.op), i)
			}
		}
	}
	x := operand{t: program.Tensor{Dtype: program.Float32, Dims: []uint64{4}}, elements: []uint64{1 << 31, floatNaN, negativeInf, floatOne}}
	y := operand{t: x.t, elements: []uint64{floatOne, floatInf, 5, 6}}
	cond := operand{t: bools.t, elements: []uint64{1, 1, 0, 2}}
	nc := nodeCase{op: program.OpWhere, inputs: []operand{cond, x, y}, out: []uint64{4}}
	j := nc.build(t, seeded(t, 1), make([]uint64, 4)).judgeOf(t, &defaults)
	for _, c := range []struct {
		at    uint64
		y     uint64
		fault bool
	}{{0, 1 << 31, false}, {0, 0, false}, {0, 1, true}, {1, floatNaN, false}, {1, 0, true}, {2, 5, false}, {2, negativeInf, true}, {3, 77, false}} {
		if o := j.judge(0, []uint64{c.at}, c.y, nil); o.fault != c.fault {
			t.Errorf("Where element %d = %x: fault %v", c.at, c.y, o.fault)
		}
	}
}

// TestCast compares conversions with the language's, and lists what an undefined one may give.
func TestCast(t *testing.T) {
	rng := seeded(t, 50)
	cast := func(from, to program.Dtype, x, y uint64) outcome {
		in := operand{t: program.Tensor{Dtype: from}, elements: []uint64{x}}
		c := nodeCase{op: program.OpCast, inputs: []operand{in}, dtype: to}
		return c.build(t, rng, []uint64{y}).judgeOf(t, &defaults).judge(0, nil, y, nil)
	}
	check := func(from, to program.Dtype, x, y uint64, fault bool) {
		t.Helper()
		if o := cast(from, to, x, y); o.fault != fault {
			t.Fatalf("Cast %s %x to %s %x: fault %v", from, x, to, y, o.fault)
		}
	}
	for range 3000 {
		x := anyFloat(rng)
		f := f32(x)
		if v := float64(f); math.Abs(v) < 1<<62 {
			check(program.Float32, program.Int64, uint64(x), uint64(int64(f)), false)
			check(program.Float32, program.Int64, uint64(x), uint64(int64(f)+1), true)
			if math.Abs(v) < 1<<30 {
				check(program.Float32, program.Int32, uint64(x), uint64(uint32(int32(f))), false)
				check(program.Float32, program.Int32, uint64(x), uint64(uint32(int32(f)^1)), true)
			}
		}
		i := int64(rng.Uint64()) >> rng.Intn(63)
		check(program.Int64, program.Float32, uint64(i), uint64(bits32(float32(i))), false)
		check(program.Int64, program.Float32, uint64(i), uint64(next(bits32(float32(i)))), true)
		check(program.Int64, program.Int32, uint64(i), uint64(uint32(i)), false)
		check(program.Int64, program.Int32, uint64(i), uint64(uint32(i)^1), true)
		check(program.Int64, program.Bool, uint64(i), 1, i == 0)
		b := x >> 16 // a bfloat16 widens exactly, and comes back
		if !nan(b << 16) {
			check(program.BFloat16, program.Float32, uint64(b), uint64(b<<16), false)
			check(program.Float32, program.BFloat16, uint64(b<<16), uint64(b), false)
		}
	}
	for h := uint64(0); h < 1<<16; h++ { // every float16 widens to what its fields say, and comes back
		e, m := int(h>>10&31), float64(h&1023)
		want := math.Ldexp(m, -24)
		switch {
		case e == 31 && m == 0:
			want = math.Inf(1)
		case e == 31:
			want = math.NaN()
		case e > 0:
			want = math.Ldexp(1024+m, e-25)
		}
		if h>>15 != 0 {
			want = math.Copysign(want, -1)
		}
		w := widenHalf(uint16(h))
		if got := float64(f32(w)); got != want && !(got != got && want != want) {
			t.Fatalf("%04x widens to %v, %v expected", h, got, want)
		}
		if h%37 == 0 && !(e == 31 && m != 0) {
			check(program.Float32, program.Float16, uint64(w), h, false)
			check(program.Float32, program.Float16, uint64(w), h^1, true)
		}
	}
	for _, c := range []struct {
		from, to program.Dtype
		x, y     uint64
		fault    bool
	}{
		{program.Float32, program.Float16, uint64(bits32(65520)), 0x7c00, false}, {program.Float32, program.Float16, uint64(bits32(65519)), 0x7bff, false},
		{program.Float32, program.Float16, uint64(bits32(65519)), 0x7c00, true}, {program.Float32, program.Float16, floatNaN, 0x7e00, false},
		{program.Float32, program.Float16, uint64(bits32(0x1p-25)), 0, false}, {program.Float32, program.Float16, uint64(bits32(0x1.8p-25)), 1, false},
		{program.Float32, program.BFloat16, 0x3f808000, 0x3f80, false}, {program.Float32, program.BFloat16, 0x3f818000, 0x3f82, false}, {program.Float32, program.BFloat16, 0x3f818000, 0x3f81, true},
		{program.Float32, program.Int32, floatInf, 0x7fffffff, false}, {program.Float32, program.Int32, floatInf, 0x80000000, false}, {program.Float32, program.Int32, floatNaN, 0, false},
		{program.Float32, program.Int32, floatNaN, 7, true}, {program.Float32, program.Int32, uint64(bits32(0x1p31)), 0x80000000, false}, {program.Float32, program.Int32, uint64(bits32(-0x1p31)), 0x80000000, false},
		{program.Float32, program.Int32, uint64(bits32(-0x1p31)), 0x7fffffff, true}, {program.Float32, program.Uint8, uint64(bits32(300.7)), 44, false}, {program.Float32, program.Uint8, uint64(bits32(300.7)), 255, false},
		{program.Float32, program.Uint8, uint64(bits32(300.7)), 43, true}, {program.Float32, program.Uint8, uint64(bits32(-0.9)), 0, false}, {program.Float32, program.Uint8, uint64(bits32(-0.9)), 1, true},
		{program.Float32, program.Int8, uint64(bits32(-128.9)), 0x80, false}, {program.Float32, program.Int8, uint64(bits32(3e10)), 0xff, false}, {program.Float32, program.Bool, 1, 1, false}, {program.Float32, program.Bool, 1 << 31, 1, true},
		{program.Bool, program.Float32, 1, floatOne, false}, {program.Bool, program.Float32, 0, 1 << 31, false}, {program.Uint8, program.Int8, 200, 200, false}, {program.Int8, program.Int32, 0x80, 0xffffff80, false},
		{program.Int64, program.Float16, 2049, 0x6800, false}, {program.Float16, program.Int32, 0xc500, 0xfffffffb, false}, {program.Float32, program.Int64, uint64(bits32(-0x1p63)), 1 << 63, false},
	} {
		check(c.from, c.to, c.x, c.y, c.fault)
	}
}

package referee

import (
	"fmt"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// stepReference gives the exact quotient of an element, its error and the zero point.
type stepReference func(at []int64) (q, e *big.Rat, zero int64)

// steps judges all 256 values of every element: those that some quotient within e of q rounds to, and no other.
func steps(t *testing.T, rng *rand.Rand, c nodeCase, reference stepReference) (ambiguous int) {
	t.Helper()
	out := program.Tensor{Dtype: c.dtype, Dims: c.out}
	elements, wrong := make([]uint64, out.Elements()), make([]uint64, out.Elements())
	slack := new(big.Rat).SetFrac64(1<<20+1, 1<<20) // bounds are rounded up to 32 bits
	first := int64(0)
	if c.dtype == program.Int8 {
		first = -128
	}
	type span struct{ least, most, widest, slimmest int64 }
	spans := make([]span, len(elements))
	for e := range elements {
		q, err, zero := reference(signedCoordinates(&out, uint64(e)))
		round := func(sign int64, scale *big.Rat) int64 {
			d := new(big.Rat).Mul(err, scale)
			d.Mul(d, new(big.Rat).SetInt64(sign))
			return min(max(halfEven(d.Add(d, q))+zero, first), first+255)
		}
		one := big.NewRat(1, 1)
		spans[e] = span{round(-1, one), round(1, one), round(1, slack), round(-1, slack)}
		if spans[e].least != spans[e].most {
			ambiguous++
		}
		elements[e] = uint64(pick(rng, spans[e].least, spans[e].most)) & 255
		wrong[e] = uint64(first) & 255
		if spans[e].slimmest == first {
			wrong[e] = uint64(first+255) & 255
		}
	}
	m := c.build(t, rng, elements)
	commitments, summary := m.commitments(t)
	if !summary.Quantised {
		t.Fatalf("%s does not make its program quantised", program.Name(c.op))
	}
	j := m.judgeOf(t, &defaults)
	for e, s := range spans {
		at := out.Coordinates(uint64(e))
		for v := first; v < first+256; v++ {
			o := j.judge(0, at, uint64(v)&255, nil)
			allowed, forbidden := s.least <= v && v <= s.most, v < s.slimmest || v > s.widest
			if allowed && o != (outcome{ratio: o.ratio}) || forbidden && !o.fault {
				t.Fatalf("%s %v: %d gives %+v, %d to %d expected", program.Name(c.op), at, v, o, s.least, s.most)
			}
		}
	}
	e := uint64(rng.Intn(len(elements)))
	c.prove(t, m, commitments, &summary, e, false)
	if spans[e].slimmest != first || spans[e].widest != first+255 {
		moved := append([]uint64(nil), elements...)
		moved[e] = wrong[e]
		forged := c.build(t, rng, moved)
		fc, fs := forged.commitments(t)
		c.prove(t, forged, fc, &fs, e, true)
	}
	return ambiguous
}

// halfEven rounds to the nearest integer, ties to even; far numbers to 10^6.
func halfEven(q *big.Rat) int64 {
	if q.Cmp(big.NewRat(1e6, 1)) > 0 {
		return 1e6
	}
	if q.Cmp(big.NewRat(-1e6, 1)) < 0 {
		return -1e6
	}
	double := new(big.Rat).Mul(q, big.NewRat(2, 1))
	up := new(big.Int).Add(double.Num(), double.Denom())
	nearest := new(big.Int).Div(up, new(big.Int).Mul(double.Denom(), big.NewInt(2))).Int64() // floor(q + 1/2)
	if double.IsInt() && double.Num().Bit(0) == 1 {                                          // a tie
		nearest -= nearest & 1
	}
	return nearest
}

// relative is γ_k·|q| + tiny, u = 2^-24.
func relative(k int64, q, tiny *big.Rat) *big.Rat {
	e := new(big.Rat).Mul(big.NewRat(k, 1<<24-k), new(big.Rat).Abs(q))
	return e.Add(e, tiny)
}

func rat(x uint32) *big.Rat { r, _ := value(x).Rat(nil); return r }

func rpow2(n int) *big.Rat {
	r, _ := pow2(n).Rat(nil)
	return r
}

// nearTie draws x with x/s at or beside a tie, or anywhere.
func nearTie(rng *rand.Rand, s uint32) uint32 {
	if rng.Intn(3) == 0 {
		return ordinary(rng)
	}
	tie := badd(bf(float64(rng.Intn(600)-300)), bf(0.5))
	x := nearest(bmul(tie, value(s)))
	return x + uint32(rng.Intn(7)) - 3
}

func positive(rng *rand.Rand) uint32 {
	return bits32(float32(rng.ExpFloat64()*0.1 + 1e-4))
}

// TestQuantizeLinear: all values beside ties, saturated, with zero points, for the whole tensor and along an axis.
func TestQuantizeLinear(t *testing.T) {
	rng := seeded(t, 62)
	ambiguous := 0
	for range 40 {
		ambiguous += oneQuantizeLinear(t, rng)
	}
	if ambiguous == 0 {
		t.Error("no element lay beside a tie")
	}
}

// oneQuantizeLinear judges one random QuantizeLinear and counts its elements beside a tie.
func oneQuantizeLinear(t *testing.T, rng *rand.Rand) int {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(3)), uint64(2 + rng.Intn(3)), uint64(1 + rng.Intn(5))}
	dtype, axis := pick(rng, program.Uint8, program.Int8), int64(0)
	parameters := scalarDims(rng)
	if rng.Intn(2) == 0 {
		axis = int64(rng.Intn(3))
		parameters = []uint64{dims[axis]}
		if dims[axis] == 1 {
			axis = 0
		}
	}
	s := floats(rng, positive, parameters...)
	if rng.Intn(4) == 0 {
		s.elements[0] = uint64(pick(rng, bits32(0.5), bits32(-0.25), 1, 0x7f000000, 0x00800000))
	}
	z := bytesOf(rng, dtype, parameters...)
	x := floats(rng, func(rng *rand.Rand) uint32 { return nearTie(rng, uint32(s.elements[0])) }, dims...)
	inputs := []operand{x, s, z}
	if dtype == program.Uint8 && rng.Intn(3) == 0 {
		inputs, z = inputs[:2], operand{}
	}
	c := nodeCase{op: program.OpQuantizeLinear, inputs: inputs, out: dims, dtype: dtype, attributes: []program.Attribute{attrInts(program.Axis, axis)}}
	return steps(t, rng, c, func(at []int64) (*big.Rat, *big.Rat, int64) {
		scale, _ := s.get(s.one(at[axis])...).Rat(nil)
		v, _ := x.get(at...).Rat(nil)
		q := new(big.Rat).Quo(v, scale)
		zero := int64(0)
		if z.t.Dtype != 0 {
			zero = z.whole(z.one(at[axis])...)
		}
		return q, relative(2, q, rpow2(-126)), zero
	})
}

// TestQuantizeSpecials: infinities saturate by their sign, NaN has the readings of the kernels and no other.
func TestQuantizeSpecials(t *testing.T) {
	const nanBits, infinity = floatNaN, floatInf
	for _, c := range []struct {
		x, s    uint32
		allowed []uint64
	}{
		{nanBits, floatOne, []uint64{0, 77, 255}}, {floatOne, nanBits, []uint64{0, 77, 255}}, {infinity, infinity, []uint64{0, 77, 255}},
		{0, signBit, []uint64{0, 77, 255}}, {infinity, floatOne, []uint64{255}}, {negativeInf, floatOne, []uint64{0}},
		{infinity, signBit | floatOne, []uint64{0}}, {floatOne, 0, []uint64{255}}, {floatOne, signBit, []uint64{0}}, {floatMax, 1, []uint64{255}},
		{lowest, 1, []uint64{0}}, {floatMax, infinity, []uint64{77}}, {signBit, floatOne, []uint64{77}}, {0, floatOne, []uint64{77}},
	} {
		k := nodeCase{op: program.OpQuantizeLinear, out: []uint64{1}, dtype: program.Uint8, attributes: []program.Attribute{attrInts(program.Axis, 0)},
			inputs: []operand{constantOf(program.Float32, []uint64{1}, uint64(c.x)), constantOf(program.Float32, nil, uint64(c.s)), constantOf(program.Uint8, nil, 77)}}
		m := k.build(t, rand.New(rand.NewSource(1)), []uint64{0})
		j := m.judgeOf(t, &defaults)
		for y := range uint64(256) {
			want := true
			for _, a := range c.allowed {
				want = want && a != y
			}
			d := detail{}
			if o := j.judge(0, []uint64{0}, y, &d); o.fault != want || d.exact == "" {
				t.Errorf("%x / %x: %d gives %+v %q, fault %v expected", c.x, c.s, y, o, d.exact, want)
			}
		}
	}
}

// requantisedReference is the exact sum·xs·ws/ys with its error, for any order of evaluation with at most five roundings.
func requantisedReference(sum int64, xs, ws, ys uint32) (q, e *big.Rat) {
	q = new(big.Rat).Mul(new(big.Rat).SetInt64(int64(int32(sum))), rat(xs))
	q.Quo(q.Mul(q, rat(ws)), rat(ys))
	eta := rpow2(-126)
	tiny := new(big.Rat).Quo(eta, new(big.Rat).Abs(rat(ys)))
	tiny.Add(tiny, eta)
	tiny.Mul(tiny, new(big.Rat).SetInt64(int64(abs64(int64(int32(sum))))))
	tiny.Add(tiny, eta)
	return q, relative(5, q, tiny.Add(tiny, tiny))
}

// scales draws those of a requantisation: powers of two make exact ties, tiny ones underflow.
func drawScale(rng *rand.Rand) uint32 {
	switch rng.Intn(8) {
	case 0, 1, 2:
		return bits32(float32(int(1)<<rng.Intn(8)) / 16)
	case 3:
		return pick(rng, uint32(0x1e3ce508), 0x5e3ce508) // about 1e-20, 3e18
	}
	return positive(rng)
}

// TestQLinearConv compares all values of every element with every correct evaluation, bias and channel scales included.
func TestQLinearConv(t *testing.T) {
	rng := seeded(t, 63)
	ambiguous := 0
	for range 40 {
		ambiguous += oneQLinearConv(t, rng)
	}
	if ambiguous == 0 {
		t.Error("no element lay beside a tie")
	}
}

// oneQLinearConv judges one random QLinearConv and counts its elements beside a tie.
func oneQLinearConv(t *testing.T, rng *rand.Rand) int {
	t.Helper()
	dx, dw := factorDtypes(rng)
	g := randomQuantConv(rng, dx, dw)
	m := g.out[1]
	one := func(d program.Dtype) operand { return bytesOf(rng, d, scalarDims(rng)...) }
	xs, ys := floats(rng, drawScale, scalarDims(rng)...), floats(rng, drawScale, scalarDims(rng)...)
	ws, zw := floats(rng, drawScale, columnDims(rng, m)...), bytesOf(rng, dw, columnDims(rng, m)...)
	zx, zy := one(dx), one(dx)
	bias := operand{t: program.Tensor{Dtype: program.Int32, Dims: []uint64{m}, Layout: program.Row}}
	for range m {
		bias.elements = append(bias.elements, uint64(uint32(pick(rng, rng.Int31n(1<<17), -rng.Int31n(1<<17), 1<<31-1, -1<<31))))
	}
	inputs := []operand{g.x, xs, zx, g.w, ws, zw, ys, zy, bias}
	if rng.Intn(2) == 0 {
		inputs, bias = inputs[:8], operand{}
	}
	c := nodeCase{op: program.OpQLinearConv, inputs: inputs, out: g.out, dtype: dx, attributes: g.attributes}
	return steps(t, rng, c, func(at []int64) (*big.Rat, *big.Rat, int64) {
		sum := g.sum(at, zx.whole(zx.one(0)...), zw.whole(zw.one(at[1])...)) + bias.whole(at[1])
		wb := ws.get(ws.one(at[1])...)
		q, e := requantisedReference(sum, uint32(xs.elements[0]), nearest(wb), uint32(ys.elements[0]))
		return q, e, zy.whole(zy.one(0)...)
	})
}

// TestQLinearMatMul: as TestQLinearConv, with parameters for each column.
func TestQLinearMatMul(t *testing.T) {
	rng := seeded(t, 64)
	for range 400 {
		oneQLinearMatMul(t, rng)
	}
}

// oneQLinearMatMul judges one random QLinearMatMul.
func oneQLinearMatMul(t *testing.T, rng *rand.Rand) {
	t.Helper()
	m, k, n := uint64(1+rng.Intn(4)), uint64(1+rng.Intn(30)), uint64(1+rng.Intn(4))
	da, db := factorDtypes(rng)
	a, b := bytesOf(rng, da, 2, m, k), bytesOf(rng, db, k, n)
	as, ys := floats(rng, drawScale, scalarDims(rng)...), floats(rng, drawScale, scalarDims(rng)...)
	bs, zb := floats(rng, drawScale, columnDims(rng, n)...), bytesOf(rng, db, columnDims(rng, n)...)
	za, zy := bytesOf(rng, da, scalarDims(rng)...), bytesOf(rng, da, scalarDims(rng)...)
	sumAt := func(at []int64) (sum int64) {
		for i := range int64(k) {
			sum += (a.whole(at[0], at[1], i) - za.whole(za.one(0)...)) * (b.whole(i, at[2]) - zb.whole(zb.one(at[2])...))
		}
		return sum
	}
	if sum := sumAt([]int64{0, 0, 0}); sum != 0 { // the first element some units in the last place beside a tie
		product := bmul(bf(float64(sum)), bmul(value(uint32(as.elements[0])), value(uint32(bs.elements[0]))))
		tie := badd(bf(float64(rng.Intn(60)-30)), bf(0.5))
		ys.elements[0] = uint64(nearest(new(big.Float).Quo(product, tie)) + uint32(rng.Intn(17)) - 8)
	}
	c := nodeCase{op: program.OpQLinearMatMul, inputs: []operand{a, as, za, b, bs, zb, ys, zy}, out: []uint64{2, m, n}, dtype: da}
	steps(t, rng, c, func(at []int64) (*big.Rat, *big.Rat, int64) {
		sum := sumAt(at)
		q, e := requantisedReference(sum, uint32(as.elements[0]), nearest(bs.get(bs.one(at[2])...)), uint32(ys.elements[0]))
		return q, e, zy.whole(zy.one(0)...)
	})
}

// TestRequantiseKernel: the float sequence of MLAS, computed here in float32, is never convicted, whatever the scales.
func TestRequantiseKernel(t *testing.T) {
	rng := seeded(t, 65)
	c := defaults
	for range 200_000 {
		sum := int32(rng.Uint32()) >> rng.Intn(31)
		xs, ws, ys := float32(rng.ExpFloat64()), float32(rng.ExpFloat64()), float32(rng.ExpFloat64())
		if rng.Intn(2) == 0 && sum != 0 { // beside a tie
			ys = float32(float64(sum) * float64(xs) * float64(ws) / (float64(rng.Intn(300)-150) + 0.5))
		}
		scale := xs * ws / ys
		got := halfEven(rat(bits32(float32(sum) * scale)))
		q := newBall(sum < 0, abs64(int64(sum)), 0, Mag{}).mul(ballOf(bits32(xs)).mul(ballOf(bits32(ws))).quo(ballOf(bits32(ys))))
		y := min(max(got+100, 0), 255)
		if o := judgeStep(program.Uint8, uint64(y), 100, q, q.upper().mul(gamma(requantizeRoundings)).add(c.eta()), nil); o.fault {
			t.Fatalf("%d·%v·%v/%v = %d is convicted (ratio %d)", sum, xs, ws, ys, got, o.ratio)
		}
	}
}

// TestDequantizeLinear: (x - zero)·scale with one rounding, two for int32.
func TestDequantizeLinear(t *testing.T) {
	rng := seeded(t, 66)
	for range 40 {
		oneDequantizeLinear(t, rng)
	}
}

// oneDequantizeLinear judges one random DequantizeLinear.
func oneDequantizeLinear(t *testing.T, rng *rand.Rand) {
	t.Helper()
	dims := []uint64{uint64(1 + rng.Intn(3)), uint64(2 + rng.Intn(3)), uint64(1 + rng.Intn(5))}
	dtype, axis := pick(rng, program.Uint8, program.Int8, program.Int32), int64(0)
	parameters := scalarDims(rng)
	if rng.Intn(2) == 0 {
		axis = 1
		parameters = []uint64{dims[1]}
	}
	s, z := floats(rng, draws(rng), parameters...), operand{}
	x := operand{t: program.Tensor{Dtype: program.Int32, Dims: dims, Layout: program.Row}}
	for range x.t.Elements() {
		x.elements = append(x.elements, uint64(pick(rng, rng.Uint32(), 1<<31, 1<<31-1, 1<<24+1, 0)))
	}
	inputs, roundings := []operand{x, s}, 2
	if dtype != program.Int32 {
		x, z, roundings = bytesOf(rng, dtype, dims...), bytesOf(rng, dtype, parameters...), 1
		inputs = []operand{x, s, z}
	}
	c := nodeCase{op: program.OpDequantizeLinear, inputs: inputs, out: dims, attributes: []program.Attribute{attrInts(program.Axis, axis)},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			var where []int64
			for _, a := range at {
				where = append(where, int64(a))
			}
			v := x.whole(where...)
			if z.t.Dtype != 0 {
				v -= z.whole(z.one(where[axis])...)
			}
			ref := bmul(bf(float64(v)), s.get(s.one(where[axis])...))
			relative := pow2(-24)
			if roundings == 2 {
				relative = bgamma(2)
			}
			return ref, badd(bmul(relative, babs(ref)), pow2(-126))
		}}
	c.run(t, rng)
}

// TestQuantisedRecords: what the kernels do not run is refused at publication.
func TestQuantisedRecords(t *testing.T) {
	rng := seeded(t, 67)
	u, i := program.Uint8, program.Int8
	window := []program.Attribute{attrInts(program.Dilations, 1, 1), attrInts(program.Group, 1), attrInts(program.Pads, 0, 0, 0, 0), attrInts(program.Strides, 1, 1)}
	axis := func(a int64) []program.Attribute { return []program.Attribute{attrInts(program.Axis, a)} }
	b := func(d program.Dtype, dims ...uint64) operand { return bytesOf(rng, d, dims...) }
	f := func(dims ...uint64) operand { return floats(rng, positive, dims...) }
	image, filter := b(u, 1, 2, 4, 4), b(u, 3, 2, 1, 1)
	for name, c := range map[string]nodeCase{
		"ConvInteger of floats":            {op: program.OpConvInteger, inputs: []operand{f(1, 2, 4, 4), filter}, out: []uint64{1, 3, 4, 4}, dtype: program.Int32, attributes: window},
		"a zero point for each channel":    {op: program.OpConvInteger, inputs: []operand{image, filter, b(u), b(u, 3)}, out: []uint64{1, 3, 4, 4}, dtype: program.Int32, attributes: window},
		"an absent first zero point":       {op: program.OpConvInteger, inputs: []operand{image, filter, {}, b(u)}, out: []uint64{1, 3, 4, 4}, dtype: program.Int32, attributes: window},
		"ConvInteger into uint8":           {op: program.OpConvInteger, inputs: []operand{image, filter}, out: []uint64{1, 3, 4, 4}, dtype: u, attributes: window},
		"int8 by uint8":                    {op: program.OpQLinearMatMul, inputs: []operand{b(i, 2, 3), f(), b(i), b(u, 3, 2), f(), b(u), f(), b(i)}, out: []uint64{2, 2}, dtype: i},
		"a vector":                         {op: program.OpMatMulInteger, inputs: []operand{b(u, 3), b(u, 3, 2)}, out: []uint64{2}, dtype: program.Int32},
		"a scalar":                         {op: program.OpMatMulInteger, inputs: []operand{b(u), b(u)}, out: []uint64{}, dtype: program.Int32},
		"a zero point for each row":        {op: program.OpMatMulInteger, inputs: []operand{b(u, 2, 3), b(u, 3, 2), b(u, 2)}, out: []uint64{2, 2}, dtype: program.Int32},
		"a zero point of the wrong sign":   {op: program.OpMatMulInteger, inputs: []operand{b(u, 2, 3), b(i, 3, 2), b(u), b(u)}, out: []uint64{2, 2}, dtype: program.Int32},
		"int8 without a zero point":        {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f()}, out: []uint64{2, 3}, dtype: i, attributes: axis(0)},
		"an axis beside one scale":         {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f()}, out: []uint64{2, 3}, dtype: u, attributes: axis(1)},
		"an axis beyond the rank":          {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f(3)}, out: []uint64{2, 3}, dtype: u, attributes: axis(2)},
		"scales of another axis":           {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f(3)}, out: []uint64{2, 3}, dtype: u, attributes: axis(0)},
		"a scale for each, one zero point": {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f(3), b(u)}, out: []uint64{2, 3}, dtype: u, attributes: axis(1)},
		"another shape":                    {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f()}, out: []uint64{3, 2}, dtype: u, attributes: axis(0)},
		"into int32":                       {op: program.OpQuantizeLinear, inputs: []operand{f(2, 3), f()}, out: []uint64{2, 3}, dtype: program.Int32, attributes: axis(0)},
		"bool":                             {op: program.OpDequantizeLinear, inputs: []operand{constantOf(program.Bool, []uint64{1}, 1), f()}, out: []uint64{1}, attributes: axis(0)},
		"int32 with a zero point":          {op: program.OpDequantizeLinear, inputs: []operand{constantOf(program.Int32, []uint64{1}, 1), f(), constantOf(program.Int32, nil, 0)}, out: []uint64{1}, attributes: axis(0)},
		"an absent scale":                  {op: program.OpQLinearMatMul, inputs: []operand{b(u, 2, 3), {}, b(u), b(u, 3, 2), f(), b(u), f(), b(u)}, out: []uint64{2, 2}, dtype: u},
		"a scale of integers":              {op: program.OpQLinearMatMul, inputs: []operand{b(u, 2, 3), b(u), b(u), b(u, 3, 2), f(), b(u), f(), b(u)}, out: []uint64{2, 2}, dtype: u},
		"another output dtype":             {op: program.OpQLinearMatMul, inputs: []operand{b(u, 2, 3), f(), b(u), b(u, 3, 2), f(), b(u), f(), b(i)}, out: []uint64{2, 2}, dtype: i},
		"a float bias":                     {op: program.OpQLinearConv, inputs: []operand{image, f(), b(u), filter, f(), b(u), f(), b(u), f(3)}, out: []uint64{1, 3, 4, 4}, dtype: u, attributes: window},
		"a bias of two":                    {op: program.OpQLinearConv, inputs: []operand{image, f(), b(u), filter, f(), b(u), f(), b(u), constantOf(program.Int32, []uint64{2}, 1, 2)}, out: []uint64{1, 3, 4, 4}, dtype: u, attributes: window},
	} {
		out := program.Tensor{Dtype: c.dtype, Dims: c.out}
		if out.Dtype == 0 {
			out.Dtype = program.Float32
		}
		m := c.build(t, rng, make([]uint64, out.Elements()))
		if _, err := program.Validate(m.p.Encode()); err == nil {
			t.Errorf("%s: accepted", name)
		} else if text := fmt.Sprint(err); len(text) < 10 {
			t.Errorf("%s: %q says nothing", name, text)
		}
	}
}

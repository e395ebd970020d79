package referee

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// contractionBound is γ_n·size + (n+1)·η.
func contractionBound(n int, size *big.Float) *big.Float {
	return badd(bmul(bgamma(n), size), bmul(bf(float64(n+1)), pow2(-126)))
}

type sum struct{ s, a *big.Float }

func newTotal() *sum { return &sum{bf(0), bf(0)} }

func (t *sum) add(x *big.Float) {
	t.s = badd(t.s, x)
	t.a = badd(t.a, babs(x))
}

func draws(rng *rand.Rand) func(*rand.Rand) uint32 {
	if rng.Intn(2) == 0 {
		return ordinary
	}
	return tame
}

// TestConv compares Conv with the definition, for groups, strides, dilations, pads, every layout, with and without bias.
func TestConv(t *testing.T) {
	rng := seeded(t, 10)
	for range 60 {
		oneConv(t, rng)
	}
}

// oneConv judges one random Conv.
func oneConv(t *testing.T, rng *rand.Rand) {
	t.Helper()
	g := int64(1 + rng.Intn(3))
	cg, mg := int64(1+rng.Intn(4)), int64(1+rng.Intn(3))
	h, w := int64(3+rng.Intn(6)), int64(3+rng.Intn(6))
	kh, kw := int64(1+rng.Intn(3)), int64(1+rng.Intn(3))
	sh, sw, dh, dw := int64(1+rng.Intn(2)), int64(1+rng.Intn(3)), int64(1+rng.Intn(2)), int64(1+rng.Intn(2))
	pads := []int64{int64(rng.Intn(4)), int64(rng.Intn(3)), int64(rng.Intn(3)), int64(rng.Intn(4))}
	eh, ew := (kh-1)*dh+1, (kw-1)*dw+1
	if h+pads[0]+pads[2] < eh || w+pads[1]+pads[3] < ew {
		return
	}
	oh, ow := (h+pads[0]+pads[2]-eh)/sh+1, (w+pads[1]+pads[3]-ew)/sw+1
	draw := draws(rng)
	x, f, b := floats(rng, draw, 1+uint64(rng.Intn(2)), uint64(g*cg), uint64(h), uint64(w)), floats(rng, draw, uint64(g*mg), uint64(cg), uint64(kh), uint64(kw)), floats(rng, draw, uint64(g*mg))
	inputs, n := []operand{x, f}, int(cg*kh*kw)
	biased := rng.Intn(2) == 0
	if biased {
		inputs, n = append(inputs, b), n+1
	}
	c := nodeCase{op: program.OpConv, inputs: inputs, out: []uint64{x.t.Dims[0], uint64(g * mg), uint64(oh), uint64(ow)},
		attributes: []program.Attribute{attrInts(program.Dilations, dh, dw), attrInts(program.Group, g), attrInts(program.Pads, pads...), attrInts(program.Strides, sh, sw)},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			total := newTotal()
			m := int64(at[1])
			for ci := range cg {
				for ky := range kh {
					for kx := range kw {
						total.add(bmul(x.get(int64(at[0]), m/mg*cg+ci, int64(at[2])*sh-pads[0]+ky*dh, int64(at[3])*sw-pads[1]+kx*dw), f.get(m, ci, ky, kx)))
					}
				}
			}
			if biased {
				total.add(b.get(m))
			}
			return total.s, contractionBound(n, total.a)
		}}
	c.run(t, rng)
}

// TestConvTranspose compares ConvTranspose with scattering, its definition, for every stride, dilation and group.
func TestConvTranspose(t *testing.T) {
	rng := seeded(t, 11)
	for range 60 {
		oneConvTranspose(t, rng)
	}
}

// oneConvTranspose judges one random ConvTranspose.
func oneConvTranspose(t *testing.T, rng *rand.Rand) {
	t.Helper()
	g := int64(1 + rng.Intn(2))
	cg, mg := int64(1+rng.Intn(3)), int64(1+rng.Intn(3))
	h, w := int64(1+rng.Intn(4)), int64(1+rng.Intn(4))
	kh, kw := int64(1+rng.Intn(4)), int64(1+rng.Intn(4))
	sh, sw, dh, dw := int64(1+rng.Intn(4)), int64(1+rng.Intn(3)), int64(1+rng.Intn(3)), int64(1+rng.Intn(4))
	extra := []int64{int64(rng.Intn(int(max(sh, dh)))), int64(rng.Intn(int(max(sw, dw))))}
	pads := []int64{int64(rng.Intn(2)), int64(rng.Intn(2)), int64(rng.Intn(2)), int64(rng.Intn(2))}
	oh, ow := (h-1)*sh+(kh-1)*dh+1+extra[0]-pads[0]-pads[2], (w-1)*sw+(kw-1)*dw+1+extra[1]-pads[1]-pads[3]
	if oh < 1 || ow < 1 {
		return
	}
	draw := draws(rng)
	x, f, b := floats(rng, draw, 1, uint64(g*cg), uint64(h), uint64(w)), floats(rng, draw, uint64(g*cg), uint64(mg), uint64(kh), uint64(kw)), floats(rng, draw, uint64(g*mg))
	n := int(cg*kh*kw) + 1
	// scatter every product to its output
	totals := map[[3]int64]*sum{}
	for c := range g * cg {
		for m := range mg {
			for iy := range h {
				for ix := range w {
					for ky := range kh {
						for kx := range kw {
							at := [3]int64{c/cg*mg + m, iy*sh + ky*dh - pads[0], ix*sw + kx*dw - pads[1]}
							if totals[at] == nil {
								totals[at] = newTotal()
							}
							totals[at].add(bmul(x.get(0, c, iy, ix), f.get(c, m, ky, kx)))
						}
					}
				}
			}
		}
	}
	c := nodeCase{op: program.OpConvTranspose, inputs: []operand{x, f, b}, out: []uint64{1, uint64(g * mg), uint64(oh), uint64(ow)},
		attributes: []program.Attribute{attrInts(program.Dilations, dh, dw), attrInts(program.Group, g), attrInts(program.OutputPadding, extra...), attrInts(program.Pads, pads...), attrInts(program.Strides, sh, sw)},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			total := newTotal()
			if s := totals[[3]int64{int64(at[1]), int64(at[2]), int64(at[3])}]; s != nil {
				total = &sum{s.s, s.a}
			}
			total.add(b.get(int64(at[1])))
			return total.s, contractionBound(n, total.a)
		}}
	c.run(t, rng)
}

// TestMatMul compares MatMul with broadcast batches, and Gemm with its flags and every form of bias.
func TestMatMul(t *testing.T) {
	rng := seeded(t, 12)
	for range 60 {
		oneMatMul(t, rng)
	}
}

// oneMatMul judges one random MatMul and one Gemm.
func oneMatMul(t *testing.T, rng *rand.Rand) {
	t.Helper()
	m, k, n := uint64(1+rng.Intn(4)), uint64(1+rng.Intn(40)), uint64(1+rng.Intn(4))
	draw := draws(rng)
	batch := uint64(1 + rng.Intn(3))
	a, b := floats(rng, draw, batch, 1, m, k), floats(rng, draw, 2, k, n)
	if rng.Intn(3) == 0 { // heavy cancellation along k
		for i := 0; i+1 < len(a.elements); i += 2 {
			a.elements[i+1] = a.elements[i] ^ 1<<31
		}
	}
	c := nodeCase{op: program.OpMatMul, inputs: []operand{a, b}, out: []uint64{batch, 2, m, n},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			total := newTotal()
			for i := range k {
				total.add(bmul(a.get(int64(at[0]), 0, int64(at[2]), int64(i)), b.get(int64(at[1]), int64(i), int64(at[3]))))
			}
			return total.s, contractionBound(int(k), total.a)
		}}
	c.run(t, rng)

	ta, tb := int64(rng.Intn(2)), int64(rng.Intn(2))
	ad, bd := []uint64{m, k}, []uint64{k, n}
	if ta == 1 {
		ad = []uint64{k, m}
	}
	if tb == 1 {
		bd = []uint64{n, k}
	}
	ga, gb := floats(rng, draw, ad...), floats(rng, draw, bd...)
	bias := floats(rng, draw, [][]uint64{{}, {1}, {n}, {m, 1}, {1, n}, {m, n}}[rng.Intn(6)]...)
	g := nodeCase{op: program.OpGemm, inputs: []operand{ga, gb, bias}, out: []uint64{m, n},
		attributes: []program.Attribute{attrInts(program.TransA, ta), attrInts(program.TransB, tb)},
		reference: func(at []uint64) (*big.Float, *big.Float) {
			total := newTotal()
			for i := range int64(k) {
				p, q := []int64{int64(at[0]), i}, []int64{i, int64(at[1])}
				if ta == 1 {
					p[0], p[1] = p[1], p[0]
				}
				if tb == 1 {
					q[0], q[1] = q[1], q[0]
				}
				total.add(bmul(ga.get(p...), gb.get(q...)))
			}
			var where []int64
			for i, d := range bias.t.Dims {
				v := int64(at[2-len(bias.t.Dims)+i])
				if d == 1 {
					v = 0
				}
				where = append(where, v)
			}
			total.add(bias.get(where...))
			return total.s, contractionBound(int(k)+1, total.a)
		}}
	g.run(t, rng)
}

// TestDotSpecial compares sums with infinities and NaN with the processor, in every combination.
func TestDotSpecial(t *testing.T) {
	rng := seeded(t, 13)
	pool := []uint32{0, 1 << 31, floatOne, floatOne | 1<<31, floatInf, negativeInf, floatNaN, 0xffc12345, 1}
	for range 100000 {
		k := 1 + rng.Intn(4)
		x, w := make([]uint32, k), make([]uint32, k)
		var s float32
		for i := range x {
			x[i], w[i] = pool[rng.Intn(len(pool))], pool[rng.Intn(len(pool))]
			s += f32(x[i]) * f32(w[i])
		}
		var d Dot
		d.add(x, w)
		y := bits32(s)
		if d.finite() {
			continue
		}
		if d.special(y, nil).fault {
			t.Fatalf("an honest %08x is convicted: %08x %08x", y, x, w)
		}
		for _, z := range []uint32{0, floatOne, floatInf, negativeInf} {
			if z != y && !d.special(z, nil).fault {
				t.Fatalf("%08x is acquitted, %08x expected", z, y)
			}
		}
	}
}

// TestOverflow: infinities and NaN are excused exactly where a partial sum may overflow; a finite claim never is.
func TestOverflow(t *testing.T) {
	run := func(x, w []uint32, y uint32) bool {
		var d Dot
		d.add(x, w)
		s, a := d.sum()
		return (&linear{s: s, a: a, n: uint64(len(x)), den: 1, tiny: uint64(len(x)) + 1, underflow: 126}).judge(y, nil).fault
	}
	big, one, minus := uint32(floatMax), uint32(floatOne), uint32(floatMax|signBit)
	if !run([]uint32{one}, []uint32{one}, floatInf) || !run([]uint32{one}, []uint32{one}, floatNaN) {
		t.Error("infinity for 1·1 is acquitted")
	}
	if run([]uint32{big, big}, []uint32{one, one}, floatInf) || run([]uint32{big, minus}, []uint32{one, one}, floatNaN) || run([]uint32{big}, []uint32{one}, floatInf) {
		t.Error("an overflow that may be honest is convicted")
	}
	if !run([]uint32{big, minus}, []uint32{one, one}, bits32(1e35)) {
		t.Error("a huge operand frees a finite claim")
	}
	if run([]uint32{big}, []uint32{one}, big) || run(nil, nil, 0) || run(nil, nil, 1<<31) || !run(nil, nil, 0x01000001) {
		t.Error("finite edges")
	}
}

// TestTooManyTerms: sums beyond the analysis are undecided, never a fault.
func TestTooManyTerms(t *testing.T) {
	for _, l := range []linear{{n: maxLinear + 1, den: 1, underflow: 126}, {n: 1, den: 0, underflow: 126}, {n: 1, den: maxLinear + 1, underflow: 126}, {n: 1, den: 1, underflow: 400}} {
		if o := l.judge(floatOne, nil); o.fault || o.cause != TooManyTerms {
			t.Errorf("%+v: %+v", l, o)
		}
	}
}

// TestLinearAgainstRationals compares verdicts with the definition in rationals, at the bound, beside it, and with huge and
// tiny operands; and counts that claims exactly at the bound occur, which are no faults.
func TestLinearAgainstRationals(t *testing.T) {
	rng := seeded(t, 14)
	target := 100_000
	if testing.Short() {
		target = 10_000
	}
	huge := func(rng *rand.Rand) uint32 { return uint32(rng.Intn(2))<<31 | floatMax - uint32(rng.Intn(3)) }
	tiny := func(rng *rand.Rand) uint32 { return uint32(rng.Intn(2))<<31 | uint32(rng.Intn(1<<24)) }
	power := func(rng *rand.Rand) uint32 { return uint32(rng.Intn(2))<<31 | uint32(100+rng.Intn(60))<<23 }
	cases, faults, edges := 0, 0, 0
	for cases < target {
		draw := []func(*rand.Rand) uint32{ordinary, anyFloat, huge, tiny, power}[rng.Intn(5)]
		k := rng.Intn(6)
		x, w := make([]uint32, k), make([]uint32, k)
		for i := range x {
			x[i], w[i] = draw(rng)&^0, draw(rng)
			if !finite(x[i]) || !finite(w[i]) {
				x[i], w[i] = floatOne, floatOne
			}
		}
		n, den, under := int64(rng.Intn(k+3)), int64(1+rng.Intn(3)*rng.Intn(700)), int64(rng.Intn(3))*int64(k+1)
		if rng.Intn(5) == 0 {
			n = int64(rng.Intn(65536))
		}
		var d Dot
		d.add(x, w)
		s, a := d.sum()
		l := linear{s: s, a: a, n: uint64(n), den: uint64(den), tiny: uint64(under), underflow: []uint32{126, 149}[rng.Intn(2)]}
		exact, size := new(big.Rat), new(big.Rat)
		for i := range x {
			p := new(big.Rat).Mul(rational(x[i]), rational(w[i]))
			exact.Add(exact, p)
			size.Add(size, p.Abs(p))
		}
		inverse := big.NewRat(1, den)
		exact.Mul(exact, inverse)
		bound := new(big.Rat).Mul(big.NewRat(n, 1<<24-n), size.Mul(size, inverse))
		bound.Add(bound, new(big.Rat).SetFrac(big.NewInt(under), new(big.Int).Lsh(big.NewInt(1), uint(l.underflow))))
		claims := []uint32{0, 1 << 31, 1, rng.Uint32(), floatMax}
		for _, e := range []*big.Rat{exact, new(big.Rat).Add(exact, bound), new(big.Rat).Sub(exact, bound)} {
			f, _ := e.Float32()
			claims = append(claims, bits32(f), next(bits32(f)), previous(bits32(f)))
		}
		for _, y := range claims {
			if !finite(y) {
				continue
			}
			distance := new(big.Rat).Sub(rational(y), exact)
			order := distance.Abs(distance).Cmp(bound)
			if got := l.judge(y, nil); got.fault != (order > 0) || got.cause != Decided {
				t.Fatalf("y=%08x x=%08x w=%08x n=%d den=%d tiny=%d: %+v, distance %s bound %s", y, x, w, n, den, under, got, distance.FloatString(60), bound.FloatString(60))
			}
			cases++
			if order > 0 {
				faults++
			}
			if order == 0 && bound.Sign() > 0 {
				edges++
			}
		}
	}
	t.Logf("%d claims, %d faults, %d exactly at the bound", cases, faults, edges)
	// γ_1·(2^24-1) = 1: a claim one away is at the bound, the next float beyond it
	var at linear
	at = linear{n: 1, den: 1, underflow: 126}
	at.s.addAt(1<<24-1, 298)
	at.a = at.s
	if at.judge(bits32(1<<24), nil).fault || !at.judge(bits32(1<<24+2), nil).fault || at.judge(bits32(1<<24-2), nil).fault || !at.judge(bits32(1<<24-3), nil).fault {
		t.Error("the bound itself must be allowed, and no more")
	}
}

func rational(x uint32) *big.Rat { return new(big.Rat).SetFloat64(float64(f32(x))) }

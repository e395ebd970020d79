package referee

import (
	"math"
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

func interpolate(coord int64, scales ...uint32) []program.Attribute {
	a := resizeBy(coord, program.RoundPreferFloor, scales...)
	a[1].Ints[0] = program.ModeLinear
	return a
}

// exactCoordinate is the original coordinate of ONNX's definition, clamped.
func exactCoordinate(mode int64, x uint64, s float32, in, out uint64) float64 {
	q := new(big.Rat)
	scale := new(big.Rat).SetFloat64(float64(s))
	switch {
	case out == 1 && (mode == program.CoordPytorchHalfPixel || mode == program.CoordAlignCorners):
	case mode == program.CoordAlignCorners:
		q.SetFrac64(int64(x*(in-1)), int64(out-1))
	case mode == program.CoordAsymmetric:
		q.Quo(new(big.Rat).SetInt64(int64(x)), scale)
	default:
		q.Quo(big.NewRat(int64(2*x+1), 2), scale)
		q.Sub(q, big.NewRat(1, 2))
	}
	v, _ := q.Float64()
	return min(max(v, 0), float64(in-1))
}

// kernel is how one implementation turns coordinates and corners into an element.
type kernel func(corner func(a, b uint64) float32, la, ha, lb, hb uint64, wa, wb float32) float32

var kernels = map[string]kernel{
	"products, as ONNX Runtime": func(c func(a, b uint64) float32, la, ha, lb, hb uint64, wa, wb float32) float32 {
		va, vb := 1-wa, 1-wb
		return float32(float32(float32(float32(va*vb)*c(la, lb))+float32(float32(va*wb)*c(la, hb)))+float32(float32(wa*vb)*c(ha, lb))) + float32(float32(wa*wb)*c(ha, hb))
	},
	"nested": func(c func(a, b uint64) float32, la, ha, lb, hb uint64, wa, wb float32) float32 {
		lerp := func(x, y, w float32) float32 { return x + float32(w*float32(y-x)) }
		return lerp(lerp(c(la, lb), c(la, hb), wb), lerp(c(ha, lb), c(ha, hb), wb), wa)
	},
	"fused": func(c func(a, b uint64) float32, la, ha, lb, hb uint64, wa, wb float32) float32 {
		lerp := func(x, y, w float32) float32 { return float32(math.FMA(float64(w), float64(y-x), float64(x))) }
		return lerp(lerp(c(la, lb), c(ha, lb), wa), lerp(c(la, hb), c(ha, hb), wa), wb)
	},
}

// TestInterpolation: every way in which a kernel may compute a linear Resize in float32 is honest, the exact interpolant is,
// and what lies beyond a bound computed apart (in float64) is a fault.
func TestInterpolation(t *testing.T) {
	rng := seeded(t, 43)
	judged := 0
	for range 250 {
		in := []uint64{uint64(1 + rng.Intn(9)), uint64(1 + rng.Intn(40))}
		scales := []float32{1, float32(0.2 + rng.Float64()*4)}
		if rng.Intn(2) == 0 {
			scales[0] = float32(1+rng.Intn(5)) / float32(1+rng.Intn(3))
		}
		out := []uint64{program.Scaled(in[0], bits32(scales[0])), program.Scaled(in[1], bits32(scales[1]))}
		if out[0]*out[1] == 0 {
			continue
		}
		coord := int64(rng.Intn(4))
		x := floats(rng, draws(rng), in...)
		c := nodeCase{op: program.OpResize, inputs: []operand{x}, out: out, attributes: interpolate(coord, bits32(scales[0]), bits32(scales[1]))}
		m := c.build(t, rng, make([]uint64, out[0]*out[1]))
		commitments, _ := m.commitments(t)
		j := m.judgeOf(t, &commitments.Constants)
		corner := func(a, b uint64) float32 { return f32(uint32(x.elements[a*in[1]+b])) }
		for a := range out[0] {
			for b := range out[1] {
				judged++
				at := []uint64{a, b}
				lo, hi := [2]uint64{}, [2]uint64{}
				w, slack := [2]float64{}, 0.0
				for i := range 2 {
					q := exactCoordinate(coord, at[i], scales[i], in[i], out[i])
					lo[i] = uint64(q)
					hi[i] = min(lo[i]+1, in[i]-1)
					w[i] = q - float64(lo[i])
					if scales[i] != 1 {
						slack += 1.01 * (8*0x1p-24*(math.Abs(q)+1.01) + 0x1p-29)
					}
				}
				exact := bf(0)
				spread, size, least, most := 0.0, 0.0, math.Inf(1), math.Inf(-1)
				for ia := max(lo[0], 1) - 1; ia <= min(hi[0]+1, in[0]-1); ia++ {
					for ib := max(lo[1], 1) - 1; ib <= min(hi[1]+1, in[1]-1); ib++ {
						v := float64(corner(ia, ib))
						least, most, size = min(least, v), max(most, v), max(size, math.Abs(v))
					}
				}
				spread = most - least
				for k := range 4 {
					index, weight := [2]uint64{}, bf(1)
					for i := range 2 {
						if k>>i&1 == 1 {
							index[i], weight = hi[i], bmul(weight, bf(w[i]))
						} else {
							index[i], weight = lo[i], bmul(weight, bsub(bf(1), bf(w[i])))
						}
					}
					exact = badd(exact, bmul(weight, bf(float64(corner(index[0], index[1])))))
				}
				if o := j.judge(0, at, uint64(nearest(exact)), nil); o.fault || o.cause != Decided {
					t.Fatalf("the exact interpolant is convicted: %+v", o)
				}
				for name, f := range kernels {
					for _, qa := range coordinates(coord, float32(a), scales[0], float32(in[0]), float32(out[0])) {
						for _, qb := range coordinates(coord, float32(b), scales[1], float32(in[1]), float32(out[1])) {
							if scales[0] == 1 {
								qa = float32(a)
							}
							if scales[1] == 1 {
								qb = float32(b)
							}
							qa, qb := min(max(qa, 0), float32(in[0]-1)), min(max(qb, 0), float32(in[1]-1))
							la, lb := uint64(qa), uint64(qb)
							y := f(corner, la, min(la+1, in[0]-1), lb, min(lb+1, in[1]-1), qa-float32(la), qb-float32(lb))
							if o := j.judge(0, at, uint64(bits32(y)), nil); o.fault || o.cause != Decided {
								t.Fatalf("%s is convicted: %+v, %v exact %s", name, o, y, exact.Text('g', 12))
							}
						}
					}
				}
				bound := slack*spread + 17*0x1p-24*size + 40*0x1p-126
				for _, sign := range []float64{-1, 1} {
					y := nearest(badd(exact, bf(sign*bound*1.01)))
					if y = next(y); sign < 0 {
						y = previous(previous(y))
					}
					if finite(y) && !j.judge(0, at, uint64(y), nil).fault {
						t.Fatalf("%08x is acquitted at %v of %s", y, sign, exact.Text('g', 12))
					}
				}
			}
		}
		e := uint64(rng.Int63n(int64(out[0] * out[1])))
		p, err := Prove(&m.p, m, Accusation{Kind: Arithmetic, Element: e})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := Judge(commitments, p.Encode(), nil); err != nil || v.Undecided != Decided {
			t.Fatalf("%+v %v", v, err)
		}
	}
	t.Log(judged, "elements")
}

// TestInterpolationBesideInfinity: what counts for certain decides; what may count or not leaves both.
func TestInterpolationBesideInfinity(t *testing.T) {
	rng := seeded(t, 44)
	inf, one, two := uint64(floatInf), uint64(floatOne), uint64(bits32(2))
	for _, c := range []struct {
		name    string
		x       []uint64
		element uint64
		honest  []uint64
		fault   []uint64
	}{
		{"between two and infinity", []uint64{one, two, inf, one}, 3, []uint64{inf, floatNaN}, []uint64{one, two, negativeInf}},
		{"certain NaN", []uint64{one, two, floatNaN, one}, 3, []uint64{floatNaN}, []uint64{one, inf}},
		{"the weight of infinity is zero", []uint64{one, inf, two, one}, 0, []uint64{one, floatNaN, inf}, []uint64{two, negativeInf, 0}},
		{"far from infinity", []uint64{one, two, one, inf}, 1, []uint64{uint64(bits32(1.5))}, []uint64{inf, floatNaN, one}},
	} {
		// asymmetric by 2: element 2i falls on element i, element 2i+1 between i and i+1
		in := operand{t: program.Tensor{Dtype: program.Float32, Dims: []uint64{1, 4}}, elements: c.x}
		nc := nodeCase{op: program.OpResize, inputs: []operand{in}, out: []uint64{1, 8}, attributes: interpolate(program.CoordAsymmetric, floatOne, bits32(2))}
		m := nc.build(t, rng, make([]uint64, 8))
		j := m.judgeOf(t, &defaults)
		for _, y := range c.honest {
			if o := j.judge(0, []uint64{0, c.element}, y, nil); o.fault || o.cause != Decided {
				t.Errorf("%s: %08x is convicted", c.name, y)
			}
		}
		for _, y := range c.fault {
			if !j.judge(0, []uint64{0, c.element}, y, nil).fault {
				t.Errorf("%s: %08x is acquitted", c.name, y)
			}
		}
	}
}

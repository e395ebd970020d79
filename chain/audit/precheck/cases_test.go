package precheck

import (
	"encoding/binary"
	"math"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// sample is one node with its operands' bytes.
type sample struct {
	node     program.Node
	operands [][]byte
	dtype    program.Dtype // of operands and outputs; Float32 if zero
}

// draw gives the bits of a float32.
type draw func(rng *rand.Rand) uint32

// special float32s: zeros, subnormals, powers of two, limits, and what is no finite number.
var special = []uint32{0, 1 << 31, 1, 0x80000001, 0x007fffff, 0x00800000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0xbf800000, 0x40400000, 0xc0400000, 0xc0800000,
	0x33800000, 0x34000000, 0x7f7fffff, 0xff7fffff, 0x5f800000, 0x1f800000, 0x42b17218, 0xc2cff1b5, 0x7f800000, 0xff800000, 0x7fc00000}

// draws are the styles of operands, by name.
var draws = map[string]draw{
	"ordinary": func(rng *rand.Rand) uint32 { return math.Float32bits(float32(rng.NormFloat64() * 3)) },
	"tiny": func(rng *rand.Rand) uint32 {
		return math.Float32bits(float32(math.Ldexp(rng.NormFloat64(), -60-rng.Intn(80))))
	},
	"wild": func(rng *rand.Rand) uint32 {
		if x := rng.Uint32(); x<<1 <= 0xff000000 {
			return x
		}
		return 0x7fc00000
	},
	"special": func(rng *rand.Rand) uint32 {
		if rng.Intn(3) > 0 {
			return math.Float32bits(float32(rng.NormFloat64()))
		}
		return special[rng.Intn(len(special))]
	},
	"cancelling": func(rng *rand.Rand) uint32 {
		return math.Float32bits(float32(math.Ldexp(float64(1-2*rng.Intn(2)), rng.Intn(3)*20) * (1 + rng.Float64()*0x1p-20)))
	},
}

// layout draws one that the shape may have.
func layout(rng *rand.Rand, t program.Tensor) program.Tensor {
	for {
		t.Layout = program.Layout(rng.Intn(4))
		if t.Check() == nil {
			return t
		}
	}
}

func (s *sample) add(rng *rand.Rand, d draw, dims ...uint64) {
	t := layout(rng, program.Tensor{Dtype: max(s.dtype, program.Float32), Dims: dims})
	data := []byte{}
	for uint64(len(data)) < t.Bytes() {
		data = binary.LittleEndian.AppendUint32(data, d(rng))
	}
	data = data[:t.Bytes()]
	s.node.Inputs = append(s.node.Inputs, program.Operand{Kind: program.Weight, Index: uint32(len(s.operands)), Type: t, Typed: true})
	s.operands = append(s.operands, data)
}

func (s *sample) out(rng *rand.Rand, dims ...uint64) {
	s.node.Outputs = append(s.node.Outputs, layout(rng, program.Tensor{Dtype: max(s.dtype, program.Float32), Dims: dims}))
}

func (s *sample) ints(name uint32, v ...int64) {
	s.node.Attributes = append(s.node.Attributes, program.Attribute{Name: name, Ints: v})
}

func (s *sample) floats(name uint32, v ...float32) {
	a := program.Attribute{Name: name}
	for _, x := range v {
		a.Floats = append(a.Floats, math.Float32bits(x))
	}
	s.node.Attributes = append(s.node.Attributes, a)
}

// shape draws extents of a rank.
func shape(rng *rand.Rand, rank, most int) (dims []uint64) {
	for range rank {
		dims = append(dims, 1+uint64(rng.Intn(most)))
	}
	return dims
}

// maker completes a sample with operator op: operands, attributes and output.
type maker func(s *sample, rng *rand.Rand, d draw)

// makers of the operators of floats that the pre-check covers.
var makers = map[uint32]maker{
	program.OpAdd: makePair, program.OpSub: makePair, program.OpMul: makePair, program.OpDiv: makePair, program.OpMax: makePair, program.OpMin: makePair,
	program.OpPRelu: func(s *sample, rng *rand.Rand, d draw) {
		o := shape(rng, 3, 4)
		s.add(rng, d, o...)
		s.add(rng, d, 1, o[1], 1)
		s.out(rng, o...)
	},
	program.OpAbs: makeUnary, program.OpNeg: makeUnary, program.OpSqrt: makeUnary, program.OpReciprocal: makeUnary, program.OpExp: makeUnary,
	program.OpSigmoid: makeUnary, program.OpHardSwish: makeUnary, program.OpRelu: makeUnary,
	program.OpHardSigmoid: func(s *sample, rng *rand.Rand, d draw) {
		s.floats(program.Alpha, float32(rng.NormFloat64()))
		s.floats(program.Beta, float32(rng.NormFloat64()))
		makeUnary(s, rng, d)
	},
	program.OpClip: func(s *sample, rng *rand.Rand, d draw) {
		s.floats(program.MaxLimit, []float32{float32(math.Inf(1)), 6, 1e-20}[rng.Intn(3)])
		s.floats(program.MinLimit, []float32{float32(math.Inf(-1)), 0, -3}[rng.Intn(3)])
		makeUnary(s, rng, d)
	},
	program.OpLeakyRelu: func(s *sample, rng *rand.Rand, d draw) {
		s.floats(program.Alpha, float32(rng.NormFloat64()))
		makeUnary(s, rng, d)
	},
	program.OpPow: func(s *sample, rng *rand.Rand, d draw) {
		s.floats(program.Exponent, []float32{2, 3, 0.5, -1, -0.5}[rng.Intn(5)])
		makeUnary(s, rng, d)
	},
	program.OpBatchNormalization: func(s *sample, rng *rand.Rand, d draw) {
		o := shape(rng, 2+rng.Intn(3), 4)
		s.add(rng, d, o...)
		for range 3 {
			s.add(rng, d, o[1])
		}
		s.add(rng, func(rng *rand.Rand) uint32 {
			if rng.Intn(8) == 0 {
				return d(rng)
			}
			return d(rng) &^ (1 << 31)
		}, o[1])
		s.floats(program.Epsilon, 1e-5)
		s.out(rng, o...)
	},
	program.OpConv: makeConv, program.OpMatMul: makeMatMul, program.OpGemm: makeGemm,
	program.OpReduceSum: makeReduction, program.OpReduceMean: makeReduction, program.OpReduceMax: makeReduction, program.OpReduceMin: makeReduction,
	program.OpConvInteger: makeConvInteger, program.OpMatMulInteger: makeMatMulInteger,
	program.OpMaxPool: makePool, program.OpAveragePool: makePool, program.OpGlobalAveragePool: makeGlobal, program.OpGlobalMaxPool: makeGlobal,
}

func makePair(s *sample, rng *rand.Rand, d draw) {
	o := shape(rng, 1+rng.Intn(4), 5)
	thin := func() []uint64 {
		t := append([]uint64(nil), o...)
		for i := range t {
			if rng.Intn(4) == 0 {
				t[i] = 1
			}
		}
		return t
	}
	a, b := thin(), thin()
	for i := range o {
		o[i] = max(a[i], b[i])
	}
	s.add(rng, d, a...)
	s.add(rng, d, b[rng.Intn(2)*(len(b)-1):]...)
	skip := len(o) - len(s.node.Inputs[1].Type.Dims)
	for i := range o {
		o[i] = a[i]
		if i >= skip {
			o[i] = max(a[i], b[i])
		}
	}
	s.out(rng, o...)
}

func makeUnary(s *sample, rng *rand.Rand, d draw) {
	o := shape(rng, rng.Intn(4), 6)
	s.add(rng, d, o...)
	s.out(rng, o...)
}

func makeConv(s *sample, rng *rand.Rand, d draw) {
	x, w, o := s.convolution(rng)
	s.add(rng, d, x...)
	s.add(rng, d, w...)
	if rng.Intn(2) == 0 {
		s.add(rng, d, o[1])
	}
	s.out(rng, o...)
}

// convolution draws extents of operand, filter and output, and sets the attributes.
func (s *sample) convolution(rng *rand.Rand) (x, w, o []uint64) {
	rank, group := 1+rng.Intn(2), 1+rng.Intn(2)
	channels, filters := 1+rng.Intn(3), 1+rng.Intn(3)
	batch := 1 + uint64(rng.Intn(2))
	x, w, o = []uint64{batch, uint64(group * channels)}, []uint64{uint64(group * filters), uint64(channels)}, []uint64{batch, uint64(group * filters)}
	var dilations, before, after, strides []int64
	for range rank {
		k, dil, st, in := 1+rng.Int63n(3), 1+rng.Int63n(2), 1+rng.Int63n(2), 5+rng.Int63n(4)
		a, b := rng.Int63n(3), rng.Int63n(3)
		dilations, strides, before, after = append(dilations, dil), append(strides, st), append(before, a), append(after, b)
		x, w, o = append(x, uint64(in)), append(w, uint64(k)), append(o, uint64((in+a+b-(k-1)*dil-1)/st+1))
	}
	s.ints(program.Dilations, dilations...)
	s.ints(program.Group, int64(group))
	s.ints(program.Pads, append(before, after...)...)
	s.ints(program.Strides, strides...)
	return x, w, o
}

func makeMatMul(s *sample, rng *rand.Rand, d draw) {
	m, k, n := 1+uint64(rng.Intn(3)), 1+uint64(rng.Intn(40)), 1+uint64(rng.Intn(3))
	switch rng.Intn(3) {
	case 0:
		s.add(rng, d, m, k)
		s.add(rng, d, k, n)
		s.out(rng, m, n)
	case 1:
		s.add(rng, d, 2, 1, m, k)
		s.add(rng, d, 3, k, n)
		s.out(rng, 2, 3, m, n)
	default:
		s.add(rng, d, 2, m, k)
		s.add(rng, d, 2, k, n)
		s.out(rng, 2, m, n)
	}
}

func makeGemm(s *sample, rng *rand.Rand, d draw) {
	m, k, n := 1+uint64(rng.Intn(3)), 1+uint64(rng.Intn(9)), 1+uint64(rng.Intn(3))
	ta, tb := rng.Int63n(2), rng.Int63n(2)
	a, b := []uint64{m, k}, []uint64{k, n}
	if ta == 1 {
		a = []uint64{k, m}
	}
	if tb == 1 {
		b = []uint64{n, k}
	}
	s.add(rng, d, a...)
	s.add(rng, d, b...)
	if bias := [][]uint64{nil, {n}, {m, 1}, {1, n}, {m, n}, {}}[rng.Intn(6)]; bias != nil {
		s.add(rng, d, bias...)
	}
	s.ints(program.TransA, ta)
	s.ints(program.TransB, tb)
	s.out(rng, m, n)
}

func makeReduction(s *sample, rng *rand.Rand, d draw) {
	x := shape(rng, 3, 5)
	s.add(rng, d, x...)
	var o []uint64
	axes, keep := program.Attribute{Name: program.Axes}, rng.Int63n(2)
	for i := range x {
		if rng.Intn(2) == 0 || i == 2 && len(axes.Ints) == 0 {
			axes.Ints = append(axes.Ints, int64(i))
			if keep == 1 {
				o = append(o, 1)
			}
			continue
		}
		o = append(o, x[i])
	}
	s.node.Attributes = append(s.node.Attributes, axes)
	s.ints(program.Keepdims, keep)
	s.out(rng, o...)
}

// octets gives bits of an operand of 8-bit integers: any, or the limits.
func octets(rng *rand.Rand) uint32 {
	if rng.Intn(2) == 0 {
		return rng.Uint32()
	}
	return []uint32{0, 0xffffffff, 0x80808080, 0x7f7f7f7f}[rng.Intn(4)]
}

// factor draws a dtype of 8-bit integers for the operands that follow.
func (s *sample) factor(rng *rand.Rand) {
	s.dtype = []program.Dtype{program.Uint8, program.Int8}[rng.Intn(2)]
}

// zeroPoints adds none, the first, or both: the second for all columns, or for each.
func (s *sample) zeroPoints(rng *rand.Rand, columns ...uint64) {
	some := rng.Intn(3)
	for k := range some {
		s.dtype = s.node.Inputs[k].Type.Dtype
		if k == 1 && rng.Intn(2) == 0 {
			s.add(rng, octets, columns...)
		} else {
			s.add(rng, octets)
		}
	}
	s.dtype = program.Int32
}

func makeConvInteger(s *sample, rng *rand.Rand, _ draw) {
	x, w, o := s.convolution(rng)
	s.factor(rng)
	s.add(rng, octets, x...)
	s.factor(rng)
	s.add(rng, octets, w...)
	s.zeroPoints(rng)
	s.out(rng, o...)
}

func makeMatMulInteger(s *sample, rng *rand.Rand, _ draw) {
	batch, inner, columns := uint64(1+rng.Intn(2)), uint64(1+rng.Intn(7)), uint64(1+rng.Intn(5))
	s.factor(rng)
	s.add(rng, octets, batch, 3, inner)
	s.factor(rng)
	if rng.Intn(2) == 0 {
		s.add(rng, octets, batch, inner, columns)
	} else {
		s.add(rng, octets, inner, columns)
	}
	s.zeroPoints(rng, columns)
	s.out(rng, batch, 3, columns)
}

func makePool(s *sample, rng *rand.Rand, d draw) {
	x := []uint64{1 + uint64(rng.Intn(2)), 1 + uint64(rng.Intn(3)), 6, 7}
	s.add(rng, d, x...)
	dil := int64(1)
	if s.node.Op == program.OpMaxPool {
		dil = 1 + rng.Int63n(2)
	} else {
		s.ints(program.CountIncludePad, rng.Int63n(2))
	}
	s.ints(program.Dilations, dil, dil)
	s.ints(program.KernelShape, 2, 3)
	s.ints(program.Pads, 1, 0, 0, 2)
	s.ints(program.Strides, 1, 2)
	s.out(rng, x[0], x[1], uint64((6+1-dil-1)/1+1), uint64((7+2-2*dil-1)/2+1))
}

func makeGlobal(s *sample, rng *rand.Rand, d draw) {
	x := shape(rng, 3+rng.Intn(2), 5)
	s.add(rng, d, x...)
	o := append([]uint64(nil), x...)
	for i := 2; i < len(o); i++ {
		o[i] = 1
	}
	s.out(rng, o...)
}

// newSample makes a node of an operator that passes Check.
func newSample(t *testing.T, op uint32, rng *rand.Rand, d draw) *sample {
	t.Helper()
	s := &sample{}
	s.complete(t, op, rng, d)
	return s
}

func (s *sample) complete(t *testing.T, op uint32, rng *rand.Rand, d draw) {
	t.Helper()
	s.node.Op = op
	makers[op](s, rng, d)
	counts := program.Counts{Weights: uint32(len(s.operands)), Values: uint32(len(s.node.Outputs)), Nodes: 1, Outputs: 1}
	if _, err := s.node.Check(1000, &counts); err != nil {
		t.Fatalf("%s: %v", program.Name(op), err)
	}
}

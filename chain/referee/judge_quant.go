package referee

import (
	"math/big"
	"strconv"

	"github.com/assay-chain/assay/chain/program"
)

// Quantised operators. ConvInteger and MatMulInteger are exact modulo 2^32; the others round once to 8 bits, and may be a
// step off only where the exact quotient lies within its float error of a tie.
var quantJudges = []row{
	{program.OpConvInteger, newConvInteger}, {program.OpMatMulInteger, newMatMulInteger},
	{program.OpQuantizeLinear, newQuantize}, {program.OpDequantizeLinear, newDequantize},
	{program.OpQLinearConv, newQLinearConv}, {program.OpQLinearMatMul, newQLinearMatMul},
}

// Roundings to float32 before the one to an integer.
//
// QuantizeLinear divides x by the scale: one. A kernel that multiplies by the rounded reciprocal has two.
//
// QLinearConv and QLinearMatMul (MLAS, MlasRequantizeOutput; ComputeOutputScale in qlinearconv.cc) convert the int32 sum: one
// from 2^24 on; multiply both scales: two; divide by the output's: three; multiply: four. A reciprocal makes it five. Clamping
// and rounding to an integer are exact.
const (
	quantizeRoundings   = 2
	requantizeRoundings = 5
)

// parameter reads a scale or zero point: one element, or that of an index.
type parameter struct{ *source }

func (p parameter) at(index uint64) uint64 {
	if p.tensor.Elements() == 1 {
		return 0
	}
	return index
}

// zeroPoint is 0 where the operand is absent.
func zeroPoint(p parameter, index uint64) int64 {
	if p.source == nil {
		return 0
	}
	return p.integer(p.at(index))
}

func operandOf(in []*source, k int) parameter {
	if k >= len(in) {
		return parameter{}
	}
	return parameter{in[k]}
}

// integerDot is the contraction of 8-bit integers less their zero points. Padding is the zero point, so it adds nothing.
type integerDot struct {
	a, b        *source
	za, zb      parameter
	last        int // the axis of both operands that varies fastest in the buffers
	boxes       [2]program.Box
	left, right []int64
	valid       bool
}

func newIntegerDot(n *program.Node, in []*source, last int) integerDot {
	first, second := n.ZeroPoints()
	return integerDot{a: in[0], b: in[n.SecondFactor()], za: operandOf(in, first), zb: operandOf(in, second), last: last}
}

// of sums over two boxes of the same shape. A product has at most 17 bits: no sum of 2^46 overflows.
func (s *integerDot) of(a, b *program.Box, index uint64) int64 {
	if !s.valid || s.boxes[0] != *a {
		s.left = s.a.integers(s.left[:0], a, s.last)
	}
	if !s.valid || s.boxes[1] != *b {
		s.right = s.b.integers(s.right[:0], b, s.last)
	}
	s.boxes, s.valid = [2]program.Box{*a, *b}, true
	za, zb, sum := zeroPoint(s.za, 0), zeroPoint(s.zb, index), int64(0)
	right := s.right[:len(s.left)]
	for i, x := range s.left {
		sum += (x - za) * (right[i] - zb)
	}
	return sum
}

// accumulator gives the exact sum of an output element, and the index of its channel or column.
type accumulator interface {
	sum(at []uint64) (sum int64, index uint64)
}

type convSum struct {
	integerDot
	convBoxes
}

func (c *convSum) sum(at []uint64) (int64, uint64) {
	if _, empty := c.place(at); empty {
		return 0, at[1]
	}
	return c.of(&c.x, &c.w, at[1]), at[1]
}

func newConvSum(n *program.Node, in []*source) accumulator {
	return &convSum{newIntegerDot(n, in, 1), newConvBoxes(n)}
}

type matrixSum struct {
	integerDot
	n    *program.Node
	x, w program.Box
}

func (m *matrixSum) sum(at []uint64) (int64, uint64) {
	m.n.Reads(0, at, 0, &m.x)
	m.n.Reads(0, at, m.n.SecondFactor(), &m.w)
	column := at[len(at)-1]
	return m.of(&m.x, &m.w, column), column
}

func newMatrixSum(n *program.Node, in []*source) accumulator {
	return &matrixSum{integerDot: newIntegerDot(n, in, -1), n: n}
}

type integerContraction struct{ accumulator }

func newConvInteger(n *program.Node, in []*source, _ *Constants) judge {
	return &integerContraction{newConvSum(n, in)}
}

func newMatMulInteger(n *program.Node, in []*source, _ *Constants) judge {
	return &integerContraction{newMatrixSum(n, in)}
}

func (c *integerContraction) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	want, _ := c.sum(at)
	return sameInteger(program.Int32, y, want, d)
}

// requantised judges QLinearConv and QLinearMatMul.
type requantised struct {
	accumulator
	bias             *source
	xs, ws, ys, zero parameter
	dtype            program.Dtype
	c                *Constants
}

func newRequantised(n *program.Node, in []*source, c *Constants, a accumulator) judge {
	r := &requantised{accumulator: a, xs: parameter{in[1]}, ws: parameter{in[4]}, ys: parameter{in[6]}, zero: parameter{in[7]}, dtype: n.Outputs[0].Dtype, c: c}
	r.bias = operandOf(in, 8).source
	return r
}

func newQLinearConv(n *program.Node, in []*source, c *Constants) judge {
	return newRequantised(n, in, c, newConvSum(n, in))
}

func newQLinearMatMul(n *program.Node, in []*source, c *Constants) judge {
	return newRequantised(n, in, c, newMatrixSum(n, in))
}

func (r *requantised) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	sum, index := r.sum(at)
	if r.bias != nil {
		sum += r.bias.integer(index)
	}
	wrapped := int64(int32(uint32(sum))) // kernels add in int32
	xs, ws, ys := r.xs.word(0), r.ws.word(r.ws.at(index)), r.ys.word(0)
	offset := zeroPoint(r.zero, 0)
	if !finite(xs) || !finite(ws) || !finite(ys) {
		return undefinedStep(r.dtype, y, offset, d)
	}
	scales := ballOf(xs).mul(ballOf(ws))
	scale := scales.quo(ballOf(ys))
	if scale.rad.infinite() || reachesOverflow(scales.upper()) || reachesOverflow(scale.upper()) {
		return undefinedStep(r.dtype, y, offset, d)
	}
	// underflow of the product of the scales, of their quotient and of the result, each enlarged by what follows; twice, for
	// the relative errors on top
	eta, total := r.c.eta(), ballOfSigned(wrapped)
	tiny := eta.quo(ballOf(ys).low()).add(eta).mul(total.mag()).add(eta).scale(1)
	q := total.mul(scale)
	return judgeStep(r.dtype, y, offset, q, q.upper().mul(gamma(requantizeRoundings)).add(tiny), d)
}

func ballOfSigned(v int64) Ball {
	return newBall(v < 0, abs64(v), 0, Mag{})
}

// limitsOf are the least and the greatest number of an 8-bit dtype.
func limitsOf(t program.Dtype) (least, most int64) {
	if t == program.Uint8 {
		return 0, 255
	}
	return -128, 127
}

// judgeStep judges y = saturate(round(q') + zero) for any q' within e of q: round to nearest is monotone, so y may be any
// integer within 1/2 + e of q + zero, beyond the limits the limit.
func judgeStep(t program.Dtype, y uint64, zero int64, q Ball, e Mag, d *detail) outcome {
	v := signExtend(t, y)
	least, most := limitsOf(t)
	diff, bound := ballOfSigned(v-zero).sub(q), mag(1, -1).add(e)
	tolerance := diff.rad.add(bound)
	saturated := v == least && !diff.neg || v == most && diff.neg
	o := honest
	if !saturated {
		o = outcome{fault: diff.above(tolerance), ratio: ratio(diff.m, diff.e, tolerance.m, tolerance.e)}
	}
	if d != nil {
		d.ref = new(big.Rat).Add(q.rat(), new(big.Rat).SetInt64(zero))
		d.limit = tolerance.rat()
		d.exact, d.bound, d.terms = decimalRat(d.ref), tolerance.text(), 3
		if d.ratio = "0"; !saturated {
			d.ratio = ratioRat(diff.abs().rat(), tolerance.rat())
		}
	}
	return o
}

// undefinedStep: NaN has no nearest integer. Kernels give the least number (x64 and ARM: a maximum with it), zero (the
// conversion of WASM), or the zero point (the same before it is added); the greatest is allowed as in any undefined conversion.
func undefinedStep(t program.Dtype, y uint64, zero int64, d *detail) outcome {
	v := signExtend(t, y)
	least, most := limitsOf(t)
	o := demand(v == least || v == most || v == 0 || v == zero)
	d.expect("the quotient is not a number: "+strconv.FormatInt(least, 10)+", 0, the zero point or "+strconv.FormatInt(most, 10), 3, o)
	return o
}

// linearParameters are those of QuantizeLinear and DequantizeLinear.
type linearParameters struct {
	x           lane
	scale, zero parameter
	axis        int
	c           *Constants
}

func newLinearParameters(n *program.Node, in []*source, c *Constants) linearParameters {
	return linearParameters{newLane(n, 0, in[0]), parameter{in[1]}, operandOf(in, 2), n.AxisOf(), c}
}

func (l *linearParameters) read(at []uint64) (scale uint32, zero int64) {
	index := uint64(0)
	if len(at) > 0 {
		index = at[l.axis]
	}
	return l.scale.word(l.scale.at(index)), zeroPoint(l.zero, index)
}

type quantize struct {
	linearParameters
	dtype program.Dtype
}

func newQuantize(n *program.Node, in []*source, c *Constants) judge {
	return &quantize{newLinearParameters(n, in, c), n.Outputs[0].Dtype}
}

// judge: an infinite quotient saturates by its sign, as every finite one beyond the limits.
func (j *quantize) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	x := j.x.word(j.x.find(at))
	s, offset := j.read(at)
	switch {
	case nan(x) || nan(s) || inf(x) && inf(s) || zero(x) && zero(s):
		return undefinedStep(j.dtype, y, offset, d)
	case inf(x) || zero(s):
		return judgeStep(j.dtype, y, offset, newBall(negative(x) != negative(s), 1, 1<<10, Mag{}), Mag{}, d)
	case inf(s):
		return judgeStep(j.dtype, y, offset, Ball{}, Mag{}, d)
	}
	q := ballOf(x).quo(ballOf(s))
	return judgeStep(j.dtype, y, offset, q, q.upper().mul(gamma(quantizeRoundings)).add(j.c.eta()), d)
}

type dequantize struct{ linearParameters }

func newDequantize(n *program.Node, in []*source, c *Constants) judge {
	return &dequantize{newLinearParameters(n, in, c)}
}

// judge: the difference of 8-bit integers is exact, so one rounding is left; an int32 may be rounded to float32 before.
func (j *dequantize) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	s, offset := j.read(at)
	v := j.x.integer(j.x.find(at)) - offset
	if !finite(s) {
		return j.c.mul(uint32(y), formatFloat.round(v < 0, abs64(v), 0, false), s, d)
	}
	ref := ballOfSigned(v).mul(ballOf(s))
	upper := ref.upper()
	relative := unit
	if j.x.tensor.Dtype == program.Int32 {
		relative = gamma(2)
	}
	return judgeBall(uint32(y), ref, upper.mul(relative).add(j.c.eta()), upper, d)
}

// Package precheck acquits elements of a trace in float64 before the exact referee looks at them: an auditor's shortcut, never
// the chain's. It convicts nobody. What it does not acquit for certain goes to the exact judge, and so does everything that
// is special (NaN, infinities, operators and dtypes that it does not cover).
//
// # Why an acquittal is right
//
// The referee faults an element only if |y - ref| > B, where ref and B are exact. This package computes r and b in float64 with
// a bound e of r's error, and acquits only if |y - r| + e <= b·(1 - 2^-48):
//
//   - A product of two float32 is exact in float64 (48 bits, at least 2^-298), so a fused multiply-add changes nothing.
//   - Every other operation rounds once, by at most v·|result|, v = 2^-53; none underflows, because no operand is below
//     2^-447. e adds these up; each rule says how.
//   - b is made of a few sums and products of positive numbers, the subtraction and the sum on the left of two roundings:
//     fewer than 8v together, and 2^-48 = 32v is taken off.
//   - b and r are finite, or the comparison fails (within).
//
// Contractions of 8-bit integers (integers.go) are compared with their exact sums instead.
//
// The tests compare every rule with the referee on honest, adversarial and forged elements, and show that they notice a rule
// whose e is left out.
package precheck

import (
	"encoding/binary"
	"math"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// Checker acquits elements of one output of one node. Its units are independent: different goroutines may take different
// ones.
type Checker struct {
	units []unit
}

// unit acquits some elements: output holds all bytes of the output, and acquitted[p] is set for the element at place p in
// the output's memory. Units set no element of each other.
type unit func(output []byte, acquitted []bool)

// New returns the checker of an output of a node that passed Check, nil where no element could be acquitted. operands[k]
// holds all bytes of operand k in its layout, nil where it is absent. Float32 is little-endian, as in a trace.
func New(n *program.Node, slot int, operands [][]byte, c *referee.Constants) *Checker {
	return build(n, slot, operands, c, 1)
}

// Units is the number of parts that Acquit takes one at a time.
func (c *Checker) Units() int { return len(c.units) }

// Acquit sets acquitted[p] for every element of a unit that is surely honest, p being its place in the output's memory.
func (c *Checker) Acquit(unit int, output []byte, acquitted []bool) {
	c.units[unit](output, acquitted)
}

// builder makes the units of a node; nil where it cannot.
type builder func(n *node) []unit

// ofFloats are the builders of operators on float32, by operator number. What is in neither table is judged exactly.
var ofFloats = map[uint32]builder{
	program.OpAdd: pair(add), program.OpSub: pair(sub), program.OpMul: pair(mul), program.OpDiv: pair(div),
	program.OpMax: pair(larger), program.OpMin: pair(smaller), program.OpPRelu: pair(prelu),

	program.OpAbs: unary(abs), program.OpNeg: unary(neg), program.OpSqrt: unary(sqrt), program.OpReciprocal: unary(reciprocal),
	program.OpExp: unary(exp), program.OpSigmoid: unary(sigmoid), program.OpHardSwish: unary(hardSwish),
	program.OpHardSigmoid: hardSigmoid, program.OpRelu: clip, program.OpClip: clip, program.OpLeakyRelu: leakyRelu, program.OpPow: pow,

	program.OpBatchNormalization: batchNorm,

	program.OpConv: conv, program.OpMatMul: matrix, program.OpGemm: matrix,

	program.OpReduceSum: sums, program.OpReduceMean: sums, program.OpAveragePool: sums, program.OpGlobalAveragePool: sums,
	program.OpReduceMax: extremes, program.OpReduceMin: extremes, program.OpMaxPool: extremes, program.OpGlobalMaxPool: extremes,
}

// ofBytes are the builders of operators that copy elements of any dtype.
var ofBytes = map[uint32]builder{
	program.OpRelayout: relayout, program.OpReshape: reshape, program.OpTranspose: transpose, program.OpSlice: slice,
	program.OpSplit: split, program.OpExpand: expand, program.OpTile: tile, program.OpConcat: concat, program.OpPad: pad,
}

// node is what a builder knows.
type node struct {
	*program.Node
	slot     int
	operands [][]byte
	limits
}

func (n *node) out() *program.Tensor          { return &n.Outputs[n.slot] }
func (n *node) operand(k int) *program.Tensor { return &n.Inputs[k].Type }
func (n *node) has(k int) bool {
	return k < len(n.Inputs) && n.Inputs[k].Kind != program.None
}

// attribute returns a float32 attribute.
func (n *node) attribute(name uint32) float64 {
	return float64(math.Float32frombits(n.Float(name)))
}

// Exponents of η outside of which the referee does not judge sums.
const leastUnderflow, mostUnderflow = 24, 298

// build is New with a factor on every error term: 1, or 0 in the test that wants to see it missed.
func build(n *program.Node, slot int, operands [][]byte, c *referee.Constants, trust float64) *Checker {
	start := ofBytes[n.Op]
	if n.Outputs[slot].Dtype == program.Float32 && ofFloats[n.Op] != nil {
		start = ofFloats[n.Op]
	}
	if ofIntegers[n.Op] != nil {
		start = ofIntegers[n.Op]
	}
	if start == nil || c.Underflow < leastUnderflow || c.Underflow > mostUnderflow {
		return nil
	}
	for k := range n.Inputs {
		if n.Inputs[k].Kind != program.None && uint64(len(operands[k])) != n.Inputs[k].Type.Bytes() {
			return nil
		}
	}
	units := start(&node{Node: n, slot: slot, operands: operands, limits: limits{c: c, eta: math.Ldexp(1, -int(c.Underflow)), trust: trust}})
	if len(units) == 0 {
		return nil
	}
	return &Checker{units: units}
}

// Unit roundoffs: v of float64 is half the last place of one, u of float32 is the protocol's.
const (
	v = 0x1p-53
	u = 0x1p-24
)

// limits are the profile's constants, as the rules use them.
type limits struct {
	c     *referee.Constants
	eta   float64
	trust float64 // factor of every error term: 1
}

// within reports |y - ref| <= B for certain: r is within e of ref, and b, computed from positive numbers, within 8v of B.
// NaN and infinities anywhere fail.
func (l *limits) within(y, r, b, e float64) bool {
	return math.Abs(y-r)+l.trust*e <= b*(1-0x1p-48) && b < 0x1p600
}

// gamma is n·u/(1 - n·u).
func gamma(n uint64) float64 { return float64(n) / float64(1<<24-n) }

// maxLinear bounds the terms and divisors that the referee decides.
const maxLinear = 1 << 20

// load returns the float32 at a place.
func load(b []byte, place int) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*place:])))
}

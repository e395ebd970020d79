package precheck

import (
	"encoding/binary"

	"github.com/assay-chain/assay/chain/program"
)

// Integer contractions are exact, so an acquittal needs no bound: Σ(x-a)(w-b) = Σx·w - a·Σw - b·Σx + n·a·b, with int8 moved
// by 128 to be unsigned, its zero point too. Padding is gathered as the zero point a. The product of a number below 2^8 with
// two of them, 32 bits apart, gives two terms of Σx·w at once; no carry reaches the upper one while n·255² < 2^32.
const maxIntegerTerms = 1 << 16

// A unit's terms of columns and of rows: a sum takes so little that gathering costs as much unless both are many.
const manyColumns, manyRows = 1 << 18, 1 << 20

// ofIntegers are the builders of operators on 8-bit integers, by operator number.
var ofIntegers = map[uint32]builder{
	program.OpConvInteger:   func(n *node) []unit { return n.convolution(float64(n.zeroPoint(2, 0))).integerUnits() },
	program.OpMatMulInteger: func(n *node) []unit { return n.matrices().integerUnits() },
}

// unsigned is what the bytes of a dtype are xored with to be unsigned and in order.
func unsigned(d program.Dtype) byte {
	if d == program.Int8 {
		return 0x80
	}
	return 0
}

// zeroPoint is that of factor k-2, operand k, for an index; one element stands for every index.
func (n *node) zeroPoint(k, index int) int64 {
	flip := unsigned(n.operand(k - 2).Dtype)
	if !n.has(k) {
		return int64(flip)
	}
	if n.operand(k).Elements() == 1 {
		index = 0
	}
	return int64(n.operands[k][index] ^ flip)
}

// column is one of the second factor, or two side by side: the upper 32 bits belong to the one that follows.
type column struct {
	w    []uint64
	sums [2]int64
}

// integerUnits acquits the elements that are the exact sums modulo 2^32.
func (m *product) integerUnits() (units []unit) {
	if m.terms > maxIntegerTerms {
		return nil
	}
	cols, rows := max(2, manyColumns/m.terms), max(64, manyRows/m.terms)
	for problem := range m.problems {
		for c := 0; c < m.cols; c += cols {
			for r := 0; r < m.rows; r += rows {
				units = append(units, func(output []byte, acquitted []bool) {
					m.integerTile(problem, r, min(r+rows, m.rows), c, min(c+cols, m.cols), output, acquitted)
				})
			}
		}
	}
	return units
}

func (m *product) integerTile(problem, r0, r1, c0, c1 int, output []byte, acquitted []bool) {
	read, row := make([]float64, m.terms), make([]uint64, m.terms)
	columns := make([]column, (c1-c0+1)/2)
	for c := c0; c < c1; c++ {
		k := &columns[(c-c0)/2]
		if k.w == nil {
			k.w = make([]uint64, m.terms)
		}
		m.col(problem, c, read)
		for i, w := range read {
			k.w[i] |= uint64(w) << (32 * ((c - c0) % 2))
			k.sums[(c-c0)%2] += int64(w)
		}
	}
	first := m.n.zeroPoint(2, 0)
	for r := r0; r < r1; r++ {
		m.row(problem, r, read)
		sum := int64(0)
		for i, x := range read {
			row[i] = uint64(x)
			sum += int64(x)
		}
		for c := c0; c < c1; c += 2 {
			k := &columns[(c-c0)/2]
			both := integerDot(row, k.w)
			for side := range min(2, c1-c) {
				second := m.n.zeroPoint(3, c+side)
				exact := int64(uint32(both>>(32*side))) - first*k.sums[side] - second*sum + int64(m.terms)*first*second
				p := m.place(problem, r, c+side)
				acquitted[p] = binary.LittleEndian.Uint32(output[4*p:]) == uint32(exact)
			}
		}
	}
}

// integerDot is Σx·w modulo 2^64, in four parts to let the processor overlap them; len(x) = len(w).
func integerDot(x, w []uint64) uint64 {
	var s0, s1, s2, s3 uint64
	for len(x) >= 4 && len(w) >= 4 {
		s0, s1, s2, s3 = s0+x[0]*w[0], s1+x[1]*w[1], s2+x[2]*w[2], s3+x[3]*w[3]
		x, w = x[4:], w[4:]
	}
	for i := range x {
		s0 += x[i] * w[i]
	}
	return s0 + s1 + s2 + s3
}

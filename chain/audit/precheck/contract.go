package precheck

import (
	"math"

	"github.com/assay-chain/assay/chain/program"
)

// product is Conv, MatMul and Gemm alike: problems (batch, group) of rows times columns, every output element the sum of
// terms products of a row and a column, and a bias. row and col write the elements of one.
type product struct {
	n                    *node
	terms                int
	depth                uint64 // most roundings of a product, where that is not the number of terms and bias
	problems, rows, cols int
	row, col             func(problem, i int, to []float64)
	place                func(problem, row, col int) int // in the output's memory
	bias                 func(problem, row, col int) float64
}

// A unit keeps some columns (the filters) gathered and meets them with some rows: as many as fit these numbers of terms.
const (
	columnTerms = 1 << 16
	rowTerms    = 1 << 18
)

// units of a product: γ_d·A + (n+1)·η with A = Σ|x·w| + |b|, where n counts the bias and d is n or the certified depth. The sums of n exact terms are each
// within n·v(1+2^-32) of A; 2nv covers both, and what γ_d makes of the second.
func (m *product) units() (units []unit) {
	n := uint64(m.terms)
	if m.bias != nil {
		n++
	}
	if n+1 > maxLinear {
		return nil
	}
	depth := n
	if m.depth > 0 {
		depth = m.depth
	}
	g, tiny, e := gamma(depth), float64(n+1)*m.n.eta, float64(n)*2*v
	cols, rows := max(1, columnTerms/m.terms), max(64, rowTerms/m.terms)
	for problem := range m.problems {
		for c := 0; c < m.cols; c += cols {
			for r := 0; r < m.rows; r += rows {
				units = append(units, func(output []byte, acquitted []bool) {
					m.tile(problem, r, min(r+rows, m.rows), c, min(c+cols, m.cols), func(row, col int, s, a float64) {
						if m.bias != nil {
							b := m.bias(problem, row, col)
							s, a = s+b, a+math.Abs(b)
						}
						p := m.place(problem, row, col)
						acquitted[p] = m.n.within(load(output, p), s, g*a+tiny, e*a)
					})
				})
			}
		}
	}
	return units
}

// tile sums the products of rows r0..r1-1 and columns c0..c1-1.
func (m *product) tile(problem, r0, r1, c0, c1 int, f func(row, col int, s, a float64)) {
	columns, row := make([]float64, (c1-c0)*m.terms), make([]float64, m.terms)
	for c := c0; c < c1; c++ {
		m.col(problem, c, columns[(c-c0)*m.terms:][:m.terms])
	}
	for r := r0; r < r1; r++ {
		m.row(problem, r, row)
		for c := c0; c < c1; c++ {
			s, a := dot(row, columns[(c-c0)*m.terms:][:m.terms])
			f(r, c, s, a)
		}
	}
}

// dot returns Σ x·w and Σ |x·w|, in four parts to let the processor overlap them; len(x) = len(w).
func dot(x, w []float64) (s, a float64) {
	var s0, s1, s2, s3, a0, a1, a2, a3 float64
	for len(x) >= 4 && len(w) >= 4 {
		p0, p1, p2, p3 := float64(x[0]*w[0]), float64(x[1]*w[1]), float64(x[2]*w[2]), float64(x[3]*w[3])
		s0, s1, s2, s3 = s0+p0, s1+p1, s2+p2, s3+p3
		a0, a1, a2, a3 = a0+math.Abs(p0), a1+math.Abs(p1), a2+math.Abs(p2), a3+math.Abs(p3)
		x, w = x[4:], w[4:]
	}
	for i := range x {
		p := float64(x[i] * w[i])
		s0, a0 = s0+p, a0+math.Abs(p)
	}
	return s0 + s1 + (s2 + s3), a0 + a1 + (a2 + a3)
}

// matrix: MatMul, and Gemm with its flags and bias.
func matrix(n *node) []unit {
	m := n.matrices()
	m.depth = n.c.MatrixDepth(n.Node)
	if n.has(2) {
		b := n.broadcastSteps(2)
		m.bias = func(_, row, col int) float64 { return load(n.operands[2], row*b[0]+col*b[1]) }
	}
	return m.units()
}

// matrices: [batch…][M][K] × [batch…][K][N].
func (n *node) matrices() *product {
	kept0, summed0 := n.MatrixAxes(0)
	kept1, summed1 := n.MatrixAxes(1)
	x, w, o := n.strides(0), n.strides(1), n.out().Strides()
	out := n.out().Dims
	q := len(out)
	terms := int(n.operand(0).Dims[summed0])
	m := &product{n: n, terms: terms, problems: 1, rows: int(out[q-2]), cols: int(out[q-1])}
	for _, d := range out[:q-2] {
		m.problems *= int(d)
	}
	s0, s1 := n.broadcastSteps(0), n.broadcastSteps(1)
	batch := func(problem int, steps []int) (at int) {
		for i := q - 3; i >= 0; i-- {
			at += problem % int(out[i]) * steps[i]
			problem /= int(out[i])
		}
		return at
	}
	m.row = func(problem, i int, to []float64) {
		n.gather(to, 0, batch(problem, s0[:])+i*x[kept0], x[summed0])
	}
	m.col = func(problem, i int, to []float64) {
		n.gather(to, 1, batch(problem, s1[:])+i*w[kept1], w[summed1])
	}
	steps := make([]int, q)
	for i := range steps {
		steps[i] = int(o[i])
	}
	m.place = func(problem, row, col int) int { return batch(problem, steps) + row*steps[q-2] + col*steps[q-1] }
	return m
}

// gather reads elements of operand k, step apart in memory: float32s, or the bytes of 8-bit integers as `unsigned` says.
func (n *node) gather(to []float64, k, at, step int) {
	from := n.operands[k]
	if n.operand(k).Dtype == program.Float32 {
		for i := range to {
			to[i] = load(from, at)
			at += step
		}
		return
	}
	flip := unsigned(n.operand(k).Dtype)
	for i := range to {
		to[i] = float64(from[at] ^ flip)
		at += step
	}
}

package referee

import (
	"math/big"

	"github.com/assay-chain/assay/chain/program"
)

// Residual returns z² of an element of a contraction whose claim is y, exactly: z = |y - ref| / (u·√Σ(x·w)²), the distance
// from the exact sum in units of what roundings of independent signs leave (PROTOCOL.md, section 7, tier B). It is evidence
// for statistics and never for a verdict: inputs exist that bias honest roundings. ok is false where z says nothing: another
// operator, a claim or operands that are not finite, products that are all zero.
func (s *Scanner) Residual(slot int, e, y uint64) (z2 *big.Rat, ok bool) {
	if !HasResidual(s.n) || !finite(uint32(y)) {
		return nil, false
	}
	squares := new(big.Int) // units of 2^-596
	d := detail{each: func(x, w []uint32) {
		var p, q big.Int
		for i, a := range x {
			m, s := split(a)
			n, t := split(w[i])
			p.SetUint64(m * n) // two mantissas of 24 bits
			q.Mul(&p, &p)
			squares.Add(squares, q.Lsh(&q, 2*(s+t)))
		}
	}}
	s.j.judge(slot, s.n.Outputs[slot].Coordinates(e), y, &d)
	if d.ref == nil || squares.Sign() == 0 {
		return nil, false
	}
	z2, _ = numberOf(program.Float32, y)
	z2.Sub(z2, d.ref)
	z2.Mul(z2, z2)
	z2.Quo(z2, new(big.Rat).SetInt(squares))
	// u² = 2^-48, and the squares are in units of 2^-596
	return z2.Mul(z2, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 596+48))), true
}

// HasResidual reports whether a node is a contraction of float32.
func HasResidual(n *program.Node) bool {
	switch n.Op {
	case program.OpMatMul, program.OpGemm, program.OpConv, program.OpConvTranspose:
		return n.Outputs[0].Dtype == program.Float32
	}
	return false
}

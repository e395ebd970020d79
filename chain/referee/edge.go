package referee

import (
	"math/big"

	"github.com/assay-chain/assay/chain/program"
)

// Edge is one side of what an element may be: the last number that must be acquitted and the next one, which must not.
type Edge struct{ Inside, Beyond uint64 }

// Edges returns the edges of an element's bound for an element whose claim is y: above and below where there is a bound
// (float32), else the claim itself and a neighbour. None where there is nothing to move beyond: special values, undecided
// elements, a neighbour that is not finite.
func (s *Scanner) Edges(slot int, e, y uint64) []Edge {
	out := &s.n.Outputs[slot]
	if !isFloat(out.Dtype) {
		return []Edge{{y, y ^ 1}}
	}
	d := detail{}
	o := s.j.judge(slot, out.Coordinates(e), y, &d)
	if o.cause != Decided || !finite(floatOf(out.Dtype, y)) {
		return nil
	}
	if out.Dtype != program.Float32 {
		return []Edge{{y, y ^ 2}} // neighbours: integers to 16-bit floats may round twice
	}
	if d.limit == nil {
		x := uint32(y)
		return finiteEdges(Edge{y, uint64(above(x))}, Edge{y, uint64(below(x))})
	}
	most := largestWithin(new(big.Rat).Add(d.ref, d.limit))
	least := negated(largestWithin(new(big.Rat).Sub(d.limit, d.ref)))
	return finiteEdges(Edge{uint64(most), uint64(above(most))}, Edge{uint64(least), uint64(below(least))})
}

func finiteEdges(all ...Edge) (kept []Edge) {
	for _, e := range all {
		if finite(uint32(e.Inside)) && finite(uint32(e.Beyond)) {
			kept = append(kept, e)
		}
	}
	return kept
}

// largestWithin is the largest float32 that is at most r; infinite where r reaches beyond all of them.
func largestWithin(r *big.Rat) uint32 {
	x := nearestFloat(r)
	if v, ok := numberOf(program.Float32, uint64(x)); ok && v.Cmp(r) > 0 {
		return below(x)
	}
	return x
}

// below is the next smaller float32.
func below(x uint32) uint32 { return negated(above(negated(x))) }

func negated(x uint32) uint32 { return x ^ signBit }

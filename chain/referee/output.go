package referee

import (
	"math/big"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// toleranceUnit: tolerances are integers in units of 1e-18.
var toleranceUnit = new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)

// output judges one element of the committed output against the worker's own trace: a fault iff |y - y'| > abs + rel·|y'|.
// Equal bits, two NaNs and two zeros never are; NaN or infinity against anything else always is. Integers and bools have no
// tolerance: token 50001 is not nearly token 50000.
func (s *session) output() (v Verdict, err error) {
	h, err := s.openHeader()
	if err != nil {
		return v, err
	}
	if uint64(s.p.Slot) >= uint64(len(h.Outputs)) || s.p.Element >= h.Outputs[s.p.Slot].Type.Elements() {
		return v, invalid(CodePosition, "no element %d of output %d", s.p.Element, s.p.Slot)
	}
	o := &h.Outputs[s.p.Slot]
	chunk := []uint64{s.p.Element * o.Type.Dtype.Width() / merkle.ChunkSize}
	var ns needs
	ns.add(program.Value, o.Index, &o.Type, chunk)
	ns.add(program.Output, s.p.Slot, &o.Type, chunk)
	sources, err := s.open(ns)
	if err != nil {
		return v, err
	}
	if err := checkLengths(ns, s.p); err != nil {
		return v, err
	}
	if err := s.charge(MultiplyAdds, 1); err != nil {
		return v, err
	}
	trace, output := sources[0].bits(s.p.Element), sources[1].bits(s.p.Element)
	v.Op = "Output"
	v.Coordinates = o.Type.Coordinates(s.p.Element)
	v.Claimed, v.Exact, v.Terms = show(o.Type.Dtype, output), show(o.Type.Dtype, trace), 2
	s.compareOutput(&v, o.Type.Dtype, output, trace)
	return v, nil
}

func (s *session) compareOutput(v *Verdict, d program.Dtype, output, trace uint64) {
	y, okY := numberOf(d, output)
	t, okT := numberOf(d, trace)
	if !okY || !okT { // NaN or infinite
		v.Fault = output != trace && !(isNaN(d, output) && isNaN(d, trace))
		return
	}
	distance := new(big.Rat).Sub(y, t)
	distance.Abs(distance)
	bound := new(big.Rat)
	if isFloat(d) {
		bound.Mul(tolerance(s.c.ToleranceRel), new(big.Rat).Abs(t))
		bound.Add(bound, tolerance(s.c.ToleranceAbs))
	}
	v.Fault = distance.Cmp(bound) > 0
	v.Bound, v.Ratio = decimalRat(bound), ratioRat(distance, bound)
}

func tolerance(t *big.Int) *big.Rat {
	if t == nil || t.Sign() < 0 {
		return new(big.Rat)
	}
	return new(big.Rat).SetFrac(t, toleranceUnit)
}

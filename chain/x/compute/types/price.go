package types

import (
	"cosmossdk.io/math"

	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// exponentialCost is what one transcendental evaluation weighs in multiply-adds.
const exponentialCost = 40

// Cost of one run in units: macs + 40·exponentials + elements read + bytes of weights, input and trace.
func Cost(s registrytypes.ProgramSummary) math.Int {
	cost := math.NewIntFromUint64(s.Exponentials).MulRaw(exponentialCost)
	for _, n := range []uint64{s.Macs, s.ElementsRead, s.WeightBytes, s.InputBytes, s.TraceBytes} {
		cost = cost.Add(math.NewIntFromUint64(n))
	}
	return cost
}

// MinFee of a job is max(fee_min, price·cost/10⁶ rounded up).
func MinFee(p Params, s registrytypes.ProgramSummary) math.Int {
	fee := p.Price.Mul(Cost(s)).AddRaw(PPM - 1).QuoRaw(PPM)
	return math.MaxInt(fee, p.FeeMin)
}

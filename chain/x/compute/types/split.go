package types

import "cosmossdk.io/math"

// Share is amount·ppm/10⁶, floored.
func Share(amount math.Int, ppm uint64) math.Int {
	return amount.Mul(math.NewIntFromUint64(ppm)).QuoRaw(PPM)
}

// Split is how a fee is divided at FINAL. All parts together are the fee.
type Split struct {
	Worker math.Int
	// Each of the fulfilled duties gets this; zero where there is none.
	Each math.Int
	// Pool gets its share, and the verifiers' where no duty was fulfilled, less Relay.
	Pool math.Int
	// Relay repays the poster of the beacon round out of the pool's own share.
	Relay math.Int
	// Dust of the floors is burned.
	Dust math.Int
}

// SplitFee divides a fee (PROTOCOL §6, money table): the worker's share, the verifiers' in equal parts, the pool's.
// fulfilled counts the duties that attested; relay is what repaying the beacon's poster would take, capped by the pool's share.
// Golden vectors: test/vectors/money.json.
func SplitFee(p Params, fee math.Int, fulfilled uint32, relay math.Int) Split {
	s := Split{Worker: Share(fee, p.WorkerPpm), Each: math.ZeroInt(), Pool: Share(fee, p.PoolPpm)}
	s.Relay = math.MinInt(relay, s.Pool)
	s.Pool = s.Pool.Sub(s.Relay)
	verifiers := Share(fee, p.VerifierPpm)
	if fulfilled == 0 {
		s.Pool = s.Pool.Add(verifiers)
	} else {
		s.Each = verifiers.QuoRaw(int64(fulfilled))
	}
	s.Dust = fee.Sub(s.Worker).Sub(s.Each.MulRaw(int64(fulfilled))).Sub(s.Pool).Sub(s.Relay)
	return s
}

// MinBond is the least bond of a claim: max(kappa·fee, bond_min).
func MinBond(p Params, fee math.Int) math.Int {
	return math.MaxInt(fee.Mul(math.NewIntFromUint64(p.Kappa)), p.BondMin)
}

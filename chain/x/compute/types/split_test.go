package types

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"
)

type moneyVector struct {
	Fee         string `json:"fee"`
	WorkerPpm   uint64 `json:"worker_ppm"`
	VerifierPpm uint64 `json:"verifier_ppm"`
	PoolPpm     uint64 `json:"pool_ppm"`
	Fulfilled   uint32 `json:"fulfilled"`
	RelayFee    string `json:"relay_fee"`
	Worker      string `json:"worker"`
	Each        string `json:"each"`
	Pool        string `json:"pool"`
	Relay       string `json:"relay"`
	Dust        string `json:"dust"`
}

// total of a split must be the fee to the last unit.
func total(s Split, fulfilled uint32) math.Int {
	return s.Worker.Add(s.Each.MulRaw(int64(fulfilled))).Add(s.Pool).Add(s.Relay).Add(s.Dust)
}

func TestMoneyVectors(t *testing.T) {
	huge, _ := math.NewIntFromString("340282366920938463463374607431768211455")
	p := DefaultParams()
	odd := p
	odd.WorkerPpm, odd.VerifierPpm, odd.PoolPpm = 333_333, 333_333, 333_333
	nothing := p
	nothing.WorkerPpm, nothing.VerifierPpm, nothing.PoolPpm = 0, 0, 0
	cases := []struct {
		p         Params
		fee       math.Int
		fulfilled uint32
		relay     int64
	}{
		{p, math.NewInt(100), 0, 0}, {p, math.NewInt(100), 1, 0}, {p, math.NewInt(100), 3, 0}, {p, math.NewInt(100), 9, 0},
		{p, math.NewInt(1), 2, 2_000}, {p, math.NewInt(49), 2, 2_000}, {p, math.NewInt(50), 2, 2_000}, {p, math.NewInt(99), 4, 1},
		{p, math.NewInt(1_000_000), 0, 2_000}, {p, math.NewInt(1_000_000), 2, 2_000}, {p, math.NewInt(1_000_000), 3, 20_000},
		{p, math.NewInt(1_000_000), 3, 20_001}, {p, math.NewInt(999_999), 7, 2_000}, {p, math.NewInt(123_456_789), 11, 2_000},
		{p, huge, 4, 2_000}, {odd, math.NewInt(10), 2, 1}, {odd, math.NewInt(1_000_003), 2, 5}, {nothing, math.NewInt(777), 2, 5},
	}
	var vectors []moneyVector
	for _, c := range cases {
		s := SplitFee(c.p, c.fee, c.fulfilled, math.NewInt(c.relay))
		require.Equal(t, c.fee.String(), total(s, c.fulfilled).String())
		vectors = append(vectors, moneyVector{c.fee.String(), c.p.WorkerPpm, c.p.VerifierPpm, c.p.PoolPpm, c.fulfilled, fmt.Sprint(c.relay),
			s.Worker.String(), s.Each.String(), s.Pool.String(), s.Relay.String(), s.Dust.String()})
	}
	golden(t, "money.json", vectors)
}

// The numbers of the money table by hand, and every split is exact.
func TestSplitFee(t *testing.T) {
	s := SplitFee(DefaultParams(), math.NewInt(1_000), 3, math.NewInt(5))
	require.Equal(t, "900 26 15 5 2", fmt.Sprint(s.Worker, " ", s.Each, " ", s.Pool, " ", s.Relay, " ", s.Dust))
	s = SplitFee(DefaultParams(), math.NewInt(1_000), 0, math.NewInt(50))
	require.Equal(t, "900 0 80 20 0", fmt.Sprint(s.Worker, " ", s.Each, " ", s.Pool, " ", s.Relay, " ", s.Dust))

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 2_000 {
		p := DefaultParams()
		p.WorkerPpm = r.Uint64N(PPM + 1)
		p.VerifierPpm = r.Uint64N(PPM - p.WorkerPpm + 1)
		p.PoolPpm = r.Uint64N(PPM - p.WorkerPpm - p.VerifierPpm + 1)
		require.NoError(t, p.Validate())
		fee, n, relay := math.NewIntFromUint64(r.Uint64()>>r.UintN(64)), r.Uint32N(200), math.NewIntFromUint64(r.Uint64()>>r.UintN(64))
		s := SplitFee(p, fee, n, relay)
		require.Equal(t, fee.String(), total(s, n).String())
		for _, part := range []math.Int{s.Worker, s.Each, s.Pool, s.Relay, s.Dust} {
			require.False(t, part.IsNegative(), "%+v", s)
		}
		require.False(t, s.Relay.GT(Share(fee, p.PoolPpm)), "a relay takes at most the pool's own share")
	}
}

func TestMinBond(t *testing.T) {
	p := DefaultParams()
	p.Kappa, p.BondMin = 10, math.NewInt(500)
	require.Equal(t, "500", MinBond(p, math.NewInt(50)).String())
	require.Equal(t, "510", MinBond(p, math.NewInt(51)).String())
}

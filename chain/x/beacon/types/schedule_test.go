package types_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/beacon/types"
)

func TestRoundAfterIsTheFirstStrictlyLater(t *testing.T) {
	p := types.DefaultParams()
	p.GenesisTime, p.PeriodMs, p.MarginMs = time.Unix(1000, 0).UTC(), 3000, 500
	for _, c := range []struct {
		at    time.Time
		round uint64
	}{
		{time.Unix(0, 0), 1},
		{time.Unix(999, 499_999_999), 1},  // margin reaches to just before genesis
		{time.Unix(999, 500_000_000), 2},  // exactly genesis: strictly later is round 2
		{time.Unix(1002, 499_999_999), 2}, // just before round 2
		{time.Unix(1002, 500_000_000), 3}, // exactly round 2
		{time.Unix(1002, 500_000_001), 3}, // a fraction of a millisecond changes nothing
		{time.Unix(1000+3*1000, 0), 1002},
	} {
		round := p.RoundAfter(c.at)
		require.Equal(t, c.round, round, c.at)
		due, err := p.Due(round)
		require.NoError(t, err)
		limit := c.at.Add(500 * time.Millisecond)
		require.True(t, due.After(limit), "round %d at %s is not after %s", round, due, limit)
		if round > 1 {
			before, err := p.Due(round - 1)
			require.NoError(t, err)
			require.False(t, before.After(limit), "round %d at %s would have done", round-1, before)
		}
	}
}

func TestDueRefusesRoundsBeyondTime(t *testing.T) {
	p := types.DefaultParams()
	for _, round := range []uint64{0, ^uint64(0), 1 << 62} {
		_, err := p.Due(round)
		require.ErrorIs(t, err, types.ErrInvalidRound)
	}
}

func TestParams(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	for name, change := range map[string]func(*types.Params){
		"key":            func(p *types.Params) { p.PublicKey = p.PublicKey[:95] },
		"period 0":       func(p *types.Params) { p.PeriodMs = 0 },
		"period of days": func(p *types.Params) { p.PeriodMs = 1 << 40 },
		"margin":         func(p *types.Params) { p.MarginMs = 1 << 40 },
		"fraction":       func(p *types.Params) { p.GenesisTime = p.GenesisTime.Add(1) },
		"before 1970":    func(p *types.Params) { p.GenesisTime = time.Unix(-1, 0) },
		"zero time":      func(p *types.Params) { p.GenesisTime = time.Time{} },
		"far future":     func(p *types.Params) { p.GenesisTime = time.Unix(1<<40, 0) },
		"no gas":         func(p *types.Params) { p.VerifyGas = 0 },
		"too much gas":   func(p *types.Params) { p.VerifyGas = 1 << 60 },
	} {
		p := types.DefaultParams()
		change(&p)
		require.ErrorIs(t, p.Validate(), types.ErrInvalidParams, name)
	}
}

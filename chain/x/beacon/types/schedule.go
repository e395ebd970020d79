package types

import (
	"time"
)

// RoundAfter returns the first round whose nominal time lies strictly after t plus the margin.
// Round 1 is nominal at the genesis time, round r one period after round r-1. Whole milliseconds throughout: both genesis
// time and period are such, so a fraction of a millisecond in t never changes the answer.
func (p Params) RoundAfter(t time.Time) uint64 {
	after := t.UnixMilli() + int64(p.MarginMs)
	genesis := p.GenesisTime.UnixMilli()
	if after < genesis {
		return 1
	}
	return uint64(after-genesis)/p.PeriodMs + 2
}

// Due returns the nominal time of a round, or an error for a round that no block can ever wait for.
func (p Params) Due(round uint64) (time.Time, error) {
	if round == 0 || round-1 > maxSpanMs/p.PeriodMs {
		return time.Time{}, ErrInvalidRound.Wrapf("expected a round from 1 to %d, found %d", maxSpanMs/p.PeriodMs+1, round)
	}
	return time.UnixMilli(p.GenesisTime.UnixMilli() + int64((round-1)*p.PeriodMs)).UTC(), nil
}

package types

import (
	"bytes"
	"encoding/hex"
	"time"

	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

const (
	// maxPeriodMs bounds period and margin to a day.
	maxPeriodMs = 86_400_000
	// maxSpanMs bounds how far after genesis a round may lie (a thousand years), so that its time fits protobuf's timestamp.
	maxSpanMs = 1000 * 366 * maxPeriodMs
	// maxGenesisMs is the year 3000.
	maxGenesisMs = 32_503_680_000_000
	// maxVerifyGas keeps one verification below a block's gas.
	maxVerifyGas = 50_000_000
)

// quicknet is drand's public chain with a period of three seconds
// (chain hash 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971).
const quicknet = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"

// DefaultParams follow drand's quicknet, as a public network does; a development network sets a key of its own.
func DefaultParams() Params {
	key, err := hex.DecodeString(quicknet)
	if err != nil {
		panic("the built-in drand key is not hexadecimal: " + err.Error())
	}
	return Params{
		PublicKey:   key,
		GenesisTime: time.Unix(1_692_803_367, 0).UTC(),
		PeriodMs:    3000,
		MarginMs:    3000,
		// 1.3 ms of pairing; an ECDSA check (about 0.1 ms) costs 1,000 gas, and a block that is full of these must stay cheap.
		VerifyGas: 100_000,
	}
}

// Validate checks that rounds can be computed and verified under the parameters.
func (p Params) Validate() error {
	if _, err := drand.ParsePublicKey(p.PublicKey); err != nil {
		return ErrInvalidParams.Wrapf("public_key: %s", err)
	}
	if p.PeriodMs == 0 || p.PeriodMs > maxPeriodMs {
		return ErrInvalidParams.Wrapf("period_ms: expected 1 to %d, found %d", maxPeriodMs, p.PeriodMs)
	}
	if p.MarginMs > maxPeriodMs {
		return ErrInvalidParams.Wrapf("margin_ms: expected at most %d, found %d", maxPeriodMs, p.MarginMs)
	}
	ms := p.GenesisTime.UnixMilli()
	if ms < 0 || ms > maxGenesisMs || p.GenesisTime.Nanosecond()%1_000_000 != 0 {
		return ErrInvalidParams.Wrapf("genesis_time: expected whole milliseconds between the years 1970 and 3000, found %s", p.GenesisTime)
	}
	if p.VerifyGas == 0 || p.VerifyGas > maxVerifyGas {
		return ErrInvalidParams.Wrapf("verify_gas: expected 1 to %d, found %d", maxVerifyGas, p.VerifyGas)
	}
	return nil
}

// SameSchedule reports whether both number and time rounds alike.
func (p Params) SameSchedule(other Params) bool {
	return p.GenesisTime.Equal(other.GenesisTime) && p.PeriodMs == other.PeriodMs
}

// SameKey reports whether both are signed by the same beacon.
func (p Params) SameKey(other Params) bool { return bytes.Equal(p.PublicKey, other.PublicKey) }

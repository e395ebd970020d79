package types

import (
	"math/big"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/program"
)

// DefaultParams suit a public network of 6 s blocks (PROTOCOL.md, table of parameters).
func DefaultParams() Params {
	return Params{
		TraceBaseBlocks:     50,
		TraceBytesPerBlock:  10_000_000,
		ServeBlocks:         50,
		ProveBaseBlocks:     100,
		RevealBlocks:        20,
		ChallengeFee:        math.NewInt(100_000),
		ChallengeFeePerMb:   math.NewInt(1_000),
		ProofBond:           math.NewInt(1_000_000),
		ServeFee:            math.NewInt(100),
		DemandFee:           math.NewInt(10_000),
		DemandMaxBytes:      256 << 10,
		DemandBlockBytes:    1 << 20,
		FreeDemands:         16,
		MaxProofBytes:       program.MaxProof,
		MacMilligas:         1_000,
		ExponentialMilligas: 10_000,
		HashMilligas:        2_000,
		QueueCap:            200,
		MaxCommitments:      32,
	}
}

// JudgementMACs is what every judgement is charged beside what it reads and computes: decoding the proof, checking the
// opened record, explaining the verdict. With the prices above the time of a unit of gas then differs by less than five
// over the operators (chain/audit/measure).
const JudgementMACs = 512

// DevnetParams suit half-second blocks on one machine.
func DevnetParams() Params {
	p := DefaultParams()
	p.TraceBaseBlocks, p.TraceBytesPerBlock = 16, 50_000_000
	p.ServeBlocks, p.ProveBaseBlocks, p.RevealBlocks = 12, 20, 6
	return p
}

// maxBlocks bounds every time, so that heights never overflow.
const maxBlocks = 1 << 32

// Validate checks ranges: times from 1, amounts not negative, sizes within what a transaction can carry.
func (p Params) Validate() error {
	counts := []struct {
		name             string
		value, low, high uint64
	}{
		{"trace_base_blocks", p.TraceBaseBlocks, 1, maxBlocks},
		{"trace_bytes_per_block", p.TraceBytesPerBlock, 1, program.MaxBytes},
		{"serve_blocks", p.ServeBlocks, 1, maxBlocks},
		{"prove_base_blocks", p.ProveBaseBlocks, 1, maxBlocks},
		// 2: a proof is revealed at the earliest in the block after its commitment.
		{"reveal_blocks", p.RevealBlocks, 2, maxBlocks},
		{"demand_max_bytes", p.DemandMaxBytes, 1024, 1 << 20},
		{"demand_block_bytes", p.DemandBlockBytes, p.DemandMaxBytes, 1 << 30},
		{"free_demands", p.FreeDemands, 1, 1 << 20},
		// Registered programs have proofs of up to MaxProof: below it some fault could not be proven, above it the referee refuses.
		{"max_proof_bytes", p.MaxProofBytes, program.MaxProof, program.MaxProof},
		{"mac_milligas", p.MacMilligas, 1, 1 << 32},
		{"exponential_milligas", p.ExponentialMilligas, 1, 1 << 32},
		{"hash_milligas", p.HashMilligas, 1, 1 << 32},
		{"queue_cap", uint64(p.QueueCap), 1, 100_000},
		{"max_commitments", uint64(p.MaxCommitments), 1, 1_000},
	}
	for _, c := range counts {
		if c.value < c.low || c.value > c.high {
			return ErrInvalidParams.Wrapf("%s: expected %d to %d, found %d", c.name, c.low, c.high, c.value)
		}
	}
	amounts := []struct {
		name  string
		value math.Int
	}{
		{"challenge_fee", p.ChallengeFee}, {"challenge_fee_per_mb", p.ChallengeFeePerMb}, {"proof_bond", p.ProofBond},
		{"serve_fee", p.ServeFee}, {"demand_fee", p.DemandFee},
	}
	for _, a := range amounts {
		if a.value.IsNil() || a.value.IsNegative() || a.value.BigInt().BitLen() > 128 {
			return ErrInvalidParams.Wrapf("%s: expected an amount from 0 to 2^128, found %s", a.name, a.value)
		}
	}
	return nil
}

// TraceBlocks is T_trace, or T_prove with the other base: base + 1 per trace_bytes_per_block.
func (p Params) TraceBlocks(base, traceBytes uint64) uint64 {
	return base + traceBytes/p.TraceBytesPerBlock
}

// Fee of an outsider's challenge of a job with this trace.
func (p Params) Fee(traceBytes uint64) math.Int {
	megabytes := traceBytes/1_000_000 + min(1, traceBytes%1_000_000)
	return p.ChallengeFee.Add(p.ChallengeFeePerMb.Mul(math.NewIntFromUint64(megabytes)))
}

// ServeFees of a demand of so many bytes: serve_fee per started kilobyte.
func (p Params) ServeFees(bytes uint64) math.Int {
	return p.ServeFee.Mul(math.NewIntFromUint64(bytes/1024 + min(1, bytes%1024)))
}

// DemandFees of an outsider: doubled every depth + free_demands earlier demands of the job.
func (p Params) DemandFees(earlier uint64, depth uint32) math.Int {
	doublings := min(earlier/p.Budget(depth), MaxDoublings)
	return p.DemandFee.Mul(math.NewIntFromBigInt(new(big.Int).Lsh(big.NewInt(1), uint(doublings))))
}

// Budget of a drawn verifier: how many demands of VALUEs a program of this depth allows it.
func (p Params) Budget(depth uint32) uint64 { return uint64(depth) + p.FreeDemands }

package types

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"slices"
)

const dutyTag = "assay/duty/1"

// twoTo256 is the number of values of a duty hash.
var twoTo256 = new(big.Int).Lsh(big.NewInt(1), 256)

// DutyHash is SHA256(len ‖ assay/duty/1 ‖ 32 bytes of randomness ‖ job, eight bytes big-endian ‖ len ‖ operator's raw
// account address). Golden vectors: test/vectors/duty.json.
func DutyHash(randomness []byte, jobID uint64, operator []byte) [32]byte {
	var p preimage
	p.field([]byte(dutyTag))
	p.root(randomness)
	p.u64(jobID)
	p.field(operator)
	return sha256.Sum256(p)
}

// IsDrawn tells whether a verifier of power w out of total has a duty: h·total·10⁶ < 2²⁵⁶·lambda·w with h the hash as a
// big-endian integer. Its probability is min(1, lambda·w/total); lambda is in parts per million.
func IsDrawn(hash [32]byte, total, lambdaPpm, w uint64) bool {
	l := new(big.Int).SetBytes(hash[:])
	l.Mul(l, new(big.Int).SetUint64(total)).Mul(l, big.NewInt(PPM))
	r := new(big.Int).SetUint64(lambdaPpm)
	r.Mul(r, new(big.Int).SetUint64(w)).Mul(r, twoTo256)
	return l.Cmp(r) < 0
}

// Candidate is one verifier of a snapshot in a draw.
type Candidate struct {
	// Operator is the raw account address, Power its weight.
	Operator []byte
	Power    uint64
	// Related parties count in the total and are not drawn.
	Related bool
}

// Draw returns the indices of the drawn candidates, ascending by hash: rank 0 first. total is the power of the whole
// snapshot. Work is one hash a candidate.
func Draw(randomness []byte, jobID, total, lambdaPpm uint64, candidates []Candidate) []int {
	type hit struct {
		index int
		hash  [32]byte
	}
	var hits []hit
	for i, c := range candidates {
		h := DutyHash(randomness, jobID, c.Operator)
		if !c.Related && IsDrawn(h, total, lambdaPpm, c.Power) {
			hits = append(hits, hit{i, h})
		}
	}
	// Stable: equal hashes (one operator twice, which a snapshot never holds) keep the snapshot's order.
	slices.SortStableFunc(hits, func(a, b hit) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	drawn := make([]int, len(hits))
	for i, h := range hits {
		drawn[i] = h.index
	}
	return drawn
}

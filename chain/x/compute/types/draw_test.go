package types

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// dutyVector is one candidate of one draw: its hash, whether it was drawn and with what rank (-1 if not).
type dutyVector struct {
	Operator string `json:"operator"`
	Power    uint64 `json:"power,string"`
	Related  bool   `json:"related"`
	Preimage string `json:"preimage"`
	Hash     string `json:"hash"`
	Drawn    bool   `json:"drawn"`
	Rank     int    `json:"rank"`
}

type drawVector struct {
	Name       string       `json:"name"`
	Randomness string       `json:"randomness"`
	Job        uint64       `json:"job,string"`
	LambdaPpm  uint64       `json:"lambda_ppm,string"`
	TotalPower uint64       `json:"total_power,string"`
	Candidates []dutyVector `json:"candidates"`
}

// preimageByHand writes the bytes that PROTOCOL §5 hashes out, independently of the code under test.
func preimageByHand(randomness []byte, job uint64, operator []byte) []byte {
	b := []byte("\x0cassay/duty/1")
	b = append(b, randomness...)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], job)
	b = append(b, n[:]...)
	b = append(b, byte(len(operator)))
	return append(b, operator...)
}

func TestDutyVectors(t *testing.T) {
	operators := make([][]byte, 7)
	powers := []uint64{10, 1, 250, 3, 40, 9_000_000_000_000_000_000, 10}
	for i := range operators {
		h := sha256.Sum256([]byte{byte(i)})
		operators[i] = h[:20]
	}
	operators[6] = append(slices.Clone(operators[6]), make([]byte, 12)...) // a module account is 32 bytes long
	cases := []struct {
		name    string
		job     uint64
		lambda  uint64
		who     []int
		related []int
	}{
		{"two of five expected", 1, 2 * PPM, []int{0, 1, 2, 3, 4}, nil},
		{"another job, other duties", 2, 2 * PPM, []int{0, 1, 2, 3, 4}, nil},
		{"a related party is not drawn and still counts in the total", 2, 1_000 * PPM, []int{0, 1, 2, 3, 4}, []int{2}},
		{"lambda times share at least one: all are drawn", 3, 1_000_000 * PPM, []int{0, 1, 2, 3, 4}, nil},
		{"a hundredth expected", 4, PPM / 100, []int{0, 1, 2, 3, 4}, nil},
		{"one verifier that holds everything", 18_446_744_073_709_551_615, PPM, []int{5}, nil},
		{"powers far apart, an address of 32 bytes", 5, 2 * PPM, []int{5, 6, 0}, nil},
		{"nobody", 6, 2 * PPM, nil, nil},
	}
	var vectors []drawVector
	for _, c := range cases {
		randomness := sha256.Sum256([]byte(c.name))
		v := drawVector{Name: c.name, Randomness: hex.EncodeToString(randomness[:]), Job: c.job, LambdaPpm: c.lambda, Candidates: []dutyVector{}}
		var candidates []Candidate
		for _, i := range c.who {
			candidates = append(candidates, Candidate{Operator: operators[i], Power: powers[i], Related: slices.Contains(c.related, i)})
			v.TotalPower += powers[i]
		}
		drawn := Draw(randomness[:], c.job, v.TotalPower, c.lambda, candidates)
		for i, x := range candidates {
			pre := preimageByHand(randomness[:], c.job, x.Operator)
			h := sha256.Sum256(pre)
			require.Equal(t, h, DutyHash(randomness[:], c.job, x.Operator))
			rank := slices.Index(drawn, i)
			require.Equal(t, rank >= 0, !x.Related && drawnByHand(h, v.TotalPower, c.lambda, x.Power), "%s, candidate %d", c.name, i)
			v.Candidates = append(v.Candidates, dutyVector{hex.EncodeToString(x.Operator), x.Power, x.Related,
				hex.EncodeToString(pre), hex.EncodeToString(h[:]), rank >= 0, rank})
		}
		for r := 1; r < len(drawn); r++ {
			require.Less(t, v.Candidates[drawn[r-1]].Hash, v.Candidates[drawn[r]].Hash)
		}
		vectors = append(vectors, v)
	}
	golden(t, "duty.json", vectors)
}

// drawnByHand decides by the rational h/2²⁵⁶ < λ·w/W, another way round than the code.
func drawnByHand(h [32]byte, total, lambda, w uint64) bool {
	x := new(big.Rat).SetFrac(new(big.Int).SetBytes(h[:]), new(big.Int).Exp(big.NewInt(2), big.NewInt(256), nil))
	p := new(big.Rat).SetFrac(new(big.Int).Mul(new(big.Int).SetUint64(lambda), new(big.Int).SetUint64(w)),
		new(big.Int).Mul(new(big.Int).SetUint64(total), big.NewInt(1_000_000)))
	return x.Cmp(p) < 0
}

// The boundary itself: h·W·10⁶ = 2²⁵⁶·λ·w is no duty, one less is.
func TestIsDrawnBoundary(t *testing.T) {
	var half, below [32]byte
	half[0] = 0x80
	for i := range below {
		below[i] = 0xff
	}
	below[0] = 0x7f
	require.False(t, IsDrawn(half, 2, PPM, 1))
	require.True(t, IsDrawn(below, 2, PPM, 1))
	var all [32]byte
	for i := range all {
		all[i] = 0xff
	}
	require.True(t, IsDrawn(all, 1, PPM, 1), "the greatest hash is drawn where the probability is one")
	require.False(t, IsDrawn([32]byte{}, 1, PPM, 0), "no power, no duty")
}

// A draw expects lambda duties: over many jobs the mean comes close, and no verifier is favoured beyond its power.
func TestDrawMean(t *testing.T) {
	candidates := make([]Candidate, 20)
	for i := range candidates {
		h := sha256.Sum256([]byte{1, byte(i)})
		candidates[i] = Candidate{Operator: h[:20], Power: 5}
	}
	randomness := sha256.Sum256([]byte("mean"))
	total, each := 0, make([]int, len(candidates))
	const jobs = 5_000
	for job := uint64(1); job <= jobs; job++ {
		for _, i := range Draw(randomness[:], job, 100, 2*PPM, candidates) {
			total++
			each[i]++
		}
	}
	require.InDelta(t, 2*jobs, total, 400) // four standard deviations: 4·sqrt(5000·20·0.1·0.9) = 380
	for i, n := range each {
		require.InDelta(t, jobs/10, n, 110, "verifier %d", i) // five of them: 5·sqrt(5000·0.09) = 106
	}
}

package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"sort"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// residualTag separates these hashes from all others.
const residualTag = "assay/residual/1"

// maxDraws keeps one statistic in memory.
const maxDraws = 1 << 20

// ResidualOptions say which elements a residual statistic is drawn over.
type ResidualOptions struct {
	// Randomness of a beacon round that was fixed after the trace root was published.
	Randomness [32]byte
	Job        uint64
	// Count elements are drawn, with replacement.
	Count int
}

// ResidualResult is tier B's statistic. Numbers with a point are decimal text, rounded down.
type ResidualResult struct {
	// Elements of all contractions of float32, which the draw is over.
	Elements uint64 `json:"elements"`
	Drawn    int    `json:"drawn"`
	// Counted are those that have a residual; products that are all zero, infinities and NaN have none.
	Counted int `json:"counted"`
	// RMS is the root of the mean of z², Max the largest z, at Worst.
	RMS   json.Number `json:"rms"`
	Max   json.Number `json:"max"`
	Worst *Place      `json:"worst,omitempty"`
}

// DrawElements derives count numbers in [0, total) from randomness and job: draw c is h mod total with
//
//	h = U256be(SHA256(len ‖ assay/residual/1 ‖ 32 bytes of randomness ‖ job ‖ c)), integers as eight bytes, big-endian,
//
// for c = 0, 1, 2, …; an h at or above the largest multiple of total below 2^256 is passed over, so that no number is likelier
// than another. total is at least 1.
func DrawElements(randomness [32]byte, job, total uint64, count int) []uint64 {
	n := new(big.Int).SetUint64(total)
	limit := new(big.Int).Lsh(big.NewInt(1), 256)
	limit.Sub(limit, new(big.Int).Mod(limit, n))
	head := append([]byte{byte(len(residualTag))}, residualTag...)
	head = binary.BigEndian.AppendUint64(append(head, randomness[:]...), job)
	drawn := make([]uint64, 0, count)
	for c := uint64(0); len(drawn) < count; c++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(head[:len(head):len(head)], c))
		if h := new(big.Int).SetBytes(sum[:]); h.Cmp(limit) < 0 {
			drawn = append(drawn, h.Mod(h, n).Uint64())
		}
	}
	return drawn
}

// Residual draws elements of the program's contractions, numbered in node order and row-major within an output, and returns
// the statistic of their residuals. Nothing acts on it: see PROTOCOL §7, tier B.
func (b *Bundle) Residual(o ResidualOptions) (*ResidualResult, error) {
	if o.Count < 1 || o.Count > maxDraws {
		return nil, wrong(CodeArgument, nil, "%d draws, 1 to %d expected", o.Count, maxDraws)
	}
	var nodes []uint32
	var ends []uint64 // of each node's elements
	total := uint64(0)
	for i := range b.Program.Nodes {
		if n := &b.Program.Nodes[i]; referee.HasResidual(n) {
			total += n.Outputs[0].Elements()
			nodes, ends = append(nodes, uint32(i)), append(ends, total)
		}
	}
	if total == 0 {
		return nil, wrong(CodeArgument, nil, "the program has no contraction of float32")
	}
	r := &ResidualResult{Elements: total, Drawn: o.Count}
	drawn := DrawElements(o.Randomness, o.Job, total, o.Count)
	sort.Slice(drawn, func(i, j int) bool { return drawn[i] < drawn[j] })
	sum, most := new(big.Rat), new(big.Rat)
	constants := referee.DefaultConstants() // a residual depends on none of them
	for k, from, first := 0, 0, uint64(0); k < len(nodes); k++ {
		to := from + sort.Search(len(drawn)-from, func(i int) bool { return drawn[from+i] >= ends[k] })
		if to > from {
			n := &b.Program.Nodes[nodes[k]]
			operands, err := b.operandsOf(n)
			if err != nil {
				return nil, err
			}
			output, err := b.Data(program.Value, n.First)
			if err != nil {
				return nil, err
			}
			s, err := referee.NewScanner(n, operands, &constants)
			if err != nil {
				return nil, err
			}
			for _, d := range drawn[from:to] {
				e := d - first
				z2, ok := s.Residual(0, e, s.Bits(0, output, e))
				if !ok {
					continue
				}
				r.Counted++
				sum.Add(sum, z2)
				if z2.Cmp(most) > 0 || r.Worst == nil {
					most, r.Worst = z2, &Place{nodes[k], 0, e}
				}
				sum = coarse(sum)
			}
		}
		from, first = to, ends[k]
	}
	r.RMS, r.Max = root(sum, r.Counted), root(most, 1)
	return r, nil
}

// residualBits after the binary point of a running sum: rounding it down loses less than 2^-64 an element.
const residualBits = 64

// coarse rounds a sum of squares down, because the denominators of exact ones multiply.
func coarse(x *big.Rat) *big.Rat {
	n := new(big.Int).Lsh(x.Num(), residualBits)
	return new(big.Rat).SetFrac(n.Quo(n, x.Denom()), new(big.Int).Lsh(big.NewInt(1), residualBits))
}

// root is √(x/n) as decimal text with six places, rounded down; 0 for n = 0.
func root(x *big.Rat, n int) json.Number {
	const places = 6
	if n == 0 {
		return "0.000000"
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(2*places), nil)
	q := scale.Mul(scale, x.Num())
	q.Quo(q, new(big.Int).Mul(x.Denom(), big.NewInt(int64(n))))
	text := q.Sqrt(q).String()
	for len(text) <= places {
		text = "0" + text
	}
	return json.Number(text[:len(text)-places] + "." + text[len(text)-places:])
}

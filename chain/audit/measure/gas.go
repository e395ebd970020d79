package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand"
	"time"

	chainaudit "github.com/assay-chain/assay/chain/audit"
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
	disputetypes "github.com/assay-chain/assay/chain/x/dispute/types"
)

// price is what judging one element of an operator took, and what the chain charges for it.
type price struct {
	Op           string  `json:"op"`
	Size         string  `json:"size"`
	Nanoseconds  int64   `json:"ns"`
	Gas          uint64  `json:"gas"`
	NsPerGas     float64 `json:"ns_per_gas"`
	ProofBytes   int     `json:"proof_bytes"`
	WorstBytes   uint64  `json:"worst_proof_bytes"`
	MultiplyAdds uint64  `json:"macs"`
	Exponentials uint64  `json:"exponentials"`
	Hashes       uint64  `json:"hashes"`
	mostGas      uint64  // by the closed form
}

// trial is one judgement, ready to be repeated.
type trial struct {
	price
	commitments *referee.Commitments
	proof       []byte
	best        time.Duration
}

// newTrial proves an element of a sample and judges it once.
func newTrial(op uint32, size string, s sample, nodes int, rng *rand.Rand) (*trial, error) {
	j := newJob(op, s, nodes, rng)
	t := &trial{best: time.Hour}
	t.Op, t.Size = program.Name(op), size
	var summary *program.Summary
	var err error
	if t.commitments, summary, err = j.commitments(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", t.Op, size, err)
	}
	if t.proof, err = j.proof(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", t.Op, size, err)
	}
	v, err := referee.Judge(t.commitments, t.proof, nil)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t.Op, size, err)
	}
	t.ProofBytes, t.WorstBytes = len(t.proof), summary.WorstProof
	t.MultiplyAdds, t.Exponentials, t.Hashes = v.MACs, v.Exps, v.Hashes
	t.Gas = gasOf(&v, len(t.proof))
	n := &j.p.Nodes[v.Node]
	info, err := n.Check(len(n.Encode()), &summary.Counts)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t.Op, size, err)
	}
	t.mostGas = chainaudit.JudgementGas(n, &info)
	return t, nil
}

// gasOf is what x/dispute charges for a judgement at its default prices: the hashing of the proof when it was committed to,
// and the referee's work.
func gasOf(v *referee.Verdict, bytes int) uint64 {
	p := disputetypes.DefaultParams()
	hashes, macs := merkle.Blocks(uint64(bytes))+v.Hashes, v.MACs+disputetypes.JudgementMACs
	return (hashes*p.HashMilligas + macs*p.MacMilligas + v.Exps*p.ExponentialMilligas) / 1000
}

// run judges once more and keeps the shortest time.
func (t *trial) run() {
	start := time.Now()
	sha256.Sum256(t.proof)
	if _, err := referee.Judge(t.commitments, t.proof, nil); err != nil {
		panic(err) // it passed a moment ago
	}
	t.best = min(t.best, time.Since(start))
}

// trials of every operator of the table at every size. An operator without a sample is an error.
func trials() ([]*trial, error) {
	rng := rand.New(rand.NewSource(1))
	var all []*trial
	for _, op := range program.Operators() {
		make := samples[op.Number]
		if make == nil {
			return nil, fmt.Errorf("no sample of %s: add a line to samples in chain/audit/measure/samples.go", op.Name)
		}
		for i, size := range sizes {
			t, err := newTrial(op.Number, size, make(i == 1), 400, rng)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// measure repeats all trials in turn, so that what else the machine does spreads over them.
func measure(all []*trial, rounds int) []price {
	for range rounds {
		for _, t := range all {
			for range 3 {
				t.run()
			}
		}
	}
	var prices []price
	for _, t := range all {
		t.Nanoseconds = t.best.Nanoseconds()
		t.NsPerGas = float64(t.Nanoseconds) / float64(t.Gas)
		prices = append(prices, t.price)
	}
	return prices
}

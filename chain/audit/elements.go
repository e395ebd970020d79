package audit

import (
	"sync"
	"sync/atomic"

	"github.com/assay-chain/assay/chain/audit/precheck"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// block is how many elements a worker takes at a time.
const block = 1 << 14

// acquit asks the pre-check about all elements of an output, with as many workers as it has units for. Element p of the
// result is the one at place p in the output's memory; nil if the pre-check does not know the operator.
func acquit(n *program.Node, slot int, operands [][]byte, output []byte, o *ScanOptions) []bool {
	c := precheck.New(n, slot, operands, &o.Constants)
	if c == nil {
		return nil
	}
	acquitted := make([]bool, n.Outputs[slot].Elements())
	var next atomic.Int64
	parallel(min(o.Workers, c.Units()), func() {
		for {
			unit := int(next.Add(1)) - 1
			if unit >= c.Units() {
				return
			}
			c.Acquit(unit, output, acquitted)
		}
	})
	return acquitted
}

// parallel runs f in some goroutines, at least one, and waits for them.
func parallel(workers int, f func()) {
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(f)
	}
	wg.Wait()
}

// scanOutput judges all elements of one output that are not acquitted yet, with as many workers as there are blocks for. It
// returns how many were skipped; the tally counts them as elements.
func scanOutput(n *program.Node, slot int, operands [][]byte, output []byte, acquitted []bool, o *ScanOptions) (sum referee.Tally, skipped uint64, failed error) {
	total := n.Outputs[slot].Elements()
	var next atomic.Uint64
	var stop atomic.Bool
	var mu sync.Mutex
	parallel(min(o.Workers, int(min(total/block+1, 1024))), func() {
		s, err := referee.NewScanner(n, operands, &o.Constants)
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
			return
		}
		var own referee.Tally
		ownSkipped := uint64(0)
		for !stop.Load() {
			from := next.Add(block) - block
			if from >= total {
				break
			}
			ownSkipped += scanBlock(s, slot, output, acquitted, from, min(from+block, total), o.First, &own)
			if o.First && own.Faults > 0 {
				stop.Store(true)
			}
		}
		mu.Lock()
		sum.Add(&own)
		skipped += ownSkipped
		mu.Unlock()
	})
	return sum, skipped, failed
}

// scanBlock judges the elements from..to-1 of an output's memory, all but the acquitted ones, and returns how many those are.
func scanBlock(s *referee.Scanner, slot int, output []byte, acquitted []bool, from, to uint64, first bool, sum *referee.Tally) (skipped uint64) {
	if acquitted == nil {
		t := s.Range(slot, output, from, to, first)
		sum.Add(&t)
		return 0
	}
	for from < to {
		start := from
		for from < to && acquitted[from] {
			from++
		}
		skipped += from - start
		sum.Elements += from - start
		start = from
		for from < to && !acquitted[from] {
			from++
		}
		t := s.Range(slot, output, start, from, first)
		sum.Add(&t)
		if first && t.Faults > 0 {
			break
		}
	}
	return skipped
}

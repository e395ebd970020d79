package main

import (
	"math/rand"
	"reflect"
	"syscall"
	"time"

	chainaudit "github.com/assay-chain/assay/chain/audit"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// audits are two scans of one trace by one worker. Speeds are elements a second of processor time, so that what else the
// machine does counts less.
type audits struct {
	Elements  uint64  `json:"elements"`
	Faults    uint64  `json:"faults"`
	Undecided uint64  `json:"undecided"`
	Acquitted uint64  `json:"acquitted_fast"`
	Agree     bool    `json:"agree"`
	ExactEps  float64 `json:"exact_eps"`
	FastEps   float64 `json:"fast_eps"`
}

// audit scans a bundle exactly and after the pre-check.
func audit(dir string) (*audits, error) {
	exact, exactTime, err := timedScan(dir, false)
	if err != nil {
		return nil, err
	}
	fast, fastTime, err := timedScan(dir, true)
	if err != nil {
		return nil, err
	}
	return &audits{Elements: exact.Elements, Faults: exact.Faults, Undecided: exact.Undecided, Acquitted: fast.Acquitted, Agree: agree(exact, fast),
		ExactEps: float64(exact.Elements) / exactTime.Seconds(), FastEps: float64(fast.Elements) / fastTime.Seconds()}, nil
}

// agree: the same elements, faults and undecided elements, node by node.
func agree(a, b *chainaudit.ScanResult) bool {
	return a.Elements == b.Elements && a.Faults == b.Faults && a.Malformed == b.Malformed &&
		reflect.DeepEqual(a.UndecidedCause, b.UndecidedCause) && reflect.DeepEqual(a.FirstFault, b.FirstFault) && reflect.DeepEqual(a.LargestFault, b.LargestFault) &&
		reflect.DeepEqual(a.FaultsByNode, b.FaultsByNode)
}

func timedScan(dir string, fast bool) (*chainaudit.ScanResult, time.Duration, error) {
	b, err := chainaudit.OpenBundle(dir)
	if err != nil {
		return nil, 0, err
	}
	before := processorTime()
	r, err := b.Scan(chainaudit.ScanOptions{Fast: fast, Workers: 1, Constants: referee.DefaultConstants()})
	return r, processorTime() - before, err
}

// processorTime is what this process used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // no system refuses a process its own usage
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// matMulElement is the shortest time in microseconds to judge one element of K = 4096 with its bound, the operands at hand.
func matMulElement(rounds int) (float64, error) {
	s := samples[program.OpMatMul](true)
	j := newJob(program.OpMatMul, s, 1, rand.New(rand.NewSource(1)))
	constants := referee.DefaultConstants()
	scanner, err := referee.NewScanner(&j.p.Nodes[0], j.data[program.Weight], &constants)
	if err != nil {
		return 0, err
	}
	best, total := time.Hour, s.out[0].Elements()
	for i := range uint64(rounds) * 20 {
		start := time.Now()
		scanner.Range(0, j.data[program.Value][0], i%total, i%total+1, false)
		best = min(best, time.Since(start))
	}
	return float64(best.Nanoseconds()) / 1000, nil
}

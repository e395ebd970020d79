package audit

import (
	"encoding/binary"
	"os"
	"sync/atomic"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// SpendOptions say which output of a node is moved, and which way.
type SpendOptions struct {
	Node, Slot uint32
	// Directions is a file of one float32 for each element, in the layout of the output: an element is moved up where the
	// number is positive, down where it is negative, and not at all where it is zero.
	Directions string
	// Out is the file that the moved output is written to.
	Out string
	// Workers judge in parallel; at least one.
	Workers int
	// Constants of the profile.
	Constants referee.Constants
}

// SpendResult counts what was moved.
type SpendResult struct {
	Elements uint64 `json:"elements"`
	// Moved elements differ from the honest ones. Where the bound is zero, or an element is special, nothing moves.
	Moved uint64 `json:"moved"`
	// Exact of the elements with a direction were moved by the referee's own bound, the others by the pre-check's.
	Exact uint64 `json:"exact"`
}

// Spend moves elements of one float32 output as far as the referee lets them go: none of the written ones is a fault, and
// each has spent 98 % of its bound or more, as far as float32 has numbers there. It is what a cheat does who knows which
// way every element should go; see docs/protocol.md, section 7, Slack.
func (b *Bundle) Spend(o SpendOptions) (*SpendResult, error) {
	if uint64(o.Node) >= uint64(len(b.Program.Nodes)) || uint64(o.Slot) >= uint64(len(b.Program.Nodes[o.Node].Outputs)) {
		return nil, wrong(CodeArgument, nil, "node %d, slot %d: the program has no such output", o.Node, o.Slot)
	}
	n := &b.Program.Nodes[o.Node]
	if n.Outputs[o.Slot].Dtype != program.Float32 {
		return nil, wrong(CodeArgument, nil, "node %d, slot %d has dtype %s, float32 expected", o.Node, o.Slot, n.Outputs[o.Slot].Dtype)
	}
	operands, err := b.operandsOf(n)
	if err != nil {
		return nil, err
	}
	output, err := b.Data(program.Value, n.First+o.Slot)
	if err != nil {
		return nil, err
	}
	directions, err := os.ReadFile(o.Directions)
	if err != nil {
		return nil, wrong(CodeFile, err, "directions")
	}
	if len(directions) != len(output) {
		return nil, wrong(CodeFile, nil, "%s: %d bytes, %d expected", o.Directions, len(directions), len(output))
	}
	s := spender{node: n, slot: int(o.Slot), operands: operands, output: output, scan: ScanOptions{Workers: o.Workers, Constants: o.Constants}}
	r := &SpendResult{Elements: n.Outputs[o.Slot].Elements()}
	if err := s.run(directions, r); err != nil {
		return nil, err
	}
	if err := os.WriteFile(o.Out, s.output, 0o644); err != nil {
		return nil, wrong(CodeFile, err, "moved output")
	}
	return r, nil
}

// rank numbers the float32s in ascending order, both zeros 0; ranks of finite numbers are at most largestRank in magnitude.
func rank(bits uint32) int64 {
	if bits>>31 != 0 {
		return -int64(bits & (1<<31 - 1))
	}
	return int64(bits)
}

// ranked is the float32 of a rank; its zero is positive.
func ranked(r int64) uint32 {
	if r < 0 {
		return 1<<31 | uint32(-r)
	}
	return uint32(r)
}

const largestRank = 0x7f7fffff

// spender moves the elements of one output in place.
type spender struct {
	node     *program.Node
	slot     int
	operands [][]byte
	output   []byte
	scan     ScanOptions
}

// search is where an element's last number within the bound lies: at least `inside` numbers away, fewer than `beyond`.
type search struct {
	place          int
	honest         uint32
	sign           int64 // 1 or -1
	inside, beyond int64
}

// next is the number of steps to try: four times as many as are known to be within, or the middle.
func (s *search) next() int64 {
	return s.inside + max(1, min(3*s.inside, (s.beyond-s.inside)/2))
}

// done when 98 % of the bound is spent: 1/64 of the steps, and 2^16 of them, which is below 1 % of the number reached.
func (s *search) done() bool {
	return s.beyond-s.inside <= max(1, min(s.inside/64, 1<<16))
}

// bits of the number so many steps away; no step keeps the sign of a zero.
func (s *search) bits(steps int64) uint32 {
	if steps == 0 {
		return s.honest
	}
	return ranked(rank(s.honest) + s.sign*steps)
}

// run moves everything that has a direction: by asking the pre-check again and again, and where that does not know the
// operator or the element, by the exact bound.
func (s *spender) run(directions []byte, r *SpendResult) error {
	acquitted := acquit(s.node, s.slot, s.operands, s.output, &s.scan)
	exact, signs := make([]bool, len(directions)/4), make([]int8, len(directions)/4)
	var open []search
	for p := range signs {
		d, y := binary.LittleEndian.Uint32(directions[4*p:]), binary.LittleEndian.Uint32(s.output[4*p:])
		if d<<1 == 0 || y<<1 >= 0xff000000 {
			continue
		}
		signs[p] = 1 - 2*int8(d>>31)
		if acquitted == nil || !acquitted[p] {
			exact[p] = true
			r.Exact++
			continue
		}
		x := search{place: p, honest: y, sign: int64(signs[p])}
		x.beyond = largestRank - x.sign*rank(y) + 1
		open = append(open, x)
	}
	r.Moved += s.bisect(open)
	if r.Exact == 0 {
		return nil
	}
	moved, err := s.exactly(exact, signs)
	r.Moved += moved
	return err
}

// bisect asks the pre-check about all open elements at once, until none is open. What it acquits is no fault for certain,
// and what it does not is beyond the bound but for the 2^-48 of it that its own errors take.
func (s *spender) bisect(open []search) (moved uint64) {
	for len(open) > 0 {
		for i := range open {
			binary.LittleEndian.PutUint32(s.output[4*open[i].place:], open[i].bits(open[i].next()))
		}
		acquitted := acquit(s.node, s.slot, s.operands, s.output, &s.scan)
		kept := open[:0]
		for _, x := range open {
			if steps := x.next(); acquitted[x.place] {
				x.inside = steps
			} else {
				x.beyond = steps
			}
			if !x.done() {
				kept = append(kept, x)
				continue
			}
			if x.inside > 0 {
				moved++
			}
			binary.LittleEndian.PutUint32(s.output[4*x.place:], x.bits(x.inside))
		}
		open = kept
	}
	return moved
}

// exactly moves elements to the last number within the referee's bound.
func (s *spender) exactly(wanted []bool, signs []int8) (uint64, error) {
	out := &s.node.Outputs[s.slot]
	strides := out.Strides()
	var next, moved atomic.Uint64
	var failed atomic.Pointer[error]
	parallel(s.scan.Workers, func() {
		scanner, err := referee.NewScanner(s.node, s.operands, &s.scan.Constants)
		if err != nil {
			failed.Store(&err)
			return
		}
		for {
			from := next.Add(block) - block
			if from >= out.Elements() {
				return
			}
			for e := from; e < min(from+block, out.Elements()); e++ {
				p := uint64(0)
				for i, x := range out.Coordinates(e) {
					p += x * strides[i]
				}
				if !wanted[p] {
					continue
				}
				y := binary.LittleEndian.Uint32(s.output[4*p:])
				for _, edge := range scanner.Edges(s.slot, e, uint64(y)) {
					up := rank(uint32(edge.Beyond)) > rank(uint32(edge.Inside))
					if up == (signs[p] > 0) && edge.Inside != uint64(y) {
						binary.LittleEndian.PutUint32(s.output[4*p:], uint32(edge.Inside))
						moved.Add(1)
					}
				}
			}
		}
	})
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return moved.Load(), nil
}

package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// ScanOptions say what to scan and how.
type ScanOptions struct {
	// Nodes to judge, in order; nil is all of them.
	Nodes []uint32
	// Move: of every output of every node, also move one element beyond its bound and demand a fault.
	Move bool
	// First stops at the first fault.
	First bool
	// Fast lets the float64 pre-check acquit what is surely honest (chain/audit/precheck): the same faults and undecided
	// elements, but no worst ratios.
	Fast bool
	// Workers judge in parallel; at least one.
	Workers int
	// Constants of the profile.
	Constants referee.Constants
}

// ScanResult is what a scan found. Numbers with a point are decimal text: there are no floats here.
type ScanResult struct {
	Nodes    uint64 `json:"nodes"`
	Elements uint64 `json:"elements"`
	Faults   uint64 `json:"faults"`
	// FaultsByNode counts the faults of every node that has some.
	FaultsByNode   map[uint32]uint64 `json:"faults_by_node,omitempty"`
	Undecided      uint64            `json:"undecided"`
	UndecidedCause map[string]uint64 `json:"undecided_by_cause"`
	Moved          uint64            `json:"moved"`
	MovedCaught    uint64            `json:"moved_caught"`
	NotCaught      []Place           `json:"not_caught,omitempty"`
	NotMoved       []Place           `json:"not_moved,omitempty"`
	// Fast says that the pre-check was asked, Acquitted how many elements it acquitted; the others were judged exactly.
	Fast      bool   `json:"fast"`
	Acquitted uint64 `json:"acquitted"`
	// WorstRatio is absent from a fast scan, which does not know the ratios of what was acquitted.
	WorstRatio map[string]json.Number `json:"worst_ratio,omitempty"`
	FirstFault *Fault                 `json:"first_fault,omitempty"`
	// LargestFault has the largest ratio of all; with First it is the first.
	LargestFault *Fault `json:"largest_fault,omitempty"`
	// Malformed counts chunks whose content is malformed: FORMAT faults of whoever committed them.
	Malformed      uint64      `json:"malformed"`
	FirstMalformed *Malformed  `json:"first_malformed,omitempty"`
	Seconds        json.Number `json:"seconds"`
	worst          map[string]uint64
	largest        uint64
	checked        map[tensorName]bool
}

type tensorName struct {
	kind  program.Kind
	index uint32
}

// Malformed is a chunk that a FORMAT proof accuses: kind, index and chunk of the tensor, and for a VALUE its node and slot.
type Malformed struct {
	Tensor string `json:"tensor"`
	Index  uint32 `json:"index"`
	Node   uint32 `json:"node"`
	Slot   uint32 `json:"slot"`
	Chunk  uint64 `json:"chunk"`
	Text   string `json:"text"`
}

// Place is one element of one output of a node.
type Place struct {
	Node    uint32 `json:"node"`
	Slot    uint32 `json:"slot"`
	Element uint64 `json:"element"`
}

// Fault is a fault that a scan shows: the one with the lowest node, output and element, or the one with the largest ratio.
type Fault struct {
	Place
	Explanation Explanation `json:"explanation"`
}

// Scan judges every element of every output of the nodes, exactly, or after the pre-check. It holds one node's tensors at a time.
func (b *Bundle) Scan(o ScanOptions) (*ScanResult, error) {
	start := time.Now()
	r := &ScanResult{Fast: o.Fast, FaultsByNode: map[uint32]uint64{}, UndecidedCause: map[string]uint64{}, WorstRatio: map[string]json.Number{}, worst: map[string]uint64{}, checked: map[tensorName]bool{}}
	nodes := o.Nodes
	if nodes == nil {
		for i := range b.Program.Nodes {
			nodes = append(nodes, uint32(i))
		}
	}
	for _, i := range nodes {
		if int(i) >= len(b.Program.Nodes) {
			return nil, wrong(CodeArgument, nil, "node %d of %d", i, len(b.Program.Nodes))
		}
		if err := b.scanNode(i, &o, r); err != nil {
			return nil, err
		}
		r.Nodes++
		if o.First && r.Faults+r.Malformed > 0 {
			break
		}
	}
	for op, w := range r.worst {
		if o.Fast {
			break
		}
		r.WorstRatio[op] = fixed(w*1_000_000>>20, 6)
		if w >= 1<<40 {
			r.WorstRatio[op] = fixed(w>>20*1_000_000, 6)
		}
	}
	r.Seconds = fixed(uint64(time.Since(start).Milliseconds()), 3)
	return r, nil
}

// fixed writes n/10^places.
func fixed(n uint64, places int) json.Number {
	unit := uint64(1)
	for range places {
		unit *= 10
	}
	return json.Number(fmt.Sprintf("%d.%0*d", n/unit, places, n%unit))
}

// operandsOf reads all operands of a node, each tensor once.
func (b *Bundle) operandsOf(n *program.Node) ([][]byte, error) {
	operands := make([][]byte, len(n.Inputs))
	for k := range n.Inputs {
		in := &n.Inputs[k]
		if in.Kind == program.None {
			continue
		}
		for q := range k {
			if n.Inputs[q].Kind == in.Kind && n.Inputs[q].Index == in.Index {
				operands[k] = operands[q]
			}
		}
		if operands[k] != nil {
			continue
		}
		data, err := b.Data(in.Kind, in.Index)
		if err != nil {
			return nil, err
		}
		operands[k] = data
	}
	return operands, nil
}

func (b *Bundle) scanNode(i uint32, o *ScanOptions, r *ScanResult) error {
	n := &b.Program.Nodes[i]
	operands, err := b.operandsOf(n)
	if err != nil {
		return err
	}
	for k := range n.Inputs {
		if in := &n.Inputs[k]; in.Kind == program.Input || in.Kind == program.Weight {
			r.check(in.Kind, in.Index, &in.Type, operands[k], Malformed{Slot: in.Index})
		}
	}
	op := program.Name(n.Op)
	for slot := range n.Outputs {
		output, err := b.Data(program.Value, n.First+uint32(slot))
		if err != nil {
			return err
		}
		r.check(program.Value, n.First+uint32(slot), &n.Outputs[slot], output, Malformed{Node: i, Slot: uint32(slot)})
		var acquitted []bool
		if o.Fast {
			acquitted = acquit(n, slot, operands, output, o)
		}
		t, skipped, err := scanOutput(n, slot, operands, output, acquitted, o)
		if err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
		r.Acquitted += skipped
		r.Elements += t.Elements
		r.worst[op] = max(r.worst[op], t.Worst)
		for c, cause := range referee.Causes() {
			if t.Undecided[c] > 0 {
				r.UndecidedCause[string(cause)] += t.Undecided[c]
				r.Undecided += t.Undecided[c]
			}
		}
		if r.Faults += t.Faults; t.Faults > 0 {
			r.FaultsByNode[i] += t.Faults
		}
		place := Place{i, uint32(slot), t.First}
		s, err := referee.NewScanner(n, operands, &o.Constants)
		if err != nil {
			return err
		}
		fault := func(element uint64) *Fault {
			v := s.Explain(slot, element, s.Bits(slot, output, element))
			v.Node = i
			return &Fault{Place{i, uint32(slot), element}, ExplanationOf(&v)}
		}
		if t.Faults > 0 && r.FirstFault == nil {
			r.FirstFault = fault(t.First)
		}
		if t.Faults > 0 && (r.LargestFault == nil || t.Largest > r.largest) {
			r.LargestFault, r.largest = fault(t.LargestAt), t.Largest
		}
		if o.Move {
			r.move(s, n, place, output)
		}
		if o.First && r.Faults > 0 {
			return nil
		}
	}
	return nil
}

// check looks for malformed chunks of a tensor, once.
func (r *ScanResult) check(k program.Kind, index uint32, t *program.Tensor, data []byte, where Malformed) {
	name := tensorName{k, index}
	if r.checked[name] {
		return
	}
	r.checked[name] = true
	for c := range merkle.Chunks(uint64(len(data))) {
		at := c * merkle.ChunkSize
		err := referee.CheckChunk(t, c, data[at:min(at+merkle.ChunkSize, uint64(len(data)))])
		if err == nil {
			continue
		}
		r.Malformed++
		if r.FirstMalformed == nil {
			where.Tensor, where.Index, where.Chunk, where.Text = k.String(), index, c, err.Error()
			r.FirstMalformed = &where
		}
	}
}

// move tries elements from the middle on until one can be moved beyond its bound, and counts whether that is caught.
func (r *ScanResult) move(s *referee.Scanner, n *program.Node, at Place, output []byte) {
	total := n.Outputs[at.Slot].Elements()
	for k := range min(total, 256) {
		e := (total/2 + k*7919) % total
		y := s.Bits(int(at.Slot), output, e)
		if s.Explain(int(at.Slot), e, y).Fault {
			continue
		}
		moved, ok := s.Moved(int(at.Slot), e, y)
		if !ok {
			continue
		}
		r.Moved++
		if s.Explain(int(at.Slot), e, moved).Fault {
			r.MovedCaught++
		} else {
			r.NotCaught = append(r.NotCaught, Place{at.Node, at.Slot, e})
		}
		return
	}
	r.NotMoved = append(r.NotMoved, Place{at.Node, at.Slot, 0})
}

// exists reports whether a tensor's bytes are there.
func (b *Bundle) exists(k program.Kind, index uint32) bool {
	_, err := os.Stat(b.Path(k, index))
	return !errors.Is(err, fs.ErrNotExist)
}

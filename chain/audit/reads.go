package audit

import (
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// ReadsResult is what `referee reads` prints: the chunks that a proof about one element opens.
type ReadsResult struct {
	Op      string        `json:"op,omitempty"`
	Tensors []ReadingJSON `json:"tensors"`
	// Chunks of all tensors together, of 1,024 bytes each.
	Chunks uint64 `json:"chunks"`
}

// ReadingJSON is what is opened of one tensor, in runs of neighbouring chunks: those of a demand's items.
type ReadingJSON struct {
	Kind  string     `json:"kind"`
	Index uint32     `json:"index"`
	Runs  []ChunkRun `json:"runs"`
	// Of is how many chunks the whole tensor has.
	Of uint64 `json:"of"`
}

// ChunkRun is the chunks [first, first+count).
type ChunkRun struct {
	First uint64 `json:"first"`
	Count uint64 `json:"count"`
}

// Reads lists the chunks that a proof of an accusation opens. The bundle needs the record alone, and for operators that read
// where another operand says (Gather and its like) that operand's bytes.
func (b *Bundle) Reads(a referee.Accusation) (*ReadsResult, error) {
	readings, err := referee.Reads(b.Program, b, a)
	if err != nil {
		return nil, err
	}
	r := &ReadsResult{Tensors: []ReadingJSON{}}
	if a.Kind == referee.Arithmetic {
		r.Op = program.Name(b.Program.Nodes[a.Node].Op)
	}
	for _, reading := range readings {
		of := merkle.Chunks(b.Tensor(reading.Kind, reading.Index).Bytes())
		r.Tensors = append(r.Tensors, ReadingJSON{reading.Kind.String(), reading.Index, runsOf(reading.Chunks), of})
		r.Chunks += uint64(len(reading.Chunks))
	}
	return r, nil
}

// runsOf joins neighbours of an ascending list.
func runsOf(chunks []uint64) []ChunkRun {
	runs := []ChunkRun{}
	for _, c := range chunks {
		if n := len(runs); n > 0 && runs[n-1].First+runs[n-1].Count == c {
			runs[n-1].Count++
			continue
		}
		runs = append(runs, ChunkRun{c, 1})
	}
	return runs
}

package audit

import (
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/referee"
)

// TestReads: what is listed is what the proof opens, tensor by tensor, for every node of the sample and an element of each.
func TestReads(t *testing.T) {
	b := open(t, writeSample(t))
	for i := range b.Program.Nodes {
		for slot := range b.Program.Nodes[i].Outputs {
			last := b.Program.Nodes[i].Outputs[slot].Elements() - 1
			a := referee.Accusation{Kind: referee.Arithmetic, Node: uint32(i), Slot: uint32(slot), Element: last}
			r, err := b.Reads(a)
			if err != nil {
				t.Fatal(err)
			}
			proof, err := referee.Prove(b.Program, b, a)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Tensors) != len(proof.Tensors) || len(r.Tensors) < 2 {
				t.Fatalf("node %d: %d tensors listed, %d opened", i, len(r.Tensors), len(proof.Tensors))
			}
			total := uint64(0)
			for k, tensor := range r.Tensors {
				kind, err := ParseTensor(tensor.Kind)
				if err != nil {
					t.Fatal(err)
				}
				data, err := b.Data(kind, tensor.Index)
				if err != nil {
					t.Fatal(err)
				}
				at := 0
				for _, run := range tensor.Runs {
					for c := run.First; c < run.First+run.Count; c++ {
						from := c * merkle.ChunkSize
						if string(proof.Tensors[k].Chunks[at]) != string(data[from:min(from+merkle.ChunkSize, uint64(len(data)))]) {
							t.Errorf("node %d: %s %d: chunk %d is not what the proof opens", i, tensor.Kind, tensor.Index, c)
						}
						at++
					}
				}
				if at != len(proof.Tensors[k].Chunks) || tensor.Of != merkle.Chunks(uint64(len(data))) {
					t.Errorf("node %d: %s %d: %d chunks listed of %d, %d opened", i, tensor.Kind, tensor.Index, at, tensor.Of, len(proof.Tensors[k].Chunks))
				}
				total += uint64(at)
			}
			if total != r.Chunks {
				t.Errorf("node %d: %d chunks told, %d listed", i, r.Chunks, total)
			}
		}
	}
	if _, err := b.Reads(referee.Accusation{Kind: referee.Arithmetic, Node: uint32(len(b.Program.Nodes))}); err == nil {
		t.Error("a node that is not there")
	}
}

// TestRuns: neighbours join, gaps part.
func TestRuns(t *testing.T) {
	runs := runsOf([]uint64{0, 1, 2, 5, 7, 8})
	if len(runs) != 3 || runs[0] != (ChunkRun{0, 3}) || runs[1] != (ChunkRun{5, 1}) || runs[2] != (ChunkRun{7, 2}) {
		t.Error(runs)
	}
}

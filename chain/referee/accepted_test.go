package referee

import (
	"encoding/hex"
	"encoding/json"
	"math/rand"
	"os"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestAcceptedRecordsAreJudgeable: whatever record the validator accepts, changed samples among them, every element of it can
// be proven within the closed form and judged without an internal error, on any data: what operators declare to read is what
// their judges read.
func TestAcceptedRecordsAreJudgeable(t *testing.T) {
	text, err := os.ReadFile("../../test/vectors/records.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Valid []struct{ Name, Record string }
	}
	if err := json.Unmarshal(text, &v); err != nil || len(v.Valid) == 0 {
		t.Fatal("no records", err)
	}
	rng := seeded(t, 60)
	accepted, elements := 0, 0
	operators := map[string]bool{}
	for _, r := range v.Valid {
		record, _ := hex.DecodeString(r.Record)
		for i := -1; i < 8*len(record); i++ { // the record itself, then every one-bit change
			b := append([]byte(nil), record...)
			if i >= 0 {
				b[i/8] ^= 1 << (i % 8)
			}
			s, err := program.Validate(b)
			if err != nil || s.TraceBytes+s.WeightBytes+s.InputBytes > 1<<18 {
				continue
			}
			accepted++
			p, err := program.Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			m := fill(rng, p)
			c, _ := m.commitments(t)
			for node := range p.Nodes {
				n := &p.Nodes[node]
				operators[program.Name(n.Op)] = true
				slot := rng.Intn(len(n.Outputs))
				for range 2 {
					a := Accusation{Kind: Arithmetic, Node: uint32(node), Slot: uint32(slot), Element: uint64(rng.Int63n(int64(n.Outputs[slot].Elements())))}
					proof, err := Prove(&m.p, m, a)
					if err != nil {
						t.Fatalf("%s node %d %s: %v", r.Name, node, program.Name(n.Op), err)
					}
					e := proof.Encode()
					if uint64(len(e)) > s.WorstProof {
						t.Fatalf("%s node %d %s: a proof of %d bytes, %d at most", r.Name, node, program.Name(n.Op), len(e), s.WorstProof)
					}
					if _, err := Judge(c, e, nil); err != nil {
						t.Fatalf("%s node %d %s element %d: %v", r.Name, node, program.Name(n.Op), a.Element, err)
					}
					elements++
				}
			}
		}
	}
	t.Log(accepted, "records accepted,", elements, "elements judged,", len(operators), "operators")
	if accepted < 50 || len(operators) < 25 {
		t.Error("too few records are accepted to mean anything")
	}
}

// fill draws well-formed data for every tensor of a program: numbers of every kind, bools of 0 and 1, indices mostly in range.
func fill(rng *rand.Rand, p *program.Program) *memory {
	m := &memory{p: *p}
	data := func(t *program.Tensor) []byte {
		elements := make([]uint64, t.Elements())
		for i := range elements {
			switch t.Dtype {
			case program.Float32:
				elements[i] = uint64(anyFloat(rng))
			case program.Bool:
				elements[i] = uint64(rng.Intn(2))
			case program.Int64:
				elements[i] = uint64(int64(rng.Intn(16) - 3))
			default:
				elements[i] = rng.Uint64() & 0x3f3f
			}
		}
		return inLayout(t, elements)
	}
	for i := range p.Header.Inputs {
		m.data[program.Input] = append(m.data[program.Input], data(&p.Header.Inputs[i]))
	}
	for i := range p.Header.Weights {
		m.data[program.Weight] = append(m.data[program.Weight], data(&p.Header.Weights[i]))
	}
	for i := range p.Nodes {
		for k := range p.Nodes[i].Outputs {
			m.data[program.Value] = append(m.data[program.Value], data(&p.Nodes[i].Outputs[k]))
		}
	}
	for i := range p.Header.Outputs {
		m.data[program.Output] = append(m.data[program.Output], data(&p.Header.Outputs[i].Type))
	}
	return m
}

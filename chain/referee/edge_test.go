package referee

import (
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestEdges: of every element the numbers of each edge are neighbours, the inner one is acquitted and the outer one is not,
// and the inner one lies within the bound of an independent reference.
func TestEdges(t *testing.T) {
	rng := seeded(t, 23)
	edges := 0
	for range 40 {
		a, b := floats(rng, tame, 3, 4), floats(rng, tame, 3, 4)
		for _, op := range []uint32{program.OpAdd, program.OpMul, program.OpMax} {
			c := nodeCase{op: op, inputs: []operand{a, b}, out: []uint64{3, 4}}
			elements := make([]uint64, 12)
			out := program.Tensor{Dtype: program.Float32, Dims: c.out}
			for e := range elements {
				x, y := a.get(signedAt(out.Coordinates(uint64(e)))...), b.get(signedAt(out.Coordinates(uint64(e)))...)
				switch op {
				case program.OpAdd:
					elements[e] = uint64(nearest(badd(x, y)))
				case program.OpMul:
					elements[e] = uint64(nearest(bmul(x, y)))
				default:
					elements[e] = uint64(nearest(largest([]*big.Float{x, y})))
				}
			}
			m := c.build(t, rng, elements)
			n := &m.p.Nodes[0]
			s, err := NewScanner(n, [][]byte{m.data[program.Weight][0], m.data[program.Weight][1]}, &defaults)
			if err != nil {
				t.Fatal(err)
			}
			for e, y := range elements {
				for _, edge := range s.Edges(0, uint64(e), y) {
					edges++
					if inside := s.Explain(0, uint64(e), edge.Inside); inside.Fault {
						t.Fatalf("%s %d: %x inside is convicted: %+v", program.Name(op), e, edge.Inside, inside)
					}
					if beyond := s.Explain(0, uint64(e), edge.Beyond); !beyond.Fault {
						t.Fatalf("%s %d: %x beyond is acquitted: %+v", program.Name(op), e, edge.Beyond, beyond)
					}
					if u, v := uint32(edge.Inside), uint32(edge.Beyond); above(u) != v && below(u) != v {
						t.Fatalf("%x and %x are no neighbours", u, v)
					}
				}
			}
		}
	}
	if edges < 2000 {
		t.Fatalf("only %d edges", edges)
	}
}

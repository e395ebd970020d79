package referee

import (
	"math/big"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestResidual compares z² with numbers done by hand, for a product, a bias, zeros and what has none.
func TestResidual(t *testing.T) {
	rng := seeded(t, 70)
	vector := func(dims []uint64, v ...float32) operand {
		o := operand{t: program.Tensor{Dtype: program.Float32, Dims: dims}}
		for _, x := range v {
			o.elements = append(o.elements, uint64(bits32(x)))
		}
		return o
	}
	row, column := []uint64{1, 2}, []uint64{2, 1}
	flags := []program.Attribute{attrInts(program.TransA, 0), attrInts(program.TransB, 0)}
	for _, c := range []struct {
		name string
		node nodeCase
		y    uint32
		want *big.Rat // nil: no residual
	}{
		// S = 3 + 4, Σp² = 25, a last place of 7 is 2^-21: z = 2^-21·2^24/5
		{name: "one last place", node: nodeCase{op: program.OpMatMul, inputs: []operand{vector(row, 3, 4), vector(column, 1, 1)}}, y: next(bits32(7)), want: big.NewRat(64, 25)},
		{name: "the other way", node: nodeCase{op: program.OpMatMul, inputs: []operand{vector(row, 3, -4), vector(column, -1, 1)}}, y: next(bits32(-7)), want: big.NewRat(64, 25)},
		{name: "exact", node: nodeCase{op: program.OpMatMul, inputs: []operand{vector(row, 3, 4), vector(column, 1, 1)}}, y: bits32(7), want: new(big.Rat)},
		// a bias is one more product: Σp² = 25 + 144, S = 19, a last place 2^-19
		{name: "a bias", node: nodeCase{op: program.OpGemm, attributes: flags, inputs: []operand{vector(row, 3, 4), vector(column, 1, 1), vector([]uint64{1}, 12)}}, y: next(bits32(19)), want: big.NewRat(32*32, 169)},
		// subnormal products: (2^-149)², z = 1/(u·2^-298) for y = 1
		{name: "the smallest products", node: nodeCase{op: program.OpMatMul, inputs: []operand{vector(row, 0x1p-149, 0), vector(column, 0x1p-149, 0)}}, y: 0,
			want: new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 48))},
		{name: "only zeros", node: nodeCase{op: program.OpMatMul, inputs: []operand{vector(row, 0, 4), vector(column, 1, 0)}}, y: floatOne},
		{name: "a claim of infinity", node: nodeCase{op: program.OpMatMul, inputs: []operand{vector(row, 3, 4), vector(column, 1, 1)}}, y: floatInf},
		{name: "another operator", node: nodeCase{op: program.OpAdd, inputs: []operand{vector([]uint64{1, 1}, 3), vector([]uint64{1, 1}, 4)}}, y: bits32(7)},
	} {
		c.node.out = []uint64{1, 1}
		m := c.node.build(t, rng, []uint64{uint64(c.y)})
		constants := DefaultConstants()
		s, err := NewScanner(&m.p.Nodes[0], m.data[program.Weight], &constants)
		if err != nil {
			t.Fatal(err)
		}
		z2, ok := s.Residual(0, 0, uint64(c.y))
		if ok != (c.want != nil) || ok && z2.Cmp(c.want) != 0 {
			t.Errorf("%s: z² = %v, %v expected", c.name, z2, c.want)
		}
	}
}

package precheck

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// ratios of the bound by which elements are moved away from the exact value.
var ratios = []float64{0, 0.9, 0.999, 1, 1.001, 1.1, 2}

// claims are what is tried of one element: the exact value moved by every ratio of the bound to either side, with the
// neighbours of these numbers, and special numbers.
func claims(s *referee.Scanner, slot int, e uint64, dtype program.Dtype) (ys []uint64) {
	v := s.Explain(slot, e, 0)
	if dtype != program.Float32 {
		x, _ := new(big.Int).SetString(v.Exact, 10)
		y := uint64(x.Int64())
		return []uint64{y, y ^ 1, y + 1<<7, 0, ^uint64(0)}
	}
	exact, _, err := big.ParseFloat(v.Exact, 10, 200, big.ToNearestEven)
	bound, _, err2 := big.ParseFloat(v.Bound, 10, 200, big.ToNearestEven)
	if err == nil && err2 == nil {
		for _, ratio := range ratios {
			for _, sign := range []float64{1, -1} {
				y := new(big.Float).Mul(bound, big.NewFloat(sign*ratio))
				f, _ := y.Add(y, exact).Float32()
				for _, y := range []float32{f, math.Nextafter32(f, float32(math.Inf(1))), math.Nextafter32(f, float32(math.Inf(-1)))} {
					ys = append(ys, uint64(math.Float32bits(y)))
				}
			}
		}
	}
	return append(ys, 0, 1<<31, 1, 0x00400000, 0x3f800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000)
}

// verdicts counts how checker and referee agree.
type verdicts struct{ wrong, acquitted, honest int }

// compare judges every claim of every element with both.
func (x *verdicts) compare(t *testing.T, s *sample, c *referee.Constants, trust float64) {
	t.Helper()
	scanner, err := referee.NewScanner(&s.node, s.operands, c)
	if err != nil {
		t.Fatal(err)
	}
	for slot := range s.node.Outputs {
		out := &s.node.Outputs[slot]
		total := out.Elements()
		checker := build(&s.node, slot, s.operands, c, trust)
		if checker == nil {
			continue
		}
		all := make([][]uint64, total)
		most := 0
		for e := range total {
			p := place(out, e)
			all[p] = claims(scanner, slot, e, out.Dtype)
			most = max(most, len(all[p]))
		}
		for i := range most {
			output, acquitted := make([]byte, out.Bytes()), make([]bool, total)
			for p := range total {
				put(output, p, out.Dtype, all[p][i%len(all[p])])
			}
			for u := range checker.Units() {
				checker.Acquit(u, output, acquitted)
			}
			x.count(t, scanner, s, slot, output, acquitted, trust)
		}
	}
}

// count holds every acquittal to the referee's verdict.
func (x *verdicts) count(t *testing.T, scanner *referee.Scanner, s *sample, slot int, output []byte, acquitted []bool, trust float64) {
	t.Helper()
	for p := range uint64(len(acquitted)) {
		tally := scanner.Range(slot, output, p, p+1, false)
		decided := tally.Faults == 0 && tally.Undecided == [len(tally.Undecided)]uint64{}
		if decided {
			x.honest++
		}
		if !acquitted[p] {
			continue
		}
		x.acquitted++
		if !decided {
			x.wrong++
			if trust == 1 {
				t.Errorf("%s place %d of %x is acquitted, the referee says %+v", program.Name(s.node.Op), p, output, tally)
			}
		}
	}
}

// put writes the bits of an element.
func put(data []byte, p uint64, dtype program.Dtype, bits uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], bits)
	copy(data[p*dtype.Width():(p+1)*dtype.Width()], b[:])
}

// place of a logical element in memory.
func place(t *program.Tensor, e uint64) (p uint64) {
	strides := t.Strides()
	for i, x := range t.Coordinates(e) {
		p += x * strides[i]
	}
	return p
}

// samples tries an operator on operands of every style.
func trySamples(t *testing.T, op uint32, seed int64, rounds int, trust float64) (x verdicts) {
	t.Helper()
	rng := rand.New(rand.NewSource(seed))
	c := referee.DefaultConstants()
	for i := range rounds {
		for _, style := range []string{"ordinary", "tiny", "wild", "special", "cancelling"} {
			c.Underflow = []uint32{126, 149}[i%2]
			c.WeightBlock = []uint32{0, 2, 3}[i%3]
			x.compare(t, newSample(t, op, rng, draws[style]), &c, trust)
		}
	}
	return x
}

// TestEveryRuleIsTried: the cases cover what the checker covers.
func TestEveryRuleIsTried(t *testing.T) {
	for _, table := range []map[uint32]builder{ofFloats, ofBytes, ofIntegers} {
		for op := range table {
			if makers[op] == nil {
				t.Errorf("no case of %s", program.Name(op))
			}
		}
	}
}

// TestAgreement: nothing is acquitted that the referee convicts or leaves undecided, and most of what it acquits is.
func TestAgreement(t *testing.T) {
	for op := range makers {
		t.Run(program.Name(op), func(t *testing.T) {
			const seed = 1
			t.Log("seed", seed)
			x := trySamples(t, op, seed, 8, 1)
			if x.wrong > 0 || x.acquitted == 0 || x.acquitted < x.honest/5 {
				t.Errorf("%+v", x)
			}
			t.Logf("%+v", x)
		})
	}
}

// TestBytes: copies of integers of every width are compared bit for bit.
func TestBytes(t *testing.T) {
	const seed = 3
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	c := referee.DefaultConstants()
	for op := range ofBytes {
		x := verdicts{}
		for i := range 20 {
			s := sample{dtype: []program.Dtype{program.Uint8, program.Int64}[i%2]}
			s.complete(t, op, rng, draws["wild"])
			x.compare(t, &s, &c, 1)
		}
		if x.wrong > 0 || x.acquitted == 0 {
			t.Errorf("%s: %+v", program.Name(op), x)
		}
	}
}

// exact operators have no bound that could be too wide.
var exactOperators = map[uint32]bool{program.OpMax: true, program.OpMin: true, program.OpAbs: true, program.OpNeg: true, program.OpRelu: true, program.OpClip: true,
	program.OpReduceMax: true, program.OpReduceMin: true, program.OpMaxPool: true, program.OpGlobalMaxPool: true}

// TestWiderRulesAreNoticed: with an error term that widens every bound by some percent, the comparison finds wrong acquittals
// of every operator that has a bound.
func TestWiderRulesAreNoticed(t *testing.T) {
	for op := range ofFloats {
		if exactOperators[op] {
			continue
		}
		t.Run(program.Name(op), func(t *testing.T) {
			const seed = 2
			t.Log("seed", seed)
			for i := range int64(4) {
				if x := trySamples(t, op, seed+i, 8, -0x1p27); x.wrong > 0 {
					return
				}
			}
			t.Error("a wider bound went unnoticed")
		})
	}
}

// TestNoCarryBetweenColumns: the longest sums of the largest bytes fill the lower half and reach no further.
func TestNoCarryBetweenColumns(t *testing.T) {
	const k = maxIntegerTerms
	x := program.Tensor{Dtype: program.Uint8, Dims: []uint64{1, k}}
	w := program.Tensor{Dtype: program.Uint8, Dims: []uint64{k, 3}, Layout: program.Swapped}
	n := program.Node{Op: program.OpMatMulInteger, Outputs: []program.Tensor{{Dtype: program.Int32, Dims: []uint64{1, 3}}},
		Inputs: []program.Operand{{Kind: program.Input, Type: x, Typed: true}, {Kind: program.Weight, Type: w, Typed: true}}}
	if _, err := n.Check(100, &program.Counts{Inputs: 1, Weights: 1, Values: 1, Nodes: 1, Outputs: 1}); err != nil {
		t.Fatal(err)
	}
	operands := [][]byte{bytes.Repeat([]byte{255}, k), bytes.Repeat([]byte{255}, 3*k)}
	operands[1][k] = 0 // of the second column
	c := referee.DefaultConstants()
	checker, acquitted := New(&n, 0, operands, &c), make([]bool, 3)
	var output []byte
	for _, sum := range []uint64{k * 255 * 255, (k - 1) * 255 * 255, k*255*255 + 1} {
		output = binary.LittleEndian.AppendUint32(output, uint32(sum))
	}
	for u := range checker.Units() {
		checker.Acquit(u, output, acquitted)
	}
	if !acquitted[0] || !acquitted[1] || acquitted[2] {
		t.Errorf("%v", acquitted)
	}
	x.Dims, w.Dims = []uint64{1, k + 1}, []uint64{k + 1, 3}
	n.Inputs[0].Type, n.Inputs[1].Type = x, w
	operands[0], operands[1] = append(operands[0], 255), append(operands[1], 255, 255, 255)
	if New(&n, 0, operands, &c) != nil {
		t.Error("a longer sum is taken on")
	}
}

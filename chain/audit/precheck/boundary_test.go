package precheck

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// summed are operators whose only output element is a sum of the first operand's elements, or its mean.
var summed = map[uint32]maker{
	program.OpMatMul: func(s *sample, rng *rand.Rand, d draw) {
		s.add(rng, d, 1, terms)
		s.add(rng, func(*rand.Rand) uint32 { return 0x3f800000 }, terms, 1)
		s.out(rng, 1, 1)
	},
	program.OpConv: func(s *sample, rng *rand.Rand, d draw) {
		s.add(rng, d, 1, terms, 1)
		s.add(rng, func(*rand.Rand) uint32 { return 0x3f800000 }, 1, terms, 1)
		s.ints(program.Dilations, 1)
		s.ints(program.Group, 1)
		s.ints(program.Pads, 0, 0)
		s.ints(program.Strides, 1)
		s.out(rng, 1, 1, 1)
	},
	program.OpReduceSum:  makeWhole,
	program.OpReduceMean: makeWhole,
	program.OpGlobalAveragePool: func(s *sample, rng *rand.Rand, d draw) {
		s.add(rng, d, 1, 1, terms)
		s.out(rng, 1, 1, 1)
	},
}

func makeWhole(s *sample, rng *rand.Rand, d draw) {
	s.add(rng, d, terms)
	s.ints(program.Axes, 0)
	s.ints(program.Keepdims, 0)
	s.out(rng)
}

const terms = 37

// hostile makes a sum whose exact value lies beyond the bound by less than 2^-60 of it, amid terms that cancel: float64
// cannot see on which side it is. It returns the claim, or false if this draw has no such boundary.
func hostile(t *testing.T, s *sample, rng *rand.Rand, c *referee.Constants) (y uint32, ok bool) {
	t.Helper()
	x := s.operands[0]
	set := func(i int, v float32) { binary.LittleEndian.PutUint32(x[4*i:], math.Float32bits(v)) }
	order := rng.Perm(terms)
	tuners, rest := order[:3], order[3:]
	for k, i := range rest {
		set(i, float32(rng.NormFloat64()))
		if k < 8 { // pairs that cancel
			set(i, float32(math.Ldexp(float64(1-2*(k%2)), 40+k/2)))
		}
	}
	for _, i := range tuners {
		set(i, 0)
	}
	scanner := func() *referee.Scanner {
		r, err := referee.NewScanner(&s.node, s.operands, c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	v := scanner().Explain(0, 0, 0)
	exact, _, err := big.ParseFloat(v.Exact, 10, 200, big.ToNearestEven)
	bound, _, err2 := big.ParseFloat(v.Bound, 10, 200, big.ToNearestEven)
	if err != nil || err2 != nil {
		t.Fatal(v)
	}
	width, _ := bound.Float64()
	f, _ := exact.Add(exact, bound.Mul(bound, big.NewFloat(rng.Float64()))).Float32()
	y = math.Float32bits(f)
	fault := func() bool { return scanner().Explain(0, 0, uint64(y)).Fault }
	if fault() {
		return 0, false
	}
	most := float32(width * 8 * terms) // of a mean too
	for _, i := range tuners {
		low, high := uint32(0), math.Float32bits(most) // the sum falls, away from y
		if set(i, -most); !fault() {
			return 0, false
		}
		for high-low > 1 {
			middle := low + (high-low)/2
			if set(i, -math.Float32frombits(middle)); fault() {
				high = middle
			} else {
				low = middle
			}
		}
		most = math.Float32frombits(high)
		set(i, -math.Float32frombits(low))
		most -= math.Float32frombits(low)
		if i == tuners[2] {
			set(i, -math.Float32frombits(high))
		}
	}
	return y, fault()
}

// wronglyAcquitted counts hostile sums that a checker with this trust in its error terms acquits.
func wronglyAcquitted(t *testing.T, op uint32, seed int64, trust float64) (wrong, tried int) {
	t.Helper()
	rng := rand.New(rand.NewSource(seed))
	c := referee.DefaultConstants()
	for range 40 {
		s := &sample{node: program.Node{Op: op}}
		summed[op](s, rng, draws["ordinary"])
		y, ok := hostile(t, s, rng, &c)
		if !ok {
			continue
		}
		tried++
		output, acquitted := make([]byte, 4), make([]bool, 1)
		binary.LittleEndian.PutUint32(output, y)
		checker := build(&s.node, 0, s.operands, &c, trust)
		for u := range checker.Units() {
			checker.Acquit(u, output, acquitted)
		}
		if acquitted[0] {
			wrong++
		}
	}
	return wrong, tried
}

// TestHostileSums: at the edge of the bound the checker leaves the verdict to the referee, and it is its error term that
// does so: without it, frauds pass.
func TestHostileSums(t *testing.T) {
	const seed = 4
	t.Log("seed", seed)
	for op := range summed {
		if wrong, tried := wronglyAcquitted(t, op, seed, 1); wrong > 0 || tried < 20 {
			t.Errorf("%s: %d of %d frauds are acquitted", program.Name(op), wrong, tried)
		}
		if wrong, tried := wronglyAcquitted(t, op, seed, 0); wrong == 0 {
			t.Errorf("%s: without error terms none of %d frauds is acquitted: this test sees nothing", program.Name(op), tried)
		}
	}
}

// TestExponential holds e^x to a textbook series of 200 bits.
func TestExponential(t *testing.T) {
	const seed = 5
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	worst := 0.0
	for i := range 4000 {
		x := float64(float32((rng.Float64()*2 - 1) * []float64{expDomain, 1, 0x1p-20}[i%3]))
		want := series(x)
		d := new(big.Float).Sub(new(big.Float).SetPrec(200).SetFloat64(exponential(x)), want)
		relative, _ := d.Quo(d, want).Float64()
		worst = max(worst, math.Abs(relative))
	}
	if worst > expError/16 || worst == 0 {
		t.Errorf("worst relative error 2^%.1f, at most 2^%.0f claimed", math.Log2(worst), math.Log2(expError/16))
	}
}

// series is e^x by Taylor's series of x/2^20, squared 20 times.
func series(x float64) *big.Float {
	wide := func() *big.Float { return new(big.Float).SetPrec(260) }
	y := wide().SetMantExp(wide().SetFloat64(x), -20)
	sum, term := wide().SetInt64(1), wide().SetInt64(1)
	for n := int64(1); n < 30; n++ {
		term.Mul(term, y).Quo(term, wide().SetInt64(n))
		sum.Add(sum, term)
	}
	for range 20 {
		sum.Mul(sum, sum)
	}
	return sum
}

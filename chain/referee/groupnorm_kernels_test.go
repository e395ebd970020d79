package referee

import (
	"math"
	"math/rand"
	"testing"
)

// groupKernels are ways in which runtimes compute y from a group: statistics in one or two passes, sums in several orders,
// the affine map plain or folded. float32 operations of Go round once each on every platform that this test runs on.
func groupKernels(rng *rand.Rand) map[string]func(row []float32, x, g, b, epsilon float32) float32 {
	sums := map[string]func([]float32) float32{
		"forward": func(v []float32) (s float32) {
			for _, x := range v {
				s += x
			}
			return s
		},
		"lanes": func(v []float32) float32 {
			var lane [8]float32
			for i, x := range v {
				lane[i%8] += x
			}
			return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]))
		},
		"shuffled": func(v []float32) (s float32) {
			for _, i := range rng.Perm(len(v)) {
				s += v[i]
			}
			return s
		},
	}
	kernels := map[string]func(row []float32, x, g, b, epsilon float32) float32{}
	squares := func(row []float32, m float32) []float32 {
		out := make([]float32, len(row))
		for i, x := range row {
			d := x - m
			out[i] = d * d
		}
		return out
	}
	for name, sum := range sums {
		statistics := map[string]func(row []float32) (mean, variance float32){
			"one pass": func(row []float32) (float32, float32) {
				n := float32(len(row))
				m := sum(row) / n
				m2 := m * m
				return m, sum(squares(row, 0))/n - m2
			},
			"two passes": func(row []float32) (float32, float32) {
				inverse := 1 / float32(len(row))
				m := sum(row) * inverse
				return m, sum(squares(row, m)) * inverse
			},
		}
		for pass, of := range statistics {
			kernels[name+", "+pass] = func(row []float32, x, g, b, epsilon float32) float32 {
				m, v := of(row)
				d := (x - m) / float32(math.Sqrt(float64(v+epsilon)))
				p := d * g
				return p + b
			}
			kernels[name+", "+pass+", folded"] = func(row []float32, x, g, b, epsilon float32) float32 {
				m, v := of(row)
				scale := (1 / float32(math.Sqrt(float64(v+epsilon)))) * g
				fold := m * scale
				shift := b - fold
				p := x * scale
				return p + shift
			}
		}
	}
	return kernels
}

// TestGroupNormKernels: no honest kernel is convicted, whatever the group; the largest ratio is printed.
func TestGroupNormKernels(t *testing.T) {
	rng := seeded(t, 41)
	kernels := groupKernels(rng)
	worst, undecidedRows, decided := uint64(0), 0, 0
	for range 400 {
		n := 1 + rng.Intn(600)
		row := groupRow(rng, n)
		if rng.Intn(20) == 0 { // squares overflow
			row[rng.Intn(n)] = bits32(float32(3e18 * math.Exp(rng.Float64()*40)))
			if !finite(row[0]) {
				row[0] = floatMax
			}
		}
		values := make([]float32, n)
		regular := true
		for i, v := range row {
			values[i] = f32(v)
			regular = regular && finite(v)
		}
		m := newMoments(row, epsilon5, &defaults)
		if m.irregular == regular {
			t.Fatal("an irregular group goes unnoticed, or a regular one does not")
		}
		if m.wide {
			undecidedRows++
		} else {
			decided++
		}
		for name, kernel := range kernels {
			x, g, b := row[rng.Intn(n)], ordinary(rng), ordinary(rng)
			y := bits32(kernel(values, f32(x), f32(g), f32(b), f32(epsilon5)))
			if nan(y) {
				y = floatNaN
			}
			o := m.judge(&defaults, y, x, g, b, nil)
			if o.fault {
				d := detail{}
				m.judge(&defaults, y, x, g, b, &d)
				t.Fatalf("%s over %d elements convicts %v: %+v", name, n, f32(y), d)
			}
			if o.cause == Decided && finite(y) && !m.overflow {
				worst = max(worst, o.ratio)
			}
		}
	}
	t.Logf("%d groups decided, %d undecided, worst ratio %.3f", decided, undecidedRows, float64(worst)/(1<<20))
	if decided < 200 {
		t.Error("too few groups are decided to mean anything")
	}
}

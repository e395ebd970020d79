package referee

import (
	"math/rand"
	"testing"
)

// BenchmarkElement judges one whole element, openings excluded.
func BenchmarkElement(b *testing.B) {
	rng := rand.New(rand.NewSource(5))
	row := func(n int) (r []uint32) {
		for range n {
			r = append(r, bits32(float32(rng.NormFloat64())))
		}
		return r
	}
	x, w := row(19200), row(19200)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
	for _, k := range []int{64, 512, 4096, 16384} {
		run("contraction", func() {
			var d Dot
			d.add(x[:k], w[:k])
			s, a := d.sum()
			(&linear{s: s, a: a, n: uint64(k), den: 1, tiny: uint64(k) + 1, underflow: 126}).judge(floatOne, nil)
		})
	}
	run("softmax6625", func() { r := newSoftmaxRow(x[:6625], &defaults); r.judge(floatOne, x[5], nil) })
	run("add", func() { defaults.add(floatOne, x[0], x[1], nil) })
	run("mul", func() { defaults.mul(floatOne, x[0], x[1], nil) })
	run("div", func() { defaults.div(floatOne, x[0], x[1], nil) })
	run("layernorm768", func() {
		m := newMoments(x[:768], epsilon5, &defaults)
		m.judge(&defaults, floatOne, x[5], w[5], w[6], nil)
	})
	run("gelu", func() { defaults.gelu(floatOne, x[0], nil) })
	run("geluTanh", func() { defaults.geluTanh(floatOne, x[0], nil) })
	run("softplus", func() { defaults.softplus(floatOne, x[0], nil) })
	run("sigmoid", func() { defaults.sigmoid(floatOne, x[0], nil) })
}

// BenchmarkJudge judges a whole proof, decoding and hashing included.
func BenchmarkJudge(b *testing.B) {
	j := sampleJob(1)
	c, _ := j.commitments(b)
	p, err := Prove(&j.p, j, Accusation{Kind: Arithmetic, Node: 1, Element: 3})
	if err != nil {
		b.Fatal(err)
	}
	proof := p.Encode()
	b.SetBytes(int64(len(proof)))
	for b.Loop() {
		if _, err := Judge(c, proof, nil); err != nil {
			b.Fatal(err)
		}
	}
}

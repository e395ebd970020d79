package program

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand"
	"os"
	"testing"
)

// TestTensorVectors: strides and order agree with the bytes that the shared vectors fix for every layout.
func TestTensorVectors(t *testing.T) {
	text, err := os.ReadFile("../../test/vectors/tensors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Tensors []struct {
			Dtype  Dtype
			Dims   []uint64
			Layout Layout
			Row    string
			Bytes  string
		}
	}
	if err := json.Unmarshal(text, &v); err != nil || len(v.Tensors) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, c := range v.Tensors {
		x := Tensor{c.Dtype, c.Dims, c.Layout}
		if err := x.Check(); err != nil {
			t.Fatal(err)
		}
		row, _ := hex.DecodeString(c.Row)
		want, _ := hex.DecodeString(c.Bytes)
		got := make([]byte, len(row))
		s, w := x.Strides(), int(x.Dtype.Width())
		for e := range x.Elements() {
			p := uint64(0)
			for i, a := range x.Coordinates(e) {
				p += a * s[i]
			}
			copy(got[int(p)*w:], row[int(e)*w:int(e+1)*w])
			if x.Index(x.Coordinates(e)) != e {
				t.Fatal("Index does not invert Coordinates")
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s %v %s: other bytes than the vector", c.Dtype, c.Dims, c.Layout)
		}
	}
}

// TestCover: the closed form bounds the chunks that a random box of a random tensor touches, wherever the box lies.
func TestCover(t *testing.T) {
	const seed = 5
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	for range 4000 {
		r := 1 + rng.Intn(4)
		x := Tensor{Dtype: []Dtype{Float32, Int64, Int8}[rng.Intn(3)], Layout: Layout(rng.Intn(4))}
		b, placed := one(r), one(r)
		for i := range r {
			d := uint64(1 + rng.Intn(40))
			x.Dims = append(x.Dims, d)
			if rng.Intn(2) == 0 {
				n := uint64(1 + rng.Intn(int(d)))
				step := int64(1 + rng.Intn(int(max(1, d/n))))
				b.Axes[i] = Span{0, n, step}
				placed.Axes[i] = Span{uint64(rng.Intn(int(d - (n-1)*uint64(step)))), n, step}
			} else {
				placed.Axes[i].At = uint64(rng.Intn(int(d)))
			}
		}
		if x.Check() != nil {
			continue
		}
		s, size := x.Strides(), uint64(64)<<rng.Intn(5)
		touched := map[uint64]bool{}
		var walk func(i int, p uint64)
		walk = func(i int, p uint64) {
			if i == r {
				touched[p*x.Dtype.Width()/size] = true
				return
			}
			for k := range placed.Axes[i].Count {
				walk(i+1, p+(placed.Axes[i].At+k*uint64(placed.Axes[i].Step))*s[i])
			}
		}
		walk(0, 0)
		var buf [MaxRank]int
		if got := cover(&x, x.order(&buf), &b, size); got < uint64(len(touched)) {
			t.Fatalf("%+v box %+v granule %d: %d touched, closed form %d", x, placed.Axes[:r], size, len(touched), got)
		}
	}
}

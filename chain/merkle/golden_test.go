package merkle

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden vectors that this package owns")

func golden(t *testing.T, name string, value any) {
	t.Helper()
	want, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	path := filepath.Join("..", "..", "test", "vectors", name)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Fatalf("%s differs from what Go computes: if the protocol changed, run with -update and say so", name)
	}
}

// pattern is the n bytes that the vectors describe by their length alone: byte i is (7·i + i>>8) mod 256.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(7*i + i>>8)
	}
	return b
}

type openingVector struct {
	Length  int      `json:"length"`
	Chunks  uint64   `json:"chunks"`
	Root    string   `json:"root"`
	Indices []uint64 `json:"indices"`
	Hashes  []string `json:"hashes"`
}

type brokenVector struct {
	Name    string   `json:"name"`
	Length  int      `json:"length"`
	Indices []uint64 `json:"indices"`
	Chunks  []string `json:"chunks"`
	Hashes  []string `json:"hashes"`
}

func hexes(list []Hash) []string {
	out := []string{}
	for _, h := range list {
		out = append(out, hex.EncodeToString(h[:]))
	}
	return out
}

// TestOpeningVectors fixes multiproofs over the chunks of tensors, and openings that must be refused.
func TestOpeningVectors(t *testing.T) {
	var v struct {
		Note   string          `json:"note"`
		Valid  []openingVector `json:"valid"`
		Broken []brokenVector  `json:"broken"`
	}
	v.Note = "byte i of a tensor is (7*i + (i>>8)) mod 256; the opened chunks follow from length and indices; broken openings do not lead to the tensor's root"
	for _, c := range []struct {
		length  int
		indices []uint64
	}{{1, []uint64{0}}, {1024, []uint64{0}}, {1025, []uint64{1}}, {3000, []uint64{0, 2}}, {5 * 1024, []uint64{1, 2, 3}}, {64*1024 + 12, []uint64{0, 31, 32, 64}}, {100 * 1024, []uint64{7, 50, 51, 99}}} {
		b := pattern(c.length)
		o, err := ProveData(b, c.indices)
		if err != nil {
			t.Fatal(err)
		}
		root := DataRoot(b)
		if got, err := o.Root(Chunks(uint64(c.length)), c.indices); err != nil || got != root {
			t.Fatal("a vector does not open", err)
		}
		v.Valid = append(v.Valid, openingVector{c.length, Chunks(uint64(c.length)), hex.EncodeToString(root[:]), c.indices, hexes(o.Hashes)})
	}
	const length = 5000
	b := pattern(length)
	root := DataRoot(b)
	in := []uint64{1, 3}
	o, _ := ProveData(b, in)
	broken := func(name string, indices []uint64, chunks [][]byte, hashes []Hash) {
		x := Opening{Chunks: chunks, Hashes: hashes}
		if got, err := x.Root(Chunks(length), indices); err == nil && got == root {
			t.Errorf("%s opens", name)
		}
		q := brokenVector{Name: name, Length: length, Indices: indices, Chunks: []string{}, Hashes: hexes(hashes)}
		for _, c := range chunks {
			q.Chunks = append(q.Chunks, hex.EncodeToString(c))
		}
		v.Broken = append(v.Broken, q)
	}
	broken("a hash too many", in, o.Chunks, append(o.Hashes[:len(o.Hashes):len(o.Hashes)], Hash{}))
	broken("a hash too few", in, o.Chunks, o.Hashes[1:])
	broken("a shifted index", []uint64{1, 4}, o.Chunks, o.Hashes)
	broken("a chunk too few", in, o.Chunks[:1], o.Hashes)
	broken("a chunk too many", in, [][]byte{o.Chunks[0], o.Chunks[1], o.Chunks[1]}, o.Hashes)
	broken("a short chunk", in, [][]byte{o.Chunks[0], o.Chunks[1][:1000]}, o.Hashes)
	broken("swapped chunks", in, [][]byte{o.Chunks[1], o.Chunks[0]}, o.Hashes)
	broken("a duplicated index", []uint64{1, 1, 3}, [][]byte{o.Chunks[0], o.Chunks[0], o.Chunks[1]}, o.Hashes)
	broken("descending indices", []uint64{3, 1}, [][]byte{o.Chunks[1], o.Chunks[0]}, o.Hashes)
	broken("an index past the end", []uint64{1, 5}, o.Chunks, o.Hashes)
	golden(t, "openings.json", v)
}

type tensorVector struct {
	Dtype  uint32   `json:"dtype"`
	Dims   []uint64 `json:"dims"`
	Layout uint32   `json:"layout"`
	Row    string   `json:"row"`
	Bytes  string   `json:"bytes"`
	Root   string   `json:"root"`
}

// inLayout reorders row-major bytes; order lists the logical axes from the outermost in memory to the innermost.
func inLayout(row []byte, dims []uint64, width int, order []int) []byte {
	var out []byte
	at := make([]uint64, len(dims))
	var walk func(k int)
	walk = func(k int) {
		if k == len(order) {
			i := uint64(0)
			for a, d := range dims {
				i = i*d + at[a]
			}
			out = append(out, row[int(i)*width:int(i+1)*width]...)
			return
		}
		a := order[k]
		for at[a] = 0; at[a] < dims[a]; at[a]++ {
			walk(k + 1)
		}
	}
	walk(0)
	return out
}

// TestTensorVectors fixes the bytes of tensors in every layout and dtype width, and their data roots.
func TestTensorVectors(t *testing.T) {
	rng := rand.New(rand.NewSource(seed))
	var v struct {
		Note    string         `json:"note"`
		Tensors []tensorVector `json:"tensors"`
	}
	v.Note = "row: row-major bytes; bytes: the same elements in the layout (0 row, 1 axis 1 last, 2 last two swapped, 3 axis 0 last); root: the data root of bytes"
	for _, c := range []struct {
		dtype  uint32
		width  int
		dims   []uint64
		layout uint32
		order  []int
	}{
		{1, 4, nil, 0, nil}, {9, 1, []uint64{5}, 0, []int{0}}, {7, 8, []uint64{2, 3}, 0, []int{0, 1}}, {7, 8, []uint64{2, 3}, 2, []int{1, 0}}, {1, 4, []uint64{2, 3}, 3, []int{1, 0}},
		{10, 2, []uint64{2, 3, 4}, 1, []int{0, 2, 1}}, {16, 2, []uint64{2, 3, 4}, 2, []int{0, 2, 1}}, {3, 1, []uint64{2, 3, 4}, 3, []int{1, 2, 0}},
		{1, 4, []uint64{1, 16, 5, 5}, 1, []int{0, 2, 3, 1}}, {1, 4, []uint64{4, 3, 3, 3}, 1, []int{0, 2, 3, 1}}, {6, 4, []uint64{8, 2, 3, 3}, 3, []int{1, 2, 3, 0}}, {2, 1, []uint64{3, 700}, 0, []int{0, 1}},
	} {
		n := c.width
		for _, d := range c.dims {
			n *= int(d)
		}
		row := make([]byte, n)
		rng.Read(row)
		if c.dtype == 9 {
			for i := range row {
				row[i] &= 1
			}
		}
		b := inLayout(row, c.dims, c.width, c.order)
		root := DataRoot(b)
		dims := c.dims
		if dims == nil {
			dims = []uint64{}
		}
		v.Tensors = append(v.Tensors, tensorVector{c.dtype, dims, c.layout, hex.EncodeToString(row), hex.EncodeToString(b), hex.EncodeToString(root[:])})
	}
	golden(t, "tensors.json", v)
}

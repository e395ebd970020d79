package merkle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"slices"
	"testing"
)

const seed = 20260101

func leavesOf(n int) []Hash {
	leaves := make([]Hash, n)
	for i := range leaves {
		leaves[i] = Leaf([]byte{byte(i)})
	}
	return leaves
}

func pick(leaves []Hash, in []uint64) []Hash {
	out := make([]Hash, len(in))
	for i, x := range in {
		out[i] = leaves[x]
	}
	return out
}

// TestSharedVectors checks the roots and multiproofs that JavaScript checks too.
func TestSharedVectors(t *testing.T) {
	b, err := os.ReadFile("../../test/vectors/merkle.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		N       int
		Indices []uint64
		Hashes  []string
		Root    string
	}
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, c := range cases {
		leaves := leavesOf(c.N)
		root := Root(leaves)
		if hex.EncodeToString(root[:]) != c.Root {
			t.Fatalf("n=%d: root %x, want %s", c.N, root, c.Root)
		}
		hashes, err := Prove(leaves, c.Indices)
		if err != nil || len(hashes) != len(c.Hashes) {
			t.Fatalf("n=%d: %d hashes, want %d (%v)", c.N, len(hashes), len(c.Hashes), err)
		}
		for i, h := range hashes {
			if hex.EncodeToString(h[:]) != c.Hashes[i] {
				t.Fatalf("n=%d: hash %d is %x, want %s", c.N, i, h, c.Hashes[i])
			}
		}
		if got, err := Open(uint64(c.N), c.Indices, pick(leaves, c.Indices), hashes); err != nil || got != root {
			t.Fatalf("n=%d: the vector does not open: %v", c.N, err)
		}
	}
}

// TestMultiproof opens random subsets of random trees, then breaks every opening in every way that PROTOCOL names.
func TestMultiproof(t *testing.T) {
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	for range 3000 {
		n := 1 + rng.Intn(70)
		leaves := leavesOf(n)
		root := Root(leaves)
		var in []uint64
		for p, i := rng.Intn(100), 0; i < n; i++ {
			if rng.Intn(100) < p {
				in = append(in, uint64(i))
			}
		}
		if len(in) == 0 {
			in = []uint64{uint64(rng.Intn(n))}
		}
		open := pick(leaves, in)
		hashes, err := Prove(leaves, in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Open(uint64(n), in, open, hashes); err != nil || got != root {
			t.Fatal("an honest opening was refused", n, in, err)
		}
		refused := func(what string, n int, in []uint64, leaves, hashes []Hash) {
			t.Helper()
			if got, err := Open(uint64(n), in, leaves, hashes); err == nil && got == root {
				t.Fatalf("%s was accepted: n=%d indices=%v", what, n, in)
			} else if err != nil && !errors.Is(err, ErrOpening) {
				t.Fatalf("%s: %v does not wrap ErrOpening", what, err)
			}
		}
		refused("a hash too many", n, in, open, append(slices.Clone(hashes), Hash{}))
		refused("a leaf too many", n, in, append(slices.Clone(open), Hash{}), hashes)
		refused("a leaf too few", n, in, open[1:], hashes)
		refused("an index past the end", n, append(slices.Clone(in), uint64(n)), append(slices.Clone(open), Hash{}), hashes)
		refused("a duplicate", n, append([]uint64{in[0]}, in...), append([]Hash{open[0]}, open...), hashes)
		if len(hashes) > 0 {
			refused("a hash too few", n, in, open, hashes[1:])
			bad := slices.Clone(hashes)
			bad[rng.Intn(len(bad))][rng.Intn(32)] ^= 1
			refused("a forged hash", n, in, open, bad)
		}
		if len(in) < n { // move one index to a free place
			free := uint64(0)
			for slices.Contains(in, free) {
				free++
			}
			shifted := append(slices.Clone(in[1:]), free)
			slices.Sort(shifted)
			refused("a shifted index", n, shifted, open, hashes)
		}
		if len(in) > 1 {
			bad := slices.Clone(open)
			bad[0], bad[1] = bad[1], bad[0]
			refused("swapped leaves", n, in, bad, hashes)
			refused("descending indices", n, []uint64{in[1], in[0]}, open[:2], hashes)
		}
		refused("a larger tree", n*2+1, in, open, hashes)
		bad := slices.Clone(open)
		bad[rng.Intn(len(bad))][rng.Intn(32)] ^= 1
		refused("a forged leaf", n, in, bad, hashes)
	}
}

// TestPositionIsNotStated: leaf 2 of 3 must not open as leaf 1 of 2, although both fold the same two hashes.
func TestPositionIsNotStated(t *testing.T) {
	leaves := leavesOf(3)
	hashes, _ := Prove(leaves, []uint64{2})
	if got, err := Open(2, []uint64{1}, leaves[2:], hashes); err != nil || got != Root(leaves) {
		t.Fatal("the attack no longer shows what it is about", err)
	}
	if got, err := Open(3, []uint64{1}, leaves[2:], hashes); err == nil && got == Root(leaves) {
		t.Fatal("leaf 2 opened as leaf 1")
	}
}

// TestData: the streaming root equals the tree over chunks, for every interesting length and any split of the writes.
func TestData(t *testing.T) {
	t.Log("seed", seed)
	rng := rand.New(rand.NewSource(seed))
	if DataRoot(nil) != sha256.Sum256(nil) {
		t.Fatal("no bytes must give SHA256 of nothing")
	}
	for _, n := range []int{1, 1023, 1024, 1025, 2048, 5*1024 + 7, 63 * 1024, 64*1024 + 1, 100_000} {
		b := make([]byte, n)
		rng.Read(b)
		leaves := DataLeaves(b)
		if uint64(len(leaves)) != Chunks(uint64(n)) {
			t.Fatal("chunks", n)
		}
		var d Data
		for rest := b; len(rest) > 0; {
			k := min(len(rest), 1+rng.Intn(3000))
			d.Write(rest[:k])
			rest = rest[k:]
		}
		root := d.Root()
		if root != Root(leaves) || root != DataRoot(b) {
			t.Fatal("streaming root differs", n)
		}
		first := rng.Intn(len(leaves))
		last := first + 1 + rng.Intn(len(leaves)-first)
		var in []uint64
		for i := first; i < last; i++ {
			in = append(in, uint64(i))
		}
		o, err := ProveData(b, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifyChunks(root, uint64(len(leaves)), uint64(first), o.Chunks, o.Hashes); err != nil {
			t.Fatal(err)
		}
		short := slices.Clone(o.Chunks)
		short[0] = short[0][:len(short[0])-1]
		if VerifyChunks(root, uint64(len(leaves)), uint64(first), short, o.Hashes) == nil {
			t.Fatal("a short chunk was accepted")
		}
		if VerifyChunks(root, uint64(len(leaves)), uint64(first)+1, o.Chunks, o.Hashes) == nil {
			t.Fatal("a shifted range was accepted")
		}
		if VerifyChunks(root, uint64(len(leaves)), uint64(first), nil, o.Hashes) == nil {
			t.Fatal("an empty range was accepted")
		}
	}
}

func TestTags(t *testing.T) {
	want := sha256.Sum256([]byte("\x00\x0cassay/node/1abc"))
	if TaggedLeaf("assay/node/1", []byte("abc")) != want {
		t.Fatal("tagged leaf")
	}
	root := Leaf([]byte("x"))
	if RootLeaf(root) != Leaf(root[:]) || RootOfRoots([]Hash{root}) != RootLeaf(root) {
		t.Fatal("a tree of one root is its leaf")
	}
	if ChunkLen(1025, 1) != 1 || ChunkLen(1025, 0) != 1024 || ChunkLen(1024, 1) != 0 || Blocks(1025) != 17 || Blocks(65) != 2 {
		t.Fatal("lengths")
	}
}

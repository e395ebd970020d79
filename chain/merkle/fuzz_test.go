package merkle

import (
	"bytes"
	"testing"
)

// FuzzOpen: no multiproof makes Open panic or work beyond its inputs; what Prove makes opens to the root, and nothing else
// of the same leaves does.
func FuzzOpen(f *testing.F) {
	f.Add(uint64(5), []byte{1, 2}, []byte("some hashes"))
	f.Add(uint64(1)<<63, []byte{0, 255, 7}, bytes.Repeat([]byte{7}, 320))
	f.Add(^uint64(0), []byte{1}, bytes.Repeat([]byte{9}, 64*32))
	f.Fuzz(func(t *testing.T, n uint64, steps, hashes []byte) {
		var indices []uint64
		var leaves, list []Hash
		at := uint64(0)
		for i, s := range steps {
			if at += uint64(s); i > 0 && s == 0 {
				at++
			}
			indices, leaves = append(indices, at), append(leaves, Leaf([]byte{s}))
		}
		for ; len(hashes) >= 32; hashes = hashes[32:] {
			list = append(list, Hash(hashes))
		}
		_, _ = Open(n, indices, leaves, list)
		o := Opening{Chunks: [][]byte{steps}, Hashes: list}
		_, _ = o.Root(n, indices)
		_ = VerifyChunks(Hash{}, n, at, o.Chunks, list)
		if n == 0 || n > 300 || len(indices) == 0 || at >= n {
			return
		}
		all := leavesOf(int(n))
		for i, x := range indices {
			leaves[i] = all[x]
		}
		proof, err := Prove(all, indices)
		if err != nil {
			t.Fatal(err)
		}
		root, err := Open(n, indices, leaves, proof)
		if err != nil || root != Root(all) {
			t.Fatalf("a true proof of %v of %d is refused: %v", indices, n, err)
		}
		if _, err := Open(n, indices, leaves, append(proof, Hash{})); err == nil {
			t.Fatal("a hash too many is accepted")
		}
		leaves[0][0] ^= 1
		if root, err := Open(n, indices, leaves, proof); err != nil || root == Root(all) {
			t.Fatalf("another leaf has the same root (%v)", err)
		}
	})
}

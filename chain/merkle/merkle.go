// Package merkle holds Assay's trees: RFC 6962 over SHA-256, and openings that state no positions.
//
// A leaf is SHA256(0x00 ‖ bytes), an inner node SHA256(0x01 ‖ left ‖ right), and a tree of n leaves splits at the largest
// power of two below n; the empty tree is SHA256(""). See PROTOCOL.md, section 1.
//
// A multiproof opens the leaves at a set of indices. It is two lists: the opened leaves in ascending order of index, and
// the roots of the maximal subtrees that hold none of them, from left to right. The number of leaves and the indices are
// not part of it: the verifier knows both from what the chain or the program holds. An opening that stated its own
// position could pass leaf 2 of 3 off as leaf 1 of 2.
package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Hash is a SHA-256 digest: a leaf, an inner node or a root.
type Hash = [32]byte

// ErrOpening is wrapped by every refusal of a multiproof: its lists do not fit the tree and the indices.
var ErrOpening = errors.New("merkle: the opening does not fit the tree")

// Leaf hashes the bytes of one leaf: SHA256(0x00 ‖ data).
func Leaf(data []byte) Hash {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(data)
	return Hash(h.Sum(nil))
}

// TaggedLeaf hashes a record under its tag: SHA256(0x00 ‖ one length byte ‖ tag ‖ data). Tags are at most 255 bytes, and
// constants of the code: a longer one is a programming error, reported by its length byte wrapping in every test.
func TaggedLeaf(tag string, data []byte) Hash {
	h := sha256.New()
	h.Write([]byte{0, byte(len(tag))})
	h.Write([]byte(tag))
	h.Write(data)
	return Hash(h.Sum(nil))
}

// RootLeaf is the leaf of a tree whose leaves are roots (trace, input, output, weights): SHA256(0x00 ‖ root).
func RootLeaf(root Hash) Hash {
	var b [33]byte
	copy(b[1:], root[:])
	return sha256.Sum256(b[:])
}

// inner joins two subtrees.
func inner(l, r Hash) Hash {
	var b [65]byte
	b[0] = 1
	copy(b[1:], l[:])
	copy(b[33:], r[:])
	return sha256.Sum256(b[:])
}

// split is the largest power of two below n, for n > 1.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// Root of a tree with these leaves; SHA256("") without any.
func Root(leaves []Hash) Hash {
	switch n := uint64(len(leaves)); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		k := split(n)
		return inner(Root(leaves[:k]), Root(leaves[k:]))
	}
}

// RootOfRoots is the root of the tree whose leaves are these roots.
func RootOfRoots(roots []Hash) Hash {
	leaves := make([]Hash, len(roots))
	for i, r := range roots {
		leaves[i] = RootLeaf(r)
	}
	return Root(leaves)
}

// Prove returns the hashes of the multiproof that opens the leaves at the given indices, which must be strictly ascending
// and below len(leaves); otherwise it returns an error that wraps ErrOpening.
func Prove(leaves []Hash, indices []uint64) (hashes []Hash, err error) {
	if err := checkIndices(uint64(len(leaves)), indices); err != nil {
		return nil, err
	}
	var walk func(lo, n uint64, in []uint64)
	walk = func(lo, n uint64, in []uint64) {
		switch {
		case len(in) == 0:
			hashes = append(hashes, Root(leaves[lo:lo+n]))
		case n > 1:
			k := split(n)
			c, _ := slices.BinarySearch(in, lo+k)
			walk(lo, k, in[:c])
			walk(lo+k, n-k, in[c:])
		}
	}
	walk(0, uint64(len(leaves)), indices)
	return hashes, nil
}

// Open computes the root from the opened leaves and the hashes of a multiproof in a tree of n leaves. The indices must be
// strictly ascending and below n, and both lists must be used up exactly: anything else is an error that wraps ErrOpening.
// The caller compares the root. The work is len(leaves)+len(hashes)-1 inner hashes.
func Open(n uint64, indices []uint64, leaves, hashes []Hash) (Hash, error) {
	if err := checkIndices(n, indices); err != nil {
		return Hash{}, err
	}
	if len(leaves) != len(indices) {
		return Hash{}, fmt.Errorf("%w: %d leaves expected, %d found", ErrOpening, len(indices), len(leaves))
	}
	o := opener{indices: indices, leaves: leaves, hashes: hashes}
	root := o.walk(0, n, 0, len(indices))
	if o.short {
		return Hash{}, fmt.Errorf("%w: more than %d hashes expected", ErrOpening, len(hashes))
	}
	if o.used != len(hashes) {
		return Hash{}, fmt.Errorf("%w: %d hashes expected, %d found", ErrOpening, o.used, len(hashes))
	}
	return root, nil
}

// opener folds a multiproof; used counts the hashes taken so far, short says that they ran out.
type opener struct {
	indices        []uint64
	leaves, hashes []Hash
	used           int
	short          bool
}

// walk returns the root of the n leaves from lo on; indices[a:b] are the opened ones among them.
func (o *opener) walk(lo, n uint64, a, b int) Hash {
	switch {
	case o.short:
		return Hash{}
	case a == b:
		if o.used == len(o.hashes) {
			o.short = true
			return Hash{}
		}
		o.used++
		return o.hashes[o.used-1]
	case n == 1:
		return o.leaves[a]
	}
	k := split(n)
	c, _ := slices.BinarySearch(o.indices[a:b], lo+k)
	l := o.walk(lo, k, a, a+c)
	return inner(l, o.walk(lo+k, n-k, a+c, b))
}

func checkIndices(n uint64, indices []uint64) error {
	if n == 0 || len(indices) == 0 {
		return fmt.Errorf("%w: %d leaves, %d indices", ErrOpening, n, len(indices))
	}
	for i, x := range indices {
		if x >= n || i > 0 && x <= indices[i-1] {
			return fmt.Errorf("%w: index %d is out of range or order (%d leaves)", ErrOpening, x, n)
		}
	}
	return nil
}

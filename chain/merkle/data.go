package merkle

import (
	"crypto/sha256"
	"fmt"
)

// ChunkSize is the number of bytes of every chunk of a tensor but its last, which is short and unpadded.
const ChunkSize = 1024

// Chunks returns how many chunks a tensor of n bytes has.
func Chunks(n uint64) uint64 { return n/ChunkSize + min(1, n%ChunkSize) }

// ChunkLen returns the length of chunk i of a tensor of n bytes; zero when there is no such chunk.
func ChunkLen(n, i uint64) uint64 {
	if i >= Chunks(n) {
		return 0
	}
	return min(ChunkSize, n-i*ChunkSize)
}

// Data computes a tensor's data root while its bytes arrive, in memory for one chunk and one hash a level.
// The zero value is ready; it is an io.Writer that never fails.
type Data struct {
	chunk [ChunkSize]byte
	fill  int
	count uint64
	// stack holds the roots of the complete subtrees, largest first: one for every bit of count.
	stack []Hash
}

// Write takes the next bytes of the tensor in its layout.
func (d *Data) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		k := copy(d.chunk[d.fill:], rest)
		rest = rest[k:]
		if d.fill += k; d.fill == ChunkSize {
			d.push()
		}
	}
	return len(p), nil
}

// push closes the current chunk.
func (d *Data) push() {
	d.stack = append(d.stack, Leaf(d.chunk[:d.fill]))
	d.fill = 0
	d.count++
	for c := d.count; c&1 == 0; c >>= 1 {
		k := len(d.stack)
		d.stack[k-2] = inner(d.stack[k-2], d.stack[k-1])
		d.stack = d.stack[:k-1]
	}
}

// Root closes the tensor and returns its data root; SHA256("") if no byte came. Nothing may be written afterwards.
func (d *Data) Root() Hash {
	if d.fill > 0 {
		d.push()
	}
	k := len(d.stack)
	if k == 0 {
		return sha256.Sum256(nil)
	}
	root := d.stack[k-1]
	for i := k - 2; i >= 0; i-- {
		root = inner(d.stack[i], root)
	}
	return root
}

// DataRoot is the data root of a tensor's bytes in its layout.
func DataRoot(b []byte) Hash {
	var d Data
	d.Write(b)
	return d.Root()
}

// DataLeaves hashes every chunk of a tensor: the leaves that Prove needs.
func DataLeaves(b []byte) []Hash {
	leaves := make([]Hash, 0, Chunks(uint64(len(b))))
	for at := 0; at < len(b); at += ChunkSize {
		leaves = append(leaves, Leaf(b[at:min(at+ChunkSize, len(b))]))
	}
	return leaves
}

// Opening opens chunks of one tensor: their bytes in ascending order and the hashes of the subtrees without any.
type Opening struct {
	Chunks [][]byte
	Hashes []Hash
}

// ProveData opens the chunks at strictly ascending indices of a tensor's bytes.
func ProveData(b []byte, indices []uint64) (Opening, error) {
	hashes, err := Prove(DataLeaves(b), indices)
	if err != nil {
		return Opening{}, err
	}
	o := Opening{Hashes: hashes, Chunks: make([][]byte, len(indices))}
	for i, x := range indices {
		at := x * ChunkSize
		o.Chunks[i] = b[at : at+ChunkLen(uint64(len(b)), x)]
	}
	return o, nil
}

// Root computes the data root that an opening of the chunks at these indices, in a tensor of n chunks, belongs to.
// It does not look at the lengths of the chunks: a chunk of a wrong length is a FORMAT fault, not a broken opening.
func (o *Opening) Root(n uint64, indices []uint64) (Hash, error) {
	if len(o.Chunks) != len(indices) {
		return Hash{}, fmt.Errorf("%w: %d chunks expected, %d found", ErrOpening, len(indices), len(o.Chunks))
	}
	leaves := make([]Hash, len(o.Chunks))
	for i, c := range o.Chunks {
		leaves[i] = Leaf(c)
	}
	return Open(n, indices, leaves, o.Hashes)
}

// VerifyChunks checks that chunks first, first+1, ... of a tensor of n chunks belong to its data root. It says nothing of
// their lengths or contents. A refusal wraps ErrOpening.
func VerifyChunks(root Hash, n, first uint64, chunks [][]byte, hashes []Hash) error {
	if first > n || uint64(len(chunks)) > n-first {
		return fmt.Errorf("%w: chunks %d to %d of %d", ErrOpening, first, first+uint64(len(chunks)), n)
	}
	indices := make([]uint64, len(chunks))
	for i := range indices {
		indices[i] = first + uint64(i)
	}
	o := Opening{Chunks: chunks, Hashes: hashes}
	got, err := o.Root(n, indices)
	if err != nil {
		return err
	}
	if got != root {
		return fmt.Errorf("%w: root %x expected, %x found", ErrOpening, root, got)
	}
	return nil
}

// Blocks is the number of SHA-256 compressions that hashing n bytes takes: the unit of work that gas pays for.
func Blocks(n uint64) uint64 { return (n + 9 + 63) / 64 }

// OpenBlocks is the number of SHA-256 compressions that folding an opening of this many leaves and hashes takes,
// without the hashing of the leaves themselves.
func OpenBlocks(leaves, hashes int) uint64 {
	return Blocks(65) * uint64(max(0, leaves+hashes-1))
}

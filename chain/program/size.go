package program

import (
	"math/bits"

	"github.com/assay-chain/assay/chain/merkle"
)

// Span is how many indices of one axis are read, from which on and how far apart (Step may be negative).
type Span struct {
	At    uint64
	Count uint64
	Step  int64
}

// Box is what one output element reads of one operand: a span of every logical axis of the operand.
type Box struct {
	Rank int
	Axes [MaxRank]Span
}

// one is a box of a single element, at the origin.
func one(rank int) (b Box) {
	b.Rank = rank
	for i := range b.Axes[:rank] {
		b.Axes[i] = Span{0, 1, 1}
	}
	return b
}

// Elements is the number of elements in the box.
func (b *Box) Elements() uint64 {
	n := uint64(1)
	for i := range b.Axes[:b.Rank] {
		hi, lo := bits.Mul64(n, b.Axes[i].Count)
		if hi != 0 {
			return 1 << 63
		}
		n = lo
	}
	return n
}

// Bytes of the protobuf framing: a hash is a tag, a length and 32 bytes; a chunk has a tag and a length of two bytes; an
// opening a tag and a length of three; the fixed fields of a proof and the length of its record need less than 64.
const (
	hashBytes     = 34
	chunkFraming  = 3
	tensorFraming = 4
	proofFraming  = 64
)

// cover bounds the granules of size bytes that a box can touch: per axis either separate pieces or one covering span.
func cover(t *Tensor, order []int, b *Box, size uint64) uint64 {
	width := t.Dtype.Width()
	pieces, span, stride := uint64(1), uint64(1), uint64(1)
	for i := len(order) - 1; i >= 0; i-- {
		d, x := t.Dims[order[i]], &b.Axes[order[i]]
		if n := min(x.Count, d); n > 1 {
			span += mulCap(min(mulCap(n-1, magnitude(x.Step)), d-1), stride)
			pieces = min(mulCap(n, pieces), 1+((span-1)*width+size-1)/size)
		}
		stride *= d
	}
	return min(pieces, max(1, (stride*width+size-1)/size))
}

// openingBytes bounds the bytes of chunks and hashes that open a box of a tensor.
func openingBytes(t *Tensor, b *Box) uint64 {
	var buf [MaxRank]int
	order := t.order(&buf)
	n := t.Bytes()
	depth := ceilLog2(merkle.Chunks(n))
	chunks := cover(t, order, b, merkle.ChunkSize)
	hashes := uint64(0)
	if depth > 0 {
		// Level j has v(j) visited nodes; the siblings that are not visited number 2 + v(1) + … + v(depth-1) - chunks.
		hashes = 2
		for j := uint64(1); j < depth; j++ {
			hashes += min(1<<j, cover(t, order, b, merkle.ChunkSize<<(depth-j)))
		}
		hashes -= min(hashes, chunks)
	}
	return min(chunks*merkle.ChunkSize, n) + chunks*chunkFraming + hashes*hashBytes + tensorFraming
}

// pathBytes bounds the multiproof of one leaf in a tree of n leaves.
func pathBytes(n uint64) uint64 { return hashBytes * ceilLog2(n) }

func ceilLog2(n uint64) uint64 {
	if n < 2 {
		return 0
	}
	return uint64(bits.Len64(n - 1))
}

// mulCap multiplies and saturates at 2^62.
func mulCap(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi != 0 || lo > 1<<62 {
		return 1 << 62
	}
	return lo
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return uint64(-x)
	}
	return uint64(x)
}

// leaves is the number of leaves of the tree of a kind.
func (c *Counts) leaves(k Kind) uint64 {
	switch k {
	case Input:
		return uint64(c.Inputs)
	case Weight:
		return uint64(c.Weights)
	case Value:
		return uint64(c.Values)
	case Output:
		return uint64(c.Outputs)
	}
	return 0
}

// Leaves is the number of leaves in the tree of a kind: zero for NONE.
func (c *Counts) Leaves(k Kind) uint64 { return c.leaves(k) }

// proofBytes bounds the ARITHMETIC proof of any element of a node, and the FORMAT proof of any chunk of its values.
func (n *Node) proofBytes(op *Operator, record int, c *Counts) uint64 {
	proof := uint64(record) + pathBytes(uint64(c.Nodes)+1) + proofFraming + pathBytes(uint64(c.Values))
	worst := uint64(0)
	for k := range n.Outputs {
		b := one(len(n.Outputs[k].Dims))
		worst = max(worst, openingBytes(&n.Outputs[k], &b))
	}
	proof += worst
	worst = 0
	for k := range n.Inputs {
		o := &n.Inputs[k]
		if o.Kind == None {
			continue
		}
		b := op.extent(n, k)
		size := openingBytes(&o.Type, &b) + pathBytes(c.leaves(o.Kind))
		if op.oneOperand {
			worst = max(worst, size)
		} else {
			proof += size
		}
	}
	return proof + worst
}

// proofBytes bounds the OUTPUT and FORMAT proofs that open the header: both tensors of an output, or one chunk of any tensor.
func (h *Header) proofBytes(record int, c *Counts) uint64 {
	base := uint64(record) + pathBytes(uint64(c.Nodes)+1) + proofFraming
	worst := uint64(0)
	single := func(t *Tensor) uint64 {
		b := one(len(t.Dims))
		return openingBytes(t, &b)
	}
	for i := range h.Inputs {
		worst = max(worst, single(&h.Inputs[i])+pathBytes(uint64(c.Inputs)))
	}
	for i := range h.Weights {
		worst = max(worst, single(&h.Weights[i])+pathBytes(uint64(c.Weights)))
	}
	for i := range h.Outputs {
		worst = max(worst, 2*single(&h.Outputs[i].Type)+pathBytes(uint64(c.Outputs))+pathBytes(uint64(c.Values)))
	}
	return base + worst
}

package referee

import (
	"slices"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// session is one judgement in progress: what is committed, what the proof says, and the work so far.
type session struct {
	c     *Commitments
	p     *Proof
	meter Meter
	work  [3]uint64
}

// charge asks the meter before work is done.
func (s *session) charge(kind Work, n uint64) error {
	s.work[kind] += n
	if s.meter == nil {
		return nil
	}
	if err := s.meter(kind, n); err != nil {
		return because(CodeMeter, err, "stopped before %d units of work %d", n, kind)
	}
	return nil
}

// openRecord checks that bytes are leaf index of the program tree.
func (s *session) openRecord(tag string, index uint64) error {
	if err := s.charge(Hashes, merkle.Blocks(uint64(2+len(tag)+len(s.p.Record)))+merkle.OpenBlocks(1, len(s.p.ProgramHashes))); err != nil {
		return err
	}
	leaf := merkle.TaggedLeaf(tag, s.p.Record)
	root, err := merkle.Open(uint64(s.c.Counts.Nodes)+1, []uint64{index}, []merkle.Hash{leaf}, s.p.ProgramHashes)
	if err != nil {
		return because(CodeOpening, err, "the record in the program tree")
	}
	if root != s.c.ProgramRoot {
		return invalid(CodeRoot, "the record leads to program root %x, %x expected", root, s.c.ProgramRoot)
	}
	return nil
}

// openNode opens and checks the record of node p.Node.
func (s *session) openNode() (*program.Node, error) {
	if s.p.Node >= s.c.Counts.Nodes {
		return nil, invalid(CodePosition, "node %d of %d", s.p.Node, s.c.Counts.Nodes)
	}
	if err := s.openRecord(program.NodeTag, 1+uint64(s.p.Node)); err != nil {
		return nil, err
	}
	n, err := program.DecodeNode(s.p.Record)
	if err == nil {
		_, err = n.Check(len(s.p.Record), &s.c.Counts)
	}
	if err != nil {
		return nil, because(CodeRecord, err, "node %d", s.p.Node)
	}
	if uint64(n.First)+uint64(len(n.Outputs)) > uint64(s.c.Counts.Values) {
		return nil, invalid(CodeRecord, "node %d defines VALUE %d of %d", s.p.Node, n.First, s.c.Counts.Values)
	}
	return &n, nil
}

// openHeader opens and checks the header.
func (s *session) openHeader() (*program.Header, error) {
	if s.p.Node != 0 {
		return nil, invalid(CodeKind, "node %d, but this kind opens the header", s.p.Node)
	}
	if err := s.openRecord(program.HeaderTag, 0); err != nil {
		return nil, err
	}
	h, err := program.DecodeHeader(s.p.Record)
	if err == nil {
		err = h.Check()
	}
	if err != nil {
		return nil, because(CodeRecord, err, "header")
	}
	if h.Counts() != s.c.Counts {
		return nil, invalid(CodeRecord, "the header counts %+v, the chain %+v", h.Counts(), s.c.Counts)
	}
	return &h, nil
}

// need is one distinct tensor that a judgement reads: where it is committed, its type, and the chunks.
type need struct {
	kind   program.Kind
	index  uint32
	tensor *program.Tensor
	chunks []uint64
}

// needs collects what a judgement reads, one entry for each distinct tensor, ascending by (kind, index).
type needs []need

// add unites chunks with those of a tensor.
func (ns *needs) add(kind program.Kind, index uint32, t *program.Tensor, chunks []uint64) {
	at, found := slices.BinarySearchFunc(*ns, need{kind: kind, index: index}, func(a, b need) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		return int(int64(a.index) - int64(b.index))
	})
	if !found {
		*ns = slices.Insert(*ns, at, need{kind: kind, index: index, tensor: t})
	}
	n := &(*ns)[at]
	n.chunks = append(n.chunks, chunks...)
	slices.Sort(n.chunks)
	n.chunks = slices.Compact(n.chunks)
}

// boxChunks lists the chunks that a box of a tensor touches, perhaps repeatedly.
func boxChunks(t *program.Tensor, b *program.Box) []uint64 {
	strides, width := t.Strides(), t.Dtype.Width()
	var out []uint64
	var walk func(axis int, position uint64)
	walk = func(axis int, position uint64) {
		if axis == b.Rank {
			if c := position * width / merkle.ChunkSize; len(out) == 0 || out[len(out)-1] != c {
				out = append(out, c)
			}
			return
		}
		x := &b.Axes[axis]
		position += x.At * strides[axis]
		for range x.Count {
			walk(axis+1, position)
			position = uint64(int64(position) + x.Step*int64(strides[axis]))
		}
	}
	walk(0, 0)
	return out
}

// open verifies every tensor opening of the proof against the commitments: chunks to data roots, data roots to the roots of
// their kinds, both lists of every multiproof used up exactly. It returns the sources in the order of the needs.
func (s *session) open(ns needs) ([]*source, error) {
	if len(s.p.Tensors) != len(ns) {
		return nil, invalid(CodeTensors, "%d tensors are opened, %d expected", len(s.p.Tensors), len(ns))
	}
	sources := make([]*source, len(ns))
	var leaves [5][]merkle.Hash
	var indices [5][]uint64
	for i := range ns {
		root, err := s.openTensor(&ns[i], &s.p.Tensors[i])
		if err != nil {
			return nil, err
		}
		k := ns[i].kind
		leaves[k] = append(leaves[k], merkle.RootLeaf(root))
		indices[k] = append(indices[k], uint64(ns[i].index))
		sources[i] = newSource(ns[i].tensor)
		sources[i].chunks, sources[i].indices = s.p.Tensors[i].Chunks, ns[i].chunks
	}
	for k := program.Input; k <= program.Output; k++ {
		if err := s.openKind(k, indices[k], leaves[k]); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// openTensor folds the opened chunks of one tensor to its data root.
func (s *session) openTensor(n *need, o *merkle.Opening) (merkle.Hash, error) {
	size := n.tensor.Bytes()
	if len(o.Chunks) != len(n.chunks) {
		return merkle.Hash{}, invalid(CodeOpening, "%s %d: %d chunks are opened, %d expected", n.kind, n.index, len(o.Chunks), len(n.chunks))
	}
	blocks := merkle.OpenBlocks(len(o.Chunks), len(o.Hashes)) + merkle.Blocks(33)
	for i := range o.Chunks {
		blocks += merkle.Blocks(1 + uint64(len(o.Chunks[i])))
	}
	if err := s.charge(Hashes, blocks); err != nil {
		return merkle.Hash{}, err
	}
	root, err := o.Root(merkle.Chunks(size), n.chunks)
	if err != nil {
		return merkle.Hash{}, because(CodeOpening, err, "%s %d", n.kind, n.index)
	}
	return root, nil
}

// openKind folds the data roots of one kind to the committed root.
func (s *session) openKind(k program.Kind, indices []uint64, leaves []merkle.Hash) error {
	hashes := s.p.Hashes[k]
	if len(indices) == 0 {
		if len(hashes) > 0 {
			return invalid(CodeOpening, "%d hashes of %s, none expected", len(hashes), k)
		}
		return nil
	}
	want, known := s.c.root(k)
	if !known {
		if k == program.Value {
			return invalid(CodeNoTrace, "the trace is not published: no VALUE can be opened")
		}
		return invalid(CodeNoRoot, "the root of %s is not known", k)
	}
	if err := s.charge(Hashes, merkle.OpenBlocks(len(leaves), len(hashes))); err != nil {
		return err
	}
	root, err := merkle.Open(s.c.Counts.Leaves(k), indices, leaves, hashes)
	if err != nil {
		return because(CodeOpening, err, "the roots of %s", k)
	}
	if root != want {
		return invalid(CodeRoot, "%s leads to root %x, %x expected", k, root, want)
	}
	return nil
}

// checkLengths refuses chunks of a wrong length: after their hashes verified, they are a FORMAT fault and no operand.
func checkLengths(ns needs, p *Proof) error {
	for i := range ns {
		for j, c := range ns[i].chunks {
			if want := merkle.ChunkLen(ns[i].tensor.Bytes(), c); uint64(len(p.Tensors[i].Chunks[j])) != want {
				return invalid(CodeChunk, "%s %d: chunk %d has %d bytes, %d expected: prove FORMAT", ns[i].kind, ns[i].index, c, len(p.Tensors[i].Chunks[j]), want)
			}
		}
	}
	return nil
}

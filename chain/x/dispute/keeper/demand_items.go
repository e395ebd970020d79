package keeper

import (
	"context"
	"slices"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	refereev1 "github.com/assay-chain/assay/chain/types/refereev1"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	"github.com/assay-chain/assay/chain/x/dispute/types"
)

// checkItems looks at the form of a demand before anything is hashed: known kinds, ranges of at least one chunk without
// overlap, ascending by (kind, index, first), and for VALUEs the nodes that define them, ascending as they do.
func checkItems(items []types.DemandItem) error {
	if len(items) == 0 || len(items) > types.MaxItems {
		return types.ErrItems.Wrapf("expected 1 to %d items, found %d", types.MaxItems, len(items))
	}
	for i, it := range items {
		if it.Kind < refereev1.TensorKind_TENSOR_KIND_INPUT || it.Kind > refereev1.TensorKind_TENSOR_KIND_OUTPUT {
			return types.ErrItems.Wrapf("item %d: expected INPUT, WEIGHT, VALUE or OUTPUT, found kind %d", i, it.Kind)
		}
		if it.Count == 0 || it.First+it.Count < it.First {
			return types.ErrItems.Wrapf("item %d: expected at least one chunk, found %d from %d", i, it.Count, it.First)
		}
		if it.Kind != refereev1.TensorKind_TENSOR_KIND_VALUE && it.Node != 0 {
			return types.ErrItems.Wrapf("item %d: only a VALUE names a node, found node %d", i, it.Node)
		}
		if i == 0 {
			continue
		}
		last := items[i-1]
		same := last.Kind == it.Kind && last.Index == it.Index
		if last.Kind > it.Kind || last.Kind == it.Kind && last.Index > it.Index || same && last.First+last.Count > it.First {
			return types.ErrItems.Wrapf("item %d: expected items ascending by kind, index and first chunk without overlap", i)
		}
		if last.Kind == it.Kind && (last.Node > it.Node || same && last.Node != it.Node) {
			return types.ErrItems.Wrapf("item %d: expected nodes that ascend with their VALUEs, found %d after %d", i, it.Node, last.Node)
		}
	}
	return nil
}

// opened is what a demand's records say: the header, if an item needs it, and the nodes that items name.
type opened struct {
	header *program.Header
	// numbers are the distinct nodes, ascending, and nodes their records.
	numbers []uint32
	nodes   []program.Node
}

// openRecords checks that the records are leaves of the job's program tree, and exactly those that the items need.
func openRecords(ctx context.Context, p *types.Params, s *computetypes.Job, items []types.DemandItem, r *types.RecordOpening) (*opened, error) {
	var o opened
	needsHeader := false
	for _, it := range items {
		if it.Kind != refereev1.TensorKind_TENSOR_KIND_VALUE {
			needsHeader = true
		} else if n := len(o.numbers); n == 0 || o.numbers[n-1] != it.Node {
			o.numbers = append(o.numbers, it.Node)
		}
	}
	if r == nil || len(r.Nodes) != len(o.numbers) || (len(r.Header) > 0) != needsHeader {
		return nil, types.ErrRecords.Wrapf("expected the header: %t, and the records of nodes %v", needsHeader, o.numbers)
	}
	if n := len(o.numbers); n > 0 && o.numbers[n-1] >= s.Program.Nodes {
		return nil, types.ErrRecords.Wrapf("expected nodes below %d, found %d", s.Program.Nodes, o.numbers[n-1])
	}
	hashes, err := hashes32(r.Hashes)
	if err != nil {
		return nil, err
	}
	if err := verifyRecords(ctx, p, s, needsHeader, &o, r, hashes); err != nil {
		return nil, err
	}
	if needsHeader {
		header, err := program.DecodeHeader(r.Header)
		if err != nil {
			return nil, types.ErrRecords.Wrapf("header: %s", err)
		}
		o.header = &header
	}
	for i, record := range r.Nodes {
		node, err := program.DecodeNode(record)
		if err != nil {
			return nil, types.ErrRecords.Wrapf("node %d: %s", o.numbers[i], err)
		}
		o.nodes = append(o.nodes, node)
	}
	return &o, nil
}

// verifyRecords folds the opened leaves to the program root.
func verifyRecords(ctx context.Context, p *types.Params, s *computetypes.Job, header bool, o *opened, r *types.RecordOpening, hashes []merkle.Hash) error {
	blocks := merkle.OpenBlocks(len(r.Nodes)+1, len(hashes)) + merkle.Blocks(uint64(len(r.Header)))
	for _, record := range r.Nodes {
		blocks += merkle.Blocks(uint64(len(record)) + 32)
	}
	chargeHashes(ctx, p, blocks)
	var indices []uint64
	var leaves []merkle.Hash
	if header {
		indices, leaves = append(indices, 0), append(leaves, merkle.TaggedLeaf(program.HeaderTag, r.Header))
	}
	for i, record := range r.Nodes {
		indices, leaves = append(indices, 1+uint64(o.numbers[i])), append(leaves, merkle.TaggedLeaf(program.NodeTag, record))
	}
	root, err := merkle.Open(uint64(s.Program.Nodes)+1, indices, leaves, hashes)
	if err != nil {
		return types.ErrRecords.Wrap(err.Error())
	}
	if !slices.Equal(root[:], s.Program.Root) {
		return types.ErrRecords.Wrapf("expected program root %x, found %x", s.Program.Root, root)
	}
	return nil
}

// tensor returns the type of the tensor that an item names. The records are leaves of a program that was validated when it
// was published, so their types are sound.
func (o *opened) tensor(it *types.DemandItem) (*program.Tensor, error) {
	i := uint64(it.Index)
	switch it.Kind {
	case refereev1.TensorKind_TENSOR_KIND_INPUT:
		if i < uint64(len(o.header.Inputs)) {
			return &o.header.Inputs[i], nil
		}
	case refereev1.TensorKind_TENSOR_KIND_WEIGHT:
		if i < uint64(len(o.header.Weights)) {
			return &o.header.Weights[i], nil
		}
	case refereev1.TensorKind_TENSOR_KIND_OUTPUT:
		if i < uint64(len(o.header.Outputs)) {
			return &o.header.Outputs[i].Type, nil
		}
	case refereev1.TensorKind_TENSOR_KIND_VALUE:
		at, found := slices.BinarySearch(o.numbers, it.Node)
		if !found {
			break
		}
		node := &o.nodes[at]
		if first := uint64(node.First); i >= first && i-first < uint64(len(node.Outputs)) {
			return &node.Outputs[i-first], nil
		}
		return nil, types.ErrItems.Wrapf("node %d does not define VALUE %d", it.Node, it.Index)
	}
	return nil, types.ErrItems.Wrapf("the program has no %s %d", program.Kind(it.Kind), it.Index)
}

// typeItems types every item and counts the bytes demanded.
func (o *opened) typeItems(items []types.DemandItem, most uint64) (tensors []types.DemandTensor, total uint64, err error) {
	for i := range items {
		it := &items[i]
		t, err := o.tensor(it)
		if err != nil {
			return nil, 0, err
		}
		size := t.Bytes()
		if n := merkle.Chunks(size); it.First+it.Count > n {
			return nil, 0, types.ErrItems.Wrapf("%s %d has %d chunks, found a range up to %d", program.Kind(it.Kind), it.Index, n, it.First+it.Count)
		}
		total += min((it.First+it.Count)*merkle.ChunkSize, size) - it.First*merkle.ChunkSize
		if total > most {
			return nil, 0, types.ErrDemandSize.Wrapf("expected at most %d bytes, found more", most)
		}
		tensors = append(tensors, types.DemandTensor{Item: *it, Dtype: uint32(t.Dtype), Size_: size})
	}
	return tensors, total, nil
}

// hashes32 turns wire bytes into hashes.
func hashes32(in [][]byte) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(in))
	for i, b := range in {
		if err := hash32("hash of a multiproof", b); err != nil {
			return nil, err
		}
		out[i] = merkle.Hash(b)
	}
	return out, nil
}

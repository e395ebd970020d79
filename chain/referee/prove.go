package referee

import (
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// Tensors holds what a prover knows of a job: the bytes of tensors in their layouts, and the data roots of every kind.
type Tensors interface {
	// Data returns all bytes of a tensor.
	Data(kind program.Kind, index uint32) ([]byte, error)
	// Roots returns the data roots of every tensor of a kind, in order.
	Roots(kind program.Kind) ([]merkle.Hash, error)
}

// Accusation says what a proof is to be about; its fields are those of the proof.
type Accusation struct {
	Kind    FaultKind
	Tensor  program.Kind
	Node    uint32
	Slot    uint32
	Element uint64
	// ByNode: the proof of an OpenInput or OpenWeight (JudgeOpening) that opens the record of a node which reads the tensor,
	// instead of the header: Slot then counts the node's operands.
	ByNode bool
}

// opensNode says which leaf of the program tree the proof opens: the node's, or the header's.
func (a *Accusation) opensNode() bool {
	return a.Kind == Arithmetic || a.Kind == Format && (a.Tensor == program.Value || a.ByNode)
}

// Prove builds the proof of an accusation, true or not: Judge decides that. Errors are *Error, or those of the tensors.
func Prove(p *program.Program, t Tensors, a Accusation) (*Proof, error) {
	proof := &Proof{Kind: a.Kind, Tensor: a.Tensor, Node: a.Node, Slot: a.Slot, Element: a.Element}
	leaf := uint64(0)
	if a.opensNode() {
		leaf = 1 + uint64(a.Node)
	}
	ns, err := needsOf(p, t, a)
	if err != nil {
		return nil, err
	}
	leaves := []merkle.Hash{merkle.TaggedLeaf(program.HeaderTag, p.Header.Encode())}
	for i := range p.Nodes {
		leaves = append(leaves, merkle.TaggedLeaf(program.NodeTag, p.Nodes[i].Encode()))
	}
	if proof.Record = p.Header.Encode(); leaf > 0 {
		proof.Record = p.Nodes[leaf-1].Encode()
	}
	if proof.ProgramHashes, err = merkle.Prove(leaves, []uint64{leaf}); err != nil {
		return nil, because(CodeInternal, err, "the program tree")
	}
	if err := proveTensors(proof, ns, t); err != nil {
		return nil, err
	}
	if size := len(proof.Encode()); size > program.MaxProof {
		return nil, invalid(CodeTooLarge, "the proof has %d bytes, at most %d fit", size, program.MaxProof)
	}
	return proof, nil
}

func proveTensors(proof *Proof, ns needs, t Tensors) error {
	var indices [5][]uint64
	for i := range ns {
		data, err := t.Data(ns[i].kind, ns[i].index)
		if err != nil {
			return err
		}
		o, err := merkle.ProveData(data, ns[i].chunks)
		if err != nil {
			return because(CodePosition, err, "%s %d has %d bytes", ns[i].kind, ns[i].index, len(data))
		}
		proof.Tensors = append(proof.Tensors, o)
		indices[ns[i].kind] = append(indices[ns[i].kind], uint64(ns[i].index))
	}
	for k := program.Input; k <= program.Output; k++ {
		if len(indices[k]) == 0 {
			continue
		}
		roots, err := t.Roots(k)
		if err != nil {
			return err
		}
		leaves := make([]merkle.Hash, len(roots))
		for i, r := range roots {
			leaves[i] = merkle.RootLeaf(r)
		}
		if proof.Hashes[k], err = merkle.Prove(leaves, indices[k]); err != nil {
			return because(CodePosition, err, "the roots of %s", k)
		}
	}
	return nil
}

func (a *Accusation) node(p *program.Program) (*program.Node, error) {
	if uint64(a.Node) >= uint64(len(p.Nodes)) {
		return nil, invalid(CodePosition, "node %d of %d", a.Node, len(p.Nodes))
	}
	return &p.Nodes[a.Node], nil
}

func arithmeticNeeds(p *program.Program, t Tensors, a Accusation) (ns needs, err error) {
	n, err := a.node(p)
	if err != nil {
		return nil, err
	}
	if uint64(a.Slot) >= uint64(len(n.Outputs)) || a.Element >= n.Outputs[a.Slot].Elements() {
		return nil, invalid(CodePosition, "node %d has no element %d of output %d", a.Node, a.Element, a.Slot)
	}
	at := n.Outputs[a.Slot].Coordinates(a.Element)
	return collect(n, int(a.Slot), at, func(needs) (int64, error) {
		o := &n.Inputs[1]
		data, err := t.Data(o.Kind, o.Index)
		if err != nil {
			return 0, err
		}
		src := newSource(&o.Type)
		src.data = data
		var b program.Box
		n.Reads(int(a.Slot), at, 1, &b)
		return src.integer(src.corner(&b)), nil
	})
}

func outputNeeds(p *program.Program, a Accusation) (ns needs, err error) {
	if uint64(a.Slot) >= uint64(len(p.Header.Outputs)) || a.Element >= p.Header.Outputs[a.Slot].Type.Elements() {
		return nil, invalid(CodePosition, "no element %d of output %d", a.Element, a.Slot)
	}
	o := &p.Header.Outputs[a.Slot]
	chunk := []uint64{a.Element * o.Type.Dtype.Width() / merkle.ChunkSize}
	ns.add(program.Value, o.Index, &o.Type, chunk)
	ns.add(program.Output, a.Slot, &o.Type, chunk)
	return ns, nil
}

func chunkNeeds(p *program.Program, a Accusation) (ns needs, err error) {
	t, index := headerTensor(&p.Header, a.Tensor, a.Slot), a.Slot
	if a.opensNode() {
		n, err := a.node(p)
		if err != nil {
			return nil, err
		}
		slot := uint64(a.Slot)
		switch t = nil; {
		case a.Tensor == program.Value && slot < uint64(len(n.Outputs)):
			t, index = &n.Outputs[slot], n.First+a.Slot
		case a.ByNode && slot < uint64(len(n.Inputs)) && n.Inputs[slot].Kind == a.Tensor:
			t, index = &n.Inputs[slot].Type, n.Inputs[slot].Index
		}
	}
	if t == nil {
		return nil, invalid(CodePosition, "no %s %d", a.Tensor, a.Slot)
	}
	ns.add(a.Tensor, index, t, []uint64{a.Element})
	return ns, nil
}

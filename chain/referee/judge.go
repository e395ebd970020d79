package referee

import (
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// Judge decides one fault proof about the job whose commitments these are. Its error, an *Error, says that the proof is
// invalid; otherwise the verdict says whether the worker is convicted. The meter is called before the work it counts.
func Judge(c *Commitments, proof []byte, meter Meter) (Verdict, error) {
	p, err := DecodeProof(proof)
	if err != nil {
		return Verdict{}, err
	}
	s := &session{c: c, p: p, meter: meter}
	if p.Kind != Format && p.Tensor != program.None {
		return Verdict{}, invalid(CodeKind, "tensor %d, but only FORMAT names one", p.Tensor)
	}
	var v Verdict
	switch p.Kind {
	case Arithmetic:
		v, err = s.arithmetic()
	case OutputLink:
		v, err = s.output()
	case Format:
		v, err = s.format()
	default:
		err = invalid(CodeKind, "kind %d", p.Kind)
	}
	if err != nil {
		return Verdict{}, err
	}
	s.finish(&v)
	return v, nil
}

// finish fills in what every explanation says.
func (s *session) finish(v *Verdict) {
	v.Kind, v.Node, v.Slot, v.Element = s.p.Kind, s.p.Node, s.p.Slot, s.p.Element
	v.MACs, v.Exps, v.Hashes = s.work[MultiplyAdds], s.work[Exponentials], s.work[Hashes]
}

// arithmetic judges one element of one VALUE on the worker's own operands.
func (s *session) arithmetic() (v Verdict, err error) {
	if u := s.c.Constants.Underflow; u < leastUnderflow || u > mostUnderflow {
		return v, invalid(CodeInternal, "the profile's constants are not set: underflow 2^-%d, 2^-126 or 2^-149 expected", u)
	}
	n, err := s.openNode()
	if err != nil {
		return v, err
	}
	if uint64(s.p.Slot) >= uint64(len(n.Outputs)) || s.p.Element >= n.Outputs[s.p.Slot].Elements() {
		return v, invalid(CodePosition, "node %d has no element %d of output %d", s.p.Node, s.p.Element, s.p.Slot)
	}
	out := &n.Outputs[s.p.Slot]
	at := out.Coordinates(s.p.Element)
	ns, err := s.reads(n, at)
	if err != nil {
		return v, err
	}
	sources, err := s.open(ns)
	if err != nil {
		return v, err
	}
	if err := checkLengths(ns, s.p); err != nil {
		return v, err
	}
	find := func(kind program.Kind, index uint32) *source {
		for i := range ns {
			if ns[i].kind == kind && ns[i].index == index {
				return sources[i]
			}
		}
		return nil
	}
	operands := make([]*source, len(n.Inputs))
	for k := range n.Inputs {
		o := &n.Inputs[k]
		if o.Kind == program.None {
			continue
		}
		if operands[k] = find(o.Kind, o.Index); operands[k] == nil { // not read for this element
			operands[k] = newSource(&o.Type)
		}
	}
	work := n.WorkOf()
	if err := s.charge(MultiplyAdds, work.MACs); err != nil {
		return v, err
	}
	if err := s.charge(Exponentials, work.Exponentials); err != nil {
		return v, err
	}
	j, err := newJudge(n, operands, &s.c.Constants)
	if err != nil {
		return v, err
	}
	y := find(program.Value, n.First+s.p.Slot)
	claimed := y.bits(y.position(at))
	d := detail{}
	r := j.judge(int(s.p.Slot), at, claimed, &d)
	for i := range sources {
		if sources[i].missed {
			return v, invalid(CodeInternal, "%s %d was read outside of what its operator declares", ns[i].kind, ns[i].index)
		}
	}
	for _, o := range operands {
		if o != nil && o.missed {
			return v, invalid(CodeInternal, "an operand was read that its operator does not declare")
		}
	}
	v = Verdict{Fault: r.fault, Undecided: r.cause}
	v.Op, v.Coordinates = program.Name(n.Op), at
	v.Claimed, v.Exact, v.Bound, v.Ratio = show(out.Dtype, claimed), d.exact, d.bound, d.ratio
	v.Terms = d.terms
	return v, nil
}

// reads lists the chunks that judging the element at these coordinates opens: its own, and every operand's.
func (s *session) reads(n *program.Node, at []uint64) (needs, error) {
	return collect(n, int(s.p.Slot), at, func(ns needs) (int64, error) { return s.peekIndex(n, at, ns) })
}

// collect lists the chunks that one element needs; index reads the operand of a data-dependent operator that says where.
func collect(n *program.Node, slot int, at []uint64, index func(ns needs) (int64, error)) (ns needs, err error) {
	out := &n.Outputs[slot]
	ns.add(program.Value, n.First+uint32(slot), out, []uint64{positionOf(out, at) * out.Dtype.Width() / merkle.ChunkSize})
	var b program.Box
	for k := range n.Inputs {
		o := &n.Inputs[k]
		if o.Kind != program.None && n.Reads(slot, at, k, &b) {
			ns.add(o.Kind, o.Index, &o.Type, boxChunks(&o.Type, &b))
		}
	}
	if !program.Lookup(n.Op).DataDependent() {
		return ns, nil
	}
	i, err := index(ns)
	if err != nil {
		return nil, err
	}
	if n.IndexedReads(at, i, 0, &b) {
		o := &n.Inputs[0]
		ns.add(o.Kind, o.Index, &o.Type, boxChunks(&o.Type, &b))
	}
	return ns, nil
}

// peekIndex reads the index of a data-dependent operator from the proof before anything is verified: whatever it says, all
// openings are then verified at the places that follow from it, the index's own among them.
func (s *session) peekIndex(n *program.Node, at []uint64, ns needs) (int64, error) {
	all := append(needs(nil), ns...)
	if len(s.p.Tensors) > len(ns) { // the index is in range, and data is opened too
		all.add(n.Inputs[0].Kind, n.Inputs[0].Index, &n.Inputs[0].Type, nil)
	}
	if len(s.p.Tensors) != len(all) {
		return 0, invalid(CodeTensors, "%d tensors are opened, %d expected", len(s.p.Tensors), len(all))
	}
	o := &n.Inputs[1]
	for i := range all {
		if all[i].kind != o.Kind || all[i].index != o.Index {
			continue
		}
		src := newSource(&o.Type)
		if len(s.p.Tensors[i].Chunks) != len(all[i].chunks) {
			return 0, invalid(CodeOpening, "%s %d: %d chunks are opened, %d expected", o.Kind, o.Index, len(s.p.Tensors[i].Chunks), len(all[i].chunks))
		}
		src.chunks, src.indices = s.p.Tensors[i].Chunks, all[i].chunks
		var b program.Box
		n.Reads(0, at, 1, &b)
		index := src.integer(boxPosition(&o.Type, &b))
		if src.missed {
			return 0, invalid(CodeChunk, "%s %d: the chunk of the index is short", o.Kind, o.Index)
		}
		return index, nil
	}
	return 0, invalid(CodeInternal, "the index is not among the operands")
}

// positionOf is the place in memory of the element at these coordinates.
func positionOf(t *program.Tensor, at []uint64) uint64 {
	s := t.Strides()
	p := uint64(0)
	for i, x := range at {
		p += x * s[i]
	}
	return p
}

// boxPosition is the place in memory of the first element of a box.
func boxPosition(t *program.Tensor, b *program.Box) uint64 {
	s := t.Strides()
	p := uint64(0)
	for i := range b.Rank {
		p += b.Axes[i].At * s[i]
	}
	return p
}

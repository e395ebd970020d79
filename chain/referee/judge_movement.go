package referee

import "github.com/assay-chain/assay/chain/program"

// Data movement: bit-exact copies, two NaNs being equal. Resize may copy one of two neighbours where float32 cannot tell.
var movementJudges = []row{
	{program.OpRelayout, newMovement}, {program.OpReshape, newMovement}, {program.OpConcat, newMovement}, {program.OpSplit, newMovement},
	{program.OpSlice, newMovement}, {program.OpPad, newMovement}, {program.OpTranspose, newMovement}, {program.OpExpand, newMovement},
	{program.OpTile, newMovement}, {program.OpGather, newGather}, {program.OpGatherElements, newGather}, {program.OpResize, newResize},
	{program.OpTrilu, newMovement},
}

type movement struct {
	n     *program.Node
	in    []*source
	dtype program.Dtype
	fill  uint64 // what an element is that reads nothing: Pad's constant, or Trilu's zero
	box   program.Box
}

func newMovement(n *program.Node, in []*source, _ *Constants) judge {
	m := &movement{n: n, in: in, dtype: n.Outputs[0].Dtype}
	if n.Op == program.OpPad {
		m.fill, _ = n.PadBits()
	}
	return m
}

func (m *movement) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	for k := range m.in {
		if m.n.Reads(slot, at, k, &m.box) {
			return same(m.dtype, y, m.in[k].bits(m.in[k].corner(&m.box)), d)
		}
	}
	return same(m.dtype, y, m.fill, d)
}

// corner is the place in memory of the first element of a box.
func (s *source) corner(b *program.Box) uint64 {
	p := uint64(0)
	for i := range b.Rank {
		p += b.Axes[i].At * s.strides[i]
	}
	return p
}

// same demands equal bits, or two NaNs.
func same(t program.Dtype, y, want uint64, d *detail) outcome {
	o := demand(y == want || isNaN(t, y) && isNaN(t, want))
	if d != nil {
		d.expect(show(t, want), 1, o)
	}
	return o
}

// gather: the index is read first; one out of range is a fault, because no run passes it.
type gather struct{ movement }

func newGather(n *program.Node, in []*source, c *Constants) judge {
	return &gather{movement{n: n, in: in, dtype: n.Outputs[0].Dtype}}
}

func (g *gather) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	g.n.Reads(slot, at, 1, &g.box)
	index := g.in[1].integer(g.in[1].corner(&g.box))
	if !g.n.IndexedReads(at, index, 0, &g.box) {
		o := demand(false)
		d.expect("an index within the axis", 1, o)
		return o
	}
	return same(g.dtype, y, g.in[0].bits(g.in[0].corner(&g.box)), d)
}

// resize: any of the neighbours that the coordinate may round to.
type resize struct{ movement }

func newResize(n *program.Node, in []*source, c *Constants) judge {
	if n.Int(program.Mode) == program.ModeLinear {
		return newInterpolation(n, in, c)
	}
	return &resize{movement{n: n, in: in, dtype: n.Outputs[0].Dtype}}
}

func (r *resize) judge(slot int, at []uint64, y uint64, d *detail) outcome {
	r.n.Reads(slot, at, 0, &r.box)
	return r.walk(0, r.in[0].corner(&r.box), y, d)
}

func (r *resize) walk(axis int, position, y uint64, d *detail) outcome {
	if axis == r.box.Rank {
		return same(r.dtype, y, r.in[0].bits(position), d)
	}
	var o outcome
	for range r.box.Axes[axis].Count {
		if o = r.walk(axis+1, position, y, d); !o.fault {
			return o
		}
		position += r.in[0].strides[axis]
	}
	return o
}

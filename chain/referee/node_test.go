package referee

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
)

// operand is a tensor with its elements in logical row-major order, as bits.
type operand struct {
	t        program.Tensor
	elements []uint64
}

// inLayout writes elements in the layout of a tensor: an independent permutation, axis by axis.
func inLayout(t *program.Tensor, elements []uint64) []byte {
	r := len(t.Dims)
	order := make([]int, r)
	for i := range order {
		order[i] = i
	}
	switch t.Layout {
	case program.Axis1Last:
		order = append(append([]int{0}, order[2:]...), 1)
	case program.Swapped:
		order[r-1], order[r-2] = r-2, r-1
	case program.Axis0Last:
		order = append(append([]int{}, order[1:]...), 0)
	}
	var out []byte
	at := make([]int, r)
	var walk func(k int)
	walk = func(k int) {
		if k == r {
			i := 0
			for a := range at {
				i = i*int(t.Dims[a]) + at[a]
			}
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], elements[i])
			out = append(out, b[:t.Dtype.Width()]...)
			return
		}
		for at[order[k]] = 0; at[order[k]] < int(t.Dims[order[k]]); at[order[k]]++ {
			walk(k + 1)
		}
	}
	walk(0)
	return out
}

// layouts lists the layouts that a shape may have.
func layouts(d program.Dtype, dims []uint64) (out []program.Layout) {
	for l := program.Row; l <= program.Axis0Last; l++ {
		t := program.Tensor{Dtype: d, Dims: dims, Layout: l}
		if t.Check() == nil {
			out = append(out, l)
		}
	}
	return out
}

// memory is a whole job in memory: a program, and the bytes and roots of its tensors.
type memory struct {
	p    program.Program
	data [5][][]byte
}

func (m *memory) Data(k program.Kind, i uint32) ([]byte, error) {
	if int(k) >= len(m.data) || int(i) >= len(m.data[k]) {
		return nil, fmt.Errorf("no %s %d", k, i)
	}
	return m.data[k][i], nil
}

func (m *memory) Roots(k program.Kind) (roots []merkle.Hash, err error) {
	for _, b := range m.data[k] {
		roots = append(roots, merkle.DataRoot(b))
	}
	return roots, nil
}

// commitments of the job as it stands; the record is validated.
func (m *memory) commitments(t testing.TB) (*Commitments, program.Summary) {
	t.Helper()
	s, err := program.Validate(m.p.Encode())
	if err != nil {
		t.Fatal(err)
	}
	root := func(k program.Kind) merkle.Hash {
		r, _ := m.Roots(k)
		return merkle.RootOfRoots(r)
	}
	return &Commitments{ProgramRoot: s.Root, Counts: s.Counts, WeightsRoot: root(program.Weight), InputRoot: root(program.Input),
		OutputRoot: root(program.Output), TraceRoot: root(program.Value), HasTrace: true,
		ToleranceAbs: big.NewInt(1e13), ToleranceRel: big.NewInt(1e15), Constants: DefaultConstants()}, s
}

// nodeCase is one operator on given operands. reference returns the exact value of an element and its bound.
type nodeCase struct {
	op         uint32
	attributes []program.Attribute
	inputs     []operand // WEIGHTs, in layouts of their own; an operand without dtype is absent
	out        []uint64
	dtype      program.Dtype // of the output; float32 if zero
	reference  func(at []uint64) (ref, bound *big.Float)
}

// build makes a job of one node, in a random layout of its output, whose output elements are the given bits.
func (c *nodeCase) build(t testing.TB, rng *rand.Rand, elements []uint64) *memory {
	m := &memory{}
	n := program.Node{Op: c.op, Attributes: c.attributes}
	for i := range c.inputs {
		o := &c.inputs[i]
		if o.t.Dtype == 0 {
			n.Inputs = append(n.Inputs, program.Operand{})
			continue
		}
		n.Inputs = append(n.Inputs, program.Operand{Kind: program.Weight, Index: uint32(len(m.p.Header.Weights)), Type: o.t, Typed: true})
		m.p.Header.Weights = append(m.p.Header.Weights, o.t)
		m.data[program.Weight] = append(m.data[program.Weight], inLayout(&o.t, o.elements))
	}
	out := program.Tensor{Dtype: c.dtype, Dims: c.out}
	if out.Dtype == 0 {
		out.Dtype = program.Float32
	}
	all := layouts(out.Dtype, c.out)
	out.Layout = all[rng.Intn(len(all))]
	if c.op == program.OpRelayout {
		for out.Layout == c.inputs[0].t.Layout {
			out.Layout = all[rng.Intn(len(all))]
		}
	}
	n.Outputs = []program.Tensor{out}
	m.p.Nodes = []program.Node{n}
	m.data[program.Value] = [][]byte{inLayout(&out, elements)}
	last := program.Operand{Kind: program.Value, Type: out, Typed: true}
	if out.Layout != program.Row {
		row := out
		row.Layout = program.Row
		m.p.Nodes = append(m.p.Nodes, program.Node{Op: program.OpRelayout, Inputs: []program.Operand{last}, First: 1, Outputs: []program.Tensor{row}})
		m.data[program.Value] = append(m.data[program.Value], inLayout(&row, elements))
		last = program.Operand{Kind: program.Value, Index: 1, Type: row, Typed: true}
	}
	m.data[program.Output] = [][]byte{m.data[program.Value][last.Index]}
	m.p.Header.Version, m.p.Header.Outputs = program.Version, []program.Operand{last}
	m.p.Header.Nodes, m.p.Header.Values = uint32(len(m.p.Nodes)), uint32(len(m.p.Nodes))
	return m
}

// judgeOf builds the judge of node 0 over whole tensors.
func (m *memory) judgeOf(t testing.TB, c *Constants) judge {
	n := &m.p.Nodes[0]
	in := make([]*source, len(n.Inputs))
	for k := range n.Inputs {
		if n.Inputs[k].Kind == program.None {
			continue
		}
		in[k] = newSource(&n.Inputs[k].Type)
		in[k].data = m.data[n.Inputs[k].Kind][n.Inputs[k].Index]
	}
	j, err := newJudge(n, in, c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// run probes every element of the case, then proves and judges some of them, honest and moved beyond the bound.
func (c *nodeCase) run(t *testing.T, rng *rand.Rand) {
	t.Helper()
	out := program.Tensor{Dtype: program.Float32, Dims: c.out}
	n := out.Elements()
	elements := make([]uint64, n)
	refs, bounds := make([]*big.Float, n), make([]*big.Float, n)
	for e := range n {
		refs[e], bounds[e] = c.reference(out.Coordinates(e))
		elements[e] = uint64(nearest(refs[e]))
	}
	m := c.build(t, rng, elements)
	commitments, summary := m.commitments(t)
	j := m.judgeOf(t, &commitments.Constants)
	name := program.Name(c.op)
	for e := range n {
		at := out.Coordinates(e)
		probe(t, fmt.Sprintf("%s %v", name, at), refs[e], bounds[e], func(y uint32) outcome { return j.judge(0, at, uint64(y), nil) })
	}
	for range 3 {
		e := uint64(rng.Int63n(int64(n)))
		c.prove(t, m, commitments, &summary, e, false)
		// move the element to where |y - ref| is about three bounds
		moved := append([]uint64(nil), elements...)
		y := nearest(badd(refs[e], bmul(bf(3), bounds[e])))
		if moved[e] = uint64(next(next(y))); !finite(next(y)) || !finite(uint32(moved[e])) {
			continue
		}
		forged := c.build(t, rng, moved)
		fc, fs := forged.commitments(t)
		c.prove(t, forged, fc, &fs, e, true)
	}
}

// prove builds the proof of one element, checks its size against the closed form and the verdict.
func (c *nodeCase) prove(t *testing.T, m *memory, commitments *Commitments, s *program.Summary, e uint64, want bool) Verdict {
	t.Helper()
	p, err := Prove(&m.p, m, Accusation{Kind: Arithmetic, Element: e})
	if err != nil {
		t.Fatal(err)
	}
	b := p.Encode()
	if uint64(len(b)) > s.WorstProof {
		t.Fatalf("%s: a proof of %d bytes, %d are the closed form's most", program.Name(c.op), len(b), s.WorstProof)
	}
	v, err := Judge(commitments, b, nil)
	if err != nil {
		t.Fatalf("%s element %d: %v", program.Name(c.op), e, err)
	}
	if v.Fault != want || v.Undecided != Decided {
		t.Fatalf("%s element %d: %+v, fault %v expected", program.Name(c.op), e, v, want)
	}
	m.agree(t, commitments, Accusation{Kind: Arithmetic, Element: e}, v)
	if v.Claimed == "" || v.Exact == "" || v.Bound == "" || v.Ratio == "" || v.Op == "" {
		t.Fatalf("%s: an incomplete explanation %+v", program.Name(c.op), v)
	}
	return v
}

// floats draws a tensor of float32 in a random layout.
func floats(rng *rand.Rand, draw func(*rand.Rand) uint32, dims ...uint64) operand {
	all := layouts(program.Float32, dims)
	o := operand{t: program.Tensor{Dtype: program.Float32, Dims: dims, Layout: all[rng.Intn(len(all))]}}
	for range o.t.Elements() {
		x := draw(rng)
		for !finite(x) {
			x = draw(rng)
		}
		o.elements = append(o.elements, uint64(x))
	}
	return o
}

// get is the value at logical coordinates; zero outside.
func (o *operand) get(at ...int64) *big.Float {
	i := uint64(0)
	for a, x := range at {
		if x < 0 || x >= int64(o.t.Dims[a]) {
			return bf(0)
		}
		i = i*o.t.Dims[a] + uint64(x)
	}
	return value(uint32(o.elements[i]))
}

func attrInts(name uint32, v ...int64) program.Attribute {
	return program.Attribute{Name: name, Ints: v}
}
func attrFloats(name uint32, v ...uint32) program.Attribute {
	return program.Attribute{Name: name, Floats: v}
}

// tame draws numbers whose sums and products stay far from overflow, with signs, zeros, subnormals and cancellation.
func tame(rng *rand.Rand) uint32 {
	switch rng.Intn(12) {
	case 0:
		return uint32(rng.Intn(2)) << 31
	case 1:
		return uint32(rng.Intn(2))<<31 | uint32(rng.Intn(1<<23))
	case 2:
		return bits32(float32(rng.NormFloat64()) * 1e15)
	case 3:
		return bits32(float32(rng.NormFloat64()) * 1e-15)
	}
	return ordinary(rng)
}

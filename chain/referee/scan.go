package referee

import (
	"encoding/binary"
	"math/big"

	"github.com/assay-chain/assay/chain/program"
)

// Scanner judges elements of one node over whole tensors: the auditor's way to the same judges that Judge uses. It keeps what
// neighbouring elements share, so it belongs to one goroutine; make one for each.
type Scanner struct {
	n     *program.Node
	j     judge
	order [][]int // of every output: the order of axes in which Range walks
}

// Tally counts what a scan found.
type Tally struct {
	Elements, Faults uint64
	// Undecided counts elements by cause, in the order of Causes.
	Undecided [6]uint64
	// Worst is the largest |y - ref|/bound of a decided element that is no fault, in units of 2^-20.
	Worst uint64
	// First is the lowest logical index of the faults that Range met, if Faults > 0.
	First uint64
	// Largest is the largest |y - ref|/bound of a fault, in units of 2^-20; LargestAt is the lowest logical index that has it.
	Largest, LargestAt uint64
}

// Add joins two tallies; their order does not matter.
func (t *Tally) Add(o *Tally) {
	if o.Faults > 0 {
		t.fault(o.First, o.LargestAt, o.Largest)
	}
	t.Elements += o.Elements
	t.Faults += o.Faults
	for i := range t.Undecided {
		t.Undecided[i] += o.Undecided[i]
	}
	t.Worst = max(t.Worst, o.Worst)
}

// fault notes the lowest index of some faults, and the one with the largest ratio; t.Faults does not count them yet.
func (t *Tally) fault(first, at, ratio uint64) {
	if t.Faults == 0 || first < t.First {
		t.First = first
	}
	if t.Faults == 0 || ratio > t.Largest || ratio == t.Largest && at < t.LargestAt {
		t.Largest, t.LargestAt = ratio, at
	}
}

// NewScanner judges a node that passed Check. operands[k] holds all bytes of operand k in its layout, nil where it is absent.
// Errors are *Error.
func NewScanner(n *program.Node, operands [][]byte, c *Constants) (*Scanner, error) {
	in := make([]*source, len(n.Inputs))
	for k := range n.Inputs {
		o := &n.Inputs[k]
		if o.Kind == program.None {
			continue
		}
		if k >= len(operands) || uint64(len(operands[k])) != o.Type.Bytes() {
			return nil, invalid(CodeChunk, "operand %d: %d bytes expected", k, o.Type.Bytes())
		}
		in[k] = newSource(&o.Type)
		in[k].data = operands[k]
	}
	j, err := newJudge(n, in, c)
	if err != nil {
		return nil, err
	}
	s := &Scanner{n: n, j: j}
	for i := range n.Outputs {
		order := n.Outputs[i].Order()
		switch n.Op { // elements that share a row or a group are visited one after the other
		case program.OpSoftmax, program.OpLogSoftmax, program.OpTopK:
			order = lastAxes(order, n.AxisOf(), n.AxisOf())
		case program.OpLayerNormalization, program.OpInstanceNormalization:
			order = lastAxes(order, n.GroupAxis(), len(order)-1)
		}
		s.order = append(s.order, order)
	}
	return s, nil
}

// lastAxes moves the axes from..to to the end of an order of axes.
func lastAxes(order []int, from, to int) []int {
	out, last := make([]int, 0, len(order)), []int(nil)
	for _, a := range order {
		if a < from || a > to {
			out = append(out, a)
		} else {
			last = append(last, a)
		}
	}
	return append(out, last...)
}

// Range judges the elements from..to-1 of an output, counted in the order of its memory; only operators whose elements
// share a row or a group are walked by these instead. output holds all bytes of that output. It stops at the first fault if first is set.
func (s *Scanner) Range(slot int, output []byte, from, to uint64, first bool) (t Tally) {
	out := &s.n.Outputs[slot]
	order, strides, width := s.order[slot], out.Strides(), out.Dtype.Width()
	at := make([]uint64, len(out.Dims))
	position := uint64(0)
	for i, rest := len(order)-1, from; i >= 0; i-- {
		a := order[i]
		at[a], rest = rest%out.Dims[a], rest/out.Dims[a]
		position += at[a] * strides[a]
	}
	for ; from < to; from++ {
		o := s.j.judge(slot, at, element(output, position, width), nil)
		t.Elements++
		switch {
		case o.fault:
			e := out.Index(at)
			t.fault(e, e, o.ratio)
			t.Faults++
		case o.cause != Decided:
			t.Undecided[causeIndex(o.cause)]++
		default:
			t.Worst = max(t.Worst, o.ratio)
		}
		if o.fault && first {
			break
		}
		for i := len(order) - 1; i >= 0; i-- {
			a := order[i]
			position += strides[a]
			if at[a]++; at[a] < out.Dims[a] {
				break
			}
			position -= at[a] * strides[a]
			at[a] = 0
		}
	}
	return t
}

func element(data []byte, position, width uint64) uint64 {
	b := data[position*width:]
	switch width {
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	}
	return binary.LittleEndian.Uint64(b)
}

func causeIndex(c Cause) int {
	for i, x := range Causes() {
		if x == c {
			return i
		}
	}
	return 0
}

// Explain judges one element with its explanation; y are the claimed bits. Node and work stay zero.
func (s *Scanner) Explain(slot int, e, y uint64) Verdict {
	out := &s.n.Outputs[slot]
	at := out.Coordinates(e)
	d := detail{}
	o := s.j.judge(slot, at, y, &d)
	v := Verdict{Fault: o.fault, Undecided: o.cause}
	v.Kind, v.Op, v.Slot, v.Element, v.Coordinates = Arithmetic, program.Name(s.n.Op), uint32(slot), e, at
	v.Claimed, v.Exact, v.Bound, v.Ratio, v.Terms = show(out.Dtype, y), d.exact, d.bound, d.ratio, d.terms
	return v
}

// Bits returns the committed bits of an element of an output, by its logical index.
func (s *Scanner) Bits(slot int, output []byte, e uint64) uint64 {
	out := &s.n.Outputs[slot]
	return element(output, positionOf(out, out.Coordinates(e)), out.Dtype.Width())
}

// Moved returns the bits of the smallest forgery that the referee must catch, for an element whose claim is y: the number
// nearest to exact + 2·bound that lies beyond the bound, or the next but one number where the bound is zero. false where
// there is nothing to move beyond: special values, undecided elements.
func (s *Scanner) Moved(slot int, e, y uint64) (uint64, bool) {
	out := &s.n.Outputs[slot]
	if !isFloat(out.Dtype) {
		return y ^ 1, true
	}
	d := detail{}
	o := s.j.judge(slot, out.Coordinates(e), y, &d)
	if o.cause != Decided || !finite(floatOf(out.Dtype, y)) {
		return 0, false
	}
	if out.Dtype != program.Float32 {
		return y ^ 2, true
	}
	if d.limit == nil {
		moved := above(above(uint32(y)))
		return uint64(moved), finite(moved)
	}
	two := new(big.Rat).Add(d.limit, d.limit)
	moved := nearestFloat(two.Add(two, d.ref))
	for range 4 { // the grid of float32 may be coarser than the bound
		m, ok := numberOf(out.Dtype, uint64(moved))
		if !ok {
			return 0, false
		}
		if m.Sub(m, d.ref).Cmp(d.limit) > 0 {
			break
		}
		moved = above(moved)
	}
	return uint64(moved), finite(moved)
}

// nearestFloat rounds a rational to float32, to nearest even.
func nearestFloat(r *big.Rat) uint32 {
	num, den := new(big.Int).Abs(r.Num()), r.Denom()
	if num.Sign() == 0 {
		return 0
	}
	// 62 or 63 bits of the quotient, and whether something was cut off
	shift := 63 - (num.BitLen() - den.BitLen())
	if shift >= 0 {
		num.Lsh(num, uint(shift))
	} else {
		den = new(big.Int).Lsh(den, uint(-shift))
	}
	q, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	return formatFloat.round(r.Sign() < 0, q.Uint64(), -shift, rest.Sign() != 0)
}

// above is the next larger float32.
func above(x uint32) uint32 {
	switch {
	case x == signBit:
		return 1
	case negative(x):
		return x - 1
	}
	return x + 1
}

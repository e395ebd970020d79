package program

import (
	"errors"
	"testing"
)

// padded is a pool of one element over this window: padding makes up what the operand lacks, so nearly nothing is opened.
func padded(op uint32, kernel ...int64) *Node {
	dims, output := []uint64{1, 1}, []uint64{1, 1}
	var ones, pads, after []int64
	for _, k := range kernel {
		dims, output, ones = append(dims, 1), append(output, 1), append(ones, 1)
		pads, after = append(pads, k-1), append(after, 0)
	}
	a := []Attribute{ints(Dilations, ones...), ints(KernelShape, kernel...), ints(Pads, append(pads, after...)...), ints(Strides, ones...)}
	if op == OpAveragePool {
		a = append([]Attribute{ints(CountIncludePad, 1)}, a...)
	}
	return &Node{Op: op, Attributes: attributes(a...), Inputs: []Operand{{Kind: Weight, Type: row(Float32, dims...), Typed: true}}, Outputs: []Tensor{row(Float32, output...)}}
}

// TestWindowsHaveALimit: a pool's window may be nearly all padding, of which a proof opens nothing: without a limit of its own
// a node could cost more gas than a block has, or divide by a number that the referee does not decide. Found by a search for
// the costliest node that a record can hold.
func TestWindowsHaveALimit(t *testing.T) {
	for _, c := range []struct {
		kernel []int64
		ok     bool
	}{
		{[]int64{3, 3}, true},
		{[]int64{1 << 9, 1 << 9}, true},
		{[]int64{1<<18 + 1}, false},
		{[]int64{1 << 10, 1 << 10}, false},
		{[]int64{1 << 20, 1 << 20}, false},
		{[]int64{1 << 20, 1 << 20, 1 << 20, 1 << 20}, false},
	} {
		for _, op := range []uint32{OpMaxPool, OpAveragePool} {
			info, err := padded(op, c.kernel...).Check(100, &Counts{Weights: 1, Values: 1, Nodes: 1, Outputs: 1})
			var refusal *Error
			switch {
			case c.ok && (err != nil || info.Work.MACs > MaxWork):
				t.Errorf("%s %v: work %d, %v", Name(op), c.kernel, info.Work.MACs, err)
			case !c.ok && (!errors.As(err, &refusal) || refusal.Code != CodeLimit):
				t.Errorf("%s %v: %v, %s expected", Name(op), c.kernel, err, CodeLimit)
			}
		}
	}
}

// TestWorkHasALimit: what is too much for a block is refused whatever the operator's own rules say.
func TestWorkHasALimit(t *testing.T) {
	dear := *Lookup(OpNeg)
	defer func(row Operator) { table[OpNeg] = row }(dear)
	x := row(Float32, 2)
	n := Node{Op: OpNeg, Inputs: []Operand{{Kind: Weight, Type: x, Typed: true}}, Outputs: []Tensor{x}}
	for work, ok := range map[Work]bool{
		{MACs: MaxWork - 10, Exponentials: 1}:  true,
		{MACs: MaxWork - 9, Exponentials: 1}:   false,
		{MACs: 1 << 63, Exponentials: 1 << 63}: false, // their sum wraps
		{Exponentials: 1 << 63}:                false, // ten times it wraps
	} {
		dear.work = func(*Node) Work { return work }
		table[OpNeg] = dear
		_, err := n.Check(100, &Counts{Weights: 1, Values: 1, Nodes: 1, Outputs: 1})
		var refusal *Error
		if ok && err != nil || !ok && (!errors.As(err, &refusal) || refusal.Code != CodeLimit) {
			t.Errorf("%+v: %v", work, err)
		}
	}
}

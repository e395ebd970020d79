package program

import (
	"errors"
	"testing"
)

// TestScanRules: what the rows of CumSum, TopK, Trilu, GatherElements and linear Resize refuse, each with its code.
func TestScanRules(t *testing.T) {
	linear := func(nearest int64, scales ...uint32) []Attribute {
		return attributes(ints(CoordinateTransformationMode, CoordHalfPixel), ints(Mode, ModeLinear), ints(NearestMode, nearest), reals(Scales, scales...))
	}
	const one, two = 0x3f800000, 0x40000000
	sum := func(axis, exclusive, reverse int64) []Attribute {
		return attributes(ints(Axis, axis), ints(Exclusive, exclusive), ints(Reverse, reverse))
	}
	best := attributes(ints(Axis, 1), ints(Largest, 1))
	f, i := row(Float32, 2, 4), row(Int64, 2, 4)
	for _, c := range []struct {
		name       string
		op         uint32
		attributes []Attribute
		inputs     []Tensor
		outputs    []Tensor
		code       Code
	}{
		{"CumSum", OpCumSum, sum(1, 0, 1), []Tensor{f}, []Tensor{f}, ""},
		{"axis beyond the rank", OpCumSum, sum(2, 0, 0), []Tensor{f}, []Tensor{f}, CodeAttribute},
		{"exclusive 2", OpCumSum, sum(1, 2, 0), []Tensor{f}, []Tensor{f}, CodeAttribute},
		{"reverse -1", OpCumSum, sum(1, 0, -1), []Tensor{f}, []Tensor{f}, CodeAttribute},
		{"CumSum of another shape", OpCumSum, sum(1, 0, 0), []Tensor{f}, []Tensor{row(Float32, 4, 2)}, CodeShape},
		{"CumSum of int8", OpCumSum, sum(1, 0, 0), []Tensor{row(Int8, 2)}, []Tensor{row(Int8, 2)}, CodeAttribute},
		{"CumSum of bool", OpCumSum, sum(0, 0, 0), []Tensor{row(Bool, 2)}, []Tensor{row(Bool, 2)}, CodeDtype},
		{"TopK", OpTopK, best, []Tensor{f}, []Tensor{row(Float32, 2, 3), row(Int64, 2, 3)}, ""},
		{"TopK without indices", OpTopK, best, []Tensor{f}, []Tensor{row(Float32, 2, 3)}, CodeShape},
		{"TopK of more than there are", OpTopK, best, []Tensor{f}, []Tensor{row(Float32, 2, 5), row(Int64, 2, 5)}, CodeShape},
		{"TopK with other indices", OpTopK, best, []Tensor{f}, []Tensor{row(Float32, 2, 3), row(Int64, 2, 2)}, CodeShape},
		{"TopK with int32 indices", OpTopK, best, []Tensor{f}, []Tensor{row(Float32, 2, 3), row(Int32, 2, 3)}, CodeDtype},
		{"TopK of float16", OpTopK, best, []Tensor{row(Float16, 2, 4)}, []Tensor{row(Float16, 2, 3), row(Int64, 2, 3)}, CodeDtype},
		{"Trilu", OpTrilu, attributes(ints(Diagonal, -3), ints(Upper, 0)), []Tensor{i}, []Tensor{i}, ""},
		{"Trilu of a vector", OpTrilu, attributes(ints(Diagonal, 0), ints(Upper, 0)), []Tensor{row(Int64, 4)}, []Tensor{row(Int64, 4)}, CodeShape},
		{"upper 2", OpTrilu, attributes(ints(Diagonal, 0), ints(Upper, 2)), []Tensor{i}, []Tensor{i}, CodeAttribute},
		{"GatherElements", OpGatherElements, attributes(ints(Axis, 1)), []Tensor{f, row(Int64, 1, 9)}, []Tensor{row(Float32, 1, 9)}, ""},
		{"more rows than there are", OpGatherElements, attributes(ints(Axis, 1)), []Tensor{f, row(Int64, 3, 2)}, []Tensor{row(Float32, 3, 2)}, CodeShape},
		{"int32 indices", OpGatherElements, attributes(ints(Axis, 1)), []Tensor{f, row(Int32, 2, 2)}, []Tensor{row(Float32, 2, 2)}, CodeDtype},
		{"output of another shape", OpGatherElements, attributes(ints(Axis, 1)), []Tensor{f, row(Int64, 2, 2)}, []Tensor{row(Float32, 2, 3)}, CodeShape},
		{"linear", OpResize, linear(RoundPreferFloor, one, two), []Tensor{f}, []Tensor{row(Float32, 2, 8)}, ""},
		{"linear with a rounding mode", OpResize, linear(RoundFloor, one, two), []Tensor{f}, []Tensor{row(Float32, 2, 8)}, CodeAttribute},
		{"linear of int8", OpResize, linear(RoundPreferFloor, one, two), []Tensor{row(Int8, 2, 4)}, []Tensor{row(Int8, 2, 8)}, CodeDtype},
		{"linear of rank 1", OpResize, linear(RoundPreferFloor, two), []Tensor{row(Float32, 4)}, []Tensor{row(Float32, 8)}, CodeShape},
		{"linear along the batch", OpResize, linear(RoundPreferFloor, two, one, one, one), []Tensor{row(Float32, 2, 1, 2, 2)}, []Tensor{row(Float32, 4, 1, 2, 2)}, CodeAttribute},
		{"linear along three axes of four", OpResize, linear(RoundPreferFloor, one, two, two, two), []Tensor{row(Float32, 1, 2, 2, 2)}, []Tensor{row(Float32, 1, 4, 4, 4)}, CodeAttribute},
		{"linear, channels last", OpResize, linear(RoundPreferFloor, one, two, two, one), []Tensor{row(Float32, 1, 2, 2, 2)}, []Tensor{row(Float32, 1, 4, 4, 2)}, ""},
		{"cubic", OpResize, attributes(ints(CoordinateTransformationMode, 0), ints(Mode, 6), ints(NearestMode, 0), reals(Scales, one, two)), []Tensor{f}, []Tensor{row(Float32, 2, 8)}, CodeAttribute},
	} {
		n := Node{Op: c.op, Attributes: c.attributes, Outputs: c.outputs}
		for k, input := range c.inputs {
			n.Inputs = append(n.Inputs, Operand{Kind: Weight, Index: uint32(k), Type: input, Typed: true})
		}
		_, err := n.Check(100, &Counts{Weights: 2, Values: 2, Nodes: 1, Outputs: 1})
		var refusal *Error
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.code != "" && (!errors.As(err, &refusal) || refusal.Code != c.code):
			t.Errorf("%s: %v, %s expected", c.name, err, c.code)
		}
	}
	same := Operand{Kind: Weight, Type: i, Typed: true}
	n := Node{Op: OpGatherElements, Attributes: attributes(ints(Axis, 1)), Inputs: []Operand{same, same}, Outputs: []Tensor{i}}
	if _, err := n.Check(100, &Counts{Weights: 1, Values: 1, Nodes: 1, Outputs: 1}); err == nil {
		t.Error("data and indices are one tensor, and that is accepted")
	}
}

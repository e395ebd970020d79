package program

import (
	"slices"
	"testing"
)

type operatorVector struct {
	Number     uint32   `json:"number"`
	Name       string   `json:"name"`
	Least      int      `json:"least_operands"`
	Most       int      `json:"most_operands"`
	Attributes []string `json:"attributes"`
}

type attributeVector struct {
	Number uint32   `json:"number"`
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Enum   []string `json:"enum,omitempty"`
}

// TestOperatorList writes and compares the closed lists that src/onnx checks itself against.
func TestOperatorList(t *testing.T) {
	var v struct {
		Note       string            `json:"note"`
		Operators  []operatorVector  `json:"operators"`
		Attributes []attributeVector `json:"attributes"`
	}
	v.Note = "the operators that the chain registers and judges; most_operands 0 is any number; an enum is written as its place in the list"
	types := make([]string, len(AttributeNames))
	for _, op := range Operators() {
		o := operatorVector{op.Number, op.Name, op.Least, op.Most, []string{}}
		for i, a := range op.Attributes {
			o.Attributes = append(o.Attributes, AttributeNames[a.Name])
			if i > 0 && AttributeNames[op.Attributes[i-1].Name] >= AttributeNames[a.Name] {
				t.Errorf("%s: attributes are not sorted by name", op.Name)
			}
			kind := map[AttributeSpec]string{integer(a.Name): "int", integers(a.Name): "ints", float(a.Name): "float", floats(a.Name): "floats"}[a]
			if types[a.Name] != "" && types[a.Name] != kind {
				t.Errorf("%s has two types", AttributeNames[a.Name])
			}
			types[a.Name] = kind
		}
		v.Operators = append(v.Operators, o)
	}
	for i, name := range AttributeNames {
		if slices.Index(AttributeNames, name) != i {
			t.Errorf("attribute %s is listed twice", name)
		}
		if i > 0 {
			v.Attributes = append(v.Attributes, attributeVector{uint32(i), name, types[i], EnumNames(uint32(i))})
		}
	}
	golden(t, "operators.json", v)
}

// TestNumbers pins the numbers that stand in registered records.
func TestNumbers(t *testing.T) {
	for name, number := range map[string]uint32{"Relayout": 1, "Add": 3, "Sqrt": 10, "Cast": 29, "Conv": 39, "MatMul": 41, "BatchNormalization": 47, "Softmax": 50, "Concat": 58, "Resize": 66} {
		if Name(number) != name {
			t.Errorf("operator %d is %s, %s expected", number, Name(number), name)
		}
	}
	if Name(0) != "unknown" || Name(1000) != "unknown" || Lookup(1<<31) != nil {
		t.Error("a hole has a name")
	}
}

package program

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden vectors that this package owns")

// golden compares value with a vector file, or writes it with -update.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	want, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	path := filepath.Join("..", "..", "test", "vectors", name)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Fatalf("%s differs from what Go computes: if the protocol changed, run with -update and say so", name)
	}
}

// graphBuilder assembles a record step by step.
type graphBuilder struct{ p Program }

func row(d Dtype, dims ...uint64) Tensor            { return Tensor{Dtype: d, Dims: dims} }
func laid(l Layout, d Dtype, dims ...uint64) Tensor { return Tensor{Dtype: d, Dims: dims, Layout: l} }

func (g *graphBuilder) input(t Tensor) Operand {
	g.p.Header.Inputs = append(g.p.Header.Inputs, t)
	return Operand{Kind: Input, Index: uint32(len(g.p.Header.Inputs) - 1), Type: t, Typed: true}
}

func (g *graphBuilder) weight(t Tensor) Operand {
	g.p.Header.Weights = append(g.p.Header.Weights, t)
	return Operand{Kind: Weight, Index: uint32(len(g.p.Header.Weights) - 1), Type: t, Typed: true}
}

func (g *graphBuilder) node(op uint32, attributes []Attribute, inputs []Operand, outputs ...Tensor) []Operand {
	first := g.p.Header.Values
	g.p.Nodes = append(g.p.Nodes, Node{Op: op, Attributes: attributes, Inputs: inputs, First: first, Outputs: outputs})
	g.p.Header.Nodes++
	values := make([]Operand, len(outputs))
	for i, t := range outputs {
		values[i] = Operand{Kind: Value, Index: first + uint32(i), Type: t, Typed: true}
	}
	g.p.Header.Values += uint32(len(outputs))
	return values
}

func (g *graphBuilder) record(outputs ...Operand) []byte {
	g.p.Header.Version, g.p.Header.Outputs = Version, outputs
	return g.p.Encode()
}

func ints(name uint32, v ...int64) Attribute   { return Attribute{Name: name, Ints: v} }
func reals(name uint32, v ...uint32) Attribute { return Attribute{Name: name, Floats: v} }
func list(operands ...Operand) []Operand       { return operands }
func attributes(a ...Attribute) []Attribute    { return a }

// Small graphs that together use every family and every layout.
func sampleAdd() []byte {
	var g graphBuilder
	x := g.input(row(Float32, 2, 3))
	w := g.weight(row(Float32, 3))
	return g.record(g.node(OpAdd, nil, list(x, w), row(Float32, 2, 3))...)
}

func sampleConv() []byte {
	var g graphBuilder
	x := g.input(row(Float32, 1, 3, 9, 9))
	t := g.node(OpRelayout, nil, list(x), laid(Axis1Last, Float32, 1, 3, 9, 9))[0]
	w, b := g.weight(laid(Axis1Last, Float32, 4, 3, 3, 3)), g.weight(row(Float32, 4))
	window := attributes(ints(Dilations, 1, 1), ints(Group, 1), ints(Pads, 1, 1, 1, 1), ints(Strides, 2, 2))
	c := g.node(OpConv, window, list(t, w, b), laid(Axis1Last, Float32, 1, 4, 5, 5))[0]
	s, o, m, v := g.weight(row(Float32, 4)), g.weight(row(Float32, 4)), g.weight(row(Float32, 4)), g.weight(row(Float32, 4))
	n := g.node(OpBatchNormalization, attributes(reals(Epsilon, 0x3727c5ac)), list(c, s, o, m, v), laid(Axis1Last, Float32, 1, 4, 5, 5))[0]
	r := g.node(OpClip, attributes(reals(MaxLimit, 0x40c00000), reals(MinLimit, 0)), list(n), row(Float32, 1, 4, 5, 5))[0]
	p := g.node(OpMaxPool, attributes(ints(Dilations, 1, 1), ints(KernelShape, 2, 2), ints(Pads, 0, 0, 0, 0), ints(Strides, 2, 2)), list(r), row(Float32, 1, 4, 2, 2))[0]
	k := g.weight(laid(Axis0Last, Float32, 4, 2, 2, 2))
	u := g.node(OpConvTranspose, attributes(ints(Dilations, 1, 1), ints(Group, 1), ints(OutputPadding, 0, 0), ints(Pads, 0, 0, 0, 0), ints(Strides, 2, 2)), list(p, k), row(Float32, 1, 2, 4, 4))[0]
	z := g.node(OpResize, attributes(ints(CoordinateTransformationMode, CoordAsymmetric), ints(Mode, ModeNearest), ints(NearestMode, RoundFloor), reals(Scales, 0x3f800000, 0x3f800000, 0x40000000, 0x40000000)),
		list(u), row(Float32, 1, 2, 8, 8))[0]
	a := g.node(OpGlobalAveragePool, nil, list(z), row(Float32, 1, 2, 1, 1))[0]
	return g.record(a, z)
}

func sampleAttention() []byte {
	var g graphBuilder
	x := g.input(row(Float32, 1, 6, 8))
	w := g.weight(laid(Swapped, Float32, 8, 24))
	qkv := g.node(OpMatMul, nil, list(x, w), row(Float32, 1, 6, 24))[0]
	parts := g.node(OpSplit, attributes(ints(Axis, 2)), list(qkv), row(Float32, 1, 6, 8), row(Float32, 1, 6, 8), row(Float32, 1, 6, 8))
	kt := g.node(OpTranspose, attributes(ints(Perm, 0, 2, 1)), list(parts[1]), laid(Swapped, Float32, 1, 8, 6))[0]
	scores := g.node(OpMatMul, nil, list(parts[0], kt), row(Float32, 1, 6, 6))[0]
	p := g.node(OpSoftmax, attributes(ints(Axis, 2)), list(scores), row(Float32, 1, 6, 6))[0]
	vt := g.node(OpRelayout, nil, list(parts[2]), laid(Swapped, Float32, 1, 6, 8))[0]
	y := g.node(OpMatMul, nil, list(p, vt), row(Float32, 1, 6, 8))[0]
	m := g.node(OpReduceMean, attributes(ints(Axes, 2), ints(Keepdims, 1)), list(y), row(Float32, 1, 6, 1))[0]
	d := g.node(OpSub, nil, list(y, m), row(Float32, 1, 6, 8))[0]
	q := g.node(OpPow, attributes(reals(Exponent, PowSquare)), list(d), row(Float32, 1, 6, 8))[0]
	c := g.node(OpConcat, attributes(ints(Axis, 2)), list(q, y), row(Float32, 1, 6, 16))[0]
	return g.record(c)
}

func sampleTokens() []byte {
	var g graphBuilder
	ids := g.input(row(Int64, 5))
	e := g.weight(row(Float32, 10, 4))
	x := g.node(OpGather, attributes(ints(Axis, 0)), list(e, ids), row(Float32, 5, 4))[0]
	h := g.node(OpCast, nil, list(x), row(Float16, 5, 4))[0]
	f := g.node(OpCast, nil, list(h), row(Float32, 5, 4))[0]
	w, b := g.weight(row(Float32, 3, 4)), g.weight(row(Float32, 3))
	y := g.node(OpGemm, attributes(ints(TransA, 0), ints(TransB, 1)), list(f, w, b), row(Float32, 5, 3))[0]
	s := g.node(OpSigmoid, nil, list(y), row(Float32, 5, 3))[0]
	k := g.node(OpArgMax, attributes(ints(Axis, 1), ints(Keepdims, 0)), list(s), row(Int64, 5))[0]
	i := g.node(OpCast, nil, list(k), row(Int8, 5))[0]
	return g.record(k, i)
}

func sampleScan() []byte {
	var g graphBuilder
	x := g.input(row(Float32, 4, 6))
	linear := attributes(ints(CoordinateTransformationMode, CoordHalfPixel), ints(Mode, ModeLinear), ints(NearestMode, RoundPreferFloor), reals(Scales, 0x3f800000, 0x3fc00000))
	r := g.node(OpResize, linear, list(x), row(Float32, 4, 9))[0]
	c := g.node(OpCumSum, attributes(ints(Axis, 1), ints(Exclusive, 0), ints(Reverse, 1)), list(r), row(Float32, 4, 9))[0]
	u := g.node(OpTrilu, attributes(ints(Diagonal, -1), ints(Upper, 1)), list(c), row(Float32, 4, 9))[0]
	best := g.node(OpTopK, attributes(ints(Axis, 1), ints(Largest, 1)), list(u), row(Float32, 4, 3), row(Int64, 4, 3))
	e := g.node(OpGatherElements, attributes(ints(Axis, 1)), list(u, best[1]), row(Float32, 4, 3))[0]
	p := g.node(OpPad, attributes(ints(Mode, ModeConstant), ints(Pads, 0, 1, 0, 1), reals(PadValue, 0xbf800000)), list(best[1]), row(Int64, 4, 5))[0]
	return g.record(e, p, best[0])
}

func sampleNormal() []byte {
	var g graphBuilder
	x := g.input(row(Float32, 1, 3, 4, 4))
	s, b := g.weight(row(Float32, 3)), g.weight(row(Float32, 3))
	n := g.node(OpInstanceNormalization, attributes(reals(Epsilon, 0x3727c5ac)), list(x, s, b), row(Float32, 1, 3, 4, 4))[0]
	y := g.node(OpGelu, attributes(ints(Approximate, ApproximateTanh)), list(n), laid(Axis1Last, Float32, 1, 3, 4, 4))[0]
	ls, lb := g.weight(row(Float32, 4, 4)), g.weight(row(Float32, 4, 4))
	l := g.node(OpLayerNormalization, attributes(ints(Axis, 2), reals(Epsilon, 0x3727c5ac)), list(y, ls, lb), row(Float32, 1, 3, 4, 4))[0]
	p := g.node(OpSoftplus, nil, list(l), row(Float32, 1, 3, 4, 4))[0]
	q := g.node(OpLogSoftmax, attributes(ints(Axis, 3)), list(p), row(Float32, 1, 3, 4, 4))[0]
	r := g.weight(row(Float32, 4))
	z := g.node(OpLayerNormalization, attributes(ints(Axis, 3), reals(Epsilon, 0x3727c5ac)), list(q, r), row(Float32, 1, 3, 4, 4))[0]
	return g.record(z)
}

func samples() map[string][]byte {
	return map[string][]byte{"add": sampleAdd(), "conv": sampleConv(), "attention": sampleAttention(), "tokens": sampleTokens(), "normal": sampleNormal(), "scan": sampleScan()}
}

var sampleNames = []string{"add", "conv", "attention", "tokens", "normal", "scan"}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

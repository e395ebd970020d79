package referee

import (
	"fmt"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestReadsOfLargeNodes: nodes whose operands have many chunks open exactly those that an element reads, in every layout;
// what lies elsewhere changes nothing, and both paths agree, on operands of every bit pattern.
func TestReadsOfLargeNodes(t *testing.T) {
	rng := seeded(t, 9200)
	f := func(dims ...uint64) program.Tensor { return program.Tensor{Dtype: program.Float32, Dims: dims} }
	of := func(d program.Dtype, dims ...uint64) program.Tensor { return program.Tensor{Dtype: d, Dims: dims} }
	window := []program.Attribute{attrInts(program.Dilations, 2, 1), attrInts(program.KernelShape, 3, 2), attrInts(program.Pads, 1, 1, 2, 1), attrInts(program.Strides, 2, 3)}
	axis := func(i int64) []program.Attribute { return []program.Attribute{attrInts(program.Axis, i)} }
	reduce := []program.Attribute{attrInts(program.Axes, 1), attrInts(program.Keepdims, 0)}
	conv := []program.Attribute{attrInts(program.Dilations, 1, 2), attrInts(program.Group, 2), attrInts(program.Pads, 1, 2, 1, 2), attrInts(program.Strides, 2, 1)}
	u := program.Uint8
	all := []struct {
		op         uint32
		attributes []program.Attribute
		in         []program.Tensor
		out        program.Tensor
	}{
		{program.OpConv, conv, []program.Tensor{f(1, 64, 11, 9), f(8, 32, 3, 3), f(8)}, f(1, 8, 6, 9)},
		{program.OpConvTranspose, []program.Attribute{attrInts(program.Dilations, 1, 1), attrInts(program.Group, 1), attrInts(program.OutputPadding, 0, 0), attrInts(program.Pads, 1, 1, 1, 1), attrInts(program.Strides, 2, 2)},
			[]program.Tensor{f(1, 48, 6, 6), f(48, 4, 4, 4)}, f(1, 4, 12, 12)},
		{program.OpMatMul, nil, []program.Tensor{f(3, 5, 300), f(300, 7)}, f(3, 5, 7)},
		{program.OpGemm, []program.Attribute{attrInts(program.TransA, 1), attrInts(program.TransB, 0)}, []program.Tensor{f(300, 5), f(300, 7), f(7)}, f(5, 7)},
		{program.OpMaxPool, window, []program.Tensor{f(2, 6, 20, 21)}, f(2, 6, 10, 8)},
		{program.OpGlobalAveragePool, nil, []program.Tensor{f(2, 3, 20, 20)}, f(2, 3, 1, 1)},
		{program.OpBatchNormalization, []program.Attribute{attrFloats(program.Epsilon, epsilon5)}, []program.Tensor{f(1, 600, 2, 2), f(600), f(600), f(600), f(600)}, f(1, 600, 2, 2)},
		{program.OpLayerNormalization, append(axis(1), attrFloats(program.Epsilon, epsilon5)), []program.Tensor{f(3, 20, 20), f(20, 20), f(20, 20)}, f(3, 20, 20)},
		{program.OpInstanceNormalization, []program.Attribute{attrFloats(program.Epsilon, epsilon5)}, []program.Tensor{f(2, 300, 3), f(300), f(300)}, f(2, 300, 3)},
		{program.OpSoftmax, axis(0), []program.Tensor{f(20, 30, 4)}, f(20, 30, 4)},
		{program.OpLogSoftmax, axis(1), []program.Tensor{f(2, 300, 3)}, f(2, 300, 3)},
		{program.OpReduceSum, reduce, []program.Tensor{f(10, 100, 5)}, f(10, 5)},
		{program.OpReduceMax, reduce, []program.Tensor{f(10, 100, 5)}, f(10, 5)},
		{program.OpArgMin, []program.Attribute{attrInts(program.Axis, 0), attrInts(program.Keepdims, 1)}, []program.Tensor{f(100, 9)}, of(program.Int64, 1, 9)},
		{program.OpCumSum, []program.Attribute{attrInts(program.Axis, 0), attrInts(program.Exclusive, 1), attrInts(program.Reverse, 1)}, []program.Tensor{f(100, 20)}, f(100, 20)},
		{program.OpTranspose, []program.Attribute{attrInts(program.Perm, 2, 0, 1)}, []program.Tensor{f(20, 30, 10)}, f(10, 20, 30)},
		{program.OpReshape, nil, []program.Tensor{f(20, 30, 10)}, f(100, 60)},
		{program.OpSlice, []program.Attribute{attrInts(program.Starts, 50, 3), attrInts(program.Steps, -7, 2)}, []program.Tensor{f(60, 50)}, f(8, 20)},
		{program.OpTile, nil, []program.Tensor{f(30, 20)}, f(90, 40)},
		{program.OpConcat, axis(1), []program.Tensor{f(30, 20), f(30, 40), f(30, 1)}, f(30, 61)},
		{program.OpGather, axis(1), []program.Tensor{f(10, 4, 200), of(program.Int64, 9)}, f(10, 9, 200)},
		{program.OpGatherElements, axis(1), []program.Tensor{f(200, 4), of(program.Int64, 150, 4)}, f(150, 4)},
		{program.OpResize, interpolate(program.CoordHalfPixel, floatOne, floatOne, bits32(2), bits32(1.5)), []program.Tensor{f(1, 4, 20, 20)}, f(1, 4, 40, 30)},
		{program.OpAdd, nil, []program.Tensor{f(40, 1, 30), f(50, 1)}, f(40, 50, 30)},
		{program.OpWhere, nil, []program.Tensor{of(program.Bool, 40, 50), f(50), f(40, 1)}, f(40, 50)},
		{program.OpMatMulInteger, nil, []program.Tensor{of(u, 5, 3000), of(u, 3000, 4), of(u), of(u, 4)}, of(program.Int32, 5, 4)},
		{program.OpQuantizeLinear, axis(0), []program.Tensor{f(600, 3), f(600), of(u, 600)}, of(u, 600, 3)},
	}
	for _, x := range all {
		for round := range 4 {
			c := nodeCase{op: x.op, attributes: x.attributes, out: x.out.Dims, dtype: x.out.Dtype}
			for _, in := range x.in {
				in.Layout = pick(rng, layouts(in.Dtype, in.Dims)...)
				c.inputs = append(c.inputs, operand{t: in, elements: make([]uint64, in.Elements())})
			}
			m := c.build(t, rng, make([]uint64, x.out.Elements())).wild(rng)
			commitments, summary := m.commitments(t)
			a := Accusation{Kind: Arithmetic, Element: uint64(rng.Int63n(int64(x.out.Elements())))}
			p, err := Prove(&m.p, m, a)
			if err != nil {
				t.Fatal(err)
			}
			b := p.Encode()
			v, err := Judge(commitments, b, nil)
			if what := fmt.Sprintf("%s round %d element %d", program.Name(x.op), round, a.Element); err != nil || uint64(len(b)) > summary.WorstProof {
				t.Fatalf("%s: %d bytes of %d: %v", what, len(b), summary.WorstProof, err)
			}
			m.sameVerdict(t, commitments, a, v)
			m.exactReads(t, rng, commitments, a)
		}
	}
}

package main

import (
	"math"

	"github.com/assay-chain/assay/chain/program"
)

// sample is one node of an operator: its types and attributes. Operands are WEIGHTs filled at random.
type sample struct {
	attributes []program.Attribute
	in         []program.Tensor
	out        []program.Tensor
}

// sizes are the scales at which every operator is measured: a handful of elements, and what one element of a large model
// reads.
var sizes = []string{"small", "large"}

// samples of every operator of the table. A new operator needs one line here: TestEveryOperatorHasASample says so.
var samples = map[uint32]func(large bool) sample{
	program.OpRelayout: func(large bool) sample {
		x := side(large)
		return sample{in: []program.Tensor{laid(program.Swapped, x, x)}, out: []program.Tensor{row(x, x)}}
	},
	program.OpReshape: func(large bool) sample { n := side(large); return of(attributes(), row(n, n), row(n*n)) },
	program.OpTranspose: func(large bool) sample {
		n := side(large)
		return of(attributes(ints(program.Perm, 1, 0)), row(n, 2*n), row(2*n, n))
	},
	program.OpSlice: func(large bool) sample {
		n := side(large)
		return of(attributes(ints(program.Starts, 0, 1), ints(program.Steps, 1, 1)), row(n, n), row(n, n-1))
	},
	program.OpPad: func(large bool) sample {
		n := side(large)
		return of(attributes(ints(program.Mode, program.ModeEdge), ints(program.Pads, 1, 0, 0, 1), floats(program.PadValue, 0)), row(n, n), row(n+1, n+1))
	},
	program.OpExpand: func(large bool) sample { n := side(large); return of(attributes(), row(1, n), row(n, n)) },
	program.OpTile:   func(large bool) sample { n := side(large); return of(attributes(), row(n, n), row(2*n, n)) },
	program.OpConcat: func(large bool) sample {
		n := side(large)
		return sample{attributes: attributes(ints(program.Axis, 0)), in: []program.Tensor{row(n, n), row(n, n)}, out: []program.Tensor{row(2*n, n)}}
	},
	program.OpSplit: func(large bool) sample {
		n := side(large)
		return sample{attributes: attributes(ints(program.Axis, 0)), in: []program.Tensor{row(2*n, n)}, out: []program.Tensor{row(n, n), row(n, n)}}
	},
	program.OpGather: func(large bool) sample {
		n := side(large)
		return sample{attributes: attributes(ints(program.Axis, 0)), in: []program.Tensor{row(n, n), typed(program.Int64, n)}, out: []program.Tensor{row(n, n)}}
	},
	program.OpTrilu: func(large bool) sample {
		n := side(large)
		return of(attributes(ints(program.Diagonal, 0), ints(program.Upper, 1)), row(n, n), row(n, n))
	},
	program.OpGatherElements: func(large bool) sample {
		n := side(large)
		return sample{attributes: attributes(ints(program.Axis, 0)), in: []program.Tensor{row(n, n), typed(program.Int64, n, n)}, out: []program.Tensor{row(n, n)}}
	},
	program.OpResize: func(large bool) sample {
		n := side(large)
		return of(attributes(ints(program.CoordinateTransformationMode, program.CoordAsymmetric), ints(program.Mode, program.ModeNearest),
			ints(program.NearestMode, program.RoundFloor), floats(program.Scales, 1, 1, 3, 3)), row(1, 1, n, n), row(1, 1, 3*n, 3*n))
	},

	program.OpAdd: pairs, program.OpSub: pairs, program.OpMul: pairs, program.OpDiv: pairs, program.OpMax: pairs, program.OpMin: pairs, program.OpPRelu: pairs,
	program.OpEqual: tests, program.OpGreater: tests, program.OpLess: tests, program.OpGreaterOrEqual: tests, program.OpLessOrEqual: tests,
	program.OpAnd: logic, program.OpOr: logic,
	program.OpNot: func(large bool) sample {
		n := side(large)
		return of(attributes(), typed(program.Bool, n, n), typed(program.Bool, n, n))
	},
	program.OpWhere: func(large bool) sample {
		n := side(large)
		return sample{in: []program.Tensor{typed(program.Bool, n, n), row(n, n), row(n, n)}, out: []program.Tensor{row(n, n)}}
	},

	program.OpSqrt: unary(), program.OpExp: unary(), program.OpLog: unary(), program.OpErf: unary(), program.OpTanh: unary(), program.OpSigmoid: unary(),
	program.OpHardSwish: unary(), program.OpRelu: unary(), program.OpAbs: unary(), program.OpNeg: unary(), program.OpReciprocal: unary(),
	program.OpFloor: unary(), program.OpCeil: unary(), program.OpRound: unary(), program.OpSign: unary(),
	program.OpSoftplus:    unary(),
	program.OpGelu:        unary(ints(program.Approximate, 0)),
	program.OpHardSigmoid: unary(floats(program.Alpha, 0.2), floats(program.Beta, 0.5)),
	program.OpLeakyRelu:   unary(floats(program.Alpha, 0.01)),
	program.OpClip:        unary(floats(program.MaxLimit, 6), floats(program.MinLimit, 0)),
	program.OpPow:         unary(floats(program.Exponent, -0.5)),
	program.OpCast: func(large bool) sample {
		n := side(large)
		return of(attributes(), row(n, n), typed(program.Float16, n, n))
	},

	program.OpConv: func(large bool) sample {
		if !large {
			return convolution(2, 1, 4)
		}
		return convolution(512, 3, 14)
	},
	program.OpConvTranspose: func(large bool) sample {
		c, n := uint64(2), uint64(3)
		if large {
			c, n = 1024, 14
		}
		return sample{attributes: attributes(ints(program.Dilations, 1, 1), ints(program.Group, 1), ints(program.OutputPadding, 0, 0), ints(program.Pads, 0, 0, 0, 0), ints(program.Strides, 2, 2)),
			in: []program.Tensor{laid(program.Axis1Last, 1, c, n, n), laid(program.Axis0Last, c, 4, 2, 2)}, out: []program.Tensor{row(1, 4, 2*n, 2*n)}}
	},
	program.OpMatMul: func(large bool) sample {
		k := length(large)
		return sample{in: []program.Tensor{row(4, k), laid(program.Swapped, k, 64)}, out: []program.Tensor{row(4, 64)}}
	},
	program.OpGemm: func(large bool) sample {
		k := length(large)
		return sample{attributes: attributes(ints(program.TransA, 0), ints(program.TransB, 1)), in: []program.Tensor{row(4, k), row(64, k), row(64)}, out: []program.Tensor{row(4, 64)}}
	},

	program.OpMaxPool: pools(ints(program.Dilations, 1, 1), ints(program.KernelShape, 2, 2), ints(program.Pads, 0, 0, 0, 0), ints(program.Strides, 2, 2)),
	program.OpAveragePool: pools(ints(program.CountIncludePad, 0), ints(program.Dilations, 1, 1), ints(program.KernelShape, 2, 2), ints(program.Pads, 0, 0, 0, 0),
		ints(program.Strides, 2, 2)),
	program.OpGlobalAveragePool: globals, program.OpGlobalMaxPool: globals,

	program.OpBatchNormalization: func(large bool) sample {
		c, n := uint64(4), uint64(2)
		if large {
			c, n = 512, 32
		}
		return sample{attributes: attributes(floats(program.Epsilon, 1e-5)), in: []program.Tensor{row(1, c, n, n), row(c), row(c), row(c), row(c)}, out: []program.Tensor{row(1, c, n, n)}}
	},
	program.OpLayerNormalization: func(large bool) sample {
		n := length(large)
		return sample{attributes: attributes(ints(program.Axis, 1), floats(program.Epsilon, 1e-5)), in: []program.Tensor{row(4, n), row(n), row(n)}, out: []program.Tensor{row(4, n)}}
	},
	program.OpInstanceNormalization: func(large bool) sample {
		n := uint64(2)
		if large {
			n = 64
		}
		return sample{attributes: attributes(floats(program.Epsilon, 1e-5)), in: []program.Tensor{row(1, 4, n, n), row(4), row(4)}, out: []program.Tensor{row(1, 4, n, n)}}
	},
	program.OpSoftmax: rows, program.OpLogSoftmax: rows,

	program.OpCumSum: func(large bool) sample {
		n := length(large)
		return of(attributes(ints(program.Axis, 1), ints(program.Exclusive, 0), ints(program.Reverse, 0)), row(4, n), row(4, n))
	},
	program.OpTopK: func(large bool) sample {
		n := length(large)
		return sample{attributes: attributes(ints(program.Axis, 1), ints(program.Largest, 1)), in: []program.Tensor{row(4, n)}, out: []program.Tensor{row(4, n/2), typed(program.Int64, 4, n/2)}}
	},

	program.OpReduceSum: reductions, program.OpReduceMean: reductions, program.OpReduceMax: reductions, program.OpReduceMin: reductions,
	program.OpArgMax: indexed, program.OpArgMin: indexed,
}

// side of a square: 16 elements, or a megabyte of float32.
func side(large bool) uint64 {
	if large {
		return 512
	}
	return 4
}

// length of a sum: 4, or 4096.
func length(large bool) uint64 {
	if large {
		return 4096
	}
	return 4
}

func typed(d program.Dtype, dims ...uint64) program.Tensor {
	return program.Tensor{Dtype: d, Dims: dims}
}
func row(dims ...uint64) program.Tensor { return typed(program.Float32, dims...) }
func laid(l program.Layout, dims ...uint64) program.Tensor {
	t := row(dims...)
	if t.Layout = l; t.Check() != nil { // it moves nothing
		t.Layout = program.Row
	}
	return t
}

func ints(name uint32, v ...int64) program.Attribute { return program.Attribute{Name: name, Ints: v} }
func floats(name uint32, v ...float32) program.Attribute {
	a := program.Attribute{Name: name}
	for _, x := range v {
		a.Floats = append(a.Floats, math.Float32bits(x))
	}
	return a
}
func attributes(a ...program.Attribute) []program.Attribute { return a }

// of is a sample of one operand and one output.
func of(a []program.Attribute, in, out program.Tensor) sample {
	return sample{a, []program.Tensor{in}, []program.Tensor{out}}
}

func unary(a ...program.Attribute) func(bool) sample {
	return func(large bool) sample { n := side(large); return of(a, row(n, n), row(n, n)) }
}

func pairs(large bool) sample {
	n := side(large)
	return sample{in: []program.Tensor{row(n, n), row(n, n)}, out: []program.Tensor{row(n, n)}}
}

func tests(large bool) sample {
	s := pairs(large)
	s.out[0].Dtype = program.Bool
	return s
}

func logic(large bool) sample {
	s := tests(large)
	s.in[0].Dtype, s.in[1].Dtype = program.Bool, program.Bool
	return s
}

// convolution of c channels with k×k filters over n×n, in the layouts that prepare chooses.
func convolution(c, k, n uint64) sample {
	pad := int64(k / 2)
	return sample{attributes: attributes(ints(program.Dilations, 1, 1), ints(program.Group, 1), ints(program.Pads, pad, pad, pad, pad), ints(program.Strides, 1, 1)),
		in: []program.Tensor{laid(program.Axis1Last, 1, c, n, n), row(c, c, k, k), row(c)}, out: []program.Tensor{row(1, c, n, n)}}
}

func pools(a ...program.Attribute) func(bool) sample {
	return func(large bool) sample { n := side(large); return of(a, row(1, 1, n, n), row(1, 1, n/2, n/2)) }
}

func globals(large bool) sample {
	n := uint64(2)
	if large {
		n = 64
	}
	return of(nil, row(1, 4, n, n), row(1, 4, 1, 1))
}

func rows(large bool) sample {
	n := length(large)
	return of(attributes(ints(program.Axis, 1)), row(4, n), row(4, n))
}

func reductions(large bool) sample {
	return of(attributes(ints(program.Axes, 1), ints(program.Keepdims, 0)), row(4, length(large)), row(4))
}

func indexed(large bool) sample {
	return of(attributes(ints(program.Axis, 1), ints(program.Keepdims, 0)), row(4, length(large)), typed(program.Int64, 4))
}

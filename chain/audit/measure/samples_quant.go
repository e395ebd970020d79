package main

import "github.com/assay-chain/assay/chain/program"

func init() { // here, because they are made of other samples
	samples[program.OpConvInteger], samples[program.OpQLinearConv] = convInteger, qLinearConv
	samples[program.OpMatMulInteger], samples[program.OpQLinearMatMul] = matMulInteger, qLinearMatMul
	samples[program.OpQuantizeLinear], samples[program.OpDequantizeLinear] = quantizeLinear, dequantizeLinear
}

// activation and weight are the dtypes of a model quantised by ONNX Runtime: uint8 activations, int8 weights.
const activation, weight = program.Uint8, program.Int8

func as(d program.Dtype, t program.Tensor) program.Tensor {
	t.Dtype = d
	return t
}

func scalar(d program.Dtype) program.Tensor { return program.Tensor{Dtype: d} }

// requantised puts the scales and zero points of QLinearConv and QLinearMatMul between and behind two factors.
func requantised(s sample) sample {
	f := program.Float32
	s.in = []program.Tensor{as(activation, s.in[0]), scalar(f), scalar(activation), as(weight, s.in[1]), scalar(f), scalar(weight), scalar(f), scalar(activation)}
	s.out[0].Dtype = activation
	return s
}

// summed are the factors of ConvInteger and MatMulInteger with their zero points.
func summed(s sample) sample {
	s.in = []program.Tensor{as(activation, s.in[0]), as(weight, s.in[1]), scalar(activation), scalar(weight)}
	s.out[0].Dtype = program.Int32
	return s
}

func convInteger(large bool) sample   { return summed(samples[program.OpConv](large)) }
func qLinearConv(large bool) sample   { return requantised(samples[program.OpConv](large)) }
func matMulInteger(large bool) sample { return summed(samples[program.OpMatMul](large)) }
func qLinearMatMul(large bool) sample { return requantised(samples[program.OpMatMul](large)) }

func quantizeLinear(large bool) sample {
	n := side(large)
	return sample{attributes: attributes(ints(program.Axis, 0)), in: []program.Tensor{row(n, n), scalar(program.Float32), scalar(activation)}, out: []program.Tensor{typed(activation, n, n)}}
}

func dequantizeLinear(large bool) sample {
	s := quantizeLinear(large)
	s.in[0].Dtype, s.out[0].Dtype = activation, program.Float32
	return s
}

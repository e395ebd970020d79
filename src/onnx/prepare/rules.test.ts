import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkGoldenRecords, type GoldenRecord } from '../golden.js';
import { prepare } from '../model.js';
import { attributesOf } from '../program.js';
import { Runtime } from '../runtime.js';
import { Session } from '../session.js';
import { bytesOf, DTYPE, float32, floats, int64, type Tensor } from '../tensor.js';
import { graphAttribute, node, onnxFile, type SmallModel } from '../testing.js';
import { relativeDistance } from './calibrate.js';
import { uniform } from './samples.js';

// `prepare` checks each of these by itself: the regenerated file gives the prepared file's bits in every value, and
// preparing it again gives the same record. Here the operators that come out are compared with what is expected.
const runtime = new Runtime();
after(() => runtime.close());

const random = uniform(42);
const weights = (...dims: number[]): Tensor => float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1));
const positive = (n: number): Tensor => float32([n], Array.from({ length: n }, () => 0.5 + random()));
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const scalar = (v: number): Tensor => float32([], [v]);

interface Case extends SmallModel {
  readonly name: string;
  readonly opset?: number;
  /** operators of the record, in order */
  readonly ops: string;
}

const one = (name: string, op: string, dims: readonly number[], ops: string, more: Partial<Case> & { in?: string; at?: Parameters<typeof node>[3] } = {}): Case => ({
  name,
  inputs: { x: dims },
  outputs: ['y'],
  ops,
  ...more,
  nodes: more.nodes ?? [node(op, `x${more.in === undefined ? '' : ` ${more.in}`}`, 'y', more.at)],
});

const UNARY = ['Relu', 'Sigmoid', 'Tanh', 'Erf', 'Exp', 'Abs', 'Neg', 'Floor', 'Ceil', 'Round', 'Sign', 'HardSwish', 'Reciprocal', 'Softplus'];

const byte = (...dims: number[]): Tensor => ({ dtype: DTYPE.uint8, dims, data: Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => Math.floor(256 * random())) });
const bytes = (name: string, ...dims: number[]) => ({ inputs: { [name]: { dtype: DTYPE.uint8, dims: dims.length > 0 ? dims : [1, 3, 6, 6] } } });

// What DynamicQuantizeLinear becomes after its range is known, up to the zero point.
const RANGE = 'Sub Div Equal Where Neg QuantizeLinear';

// The state starts as a constant, so the first step's product folds; what only an unread output needs is gone.
const CELL = 'MatMul Add Split Sigmoid Mul Sigmoid Tanh Mul Add Sigmoid Tanh Mul';

const CASES: Case[] = [
  ...UNARY.map((op) => one(op, op, [2, 5], op)),
  one('Sqrt, Log', 'Exp', [2, 3], 'Exp Sqrt Log', { nodes: [node('Exp', 'x', 'a'), node('Sqrt', 'a', 'b'), node('Log', 'b', 'y')] }),
  ...['Add', 'Sub', 'Mul', 'Div'].map((op) => one(op, op, [2, 3, 4], op, { in: 'w', constants: { w: weights(3, 1) } })),
  one('PRelu', 'PRelu', [2, 3, 4], 'PRelu', { in: 'w', constants: { w: weights(3, 1) } }),
  one('LeakyRelu default', 'LeakyRelu', [9], 'LeakyRelu'),
  one('HardSigmoid default', 'HardSigmoid', [9], 'HardSigmoid'),
  one('Max of three', 'Max', [2, 3], 'Max Max', { in: 'a b', constants: { a: weights(3), b: weights(2, 1) } }),
  one('Min of two', 'Min', [4], 'Min', { in: 'a', constants: { a: weights(4) } }),
  one('Sum of three', 'Sum', [2, 3], 'Add Add', { in: 'a b', constants: { a: weights(2, 3), b: weights(3) } }),
  one('Mean of three', 'Mean', [2, 3], 'Add Add Mul', { in: 'a b', constants: { a: weights(2, 3), b: weights(2, 3) } }),
  one('Where, comparisons, logic', 'Where', [2, 3], 'Greater Less And Not Where', {
    nodes: [node('Greater', 'x a', 'g'), node('Less', 'x b', 'l'), node('And', 'g l', 'c'), node('Not', 'c', 'n'), node('Where', 'n x a', 'y')],
    constants: { a: scalar(0), b: scalar(0.5) },
  }),
  one('Equal, Or', 'Or', [2, 3], 'Equal GreaterOrEqual Or Cast', {
    nodes: [node('Equal', 'x a', 'e'), node('GreaterOrEqual', 'x a', 'g'), node('Or', 'e g', 'o'), node('Cast', 'o', 'y', { to: { i: 1 } })],
    constants: { a: scalar(0) },
  }),
  one('Cast to its own type', 'Cast', [3], 'Relu', { nodes: [node('Cast', 'x', 'c', { to: { i: 1 } }), node('Relu', 'c', 'y')] }),
  one('Identity, Dropout', 'Identity', [3], 'Relu', { nodes: [node('Identity', 'x', 'a'), node('Dropout', 'a', 'b'), node('Relu', 'b', 'y')] }),
  ...[2, 3, 0.5, -1, -0.5].map((e) => one(`Pow ${e}`, 'Pow', [2, 5], 'Abs Pow', { nodes: [node('Abs', 'x', 'a'), node('Pow', 'a e', 'y')], constants: { e: scalar(e) } })),
  one('Clip 6', 'Clip', [2, 5], 'Clip', { opset: 9, at: { min: { f: 0 }, max: { f: 6 } } }),
  one('Clip 13', 'Clip', [2, 5], 'Clip', { in: 'lo hi', constants: { lo: scalar(-0.5), hi: scalar(0.5) } }),
  one('Clip without an upper limit', 'Clip', [2, 5], 'Clip', { in: 'lo', constants: { lo: scalar(-0.5) } }),
  one('Clip with a computed limit', 'Clip', [2, 5], 'ReduceMax Max', {
    nodes: [node('ReduceMax', 'x', 'm', { keepdims: { i: 0 } }), node('Clip', 'x m', 'y')],
  }),
  one('Conv', 'Conv', [1, 4, 9, 9], 'Conv', { in: 'w b', constants: { w: weights(6, 2, 3, 3), b: weights(6) }, at: { group: { i: 2 }, pads: { ints: [1, 1, 1, 1] }, strides: { ints: [2, 2] } } }),
  one('Conv, depthwise, SAME_UPPER', 'Conv', [1, 4, 9, 8], 'Conv', { in: 'w', constants: { w: weights(4, 1, 3, 3) }, at: { group: { i: 4 }, auto_pad: { s: 'SAME_UPPER' }, strides: { ints: [2, 2] }, kernel_shape: { ints: [3, 3] } } }),
  one('Conv, SAME_LOWER', 'Conv', [1, 2, 8, 8], 'Conv', { in: 'w', constants: { w: weights(3, 2, 4, 4) }, at: { auto_pad: { s: 'SAME_LOWER' } } }),
  one('Conv 1-D, dilated', 'Conv', [1, 3, 20], 'Conv', { in: 'w', constants: { w: weights(5, 3, 3) }, at: { dilations: { ints: [2] } } }),
  one('ConvTranspose', 'ConvTranspose', [1, 4, 5, 5], 'ConvTranspose', { in: 'w b', constants: { w: weights(4, 2, 2, 2), b: weights(2) }, at: { strides: { ints: [2, 2] } } }),
  one('ConvTranspose, output_shape', 'ConvTranspose', [1, 2, 4, 4], 'ConvTranspose', { in: 'w', constants: { w: weights(2, 3, 3, 3) }, at: { strides: { ints: [2, 2] }, output_shape: { ints: [8, 8] } } }),
  one('ConvTranspose, output_padding', 'ConvTranspose', [1, 2, 4], 'ConvTranspose', { in: 'w', constants: { w: weights(2, 3, 3) }, at: { strides: { ints: [2] }, output_padding: { ints: [1] } } }),
  one('MaxPool', 'MaxPool', [1, 2, 9, 9], 'MaxPool', { at: { kernel_shape: { ints: [3, 3] }, strides: { ints: [2, 2] }, pads: { ints: [1, 1, 1, 1] } } }),
  one('AveragePool', 'AveragePool', [1, 2, 9, 9], 'AveragePool', { at: { kernel_shape: { ints: [3, 2] }, pads: { ints: [1, 0, 1, 0] }, count_include_pad: { i: 1 } } }),
  one('AveragePool 7', 'AveragePool', [1, 2, 8, 8], 'AveragePool', { opset: 7, at: { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } } }),
  one('GlobalAveragePool', 'GlobalAveragePool', [1, 8, 6, 6], 'GlobalAveragePool'),
  one('GlobalMaxPool', 'GlobalMaxPool', [1, 8, 6, 6], 'GlobalMaxPool'),
  one('GlobalAveragePool, staged', 'GlobalAveragePool', [1, 2, 300, 300], 'ReduceSum ReduceSum Mul'),
  one('ReduceMean, staged, opset 11', 'ReduceMean', [1, 2, 300, 300], 'ReduceSum ReduceSum Mul', { opset: 11, at: { axes: { ints: [2, -1] } } }),
  one('MatMul', 'MatMul', [2, 3, 8], 'MatMul', { in: 'w', constants: { w: weights(8, 5) } }),
  one('MatMul of a vector', 'MatMul', [8], 'Reshape MatMul Reshape', { in: 'w', constants: { w: weights(8, 5) } }),
  one('MatMul by a constant vector', 'MatMul', [3, 8], 'MatMul Reshape', { in: 'w', constants: { w: weights(8) } }),
  one('MatMul of two values', 'MatMul', [4, 4], 'Transpose MatMul', { nodes: [node('Transpose', 'x', 't'), node('MatMul', 'x t', 'y')] }),
  one('Gemm', 'Gemm', [3, 8], 'Gemm', { in: 'w b', constants: { w: weights(5, 8), b: weights(5) }, at: { transB: { i: 1 } } }),
  one('Gemm, scaled', 'Gemm', [3, 8], 'Gemm Mul Mul Add', { in: 'w b', constants: { w: weights(8, 5), b: weights(5) }, at: { alpha: { f: 0.5 }, beta: { f: 2 } }, nodes: [node('Gemm', 'x w c', 'y', { alpha: { f: 0.5 }, beta: { f: 2 } })], inputs: { x: [3, 8], c: [5] } }),
  one('Gemm, beta 0', 'Gemm', [3, 8], 'Gemm', { in: 'w b', constants: { w: weights(8, 5), b: weights(5) }, at: { beta: { f: 0 } } }),
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].map((op) => one(`${op} 11`, op, [2, 3, 4], op, { opset: 11, at: { axes: { ints: [-1] }, keepdims: { i: 0 } } })),
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].map((op) => one(`${op} 18`, op, [2, 3, 4], op, { in: 'ax', constants: { ax: int64([2], [2, 0]) } })),
  one('ReduceSum of no axes', 'ReduceSum', [2, 3], 'Relu', { nodes: [node('ReduceSum', 'x', 's', { noop_with_empty_axes: { i: 1 } }), node('Relu', 's', 'y')] }),
  one('ArgMax', 'ArgMax', [2, 7], 'ArgMax', { at: { axis: { i: -1 }, keepdims: { i: 0 } } }),
  one('ArgMin', 'ArgMin', [2, 7], 'ArgMin'),
  one('Softmax 13', 'Softmax', [2, 3, 7], 'Softmax', { at: { axis: { i: 1 } } }),
  one('Softmax 11, last axis', 'Softmax', [2, 7], 'Softmax', { opset: 11 }),
  one('Softmax 11, flattened', 'Softmax', [2, 3, 7], 'Reshape Softmax Reshape', { opset: 11 }),
  one('BatchNormalization 9', 'BatchNormalization', [1, 4, 3, 3], 'BatchNormalization', { opset: 9, in: 's b m v', constants: { s: weights(4), b: weights(4), m: weights(4), v: positive(4) }, at: { momentum: { f: 0.9 } } }),
  one('LayerNormalization', 'LayerNormalization', [2, 3, 8], 'LayerNormalization', { in: 's b', constants: { s: weights(3, 8), b: weights(3, 8) }, at: { axis: { i: 1 } } }),
  one('LayerNormalization without bias', 'LayerNormalization', [2, 3, 8], 'LayerNormalization', { in: 's', constants: { s: weights(8) } }),
  one('LayerNormalization, scale apart', 'LayerNormalization', [2, 3, 8], 'LayerNormalization Mul', { in: 's', constants: { s: weights(1) } }),
  one('InstanceNormalization', 'InstanceNormalization', [2, 3, 4, 4], 'InstanceNormalization', { in: 's b', constants: { s: weights(3), b: weights(3) } }),
  one('InstanceNormalization, staged', 'InstanceNormalization', [1, 2, 300, 300], 'ReduceSum ReduceSum Mul Sub Mul ReduceSum ReduceSum Mul Add Sqrt Div Mul Add', { in: 's b', constants: { s: weights(2), b: weights(2) } }),
  one('LogSoftmax', 'LogSoftmax', [2, 3, 7], 'LogSoftmax', { at: { axis: { i: 1 } } }),
  ...['none', 'tanh'].map((approximate) => one(`Gelu ${approximate}`, 'Gelu', [2, 5], 'Gelu', { opset: 20, at: { approximate: { s: approximate } } })),
  one('16-bit Elu', 'Elu', [4], 'Cast Min Exp Sub Mul Max Add Cast', { inputs: { x: { dtype: DTYPE.float16, dims: [4] } } }),
  one('Reshape', 'Reshape', [2, 6], 'Reshape', { in: 's', constants: { s: int64([2], [3, -1]) } }),
  one('Flatten, Squeeze, Unsqueeze', 'Flatten', [2, 3, 4], 'Reshape Reshape Relu', {
    nodes: [node('Flatten', 'x', 'f'), node('Unsqueeze', 'f ax', 'u'), node('Relu', 'u', 'y')], constants: { ax: int64([1], [0]) },
  }),
  one('Squeeze 11', 'Squeeze', [2, 1, 4], 'Reshape', { opset: 11, at: { axes: { ints: [1] } } }),
  one('Reshape to its own shape', 'Reshape', [2, 6], 'Relu', { nodes: [node('Reshape', 'x s', 'r'), node('Relu', 'r', 'y')], constants: { s: int64([2], [2, 6]) } }),
  one('Transpose', 'Transpose', [2, 3, 4], 'Transpose', { at: { perm: { ints: [2, 0, 1] } } }),
  one('Transpose that moves nothing', 'Transpose', [1, 3, 4], 'Reshape', { at: { perm: { ints: [1, 0, 2] } } }),
  one('Expand, Tile', 'Expand', [1, 3], 'Expand Tile', { nodes: [node('Expand', 'x s', 'e'), node('Tile', 'e r', 'y')], constants: { s: int64([2], [4, 3]), r: int64([2], [2, 1]) } }),
  one('Concat', 'Concat', [2, 3], 'Concat', { in: 'w', constants: { w: weights(2, 2) }, at: { axis: { i: -1 } } }),
  one('Concat of one', 'Concat', [2, 3], 'Relu', { nodes: [node('Concat', 'x', 'c', { axis: { i: 0 } }), node('Relu', 'c', 'y')] }),
  one('Split 13', 'Split', [2, 6], 'Split Add', { nodes: [node('Split', 'x s', 'a b', { axis: { i: 1 } }), node('Add', 'a b', 'y')], constants: { s: int64([2], [3, 3]) } }),
  one('Split 11, a slot unread', 'Split', [2, 6], 'Split Relu', { opset: 11, nodes: [node('Split', 'x', 'a b', { axis: { i: 1 }, split: { ints: [2, 4] } }), node('Relu', 'b', 'y')] }),
  one('Slice 9', 'Slice', [4, 6], 'Slice', { opset: 9, at: { starts: { ints: [1, -3] }, ends: { ints: [3, 100] }, axes: { ints: [0, 1] } } }),
  one('Slice 13, backwards', 'Slice', [4, 6], 'Slice', { in: 's e a t', constants: { s: int64([1], [-1]), e: int64([1], [-1000]), a: int64([1], [1]), t: int64([1], [-2]) } }),
  one('Slice of everything', 'Slice', [4], 'Relu', { nodes: [node('Slice', 'x s e', 'a'), node('Relu', 'a', 'y')], constants: { s: int64([1], [0]), e: int64([1], [9]) } }),
  one('Pad 18', 'Pad', [2, 3], 'Pad', { in: 'p v', constants: { p: int64([4], [0, 1, 1, 2]), v: scalar(0.5) } }),
  one('Pad 9, reflect', 'Pad', [2, 5], 'Pad', { opset: 9, at: { pads: { ints: [0, 2, 0, 1] }, mode: { s: 'reflect' } } }),
  one('Gather', 'Gather', [5, 3], 'Gather', { in: 'i', constants: { i: int64([2], [4, 0]) } }),
  one('Gather of one index', 'Gather', [5, 3], 'Slice Reshape', { in: 'i', constants: { i: int64([], [-2]) } }),
  one('Upsample 9', 'Upsample', [1, 2, 3, 3], 'Resize', { opset: 9, in: 's', constants: { s: float32([4], [1, 1, 2, 2]) } }),
  one('Resize, nearest, by sizes', 'Resize', [1, 2, 4, 4], 'Resize', { in: '- - z', constants: { z: int64([4], [1, 2, 8, 8]) } }),
  one('Resize, nearest', 'Resize', [1, 2, 4, 4], 'Resize', { in: '- s', constants: { s: float32([4], [1, 1, 1.5, 2]) }, at: { coordinate_transformation_mode: { s: 'asymmetric' }, nearest_mode: { s: 'floor' } } }),
  one('shapes fold', 'Shape', [2, 3, 4], 'Reshape', {
    nodes: [node('Shape', 'x', 's'), node('Gather', 's zero', 'n'), node('Concat', 'n minus', 'to', { axis: { i: 0 } }), node('Reshape', 'x to', 'y')],
    constants: { zero: int64([1], [0]), minus: int64([1], [-1]) },
  }),
  one('dead nodes go', 'Relu', [3], 'Relu', { nodes: [node('Exp', 'x', 'unused'), node('Relu', 'x', 'y')] }),
  one('unsorted nodes are sorted', 'Relu', [3], 'Exp Relu', { nodes: [node('Relu', 'a', 'y'), node('Exp', 'x', 'a')] }),
  one('LSTM', 'LSTM', [2, 1, 3], `Reshape MatMul Add Slice ${CELL.slice('MatMul '.length)} Slice ${CELL} Concat Reshape Reshape`, {
    nodes: [node('LSTM', 'x w r b', 'y h', { hidden_size: { i: 4 } })], outputs: ['y', 'h'], constants: { w: weights(1, 16, 3), r: weights(1, 16, 4), b: weights(1, 32) },
  }),
  one('LSTM of one step, opset 11', 'LSTM', [1, 2, 3], 'Reshape MatMul Add Reshape Reshape MatMul Add Split Sigmoid Mul Sigmoid Tanh Mul Add Reshape', {
    opset: 11, nodes: [node('LSTM', 'x w r - - h c', '- - y', { hidden_size: { i: 4 } })], inputs: { x: [1, 2, 3], h: [1, 2, 4], c: [1, 2, 4] }, constants: { w: weights(1, 16, 3), r: weights(1, 16, 4) },
  }),
  one('16-bit floats', 'Add', [4], 'Cast Add Cast Cast Relu Cast', {
    nodes: [node('Add', 'x w', 's'), node('Relu', 's', 'y')],
    inputs: { x: { dtype: DTYPE.float16, dims: [4] } },
    constants: { w: { dtype: DTYPE.float16, dims: [4], data: bytesOf(Uint16Array.of(0x3c00, 0xbc00, 0, 0x4000)) } },
  }),
  one('ConvInteger', 'ConvInteger', [1, 3, 6, 6], 'ConvInteger', { ...bytes('x'), in: 'w z v', constants: { w: byte(4, 3, 3, 3), z: byte(), v: byte(1) }, at: { pads: { ints: [1, 1, 1, 1] } } }),
  one('ConvInteger without the first zero point', 'ConvInteger', [1, 3, 6, 6], 'ConvInteger', { ...bytes('x'), in: 'w - v', constants: { w: byte(4, 3, 3, 3), v: byte() } }),
  one('MatMulInteger', 'MatMulInteger', [5, 9], 'MatMulInteger', { ...bytes('x', 5, 9), in: 'w z v', constants: { w: byte(9, 4), z: byte(), v: byte(4) } }),
  one('MatMulInteger of a vector', 'MatMulInteger', [9], 'Reshape MatMulInteger Reshape', { ...bytes('x', 9), in: 'w z', constants: { w: byte(9, 4), z: byte() } }),
  one('QuantizeLinear, DequantizeLinear', 'QuantizeLinear', [2, 5], 'QuantizeLinear DequantizeLinear', { nodes: [node('QuantizeLinear', 'x s z', 'q'), node('DequantizeLinear', 'q s z', 'y')], constants: { s: scalar(0.01), z: byte() } }),
  one('QuantizeLinear along an axis', 'QuantizeLinear', [2, 5, 3], 'QuantizeLinear', { in: 's z', constants: { s: positive(5), z: byte(5) }, at: { axis: { i: -2 } } }),
  one('DequantizeLinear of int32, opset 10', 'Cast', [2, 5], 'Cast DequantizeLinear', { opset: 10, nodes: [node('Cast', 'x', 'c', { to: { i: DTYPE.int32 } }), node('DequantizeLinear', 'c s z', 'y')], constants: { s: scalar(0.01), z: { dtype: DTYPE.int32, dims: [], data: new Uint8Array(4) } } }),
  one('QLinearConv', 'QLinearConv', [1, 3, 6, 6], 'QLinearConv', {
    ...bytes('x'), in: 's z w t v u z b', at: { auto_pad: { s: 'SAME_UPPER' } },
    constants: { s: scalar(0.01), z: byte(), w: byte(4, 3, 3, 3), t: positive(4), v: byte(), u: scalar(9), b: { dtype: DTYPE.int32, dims: [4], data: bytesOf(Int32Array.of(1, -2, 300, 4)) } },
  }),
  one('QLinearMatMul', 'QLinearMatMul', [5, 9], 'QLinearMatMul', { ...bytes('x', 5, 9), in: 's z w t v u z', constants: { s: scalar(0.01), z: byte(), w: byte(9, 4), t: positive(4), v: byte(4), u: scalar(9) } }),
  one('DynamicQuantizeLinear, staged', 'DynamicQuantizeLinear', [3, 40, 300], `ReduceMax ReduceMax Max ReduceMin ReduceMin Min ${RANGE} QuantizeLinear DequantizeLinear`, {
    nodes: [node('DynamicQuantizeLinear', 'x', 'q s z'), node('DequantizeLinear', 'q s z', 'y')],
  }),
  one('DynamicQuantizeLinear, opset 11, ConvInteger', 'DynamicQuantizeLinear', [1, 3, 6, 6], `ReduceMax Max ReduceMin Min ${RANGE} QuantizeLinear ConvInteger Cast Mul`, {
    opset: 11, constants: { w: byte(4, 3, 3, 3) },
    nodes: [node('DynamicQuantizeLinear', 'x', 'q s z'), node('ConvInteger', 'q w z', 'c'), node('Cast', 'c', 'f', { to: { i: 1 } }), node('Mul', 'f s', 'y')],
  }),
  one('Clip of integers', 'Clip', [5], 'Max Min', { inputs: { x: { dtype: DTYPE.int64, dims: [5] } }, in: 'a b', constants: { a: int64([], [-3]), b: int64([], [2]) } }),
  one('two outputs, one of them inside', 'Exp', [3], 'Exp Relu', { nodes: [node('Exp', 'x', 'a'), node('Relu', 'a', 'y')], outputs: ['a', 'y'] }),
];

test('every rule keeps bits, is stable, and gives the record that Go validates', async (t) => {
  const records: GoldenRecord[] = [];
  for (const c of CASES)
    await t.test(c.name, async () => {
      const prepared = await prepare(onnxFile(c, c.opset), { runtime });
      assert.equal(prepared.program.nodes.map((n) => n.op).join(' '), c.ops);
      records.push({ name: c.name, record: hex(prepared.record), root: hex(prepared.programRoot) });
    });
  checkGoldenRecords('prepared', 'records that src/onnx derives from small ONNX files, one for each rule of prepare; the chain registers all of them', records);
});

test('auto_pad and defaults are materialised', async () => {
  const conv = onnxFile({ nodes: [node('Conv', 'x w', 'y', { auto_pad: { s: 'SAME_LOWER' } })], inputs: { x: [1, 1, 5, 5] }, constants: { w: weights(1, 1, 2, 4) }, outputs: ['y'] });
  const { program } = await prepare(conv, { runtime });
  assert.deepEqual(attributesOf(program.nodes[0]!).all, { dilations: [1, 1], group: 1, pads: [1, 2, 0, 1], strides: [1, 1] });
  const leaky = await prepare(onnxFile({ nodes: [node('LeakyRelu', 'x', 'y')], inputs: { x: [3] }, outputs: ['y'] }), { runtime });
  assert.deepEqual(attributesOf(leaky.program.nodes[0]!).all, { alpha: Math.fround(0.01) });
});

test('an unrolled LSTM is the LSTM, within rounding', async () => {
  const constants = { w: weights(1, 20, 3), r: weights(1, 20, 5), b: weights(1, 40) };
  const file = onnxFile({ nodes: [node('LSTM', 'x w r b', 'y', { hidden_size: { i: 5 } })], inputs: { x: [6, 2, 3] }, outputs: ['y'], constants });
  const x = weights(6, 2, 3);
  const prepared = await prepare(file, { runtime, samples: [[x]] });
  const session = await Session.open(prepared.program, prepared.weights, { runtime });
  const unrolled = floats((await session.run([x]))[0]!);
  await session.close();
  // The reference in float64: gates i, o, f, c; h and c start at zero.
  const [w, r, b] = [floats(constants.w), floats(constants.r), floats(constants.b)];
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const h = [new Float64Array(5), new Float64Array(5)];
  const c = [new Float64Array(5), new Float64Array(5)];
  let worst = 0;
  for (let t = 0; t < 6; t++)
    for (let n = 0; n < 2; n++) {
      const gate = (g: number, k: number): number => {
        let sum = b[g * 5 + k]! + b[20 + g * 5 + k]!;
        for (let i = 0; i < 3; i++) sum += w[(g * 5 + k) * 3 + i]! * floats(x)[(t * 2 + n) * 3 + i]!;
        for (let i = 0; i < 5; i++) sum += r[(g * 5 + k) * 5 + i]! * h[n]![i]!;
        return sum;
      };
      const gates = [0, 1, 2, 3].map((g) => Array.from({ length: 5 }, (_, k) => gate(g, k)));
      for (let k = 0; k < 5; k++) {
        c[n]![k] = sigmoid(gates[2]![k]!) * c[n]![k]! + sigmoid(gates[0]![k]!) * Math.tanh(gates[3]![k]!);
        h[n]![k] = sigmoid(gates[1]![k]!) * Math.tanh(c[n]![k]!);
        worst = Math.max(worst, Math.abs(h[n]![k]! - unrolled[(t * 2 + n) * 5 + k]!));
      }
    }
  assert.ok(worst < 1e-6, `${worst} away`);
});

test('If is inlined where its condition is constant or bound, and computes both branches where it is fed', async () => {
  const branch = (op: string) => onnxGraph(op);
  const file = (condition: 'fixed' | 'input') =>
    onnxFile({
      nodes: [ifNode(branch('Exp'), branch('Relu'))],
      inputs: { x: [3], ...(condition === 'input' && { c: { dtype: DTYPE.bool, dims: [] } }) },
      outputs: ['y'],
      ...(condition === 'fixed' && { constants: { c: { dtype: DTYPE.bool, dims: [], data: Uint8Array.of(1) } } }),
    });
  const ops = async (bytes: Uint8Array, bind = {}) => (await prepare(bytes, { runtime, bind })).program.nodes.map((n) => n.op).join(' ');
  assert.equal(await ops(file('fixed')), 'Exp');
  assert.equal(await ops(file('input'), { c: { dtype: DTYPE.bool, dims: [], data: Uint8Array.of(0) } }), 'Relu');
  const fed = await prepare(file('input'), { runtime });
  assert.equal(fed.program.nodes.map((n) => n.op).join(' '), 'Exp Relu Where');
  const session = await Session.open(fed.program, fed.weights, { runtime });
  for (const [c, expected] of [[1, 'Exp'], [0, 'Relu']] as const) {
    const x = float32([3], [-1, 0, 2]);
    const [y] = await session.run([x, { dtype: DTYPE.bool, dims: [], data: Uint8Array.of(c) }]);
    const real = expected === 'Exp' ? Math.exp : (v: number): number => Math.max(v, 0);
    assert.deepEqual([...floats(y!)].map((v) => v.toFixed(5)), [...floats(x)].map((v) => real(v).toFixed(5)));
  }
  await session.close();
});

function onnxGraph(op: string) {
  return { name: op, node: [node(op, 'x', `${op}-out`)], output: `${op}-out` };
}

function ifNode(then: ReturnType<typeof onnxGraph>, otherwise: ReturnType<typeof onnxGraph>) {
  const n = node('If', 'c', 'y');
  n.attribute = [then, otherwise].map((g, i) => graphAttribute(i === 0 ? 'then_branch' : 'else_branch', g.node, g.output));
  return n;
}

test('outputs keep the order of the file, whatever the order of the nodes that make them', async () => {
  // Found with a decoder whose token comes first and is computed last: preparing the regenerated file gave another record.
  const { program } = await prepare(onnxFile({ nodes: [node('Relu', 'x', 'a'), node('Neg', 'x', 'b')], inputs: { x: [3] }, outputs: ['b', 'a'] }), { runtime });
  assert.deepEqual(program.outputs.map((o) => program.nodes[o.index]!.op), ['Neg', 'Relu']);
});

test('calibration: integers need no tolerance, floats the floor of PROTOCOL §3', async () => {
  const arg = await prepare(onnxFile({ nodes: [node('ArgMax', 'x', 'y', { axis: { i: 0 } })], inputs: { x: [8] }, outputs: ['y'] }), { runtime });
  assert.deepEqual(arg.calibration.tolerance, { abs: 0, rel: 0 });
  const steps = await prepare(onnxFile({ nodes: [node('QuantizeLinear', 'x s', 'q'), node('DequantizeLinear', 'q s', 'y')], inputs: { x: [8] }, constants: { s: scalar(0.1) }, outputs: ['y'] }), { runtime });
  assert.deepEqual(steps.calibration.tolerance, { abs: 0, rel: 0 }, 'no tolerance follows a step of an integer');
  const sample = float32([4], [100, -50, 3, 1]);
  const relu = await prepare(onnxFile({ nodes: [node('Relu', 'x', 'y')], inputs: { x: [4] }, outputs: ['y'] }), { runtime, samples: [[sample]] });
  assert.deepEqual(relu.calibration.tolerance, { abs: 1e-3, rel: 1e-4 });
  assert.equal(relu.calibration.scale, 100);
  assert.equal(relu.calibration.margin, 97);
  const close = await prepare(onnxFile({ nodes: [node('Relu', 'x', 'y')], inputs: { x: [2] }, outputs: ['y'] }), { runtime, samples: [[float32([2], [1, 0.9999])]] });
  assert.match(close.warnings[0] ?? '', /exceeds half the smallest decision margin/);
  const far = (y: number[], reference: number[], abs: number) => relativeDistance(Float32Array.from(y), Float32Array.from(reference), abs);
  assert.equal(far([1, 2, NaN], [1, 2, NaN], 0), 0);
  assert.ok(Math.abs(far([1.01], [1], 0) - 0.01) < 1e-6);
  assert.equal(far([1e-7], [0], 1e-6), 0);
  assert.ok(Math.abs(far([3e-6], [0], 1e-6) - 0.2) < 1e-6, 'tiny elements count beside the scale, not beside themselves');
  assert.equal(far([NaN], [1], 1), Infinity);
  assert.equal(far([1], [Infinity], 1), Infinity);
});

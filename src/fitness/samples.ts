import { DTYPE, float32, type Attribute, type Tensor } from '../onnx/index.js';
import { integerContractions } from './integer-samples.js';
import { attribute, given, typed, weight, type Sample, type SampleOperand, Values } from './sample.js';

/** Makes the samples of one operator. `special` are inputs of the operator that deserve to be tried: worst cases of certificates. */
export type Sampler = (values: Values, special: readonly number[]) => Sample[];

// No multiple of a vector register, so that what is left over is tried, too.
const COUNT = 100_003;

const one = (op: string, operands: readonly SampleOperand[], dims: readonly number[], attributes: readonly Attribute[] = [], dtype: number = DTYPE.float32): Sample =>
  ({ op, attributes, operands, outputs: [typed(dims, dtype)] });

const elementwise = (op: string, attributes: readonly Attribute[] = []): Sampler => (v, special) =>
  [one(op, [given(v.binades(COUNT, special))], [COUNT], attributes), one(op, [given(v.floats([3, 7], 8))], [3, 7], attributes)];

const pairwise = (op: string, dtype: number = DTYPE.float32): Sampler => (v) => [
  one(op, [given(v.binades(COUNT)), given(v.binades(COUNT))], [COUNT], [], dtype),
  one(op, [given(v.floats([5, 33])), weight(v.floats([33]))], [5, 33], [], dtype),
];

const logical = (op: string): Sampler => (v) => [one(op, [given(v.bools([67])), given(v.bools([67]))], [67], [], DTYPE.bool)];

const along = (op: string): Sampler => (v) => [
  one(op, [given(v.floats([37, 131], 6))], [37, 131], [attribute('axis', [1])]),
  one(op, [given(v.floats([3, 19, 5], 30))], [3, 19, 5], [attribute('axis', [1])]),
];

const reduction = (op: string): Sampler => (v) => [
  one(op, [given(v.floats([7, 33, 131], 9))], [7, 33, 1], [attribute('axes', [2]), attribute('keepdims', [1])]),
  one(op, [given(v.floats([5, 67, 3], 9))], [5, 3], [attribute('axes', [1]), attribute('keepdims', [0])]),
];

const arg = (op: string): Sampler => (v) => [one(op, [given(v.floats([7, 67]))], [7, 1], [attribute('axis', [1]), attribute('keepdims', [1])], DTYPE.int64)];

const window = (group: number, pad: number): Attribute[] =>
  [attribute('dilations', [1, 1]), attribute('group', [group]), attribute('pads', [pad, pad, pad, pad]), attribute('strides', [1, 1])];

const pool = (op: string, extra: readonly Attribute[]): Sampler => (v) => [
  one(op, [given(v.floats([1, 5, 9, 13]))], [1, 5, 9, 13], [
    ...extra, attribute('dilations', [1, 1]), attribute('kernel_shape', [3, 3]), attribute('pads', [1, 1, 1, 1]), attribute('strides', [1, 1]),
  ]),
];

const global = (op: string): Sampler => (v) => [one(op, [given(v.floats([1, 5, 9, 13], 9))], [1, 5, 1, 1])];

const matrices = (v: Values, m: number, k: number, n: number, packed: boolean): SampleOperand[] => {
  const b = v.floats([k, n]);
  return [given(v.floats([m, k])), packed ? weight(b) : given(b)];
};

const channels = (v: Values, count: number): Tensor => v.floats([count]);

/** Samples of every operator that a runtime runs. A test demands one for each operator of the record. */
export const SAMPLERS: Readonly<Record<string, Sampler>> = {
  ...Object.fromEntries(['Sqrt', 'Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'HardSwish', 'Relu', 'Abs', 'Neg', 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Sign', 'Softplus'].map((op) => [op, elementwise(op)])),
  HardSigmoid: elementwise('HardSigmoid', [attribute('alpha', [0.2], true), attribute('beta', [0.5], true)]),
  LeakyRelu: elementwise('LeakyRelu', [attribute('alpha', [0.01], true)]),
  Clip: elementwise('Clip', [attribute('max', [6], true), attribute('min', [0], true)]),
  Gelu: (v, special) => [0, 1].flatMap((approximate) => elementwise('Gelu', [attribute('approximate', [approximate])])(v, special)),
  Pow: (v, special) => [2, 3, 0.5, -1, -0.5].flatMap((exponent) => elementwise('Pow', [attribute('exponent', [exponent], true)])(v, special)),
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'PRelu'].map((op) => [op, pairwise(op)])),
  ...Object.fromEntries(['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual'].map((op) => [op, pairwise(op, DTYPE.bool)])),
  ...Object.fromEntries(['And', 'Or'].map((op) => [op, logical(op)])),
  Not: (v) => [one('Not', [given(v.bools([67]))], [67], [], DTYPE.bool)],
  Where: (v) => [one('Where', [given(v.bools([67])), given(v.floats([67])), given(v.floats([67]))], [67])],
  Cast: (v) => [
    ...[DTYPE.int32, DTYPE.int64].map((dtype) => one('Cast', [given(v.floats([4099], 1e6))], [4099], [], dtype)),
    one('Cast', [given(v.binades(4099))], [4099], [], DTYPE.bool),
    one('Cast', [given(v.binades(4099))], [4099], [], DTYPE.float16),
    one('Cast', [given(v.int32([4099], 2 ** 31 - 1))], [4099]),
    one('Cast', [given(v.bytes([67], DTYPE.uint8))], [67]),
  ],
  Conv: (v) => [
    one('Conv', [given(v.floats([1, 7, 9, 13])), weight(v.floats([5, 7, 3, 3])), weight(channels(v, 5))], [1, 5, 9, 13], window(1, 1)),
    one('Conv', [given(v.floats([1, 8, 9, 9])), weight(v.floats([8, 1, 3, 3]))], [1, 8, 9, 9], window(8, 1)),
    one('Conv', [given(v.floats([1, 16, 5, 5])), weight(v.floats([17, 16, 1, 1]))], [1, 17, 5, 5], window(1, 0)),
  ],
  ConvTranspose: (v) => [
    one('ConvTranspose', [given(v.floats([1, 7, 5, 6])), weight(v.floats([7, 5, 3, 3])), weight(channels(v, 5))], [1, 5, 7, 8], [
      attribute('dilations', [1, 1]), attribute('group', [1]), attribute('output_padding', [0, 0]), attribute('pads', [0, 0, 0, 0]), attribute('strides', [1, 1]),
    ]),
  ],
  MatMul: (v) => [one('MatMul', matrices(v, 1, 64, 17, true), [1, 17]), one('MatMul', matrices(v, 7, 387, 33, true), [7, 33]), one('MatMul', matrices(v, 7, 131, 33, false), [7, 33])],
  Gemm: (v) => [one('Gemm', [...matrices(v, 7, 387, 33, true), weight(v.floats([33]))], [7, 33], [attribute('transA', [0]), attribute('transB', [0])])],
  MaxPool: pool('MaxPool', []),
  AveragePool: pool('AveragePool', [attribute('count_include_pad', [0])]),
  GlobalAveragePool: global('GlobalAveragePool'),
  GlobalMaxPool: global('GlobalMaxPool'),
  BatchNormalization: (v) => [
    one('BatchNormalization', [given(v.floats([1, 5, 9, 13])), weight(channels(v, 5)), weight(channels(v, 5)), weight(channels(v, 5)), weight(v.between([5], 0.1, 4))], [1, 5, 9, 13], [attribute('epsilon', [1e-5], true)]),
  ],
  LayerNormalization: (v) => [
    one('LayerNormalization', [given(v.floats([7, 131])), weight(v.floats([131])), weight(v.floats([131]))], [7, 131], [attribute('axis', [1]), attribute('epsilon', [1e-5], true)]),
  ],
  InstanceNormalization: (v) => [
    one('InstanceNormalization', [given(v.floats([1, 5, 9, 13])), weight(channels(v, 5)), weight(channels(v, 5))], [1, 5, 9, 13], [attribute('epsilon', [1e-5], true)]),
  ],
  Softmax: along('Softmax'),
  LogSoftmax: along('LogSoftmax'),
  ...Object.fromEntries(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].map((op) => [op, reduction(op)])),
  ...Object.fromEntries(['ArgMax', 'ArgMin'].map((op) => [op, arg(op)])),
  CumSum: (v) => [one('CumSum', [given(v.floats([7, 67]))], [7, 67], [attribute('axis', [1]), attribute('exclusive', [0]), attribute('reverse', [1])])],
  TopK: (v) => [{ op: 'TopK', attributes: [attribute('axis', [1]), attribute('largest', [1])], operands: [given(v.floats([7, 67]))], outputs: [typed([7, 5]), typed([7, 5], DTYPE.int64)] }],
  Resize: (v) => [
    one('Resize', [given(v.floats([1, 3, 7, 9]))], [1, 3, 14, 18], [
      attribute('coordinate_transformation_mode', [0]), attribute('mode', [5]), attribute('nearest_mode', [0]), attribute('scales', [1, 1, 2, 2], true),
    ]),
  ],
  QuantizeLinear: (v) => [DTYPE.uint8, DTYPE.int8].map((dtype) =>
    one('QuantizeLinear', [given(v.floats([COUNT], 9)), weight(float32([], [0.05])), weight({ dtype, dims: [], data: Uint8Array.of(3) })], [COUNT], [attribute('axis', [0])], dtype)),
  DequantizeLinear: (v) => [DTYPE.uint8, DTYPE.int8].map((dtype) =>
    one('DequantizeLinear', [given(v.bytes([67], dtype)), weight(float32([], [0.05])), weight({ dtype, dims: [], data: Uint8Array.of(3) })], [67], [attribute('axis', [0])])),
  ...integerContractions,
  // What follows moves elements and computes nothing; a runtime that loses one is told, too.
  Reshape: (v) => [one('Reshape', [given(v.floats([6, 8]))], [8, 6])],
  Concat: (v) => [one('Concat', [given(v.floats([3, 5])), given(v.floats([4, 5]))], [7, 5], [attribute('axis', [0])])],
  Split: (v) => [{ op: 'Split', attributes: [attribute('axis', [0])], operands: [given(v.floats([7, 5]))], outputs: [typed([3, 5]), typed([4, 5])] }],
  Slice: (v) => [one('Slice', [given(v.floats([9, 11]))], [4, 5], [attribute('starts', [1, 10]), attribute('steps', [2, -2])])],
  Pad: (v) => [one('Pad', [given(v.floats([5, 7]))], [7, 10], [attribute('mode', [1]), attribute('pads', [1, 2, 1, 1]), attribute('value', [0], true)])],
  Gather: (v) => [one('Gather', [weight(v.floats([9, 5])), given(v.integers([13], 0, 9))], [13, 5], [attribute('axis', [0])])],
  GatherElements: (v) => [one('GatherElements', [given(v.floats([9, 5])), given(v.integers([4, 5], 0, 9))], [4, 5], [attribute('axis', [0])])],
  Transpose: (v) => [one('Transpose', [given(v.floats([3, 5, 7]))], [7, 3, 5], [attribute('perm', [2, 0, 1])])],
  Expand: (v) => [one('Expand', [given(v.floats([3, 1]))], [3, 7])],
  Tile: (v) => [one('Tile', [given(v.floats([3, 2]))], [6, 6])],
  Trilu: (v) => [one('Trilu', [given(v.floats([9, 7]))], [9, 7], [attribute('k', [1]), attribute('upper', [1])])],
};

/** Operators that no runtime runs: a trace carries their values over. */
export const NOT_RUN: readonly string[] = ['Relayout'];

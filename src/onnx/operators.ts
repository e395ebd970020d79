// The closed lists of a program record: an operator, an attribute or an enum value that is not here does not exist.
// Numbers are positions. They are the same as in chain/program; test/vectors/operators.json is checked against them.

/** Operators by number; number 0 is none. */
export const OPERATORS: readonly string[] = [
  '', 'Relayout', 'Reshape', 'Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow',
  'Sqrt', 'Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Relu', 'LeakyRelu',
  'PRelu', 'Clip', 'Abs', 'Neg', 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Sign', 'Cast',
  'Where', 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'And', 'Or', 'Not', 'Conv',
  'ConvTranspose', 'MatMul', 'Gemm', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'BatchNormalization',
  'LayerNormalization', 'InstanceNormalization', 'Softmax', 'LogSoftmax', 'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin',
  'ArgMax', 'ArgMin', 'Concat', 'Split', 'Slice', 'Pad', 'Gather', 'Transpose', 'Expand', 'Tile',
  'Resize', 'Gelu', 'ConvInteger', 'MatMulInteger', 'Softplus', 'CumSum', 'TopK', 'Trilu', 'GatherElements',
  'QuantizeLinear', 'DequantizeLinear', 'QLinearConv', 'QLinearMatMul',
];

/** Operators that may have more than one output. */
export const MANY_OUTPUTS: ReadonlySet<string> = new Set(['Split', 'TopK']);

/** Operators whose operand 1 says where operand 0 is read. */
export const INDEXED: ReadonlySet<string> = new Set(['Gather', 'GatherElements']);

/** Attribute names by number; new ones go last. Number 0 is none. */
export const ATTRIBUTE_NAMES: readonly string[] = [
  '', 'alpha', 'approximate', 'axes', 'axis', 'beta', 'coordinate_transformation_mode', 'count_include_pad', 'dilations',
  'epsilon', 'exponent', 'group', 'keepdims', 'kernel_shape', 'max', 'min', 'mode', 'nearest_mode', 'output_padding', 'pads',
  'perm', 'scales', 'starts', 'steps', 'strides', 'transA', 'transB', 'value', 'exclusive', 'k', 'largest',
  'reverse', 'upper',
];

/** Enum attributes are integers: positions in these lists. */
export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  approximate: ['none', 'tanh'],
  coordinate_transformation_mode: ['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel', 'half_pixel_symmetric'],
  mode: ['constant', 'reflect', 'edge', 'wrap', 'nearest', 'linear'],
  nearest_mode: ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'],
};

/** Attributes that are lists, even of length 1. */
export const LISTS: ReadonlySet<string> = new Set([
  'axes', 'dilations', 'kernel_shape', 'output_padding', 'pads', 'perm', 'scales', 'starts', 'steps', 'strides',
]);

/** Attributes whose values are float32. */
export const FLOATS: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon', 'exponent', 'max', 'min', 'scales', 'value']);

const WINDOW = ['dilations', 'group', 'pads', 'strides'];
const REDUCE = ['axes', 'keepdims'];
const ARG = ['axis', 'keepdims'];

/** Attributes of each operator, byte-sorted; an operator without an entry has none. All of them are always present. */
export const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Conv: WINDOW,
  ConvInteger: WINDOW,
  QLinearConv: WINDOW,
  QuantizeLinear: ['axis'],
  DequantizeLinear: ['axis'],
  ConvTranspose: ['dilations', 'group', 'output_padding', 'pads', 'strides'],
  MaxPool: ['dilations', 'kernel_shape', 'pads', 'strides'],
  AveragePool: ['count_include_pad', 'dilations', 'kernel_shape', 'pads', 'strides'],
  BatchNormalization: ['epsilon'],
  LayerNormalization: ['axis', 'epsilon'],
  InstanceNormalization: ['epsilon'],
  Softmax: ['axis'],
  LogSoftmax: ['axis'],
  LeakyRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
  Clip: ['max', 'min'],
  Pow: ['exponent'],
  Gelu: ['approximate'],
  Gemm: ['transA', 'transB'],
  Concat: ['axis'],
  Split: ['axis'],
  Gather: ['axis'],
  Transpose: ['perm'],
  Slice: ['starts', 'steps'],
  Pad: ['mode', 'pads', 'value'],
  Resize: ['coordinate_transformation_mode', 'mode', 'nearest_mode', 'scales'],
  ReduceSum: REDUCE,
  ReduceMean: REDUCE,
  ReduceMax: REDUCE,
  ReduceMin: REDUCE,
  ArgMax: ARG,
  ArgMin: ARG,
  CumSum: ['axis', 'exclusive', 'reverse'],
  TopK: ['axis', 'largest'],
  Trilu: ['k', 'upper'],
  GatherElements: ['axis'],
};

/** Fewest and most operands of each operator; 1 and 1 when it has no entry. */
const ARITY: Readonly<Record<string, readonly [number, number]>> = {
  ...Object.fromEntries(
    ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'PRelu', 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'And', 'Or',
      'MatMul', 'Gather', 'GatherElements'].map((op) => [op, [2, 2] as const]),
  ),
  Where: [3, 3],
  Conv: [2, 3],
  ConvTranspose: [2, 3],
  Gemm: [2, 3],
  LayerNormalization: [2, 3],
  InstanceNormalization: [3, 3],
  BatchNormalization: [5, 5],
  ConvInteger: [2, 4],
  MatMulInteger: [2, 4],
  QuantizeLinear: [2, 3],
  DequantizeLinear: [2, 3],
  QLinearConv: [8, 9],
  QLinearMatMul: [8, 8],
  Concat: [2, Number.POSITIVE_INFINITY],
};

/** Fewest and most operands of an operator. */
export function arity(op: string): readonly [least: number, most: number] {
  return ARITY[op] ?? [1, 1];
}

/** The operand that a convolution or product contracts with operand 0: a filter, or a second matrix. */
export function secondFactor(op: string): number {
  return op.startsWith('QLinear') ? 3 : 1;
}

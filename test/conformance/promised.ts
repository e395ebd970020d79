import type { Case } from './cases.js';
import type { Cause, Unsupported } from './causes.js';

/** Operators that Assay promises to judge: those of eighteen public models, and what language models are made of. */
export const PROMISED: ReadonlySet<string> = new Set([
  'Mul', 'Add', 'Conv', 'Relu', 'Cast', 'Concat', 'Reshape', 'DynamicQuantizeLinear', 'ConvInteger', 'Slice', 'Div', 'Resize',
  'MaxPool', 'Clip', 'Identity', 'Shape', 'BatchNormalization', 'ReduceMean', 'Sigmoid', 'Unsqueeze', 'Gemm', 'Pow',
  'GlobalAveragePool', 'HardSigmoid', 'LeakyRelu', 'Max', 'Squeeze', 'Sqrt', 'Sub', 'Transpose', 'MatMul', 'Flatten', 'Gather',
  'Softmax', 'LSTM', 'Pad', 'Log', 'ConvTranspose', 'ConstantOfShape', 'ReduceMax', 'AveragePool', 'Neg', 'Where', 'Range',
  'ReduceSum', 'Greater', 'Less', 'Equal', 'Not', 'And', 'Or', 'Tanh', 'Erf', 'Gelu', 'Exp', 'Abs', 'LayerNormalization',
  'InstanceNormalization', 'Split', 'Expand', 'Tile', 'TopK', 'ArgMax', 'CumSum', 'Trilu', 'MatMulInteger', 'QLinearMatMul',
  'QLinearConv', 'QuantizeLinear', 'DequantizeLinear', 'GRU',
]);

/** A form of a promised operator that is refused on purpose. */
export interface Refusal {
  readonly cause: Cause;
  /** names of the cases */
  readonly cases: RegExp;
  readonly reason: string;
}

/** Everything that is refused of promised operators, besides other dtypes than the eight. docs/conformance.md explains each. */
export const REFUSALS: readonly Refusal[] = [
  { cause: 'mode', cases: /^test_pow(_|$)/, reason: 'Pow: exponents that are not one constant of 2, 3, 0.5, −1, −0.5, or an integer base' },
  { cause: 'mode', cases: /^test_batchnorm_.*training_mode$/, reason: 'BatchNormalization: training mode' },
  { cause: 'mode', cases: /^test_maxpool_with_argmax_/, reason: 'MaxPool: its indices are read' },
  { cause: 'mode', cases: /^test_resize_.*cubic/, reason: 'Resize: cubic' },
  { cause: 'mode', cases: /^test_resize_.*antialias/, reason: 'Resize: antialias' },
  { cause: 'mode', cases: /^test_resize_tf_crop/, reason: 'Resize: crop' },
  { cause: 'empty', cases: /_(empty_set|zero_size_splits|shape_zero|zero|out_of_bounds|allowzero_reordered|greater_than_end|axis_zero)(_|$)/, reason: 'a tensor without elements' },
  { cause: 'opset', cases: /^test_not_[234]d$/, reason: 'opset 1' },
  { cause: 'mode', cases: /^test_resize_.*half_pixel_symmetric/, reason: 'Resize: half_pixel_symmetric' },
  { cause: 'mode', cases: /^test_resize_downsample_sizes_nearest_not_smaller$/, reason: 'Resize: a kept aspect ratio that rounds an extent up' },
  { cause: 'mode', cases: /quantizelinear_blocked/, reason: 'QuantizeLinear, DequantizeLinear: blocks' },
  { cause: 'runtime', cases: /^test_qlinearmatmul_.*_float16$/, reason: 'QLinearMatMul: ONNX Runtime has no float16 scales' },
  { cause: 'runtime', cases: /^test_resize_downsample_scales_linear_align_corners$/, reason: 'Resize: ONNX Runtime aligns the corners of whole extents, the case those of 2.4 columns' },
  { cause: 'runtime', cases: /^test_convinteger_with_padding$/, reason: 'ConvInteger: ONNX Runtime has no zero points by channel' },
  { cause: 'runtime', cases: /BFLOAT16/, reason: 'bfloat16: the JavaScript API of ONNX Runtime has no name for it' },
  { cause: 'runtime', cases: /^test_clip_default_int8_(max|min)_expanded$/, reason: 'Where of int8: ONNX Runtime has no kernel' },
  { cause: 'runtime', cases: /^test_range_.*_type_/, reason: 'opset 27: ONNX Runtime 1.30 reads up to 26' },
  { cause: 'runtime', cases: /^test_(lstm|gru)_batchwise$/, reason: 'LSTM, GRU: ONNX Runtime has no layout 1' },
];

/** What no operator is judged with. */
const OTHER_TYPES: ReadonlySet<Cause> = new Set(['dtype', 'string', 'not a tensor']);

/** The refusal of a promised operator that covers a case; undefined when there is none. */
export function refusalOf(c: Case, u: Unsupported): Refusal | undefined {
  return isPromised(c) ? REFUSALS.find((r) => r.cause === u.why && r.cases.test(c.name)) : undefined;
}

/** Whether a case ought to be judged: every operator is promised, its types are known, and no refusal covers it. */
export function isOwed(c: Case, u: Unsupported): boolean {
  return isPromised(c) && !OTHER_TYPES.has(u.why) && refusalOf(c, u) === undefined;
}

function isPromised(c: Case): boolean {
  return c.operators.every((op) => PROMISED.has(op));
}

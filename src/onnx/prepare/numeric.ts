// Rewrites that change numbers. They come first and make the prepared file, against which everything later is exact.
import type { ParsedModel } from '../parse.js';
import { DTYPE, elementCount, numbers } from '../tensor.js';
import type { Rewrites, Shape } from './graph.js';
import { dilatedAverage } from './dilated-pool.js';
import { dynamicQuantizeByParts } from './dynamic-quantize.js';
import { activationByParts } from './activations.js';
import { normalisationByParts } from './normalisations.js';
import { rotaryByParts } from './rotary.js';
import { composed } from './composed.js';
import { einsum } from './einsum.js';
import { unrollRecurrent } from './recurrent.js';
import { Replacement } from './replacement.js';

/** A reduction whose operand would take more bytes than this of a proof goes one axis at a time. */
export const STAGE_BYTES = 256 * 1024 - 16 * 1024;

/** Operators that compute: on 16-bit floats they become Cast → float32 → Cast. Others only move or compare. */
const COMPUTING = new Set([
  'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Sqrt', 'Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'LeakyRelu',
  'PRelu', 'Clip', 'Reciprocal', 'Sum', 'Mean', 'Conv', 'ConvTranspose', 'MatMul', 'Gemm', 'AveragePool', 'GlobalAveragePool',
  'BatchNormalization', 'LayerNormalization', 'InstanceNormalization', 'Softmax', 'LogSoftmax', 'ReduceSum', 'ReduceMean',
  'Resize', 'Upsample', 'Gelu', 'Relu', 'Max', 'Min', 'MaxPool', 'GlobalMaxPool', 'Abs', 'Neg', 'Floor', 'Ceil', 'Round', 'Sign',
  'QuantizeLinear', 'DequantizeLinear',
  'Softplus', 'Elu', 'Selu', 'Celu', 'Softsign', 'ThresholdedRelu', 'Mish', 'Swish', 'Shrink', 'RMSNormalization', 'GroupNormalization',
  'MeanVarianceNormalization', 'LpNormalization', 'LRN', 'Hardmax', 'RotaryEmbedding', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare',
  'ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd', 'LpPool', 'GlobalLpPool', 'Einsum',
]);

/**
 * Applies all rewrites that change numbers or what is constant, in place: CastLike as Cast, dilated pools, staged reductions, scaled Gemms, Mean, products with vectors,
 * activations, normalisations, reductions, pools and DynamicQuantizeLinear by parts, Einsum, unrolled recurrent operators,
 * arithmetic on 16-bit floats.
 *
 * @param types types of every tensor of the model
 * @returns whether anything changed
 */
export function rewriteNumbers(
  model: ParsedModel,
  types: ReadonlyMap<string, Shape>,
  opset: number,
  stageBytes: number,
  rewrites: Rewrites,
): boolean {
  let changed = false;
  const prefix = freePrefix(model);
  model.graph.node = model.graph.node.flatMap((node, i) => {
    const r = new Replacement(model, types, opset, node, `${prefix}${i}/`);
    const what =
      castLike(r) ?? dilatedAverage(r) ?? stageReduction(r, stageBytes) ?? scaledGemm(r) ?? mean(r) ?? vectorProduct(r) ?? einsum(r) ?? unrollRecurrent(r) ?? composed(r) ??
      byParts(r, stageBytes) ?? halfPrecision(r);
    if (what === undefined) return [node];
    rewrites.note(what);
    changed = true;
    return r.nodes;
  });
  return changed;
}

/** A Cast to the type of another tensor: of a constant it folds, whatever it was like. */
function castLike(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'CastLike') return undefined;
  r.add('Cast', node.input.slice(0, 1), { to: { i: r.type(node.output[0] ?? '').dtype } }, node.output[0]);
  return 'CastLike: as Cast';
}

/** Composite operators of float32 as operators that the referee judges: the prepared file then defines the program. */
function byParts(r: Replacement, stageBytes: number): string | undefined {
  if (r.types.get(r.node.input[0] ?? '')?.dtype !== DTYPE.float32) return undefined;
  return activationByParts(r) ?? normalisationByParts(r, stageBytes) ?? rotaryByParts(r) ?? dynamicQuantizeByParts(r);
}

/** Mean over several axes, one axis at a time: smaller proofs and a tighter γ. */
function stageReduction(r: Replacement, stageBytes: number): string | undefined {
  const { node } = r;
  const x = node.input[0] ?? '';
  const isPool = node.opType === 'GlobalAveragePool';
  if (!isPool && node.opType !== 'ReduceMean') return undefined;
  const { dims, dtype } = r.type(x);
  const rank = dims.length;
  if (dtype !== DTYPE.float32) return undefined;
  const axes = isPool ? dims.map((_, i) => i).slice(2) : meanAxes(r, rank);
  const count = elementCount(axes.map((a) => dims[a] ?? 1));
  if (axes.length < 2 || count * 4 <= stageBytes || (r.attributes['keepdims']?.i ?? 1) !== 1) return undefined;
  let sum = x;
  for (const axis of [...axes].sort((a, b) => b - a)) sum = r.sum(sum, axis);
  r.add('Mul', [sum, r.scalar(1 / count)], {}, node.output[0]);
  return `${node.opType}: staged by axis`;
}

function meanAxes(r: Replacement, rank: number): number[] {
  const operand = r.operand(1);
  const stated = r.attributes['axes']?.ints ?? (operand && numbers(operand)) ?? [];
  if (stated.length === 0 && (r.node.input[1] ?? '') !== '' && operand === undefined) return []; // computed: its own rule refuses it
  const axes = stated.length > 0 ? stated : Array.from({ length: rank }, (_, i) => i);
  return axes.map((a) => (a < 0 ? a + rank : a));
}

function scaledGemm(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'Gemm') return undefined;
  const alpha = r.attributes['alpha']?.f ?? 1;
  const beta = r.attributes['beta']?.f ?? 1;
  const bias = beta === 0 ? '' : (node.input[2] ?? '');
  if (alpha === 1 && (beta === 1 || bias === '')) return undefined;
  const transposes = { transA: { i: r.attributes['transA']?.i ?? 0 }, transB: { i: r.attributes['transB']?.i ?? 0 } };
  const output = node.output[0];
  let product = r.add('Gemm', node.input.slice(0, 2), transposes);
  if (alpha !== 1) product = r.add('Mul', [product, r.scalar(alpha)], {}, bias === '' ? output : undefined);
  if (bias !== '') r.add('Add', [product, beta === 1 ? bias : r.add('Mul', [bias, r.scalar(beta)])], {}, output);
  return 'Gemm: alpha, beta as Mul';
}

function mean(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'Mean' || node.input.length < 2) return undefined;
  const sum = node.input.slice(1).reduce((total, x) => r.add('Add', [total, x]), node.input[0] ?? '');
  r.add('Mul', [sum, r.scalar(1 / node.input.length)], {}, node.output[0]);
  return 'Mean: as Add, Mul';
}

/** Vectors become matrices: the referee knows products of rank 2 and above, and ONNX Runtime has another kernel for vectors. */
function vectorProduct(r: Replacement): string | undefined {
  const { node } = r;
  const [a = '', b = ''] = node.input;
  if (node.opType !== 'MatMul' && node.opType !== 'MatMulInteger') return undefined;
  const left = r.type(a).dims;
  const right = r.type(b).dims;
  if (left.length >= 2 && right.length >= 2) return undefined;
    const matrixA = left.length >= 2 ? a : r.reshape(a, [1, ...left]);
  const matrixB = right.length >= 2 ? b : r.reshape(b, [...right, 1]);
  const output = node.output[0] ?? '';
  r.reshape(r.add(node.opType, [matrixA, matrixB, ...node.input.slice(2)]), r.type(output).dims, output);
  return `${node.opType}: vector as matrix`;
}

function halfPrecision(r: Replacement): string | undefined {
  const { node } = r;
  const isHalf = (x: string): boolean => {
    const dtype = x === '' ? undefined : r.types.get(x)?.dtype;
    return dtype === DTYPE.float16 || dtype === DTYPE.bfloat16;
  };
  if (!COMPUTING.has(node.opType) || !node.input.some(isHalf)) return undefined;
  const inputs = node.input.map((x) => (isHalf(x) ? r.add('Cast', [x], { to: { i: DTYPE.float32 } }) : x));
  const output = node.output[0] ?? '';
  const wide = `${r.prefix}wide`;
  r.nodes.push({ ...node, name: wide, input: inputs, output: [wide] });
  r.add('Cast', [wide], { to: { i: r.type(output).dtype } }, output);
  return '16-bit floats: computed as float32';
}

/** A prefix that no name of the file has. */
function freePrefix(model: ParsedModel): string {
  const names = [...model.graph.initializer.map((t) => t.name), ...model.graph.node.flatMap((n) => n.output)];
  let prefix = '~n';
  while (names.some((name) => name.startsWith(prefix))) prefix += '~';
  return prefix;
}

import { refuse } from '../errors.js';
import { DTYPE, elementCount, float32, int64, sameDims } from '../tensor.js';
import type { Replacement } from './replacement.js';

/** Writes a normalisation of operand 0 into output 0 by parts; false leaves the node as it is. */
type Parts = (r: Replacement, stageBytes: number) => boolean;

const PARTS: Readonly<Record<string, Parts>> = {
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  GroupNormalization: groupNorm,
  RMSNormalization(r) {
    const dims = operandDims(r);
    const axes = from(dims, axisOf(r, -1, dims.length));
    const x = r.node.input[0] ?? '';
    const deviation = rootMeanSquare(r, x, axes, count(dims, axes), r.attributes['epsilon']?.f ?? 1e-5);
    r.add('Mul', [r.add('Div', [x, deviation]), r.node.input[1] ?? ''], {}, r.node.output[0]);
    return true;
  },
  /** (X - mean)/(standard deviation + 1e-9), as ONNX defines it */
  MeanVarianceNormalization(r) {
    const dims = operandDims(r);
    const axes = (r.attributes['axes']?.ints ?? [0, 2, 3]).map((a) => normal(a, dims.length));
    const off = centred(r, axes, count(dims, axes));
    const deviation = rootMeanSquare(r, off, axes, count(dims, axes), 0);
    r.add('Div', [off, r.add('Add', [deviation, r.scalar(1e-9)])], {}, r.node.output[0]);
    return true;
  },
  /** x/|x|; a vector of zeros stays one, as in ONNX Runtime */
  LpNormalization(r) {
    const axis = axisOf(r, -1, operandDims(r).length);
    const x = r.node.input[0] ?? '';
    const manhattan = (r.attributes['p']?.i ?? 2) === 1;
    const sum = r.sum(manhattan ? r.add('Abs', [x]) : r.add('Mul', [x, x]), axis);
    const norm = r.add('Max', [manhattan ? sum : r.add('Sqrt', [sum]), r.scalar(SMALLEST_NORMAL)]);
    r.add('Div', [x, norm], {}, r.node.output[0]);
    return true;
  },
  LRN: localResponse,
  Hardmax: hardmax,
};

const SMALLEST_NORMAL = 2 ** -126;

/** An LRN of this many channels has a band matrix of 16 MB. */
const MAX_CHANNELS = 2048;

/**
 * Normalisations as operators that the referee judges: those without a row of their own always, LayerNormalization and
 * InstanceNormalization where the proof of a group would not fit, where scale and bias have other shapes than a group, or
 * where mean or deviation is read.
 *
 * @param stageBytes bytes of a group above which it is staged by axis
 */
export function normalisationByParts(r: Replacement, stageBytes: number): string | undefined {
  const parts = Object.hasOwn(PARTS, r.node.opType) ? PARTS[r.node.opType] : undefined;
  return parts?.(r, stageBytes) === true ? `${r.node.opType}: by parts` : undefined;
}

const operandDims = (r: Replacement): readonly number[] => r.type(r.node.input[0] ?? '').dims;
const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
const axisOf = (r: Replacement, otherwise: number, rank: number): number => normal(r.attributes['axis']?.i ?? otherwise, rank);
const from = (dims: readonly number[], axis: number): number[] => dims.map((_, i) => i).slice(axis);
const count = (dims: readonly number[], axes: readonly number[]): number => elementCount(axes.map((a) => dims[a] ?? 1));

/** sqrt(mean of x² + epsilon), axes kept. */
function rootMeanSquare(r: Replacement, x: string, axes: readonly number[], n: number, epsilon: number): string {
  const square = r.mean(r.add('Mul', [x, x]), axes, n);
  return r.add('Sqrt', [epsilon === 0 ? square : r.add('Add', [square, r.scalar(epsilon)])]);
}

/** x less its mean. */
function centred(r: Replacement, axes: readonly number[], n: number): string {
  const x = r.node.input[0] ?? '';
  return r.add('Sub', [x, r.mean(x, axes, n)]);
}

/** (x - mean)/sqrt(variance + epsilon), then an affine map whose operands broadcast. */
function staged(r: Replacement, axes: readonly number[], scale: string, bias: string): void {
  const n = count(operandDims(r), axes);
  const off = centred(r, axes, n);
  const unit = r.add('Div', [off, rootMeanSquare(r, off, axes, n, r.attributes['epsilon']?.f ?? 1e-5)]);
  affine(r, unit, scale, bias);
}

function affine(r: Replacement, x: string, scale: string, bias: string): void {
  const output = r.node.output[0];
  const scaled = r.add('Mul', [x, scale], {}, bias === '' ? output : undefined);
  if (bias !== '') r.add('Add', [scaled, bias], {}, output);
}

/** A LayerNormalization whose mean or 1/deviation is read too. */
function withStatistics(r: Replacement, axes: readonly number[], scale: string, bias: string): void {
  const x = r.node.input[0] ?? '';
  const n = count(operandDims(r), axes);
  const mean = r.mean(x, axes, n);
  const off = r.add('Sub', [x, mean]);
  const deviation = rootMeanSquare(r, off, axes, n, r.attributes['epsilon']?.f ?? 1e-5);
  [mean, r.reads(2) ? r.add('Reciprocal', [deviation]) : ''].forEach((value, k) => {
    const name = r.node.output[k + 1] ?? '';
    if (r.reads(k + 1)) r.reshape(value, r.type(name).dims, name);
  });
  affine(r, r.add('Div', [off, deviation]), scale, bias);
}

function layerNorm(r: Replacement, stageBytes: number): boolean {
  const dims = operandDims(r);
  const axes = from(dims, axisOf(r, -1, dims.length));
  const group = axes.map((a) => dims[a]!);
  const [, scale = '', bias = ''] = r.node.input;
  if (r.reads(1) || r.reads(2)) withStatistics(r, axes, scale, bias);
  else if (elementCount(group) * 4 > stageBytes) staged(r, axes, scale, bias);
  else if ([scale, bias].every((x) => x === '' || sameDims(r.type(x).dims, group))) return false;
  else {
    const ones = r.constant(float32(group, new Float32Array(elementCount(group)).fill(1)));
    const attributes = { axis: { i: axes[0] ?? 0 }, epsilon: { f: r.attributes['epsilon']?.f ?? 1e-5 } };
    affine(r, r.add('LayerNormalization', [r.node.input[0] ?? '', ones], attributes), scale, bias);
  }
  return true;
}

function instanceNorm(r: Replacement, stageBytes: number): boolean {
  const dims = operandDims(r);
  const axes = from(dims, 2);
  if (count(dims, axes) * 4 <= stageBytes) return false;
  const [, scale = '', bias = ''] = r.node.input;
  staged(r, axes, perChannel(r, scale, dims), perChannel(r, bias, dims));
  return true;
}

/** [C] as [C, 1, …], which broadcasts over the spatial axes. */
function perChannel(r: Replacement, x: string, dims: readonly number[]): string {
  return r.reshape(x, [dims[1] ?? 1, ...dims.slice(2).map(() => 1)]);
}

/** An InstanceNormalization of [N, groups, rest]; scale and bias are one number a group before opset 21, a channel from then on. */
function groupNorm(r: Replacement): boolean {
  const dims = operandDims(r);
  const groups = r.attributes['num_groups']?.i ?? refuse('REFUSED_ATTRIBUTE', 'GroupNormalization lacks num_groups');
  const [x = '', scale = '', bias = ''] = r.node.input;
  const grouped = r.reshape(x, [dims[0] ?? 1, groups, elementCount(dims.slice(1)) / groups]);
  const epsilon = { epsilon: { f: r.attributes['epsilon']?.f ?? 1e-5 } };
  if (r.opset < 21) {
    r.reshape(r.add('InstanceNormalization', [grouped, scale, bias], epsilon), dims, r.node.output[0]);
    return true;
  }
  const constant = (value: number): string => r.constant(float32([groups], new Float32Array(groups).fill(value)));
  const unit = r.reshape(r.add('InstanceNormalization', [grouped, constant(1), constant(0)], epsilon), dims);
  affine(r, unit, perChannel(r, scale, dims), perChannel(r, bias, dims));
  return true;
}

/** x/(bias + alpha/size·(sum of squares over neighbouring channels))^beta: the sum is a 1×1 convolution with a band matrix. */
function localResponse(r: Replacement): boolean {
  const dims = operandDims(r);
  const channels = dims[1] ?? 1;
  const size = r.attributes['size']?.i ?? refuse('REFUSED_ATTRIBUTE', 'LRN lacks size');
  const [alpha, beta, bias] = [r.attributes['alpha']?.f ?? 1e-4, r.attributes['beta']?.f ?? 0.75, r.attributes['bias']?.f ?? 1];
  if (channels > MAX_CHANNELS) refuse('ONNX_LIMIT', `LRN over ${channels} channels: at most ${MAX_CHANNELS}, because its band matrix is quadratic`);
  if (dims.length < 3) refuse('ONNX_SHAPE', `LRN of rank ${dims.length}: at least 3 expected`);
  const band = new Float32Array(channels * channels);
  for (let c = 0; c < channels; c++)
    for (let k = Math.max(0, c - Math.floor((size - 1) / 2)); k <= Math.min(channels - 1, c + Math.ceil((size - 1) / 2)); k++)
      band[c * channels + k] = alpha / size;
  const x = r.node.input[0] ?? '';
  const weight = r.constant(float32([channels, channels, ...dims.slice(2).map(() => 1)], band));
  const sum = r.add('Add', [r.add('Conv', [r.add('Mul', [x, x]), weight]), r.scalar(bias)]);
  const power = r.add('Exp', [r.add('Mul', [r.add('Log', [sum]), r.scalar(-beta)])]);
  r.add('Mul', [x, power], {}, r.node.output[0]);
  return true;
}

/** One at the first maximum, else zero; before opset 13 over all axes from `axis` on, flattened. */
function hardmax(r: Replacement): boolean {
  const dims = operandDims(r);
  const last = dims.length - 1;
  const axis = axisOf(r, r.opset < 13 ? 1 : -1, dims.length);
  const flat = r.opset < 13 && axis !== last;
  const x = flat ? r.reshape(r.node.input[0] ?? '', [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis))]) : (r.node.input[0] ?? '');
  const shape = flat ? [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis))] : dims;
  const along = flat ? 1 : axis;
  const index = r.add('ArgMax', [x], { axis: { i: along }, keepdims: { i: 1 } });
  const extent = shape[along] ?? 1;
  const positions = r.constant(int64([extent, ...shape.slice(along + 1).map(() => 1)], Array.from({ length: extent }, (_, i) => i)));
  const output = r.node.output[0];
  const hot = r.add('Cast', [r.add('Equal', [index, positions])], { to: { i: DTYPE.float32 } }, flat ? undefined : output);
  if (flat) r.reshape(hot, dims, output);
  return true;
}

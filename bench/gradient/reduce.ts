// What looks at many elements: reductions, pools, Softmax, normalisations.
import { attributesOf } from '../../src/onnx/program.js';
import { broadcastPlaces, unknown, type Rule, type Step } from './rule.js';

/** For every element of operand 0 the element of the output that it goes into, when these axes are reduced. */
function reducedPlaces(s: Step, axes: readonly number[]): Int32Array {
  const dims = s.operands[0]!.dims;
  return broadcastPlaces(dims, dims.map((d, i) => (axes.includes(i) ? 1 : d)));
}

const axesOf = (s: Step): readonly number[] => attributesOf(s.node).list('axes');
const spatialAxes = (s: Step): readonly number[] => s.operands[0]!.dims.map((_, i) => i).slice(2);

/** Sums, or means. */
const total = (axes: (s: Step) => readonly number[], mean: boolean): Rule => (s) => {
  const places = reducedPlaces(s, axes(s));
  const share = mean ? s.d[0]!.length / places.length : 1;
  return [Float64Array.from(places, (p) => s.d[0]![p]! * share)];
};

/** The largest or smallest element; among equals the first. */
const extreme = (axes: (s: Step) => readonly number[]): Rule => (s) => {
  const dx = new Float64Array(s.x[0]!.length);
  const taken = new Uint8Array(s.d[0]!.length);
  reducedPlaces(s, axes(s)).forEach((p, e) => {
    if (taken[p] === 1 || s.x[0]![e] !== s.y[0]![p]) return;
    taken[p] = 1;
    dx[e] = s.d[0]![p]!;
  });
  return [dx];
};

/** Elements of operand 0 that an output element's window covers, in order; and how many places it has, counted as the operator does. */
function eachWindow(s: Step, f: (y: number, x: readonly number[], count: number) => void): void {
  const q = attributesOf(s.node);
  const [dims, out] = [s.operands[0]!.dims, s.node.outputs[0]!.dims];
  const [kernel, strides, dilations, pads] = [q.list('kernel_shape'), q.list('strides'), q.list('dilations'), q.list('pads')];
  const rank = kernel.length;
  const countPadding = q.all['count_include_pad'] === 1;
  const size = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  const [inSize, outSize, taps] = [size(dims.slice(2)), size(out.slice(2)), size(kernel)];
  for (let y = 0; y < s.d[0]!.length; y++) {
    const covered: number[] = [];
    let counted = 0;
    for (let tap = 0; tap < taps; tap++) {
      let [at, rest, left, step, within, padded] = [Math.floor(y / outSize) * inSize, y % outSize, tap, 1, true, true];
      for (let i = rank - 1; i >= 0; i--) {
        const p = (rest % out[i + 2]!) * strides[i]! + (left % kernel[i]!) * dilations[i]! - pads[i]!;
        within &&= p >= 0 && p < dims[i + 2]!;
        padded &&= p < dims[i + 2]! + pads[i + rank]!;
        [at, step, rest, left] = [at + p * step, step * dims[i + 2]!, Math.floor(rest / out[i + 2]!), Math.floor(left / kernel[i]!)];
      }
      if (within) covered.push(at);
      if (within || (countPadding && padded)) counted++;
    }
    f(y, covered, counted);
  }
}

const maxPool: Rule = (s) => {
  const dx = new Float64Array(s.x[0]!.length);
  eachWindow(s, (y, covered) => {
    const winner = covered.find((e) => s.x[0]![e] === s.y[0]![y]);
    if (winner !== undefined) dx[winner]! += s.d[0]![y]!;
  });
  return [dx];
};

const averagePool: Rule = (s) => {
  const dx = new Float64Array(s.x[0]!.length);
  eachWindow(s, (y, covered, count) => {
    for (const e of covered) dx[e]! += s.d[0]![y]! / count;
  });
  return [dx];
};

const softmaxAxes = (s: Step): readonly number[] => {
  const axis = attributesOf(s.node).int('axis');
  return [axis < 0 ? axis + s.operands[0]!.dims.length : axis];
};

/** dx = (d − Σ d·y)·y. */
const softmax: Rule = (s) => {
  const [d, y] = [s.d[0]!, s.y[0]!];
  const places = reducedPlaces(s, softmaxAxes(s));
  const sums = new Float64Array(d.length);
  places.forEach((p, e) => (sums[p]! += d[e]! * y[e]!));
  return [d.map((g, e) => (g - sums[places[e]!]!) * y[e]!)];
};

/** dx = d − e^y·Σ d. */
const logSoftmax: Rule = (s) => {
  const [d, y] = [s.d[0]!, s.y[0]!];
  const places = reducedPlaces(s, softmaxAxes(s));
  const sums = new Float64Array(d.length);
  places.forEach((p, e) => (sums[p]! += d[e]!));
  return [d.map((g, e) => g - Math.exp(y[e]!) * sums[places[e]!]!)];
};

/** y = (x − μ)·k + b with k = scale/√(variance + ε); the statistics are weights. */
const batchNormalization: Rule = (s) => {
  if (s.wanted.some((w, k) => w && k > 0)) throw unknown(s.node, ' by computed parameters');
  const epsilon = Number(attributesOf(s.node).all['epsilon']);
  const [, channels, ...spatial] = s.operands[0]!.dims;
  const size = spatial.reduce((a, b) => a * b, 1);
  return [s.d[0]!.map((g, e) => {
    const c = Math.floor(e / size) % channels!;
    return (g * s.x[1]![c]!) / Math.sqrt(s.x[4]![c]! + epsilon);
  })];
};

/**
 * x̂ = (x − μ)/σ of groups of `size` elements, times a scale: dx = (g − mean g − x̂·mean(g·x̂))/σ with g = d·scale.
 */
const normalization = (groupSize: (s: Step) => number, scalePlace: (s: Step, e: number) => number): Rule => (s) => {
  if (s.wanted.some((w, k) => w && k > 0)) throw unknown(s.node, ' by computed parameters');
  const size = groupSize(s);
  const epsilon = Number(attributesOf(s.node).all['epsilon']);
  const [x, scale] = [s.x[0]!, s.x[1]!];
  const dx = new Float64Array(x.length);
  for (let from = 0; from < x.length; from += size) {
    let [sum, squares, gs, gx] = [0, 0, 0, 0];
    for (let e = from; e < from + size; e++) sum += x[e]!;
    const mean = sum / size;
    for (let e = from; e < from + size; e++) squares += (x[e]! - mean) ** 2;
    const deviation = Math.sqrt(squares / size + epsilon);
    const g = (e: number): number => s.d[0]![e]! * scale[scalePlace(s, e)]!;
    const hat = (e: number): number => (x[e]! - mean) / deviation;
    for (let e = from; e < from + size; e++) [gs, gx] = [gs + g(e), gx + g(e) * hat(e)];
    for (let e = from; e < from + size; e++) dx[e] = (g(e) - gs / size - (hat(e) * gx) / size) / deviation;
  }
  return [dx];
};

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const layerSize = (s: Step): number => {
  const axis = attributesOf(s.node).int('axis');
  return product(s.operands[0]!.dims.slice(axis));
};
const layerNormalization: Rule = (s) => {
  if (product(s.operands[1]!.dims) !== layerSize(s)) throw unknown(s.node, ' whose scale is broadcast');
  return normalization(layerSize, (_, e) => e % layerSize(s))(s);
};
const instanceSize = (s: Step): number => product(s.operands[0]!.dims.slice(2));

/** By operator. */
export const REDUCTIONS: Readonly<Record<string, Rule>> = {
  ReduceSum: total(axesOf, false),
  ReduceMean: total(axesOf, true),
  GlobalAveragePool: total(spatialAxes, true),
  ReduceMax: extreme(axesOf),
  ReduceMin: extreme(axesOf),
  GlobalMaxPool: extreme(spatialAxes),
  MaxPool: maxPool,
  AveragePool: averagePool,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: normalization(instanceSize, (s, e) => Math.floor(e / instanceSize(s)) % s.operands[0]!.dims[1]!),
};

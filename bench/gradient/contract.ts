// Products: MatMul, Gemm, Conv and ConvTranspose.
import { attributesOf } from '../../src/onnx/program.js';
import { broadcastPlaces, unknown, type Gradients, type Rule, type Step } from './rule.js';

/** y += a·b of one matrix each: rows × inner by inner × columns, each with its two steps. */
interface Matrices {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly a: readonly [step0: number, step1: number];
  readonly b: readonly [step0: number, step1: number];
}

/** dA = d·Bᵀ and dB = Aᵀ·d of one matrix, added at the given offsets. */
function matrixGradient(m: Matrices, d: Float64Array, from: readonly [d: number, a: number, b: number], x: readonly [a: Float32Array, b: Float32Array], to: Gradients): void {
  const [da, db] = to;
  for (let r = 0; r < m.rows; r++)
    for (let k = 0; k < m.inner; k++) {
      const at = from[1] + r * m.a[0] + k * m.a[1];
      const a = x[0][at]!;
      let sum = 0;
      for (let c = 0, p = from[0] + r * m.columns, q = from[2] + k * m.b[0]; c < m.columns; c++, p++, q += m.b[1]) {
        const g = d[p]!;
        sum += g * x[1][q]!;
        if (db) db[q]! += g * a;
      }
      if (da) da[at]! += sum;
    }
}

const matmul: Rule = (s) => {
  const out = s.node.outputs[0]!.dims;
  const [aDims, bDims] = [s.operands[0]!.dims, s.operands[1]!.dims];
  if (aDims.length < 2 || bDims.length < 2) throw unknown(s.node, ' of vectors');
  const [rows, inner, columns] = [aDims.at(-2)!, aDims.at(-1)!, bDims.at(-1)!];
  const to = zeros(s);
  const batch = out.slice(0, -2);
  const [aPlaces, bPlaces] = [aDims, bDims].map((dims) => broadcastPlaces(batch, dims.slice(0, -2)));
  const m: Matrices = { rows, inner, columns, a: [inner, 1], b: [columns, 1] };
  for (let i = 0; i < aPlaces!.length; i++) matrixGradient(m, s.d[0]!, [i * rows * columns, aPlaces![i]! * rows * inner, bPlaces![i]! * inner * columns], [s.x[0]!, s.x[1]!], to);
  return to;
};

const gemm: Rule = (s) => {
  const q = attributesOf(s.node);
  const [rows, columns] = s.node.outputs[0]!.dims as [number, number];
  const [aDims, bDims] = [s.operands[0]!.dims, s.operands[1]!.dims];
  const [transA, transB] = [q.int('transA') === 1, q.int('transB') === 1];
  const inner = aDims[transA ? 0 : 1]!;
  const to = zeros(s);
  matrixGradient({ rows, inner, columns, a: transA ? [1, aDims[1]!] : [inner, 1], b: transB ? [1, bDims[1]!] : [columns, 1] }, s.d[0]!, [0, 0, 0], [s.x[0]!, s.x[1]!], to);
  if (to[2]) broadcastPlaces([rows, columns], s.operands[2]!.dims).forEach((p, e) => (to[2]![p]! += s.d[0]![e]!));
  return to;
};

/** Windows over up to two axes: position of the large side = position of the small side · stride + tap · dilation − pad. */
interface Windows {
  readonly batch: number;
  readonly groups: number;
  readonly large: { readonly channels: number; readonly height: number; readonly width: number };
  readonly small: { readonly channels: number; readonly height: number; readonly width: number };
  readonly taps: readonly [height: number, width: number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number];
}

/** Calls f for every run of taps: count positions of a row, `step` apart in the large side and next to each other in the small one. */
function walk(w: Windows, f: (large: number, small: number, tap: number, count: number, step: number) => void): void {
  const { large, small, taps, strides, dilations, pads } = w;
  const [perLarge, perSmall] = [large.channels / w.groups, small.channels / w.groups];
  for (let n = 0; n < w.batch; n++)
    for (let s = 0; s < small.channels; s++)
      for (let l = 0; l < perLarge; l++) {
        const channel = Math.floor(s / perSmall) * perLarge + l;
        for (let i = 0; i < taps[0]; i++)
          for (let j = 0; j < taps[1]; j++) {
            const shift = j * dilations[1] - pads[1];
            const from = Math.max(0, Math.ceil(-shift / strides[1]));
            const to = Math.min(small.width, Math.floor((large.width - 1 - shift) / strides[1]) + 1);
            if (from >= to) continue;
            for (let h = 0; h < small.height; h++) {
              const row = h * strides[0] + i * dilations[0] - pads[0];
              if (row < 0 || row >= large.height) continue;
              f(
                ((n * large.channels + channel) * large.height + row) * large.width + from * strides[1] + shift,
                ((n * small.channels + s) * small.height + h) * small.width + from,
                ((s * perLarge + l) * taps[0] + i) * taps[1] + j,
                to - from,
                strides[1],
              );
            }
          }
      }
}

/** Spells one spatial axis as two. */
function windowsOf(s: Step, large: readonly number[], small: readonly number[]): Windows {
  const q = attributesOf(s.node);
  const spatial = large.length - 2;
  if (spatial < 1 || spatial > 2) throw unknown(s.node, ` over ${spatial} axes`);
  const two = (list: readonly number[], fill: number): [number, number] => (spatial === 2 ? [list[0]!, list[1]!] : [fill, list[0]!]);
  const side = (dims: readonly number[]): Windows['large'] => {
    const [height, width] = two(dims.slice(2), 1);
    return { channels: dims[1]!, height, width };
  };
  return {
    batch: large[0]!, groups: q.int('group'), large: side(large), small: side(small), taps: two(s.operands[1]!.dims.slice(2), 1),
    strides: two(q.list('strides'), 1), dilations: two(q.list('dilations'), 1), pads: two(q.list('pads'), 0),
  };
}

function zeros(s: Step): (Float64Array | undefined)[] {
  return s.wanted.map((w, k) => (w ? new Float64Array(s.x[k]!.length) : undefined));
}

/** A bias of channels gets the sum of its channel. */
function addBias(s: Step, to: Float64Array): void {
  const [, channels, ...spatial] = s.node.outputs[0]!.dims;
  const size = spatial.reduce((a, b) => a * b, 1);
  s.d[0]!.forEach((g, e) => (to[Math.floor(e / size) % channels!]! += g));
}

/** Filters of Conv lie as [small channels][large channels of a group], so do those of ConvTranspose, whose small side is its operand. */
const convolution = (operandIsLarge: boolean): Rule => (s) => {
  const to = zeros(s);
  const [dx, dw, db] = to;
  const [x, f, d] = [s.x[0]!, s.x[1]!, s.d[0]!];
  const [mine, other] = [s.operands[0]!.dims, s.node.outputs[0]!.dims];
  const windows = operandIsLarge ? windowsOf(s, mine, other) : windowsOf(s, other, mine);
  walk(windows, (large, small, tap, count, step) => {
    const [p0, pStep, q0, qStep] = operandIsLarge ? [large, step, small, 1] : [small, 1, large, step];
    const weight = f[tap]!;
    if (dx) for (let i = 0, p = p0, q = q0; i < count; i++, p += pStep, q += qStep) dx[p]! += weight * d[q]!;
    if (!dw) return;
    let sum = 0;
    for (let i = 0, p = p0, q = q0; i < count; i++, p += pStep, q += qStep) sum += x[p]! * d[q]!;
    dw[tap]! += sum;
  });
  if (db) addBias(s, db);
  return to;
};

/** By operator. */
export const CONTRACTIONS: Readonly<Record<string, Rule>> = { MatMul: matmul, Gemm: gemm, Conv: convolution(true), ConvTranspose: convolution(false) };

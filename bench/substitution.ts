// Filters and matrices of a whole model as a cheaper worker would hold them.
import { attributesOf, type Program, type ProgramNode } from '../src/onnx/program.js';
import { secondFactor } from '../src/onnx/operators.js';
import { bytesOf, DTYPE, elementCount, floats, fromLayout, KIND, toLayout, type Prepared } from '../src/onnx/index.js';
import { toBfloat16, toFloat16, toIntegers } from './rounded-weights.js';

/** What becomes of a K×N matrix, one column for each output of its layer; `at` of `count` is its place among the model's layers. */
export type Substitution = (matrix: Float32Array, columns: number, at: number, count: number, random: () => number) => Float32Array;

/** A quantiser's usual group of weights that share a scale. */
const GROUP = 32;

/** Dishonest workers by what they multiply by. Biases, constants and all other weights stay as they are: rounding them saves nothing. */
export const SUBSTITUTIONS: Readonly<Record<string, Substitution>> = {
  float16: (w) => toFloat16(w),
  bfloat16: (w) => toBfloat16(w),
  'int8, a scale an output': (w, columns) => toIntegers(w, columns, 8),
  'int4, a scale for 32': (w, columns) => toIntegers(w, columns, 4, GROUP),
  'a smaller model: half of the outputs of every layer': (w, columns) => w.map((x, i) => (i % columns < columns / 2 ? x : 0)),
  'a skipped layer: zeros for the filter in the middle': (w, _, at, count) => (at === Math.floor(count / 2) ? new Float32Array(w.length) : w),
  // Adam's first step moves every weight by its learning rate
  'a stale model: one step of Adam at 1e-5 ago': (w, _c, _a, _n, random) => w.map((x) => x + (random() < 0.5 ? -1e-5 : 1e-5)),
};

/** A WEIGHT that a contraction multiplies by, as [outer][columns][inner] of its row-major order. */
export interface Filter {
  readonly weight: number;
  /** nodes that multiply by it */
  readonly nodes: readonly number[];
  readonly columns: number;
  readonly inner: number;
}

/** Filters and matrices of float32 of a program, in the order of the first nodes that multiply by them. */
export function filtersOf(program: Program): Filter[] {
  const found = new Map<number, Filter>();
  program.nodes.forEach((n, i) => {
    if (!['Conv', 'ConvTranspose', 'MatMul', 'Gemm'].includes(n.op)) return;
    const o = n.inputs[secondFactor(n.op)]!;
    if (o.kind !== KIND.weight || o.type!.dtype !== DTYPE.float32) return;
    const known = found.get(o.index);
    found.set(o.index, known ? { ...known, nodes: [...known.nodes, i] } : { weight: o.index, nodes: [i], ...columnsOf(n, o.type!.dims) });
  });
  return [...found.values()];
}

function columnsOf(n: ProgramNode, dims: readonly number[]): { columns: number; inner: number } {
  const axis = n.op === 'Conv' ? 0 : n.op === 'ConvTranspose' ? 1 : n.op === 'Gemm' && attributesOf(n).int('transB') === 1 ? 0 : dims.length - 1;
  return { columns: dims[axis]!, inner: elementCount(dims.slice(axis + 1)) };
}

/** Weights of a model, in layout, with every filter substituted. */
export function substituted({ program, weights }: Prepared, substitution: Substitution, random: () => number): Uint8Array[] {
  const out = [...weights];
  const filters = filtersOf(program);
  filters.forEach(({ weight, columns, inner }, at) => {
    const type = program.weights[weight]!;
    const w = floats(fromLayout(type, weights[weight]!));
    const place = matrixOrder(w.length, columns, inner);
    const matrix = substitution(Float32Array.from(place, (from) => w[from]!), columns, at, filters.length, random);
    const back = new Float32Array(w.length);
    place.forEach((from, i) => (back[from] = matrix[i]!));
    out[weight] = toLayout(type, bytesOf(back));
  });
  return out;
}

/** Places in [outer][columns][inner] of the elements of [outer][inner][columns]: the K×N matrix, row by row. */
function matrixOrder(count: number, columns: number, inner: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    return (Math.floor(row / inner) * columns + (i % columns)) * inner + (row % inner);
  });
}

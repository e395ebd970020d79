// In which order does the runtime add? Masks reveal the tree (FPRev): with 2^80 at i, -2^80 at j and ones elsewhere, the ones
// below the node where i and j meet vanish, and the others remain in the sum. The products of a WEIGHT matrix must be added
// as chain/referee's Constants.WeightBlock says, at every pair that is asked, and no adversarial values may exceed its bound.
import { loadEngine, type Engine, type EngineOptions } from '../src/onnx/engine.js'; // our own models: no child process needed
import { float32, floats, type Tensor } from '../src/onnx/index.js';
import { node, onnxFile } from '../src/onnx/testing.js';
import type { Bench } from './main.js';
import { adversarialRatios } from './summation-values.js';
import { random } from './tampering.js';

/** MLAS_SGEMM_PACKED_STRIDEK: products of one block are added one after another, then the blocks one after another. */
export const BLOCK = 256;

const SEED = 20262;
const MASK = 2 ** 80;
const next = random(SEED);

/** A product of a fed matrix and a constant one. */
export interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Gemm's flags and bias; absent: MatMul */
  readonly gemm?: { readonly transA: number; readonly transB: number; readonly bias: boolean };
  /** MatMul of m batches of one row each */
  readonly batched?: boolean;
  /** the second operand is fed too: not certified, only measured */
  readonly fed?: boolean;
}

export const ENGINES: Readonly<Record<string, EngineOptions>> = {
  'ort-node/1': { backend: 'ort-node', threads: 1 },
  'ort-node/2': { backend: 'ort-node', threads: 2 },
  'ort-wasm': { backend: 'ort-wasm' },
};

/** Loads a product whose second operand is `b`, row-major as K×N; ones without it. The returned function takes M×K and gives M×N. */
export async function loadProduct(p: Product, options: EngineOptions, b: (k: number, n: number) => number = () => 1): Promise<{ run(a: Float32Array): Promise<Float32Array>; engine: Engine }> {
  const { m, k, n, gemm } = p;
  const [aDims, bDims] = [gemm?.transA ? [k, m] : p.batched ? [m, 1, k] : [m, k], gemm?.transB ? [n, k] : [k, n]];
  const matrix = new Float32Array(k * n);
  for (let r = 0; r < k; r++) for (let c = 0; c < n; c++) matrix[gemm?.transB ? c * k + r : r * n + c] = b(r, c);
  const bTensor = float32(bDims, matrix);
  const biased = gemm?.bias === true;
  const engine = await loadEngine(
    onnxFile({
      nodes: [gemm ? node('Gemm', biased ? 'a b c' : 'a b', 'y', { transA: { i: gemm.transA }, transB: { i: gemm.transB } }) : node('MatMul', 'a b', 'y')],
      inputs: p.fed ? { a: aDims, b: bDims } : { a: aDims },
      constants: { ...(!p.fed && { b: bTensor }), ...(biased && { c: float32([n], new Float32Array(n).fill(1)) }) },
      outputs: ['y'],
    }),
    options,
  );
  return {
    engine,
    async run(a) {
      const data = gemm?.transA ? a.map((_, at) => a[(at % m) * k + Math.floor(at / m)]!) : a;
      const feeds = new Map<string, Tensor>([['a', float32(aDims, data)]]);
      if (p.fed) feeds.set('b', bTensor);
      return Float32Array.from(floats((await engine.run(feeds)).get('y')!));
    },
  };
}

/** Leaves below the node where products i and j meet, if sums are blocked. A bias joins before the second block does. */
function predicted(p: Product, i: number, j: number): number {
  const [first, last] = [Math.floor(Math.min(i, j) / BLOCK), Math.floor(Math.max(i, j) / BLOCK)];
  if (first === last) return Math.max(i, j) - first * BLOCK + 1;
  return Math.min(p.k, (last + 1) * BLOCK) + (p.gemm?.bias ? 1 : 0);
}

/** Leaves below the node where the two products of each pair meet: the values that the columns of the result show. */
async function meetings(p: Product, run: (a: Float32Array) => Promise<Float32Array>, pairs: readonly (readonly [number, number])[]): Promise<Set<number>[]> {
  const found: Set<number>[] = [];
  const leaves = p.k + (p.gemm?.bias ? 1 : 0);
  for (let from = 0; from < pairs.length; from += p.m) {
    const part = pairs.slice(from, from + p.m);
    const a = new Float32Array(p.m * p.k).fill(1);
    part.forEach(([i, j], row) => {
      a[row * p.k + i] = MASK;
      a[row * p.k + j] = -MASK;
    });
    const y = await run(a);
    part.forEach((_, row) => found.push(new Set(Array.from(y.subarray(row * p.n, (row + 1) * p.n), (v) => leaves - v))));
  }
  return found;
}

/** All pairs of a short sum; of a long one the ends and edges of blocks and random places, against one another. */
function pairsOf(k: number): [number, number][] {
  const at = new Set<number>();
  if (k <= 24) for (let i = 0; i < k; i++) at.add(i);
  else {
    for (const b of [0, 1, 2, Math.floor(k / BLOCK / 2), Math.floor(k / BLOCK) - 1, Math.floor(k / BLOCK)])
      for (const e of [-1, 0, 1]) at.add(b * BLOCK + e);
    for (const i of [k - 2, k - 1, ...Array.from({ length: 8 }, () => Math.floor(next() * k))]) at.add(i);
  }
  const list = [...at].filter((i) => i >= 0 && i < k);
  return list.flatMap((i) => list.filter((j) => i !== j).map((j): [number, number] => [i, j]));
}

/** Shape classes: one row, one column, remainders of the kernels' tiles (12 rows, 16 columns), panels of 128 columns and more. */
const SHAPES = [[1, 1], [1, 40], [2, 7], [5, 16], [13, 17], [16, 1], [40, 130], [64, 64]] as const;
const LENGTHS = [2, 3, 24, 128, 255, 256, 257, 300, 511, 512, 513, 1000, 2304, 4096, 16_384, 65_536];

function* products(): Generator<Product> {
  for (const k of LENGTHS)
    for (const [m, n] of SHAPES) {
      if (k > 4096 && !((m === 13 && n === 17) || (m === 1 && n === 40 && k < 20_000) || (m === 16 && n === 1))) continue;
      yield { m, k, n };
      if (k === 513 || k === 4096) yield { m, k, n, batched: true };
      if (k === 24 || k === 513 || (k === 4096 && m > 4))
        for (const transA of [0, 1]) for (const transB of [0, 1]) for (const bias of [false, true]) yield { m, k, n, gemm: { transA, transB, bias } };
    }
}

/** Longest path of the tree of a fed product: additions on the path of one of three products, each against all others. */
async function depth(p: Product, run: (a: Float32Array) => Promise<Float32Array>): Promise<number> {
  let most = 0;
  for (const i of [0, p.k >> 1, p.k - 1]) {
    const sizes = new Set<number>();
    const pairs = Array.from({ length: p.k }, (_, j): [number, number] => [i, j]).filter(([, j]) => j !== i);
    for (const values of await meetings(p, run, pairs)) for (const v of values) sizes.add(v);
    most = Math.max(most, sizes.size);
  }
  return most;
}

/**
 * Reveals the summation tree of MatMul and Gemm by a constant matrix, on every backend, and tries adversarial values.
 *
 * Arguments: names of engines to run; all of them without any.
 */
export const run: Bench = async (args) => {
  const engines = Object.entries(ENGINES).filter(([name]) => args.length === 0 || args.includes(name));
  const certified: Record<string, { products: number; pairs: number; other_trees: number }> = {};
  const unlike: { engine: string; product: Product; pair: readonly number[]; found: number[]; expected: number }[] = [];
  const ratios: Record<string, Record<string, number>> = {};
  const fed: Record<string, Record<string, number>> = {};
  for (const [name, options] of engines) {
    const count = (certified[name] = { products: 0, pairs: 0, other_trees: 0 });
    for (const p of products()) {
      const { run: multiply, engine } = await loadProduct(p, options);
      const pairs = pairsOf(p.k);
      const found = await meetings(p, multiply, pairs);
      await engine.release();
      count.products++;
      found.forEach((values, at) => {
        const expected = predicted(p, ...pairs[at]!);
        count.pairs++;
        if (values.size === 1 && values.has(expected)) return;
        count.other_trees++;
        if (unlike.length < 20) unlike.push({ engine: name, product: p, pair: pairs[at]!, found: [...values], expected });
      });
    }
    console.error(`${name}: ${JSON.stringify(count)}`);
    ratios[name] = await adversarialRatios(options);
    console.error(`${name}: ${JSON.stringify(ratios[name])}`);
    const depths: Record<string, number> = (fed[name] = {});
    for (const [m, n] of [[1, 64], [16, 1], [4, 16], [64, 64]] as const) {
      const p = { m, k: 1024, n, fed: true };
      const { run: multiply, engine } = await loadProduct(p, options);
      depths[`${m}x1024x${n}`] = await depth(p, multiply);
      await engine.release();
    }
  }
  const worst = Math.max(0, ...Object.values(ratios).flatMap((r) => Object.values(r)));
  return {
    bench: 'summation', seed: SEED, block: BLOCK,
    ok: engines.length > 0 && unlike.length === 0 && worst <= 1 && Object.values(certified).every((c) => c.pairs > 0),
    certified, unlike, worst_error_over_bound: ratios, depth_of_fed_products: fed,
  };
};

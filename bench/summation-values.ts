// Values that make a blocked sum as wrong as it can be, against the bound of the referee for such sums.
import type { EngineOptions } from '../src/onnx/engine.js';
import { BLOCK, loadProduct } from './summation.js';
import { random } from './tampering.js';

const U = 2 ** -24;
const SEED = 20263;
const next = random(SEED);
const sign = (): number => (next() < 0.5 ? -1 : 1);

/** Operand A by row and place; operand B is ones except where a kind needs both. */
type Fill = (i: number, row: number, k: number) => number;

const equal: number[] = Array.from({ length: 64 }, () => Math.fround(1 + next()));

/** What each kind of values tries. */
const KINDS: Readonly<Record<string, Fill>> = {
  /** every addition rounds up by nearly u: inside the first block by its elements, later by one element of each block */
  staircase: (i) => (i === 0 ? 1 : i < BLOCK || i % BLOCK === 0 ? U * (1 + 2 ** -10) : 0),
  'staircase of the last block': (i, _, k) => (i === k - Math.min(k, ((k - 1) % BLOCK) + 1) ? 1 : U * (1 + 2 ** -10)),
  /** equal terms of one sign: roundings of a binade all go one way */
  equal: (_, row) => equal[row % equal.length]!,
  'equal blocks': (i, row) => (Math.floor(i / BLOCK) % 2 === 0 ? 1 : -1) * equal[row % equal.length]!,
  cancelling: (i, row) => (i % 2 === 0 ? 1 : -1) * equal[row % equal.length]! * (1 + (i % 7) * 2 ** -20),
  'alternating magnitudes': (i) => sign() * (i % 2 === 0 ? 2 ** 20 : 2 ** -4) * (1 + next()),
  growing: (i, _, k) => (1 + next()) * 2 ** ((40 * i) / k - 20),
  falling: (i, _, k) => sign() * (1 + next()) * 2 ** (20 - (40 * i) / k),
  normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
};

/** The referee's n for a sum of k products with a block, PROTOCOL §7. */
export function effectiveTerms(k: number, block: number): number {
  return Math.min(k, Math.min(k, block) + Math.ceil(k / block));
}

/**
 * Largest |y - exact| over γ_n·Σ|x·w| of MatMul by a constant matrix, n of {@link effectiveTerms}, by kind of values.
 * The exact sum is a double's: its error is below 2^-29·k/n of the bound.
 */
export async function adversarialRatios(options: EngineOptions): Promise<Record<string, number>> {
  const worst: Record<string, number> = {};
  for (const k of [1, 2, 255, 256, 257, 600, 1024, 4096, 16_384, 65_536])
    for (const [m, n] of [[1, 1], [1, 24], [13, 17]] as const) {
      const ones = (): number => 1;
      const mixed = Array.from({ length: k }, () => Math.fround(sign() * (1 + next())));
      for (const b of [ones, (r: number): number => mixed[r]!]) {
        const { run, engine } = await loadProduct({ m, k, n }, options, b);
        for (const [kind, fill] of Object.entries(KINDS)) {
          const a = new Float32Array(m * k).map((_, at) => fill(at % k, Math.floor(at / k), k));
          const y = await run(a);
          const terms = effectiveTerms(k, BLOCK);
          for (let row = 0; row < m; row++) {
            let [sum, size] = [0, 0];
            for (let i = 0; i < k; i++) {
              const product = a[row * k + i]! * b(i);
              sum += product;
              size += Math.abs(product);
            }
            for (let c = 0; c < n; c++) {
              const ratio = Math.abs(y[row * n + c]! - sum) / (((terms * U) / (1 - terms * U)) * size);
              worst[kind] = Math.max(worst[kind] ?? 0, Number.isNaN(ratio) ? Infinity : ratio);
            }
          }
        }
        await engine.release();
      }
    }
  return worst;
}

// Short vectors. A kernel works through whole registers and finishes with what remains: under a mask, or with scalar code
// (ONNX Runtime's Log and Softplus), which has other errors.
import type { EngineOptions } from '../src/onnx/engine.js';
import { digestOf, type Remainders } from './certificate.js';
import type { Certifiable } from './functions.js';
import { Kernel } from './kernel.js';
import { BATCH, SEGMENT, SEGMENTS, type SweepState, type Vectors } from './sweep.js';
import { Tally } from './tally.js';

/** Lengths below a register of 4, 8 and 16 float32. */
const LENGTHS = [1, 2, 3, 5, 7, 15];
const PIECES = 512;
/** What a sweep without a twin goes through: vectors of three, the longest of which a register of four holds none. */
export const SHORT = 'vectors of 3';
const SWEPT_PIECES = 1024;

/**
 * A stratified sample: as many inputs of each segment, by an arithmetic progression modulo 2²⁴ that the seed chooses.
 *
 * @param each inputs of each of the 256 segments
 */
export function stratified(seed: number, each: number): Uint32Array {
  const out = new Uint32Array(SEGMENTS * each);
  for (let s = 0; s < SEGMENTS; s++) {
    let at = scramble(seed ^ scramble(s + 1));
    const step = scramble(at) | 1; // odd: no input comes twice
    for (let i = 0; i < each; i++, at = (at + step) >>> 0) out[s * each + i] = s * SEGMENT + (at % SEGMENT);
  }
  return out;
}

/** A bijection of 32-bit words that mixes well (the finaliser of MurmurHash3). */
function scramble(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Results for these inputs, whose number is a multiple of `kernel.length`, or filled up with zeros. */
export async function runAll(kernel: Vectors, x: Uint32Array): Promise<Uint32Array> {
  const out = new Uint32Array(x.length);
  const batch = new Uint32Array(kernel.length);
  for (let at = 0; at < x.length; at += batch.length) {
    const part = x.subarray(at, at + batch.length);
    batch.fill(0).set(part);
    out.set((await kernel.run(batch)).subarray(0, part.length), at);
  }
  return out;
}

/** A sample in short vectors, and whether the function's twin gives the same bits. */
export interface Sampled {
  readonly remainders: Remainders;
  readonly holds: boolean;
  readonly twin: string | undefined;
}

/**
 * A sample in short vectors of each length, compared bit by bit with whole registers and with the function's twin.
 *
 * @param each inputs of each segment
 * @throws OnnxError RUNTIME_FAILED
 */
export async function sampleRemainders(f: Certifiable, options: EngineOptions, seed: number, each = 256): Promise<Sampled> {
  const x = stratified(seed, each);
  const run = async (kernel: Kernel): Promise<Uint32Array> => {
    const y = await runAll(kernel, x);
    await kernel.close();
    return y;
  };
  const whole = await run(await Kernel.open(f, BATCH, options));
  const twin = f.twin === undefined ? undefined : await run(await Kernel.ofTwin(f.twin, BATCH, options));
  const tally = new Tally(f);
  let differing = 0;
  let unlikeTwin = 0;
  for (const length of LENGTHS) {
    const y = await run(await Kernel.inPieces(f, length, PIECES, options));
    tally.add(x, y);
    for (let i = 0; i < y.length; i++) {
      if (y[i] !== whole[i]) differing++;
      // Longer vectors hold whole registers as well as a remainder.
      if (length <= 3 && y[i] !== twin?.[i]) unlikeTwin++;
    }
  }
  const { counts, worst } = tally.state();
  return {
    remainders: { lengths: LENGTHS, inputs: x.length, seed, differing, swept_by: null, counts, worst, digest: null },
    holds: tally.holds,
    twin: unlikeTwin === 0 ? f.twin : undefined,
  };
}

/** The kernel for a sweep of remainders: the twin where it is one, else short vectors (250 times slower). */
export async function remainderKernel(f: Certifiable, sampled: Sampled, options: EngineOptions): Promise<Kernel> {
  return sampled.twin === undefined ? Kernel.inPieces(f, 3, SWEPT_PIECES, options) : Kernel.ofTwin(sampled.twin, BATCH, options);
}

/** A sample's remainders with what a finished sweep says. */
export function sweptRemainders(f: Certifiable, sampled: Sampled, state: SweepState): { remainders: Remainders; holds: boolean } {
  const { counts, worst } = state.tally;
  return {
    remainders: { ...sampled.remainders, swept_by: sampled.twin ?? SHORT, counts, worst, digest: digestOf(state.digests) },
    holds: sampled.holds && new Tally(f, state.tally).holds,
  };
}

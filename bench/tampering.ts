import type { Forgery } from '../devnet/forge.js';
import { DTYPE, floats, type Program, type Tensor } from '../src/onnx/index.js';

/** Deterministic numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is tampered with. */
export const KINDS = ['weight', 'activation', 'output'] as const;

/** A place of a kind, each float32 element as likely as any other, changed by a factor of 1 + 2^-k. */
export function tamper(program: Program, honest: readonly Tensor[], kind: Forgery['kind'], k: number, next: () => number): Forgery {
  const factor = 1 + 2 ** -k;
  const sizes =
    kind === 'weight'
      ? program.weights.map((t) => (t.dtype === DTYPE.float32 ? t.dims.reduce((a, b) => a * b, 1) : 0))
      : kind === 'activation'
        ? honest.map((t) => (t.dtype === DTYPE.float32 ? floats(t).length : 0))
        : program.outputs.map((o) => floats(honest[o.index]!).length);
  let at = Math.floor(next() * sizes.reduce((a, b) => a + b, 0));
  const index = sizes.findIndex((size) => (at < size ? true : ((at -= size), false)));
  return { kind, index, element: at, factor };
}

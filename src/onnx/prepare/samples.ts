import { DTYPE, elementCount, float32, byteLength, type Tensor } from '../tensor.js';
import type { Shape } from './graph.js';

const SEEDS = [1, 2, 3];

/** Seeded inputs where the caller has none: uniform in [−1, 1) for float32, zeros and ones for integers. */
export function noise(types: readonly Shape[]): Tensor[][] {
  return SEEDS.map((seed) => {
    const random = uniform(seed);
    return types.map((type) => {
      if (type.dtype === DTYPE.float32) return float32(type.dims, Float32Array.from({ length: elementCount(type.dims) }, () => 2 * random() - 1));
      const data = new Uint8Array(byteLength(type));
      const step = data.length / elementCount(type.dims);
      const isFloat = type.dtype === DTYPE.float16 || type.dtype === DTYPE.bfloat16;
      if (!isFloat) for (let i = 0; i < data.length; i += step) data[i] = random() < 0.5 ? 0 : 1;
      return { dtype: type.dtype, dims: [...type.dims], data };
    });
  });
}

/** Numbers in [0, 1) from a seed: a linear congruential generator, mixed. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let t = state;
    t ^= t >>> 15;
    t = Math.imul(t, 0x85ebca6b);
    t ^= t >>> 13;
    return (t >>> 0) / 2 ** 32;
  };
}

import { DTYPE, float32, prepare, type Prepared, type Runtime, type Tensor } from '../src/onnx/index.js';
import { modelBytes, nodeProto, tensorProto, valueInfo } from '../src/onnx/proto.js';

/** A small network for tests on a real chain: y = relu(x·W + b)·V, x [rows, 8], y [rows, 4]. */
export interface TinyModel {
  readonly prepared: Prepared;
  /** x for a seed, row-major */
  input(seed: number): Tensor;
}

/** Deterministic numbers in [-1, 1) from a seed (mulberry32). */
export function noise(seed: number, count: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  });
}

/** Bytes of the ONNX file of a {@link TinyModel}. A seed gives other weights. */
export function tinyOnnx(seed: number, rows = 4, hidden = 16): Uint8Array {
  const weights = noise(seed, 8 * hidden + hidden + hidden * 4);
  const part = (dims: number[], from: number): Tensor => float32(dims, weights.subarray(from, from + dims.reduce((a, b) => a * b, 1)));
  return modelBytes(
    {
      nodes: [
        nodeProto('MatMul', ['x', 'W'], ['h']),
        nodeProto('Add', ['h', 'b'], ['hb']),
        nodeProto('Relu', ['hb'], ['r']),
        nodeProto('MatMul', ['r', 'V'], ['y']),
      ],
      initializers: [
        tensorProto('W', part([8, hidden], 0)),
        tensorProto('b', part([hidden], 8 * hidden)),
        tensorProto('V', part([hidden, 4], 9 * hidden)),
      ],
      inputs: [valueInfo('x', { dtype: DTYPE.float32, dims: [rows, 8] })],
      outputs: [valueInfo('y', { dtype: DTYPE.float32, dims: [rows, 4] })],
    },
    18,
  );
}

/** Prepares a {@link TinyModel}. */
export async function tinyModel(seed: number, runtime: Runtime, rows = 4, hidden = 16): Promise<TinyModel> {
  const prepared = await prepare(tinyOnnx(seed, rows, hidden), { runtime });
  return { prepared, input: (s) => float32([rows, 8], noise(s, rows * 8)) };
}

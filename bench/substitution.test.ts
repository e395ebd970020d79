import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32, floats, fromLayout, prepare, Runtime } from '../src/onnx/index.js';
import { node, onnxFile } from '../src/onnx/testing.js';
import { filtersOf, substituted, SUBSTITUTIONS } from './substitution.js';

/** Conv, a transposed Gemm and a MatMul: each spells its outputs along another axis. */
async function model(): Promise<Awaited<ReturnType<typeof prepare>>> {
  const filled = (dims: number[]) => float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + dims.length) + 1.5));
  const file = onnxFile({
    nodes: [
      node('Conv', 'x f', 'a', { kernel_shape: { ints: [1, 1] } }), node('Relu', 'a', 'b'), node('Reshape', 'b s', 'c'),
      node('Gemm', 'c g h', 'd', { transB: { i: 1 } }), node('Relu', 'd', 'e'), node('MatMul', 'e m', 'y'),
    ],
    inputs: { x: [1, 3, 2, 1] },
    constants: { f: filled([4, 3, 1, 1]), s: { dtype: 7, dims: [2], data: new Uint8Array(new BigInt64Array([2n, 4n]).buffer) }, g: filled([6, 4]), h: filled([6]), m: filled([6, 2]) },
    outputs: ['y'],
  });
  const runtime = new Runtime();
  try {
    return await prepare(file, { runtime });
  } finally {
    await runtime.close();
  }
}

test('every filter is substituted along its outputs, and nothing else', async () => {
  const prepared = await model();
  const { program, weights } = prepared;
  const filters = filtersOf(program);
  assert.deepEqual(filters.map((f) => [program.nodes[f.nodes[0]!]!.op, f.columns]), [['Conv', 4], ['Gemm', 6], ['MatMul', 2]]);
  const half = substituted(prepared, SUBSTITUTIONS['a smaller model: half of the outputs of every layer']!, Math.random);
  const row = (all: readonly Uint8Array[], i: number): number[] => [...floats(fromLayout(program.weights[i]!, all[i]!))];
  const [conv, gemm, matmul] = filters.map((f) => ({ was: row(weights, f.weight), is: row(half, f.weight) }));
  // an output is a row of Conv's filter and of the transposed matrix, and a column of the other one
  assert.deepEqual(conv!.is, conv!.was.map((x, i) => (i < 6 ? x : 0)));
  assert.deepEqual(gemm!.is, gemm!.was.map((x, i) => (i < 12 ? x : 0)));
  assert.deepEqual(matmul!.is, matmul!.was.map((x, i) => (i % 2 === 0 ? x : 0)));
  const others = weights.map((_, i) => i).filter((i) => !filters.some((f) => f.weight === i));
  assert.ok(others.length > 0);
  for (const i of others) assert.equal(half[i], weights[i]);

  const skipped = substituted(prepared, SUBSTITUTIONS['a skipped layer: zeros for the filter in the middle']!, Math.random);
  filters.forEach((f, at) => assert.deepEqual(row(skipped, f.weight), at === 1 ? row(weights, f.weight).map(() => 0) : row(weights, f.weight)));

  // the largest of every output is kept by its own scale, for layouts and axes of all kinds
  const eight = substituted(prepared, SUBSTITUTIONS['int8, a scale an output']!, Math.random);
  const largest = (list: number[], at: (i: number) => number): number[] => {
    const most: number[] = [];
    list.forEach((x, i) => (most[at(i)] = Math.max(most[at(i)] ?? 0, x)));
    return most.map(Math.fround);
  };
  const at = [(i: number) => Math.floor(i / 3), (i: number) => Math.floor(i / 4), (i: number) => i % 2];
  filters.forEach((f, k) => {
    const [was, is] = [largest(row(weights, f.weight), at[k]!), largest(row(eight, f.weight), at[k]!)];
    was.forEach((x, i) => assert.ok(Math.abs(is[i]! - x) <= 2 ** -23 * x, `filter ${k}, output ${i}: ${is[i]} for ${x}`));
    assert.notDeepEqual(row(eight, f.weight), row(weights, f.weight));
  });
});

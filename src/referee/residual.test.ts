import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawElements } from '../chain/index.js';
import { DTYPE, KIND, LAYOUT, type Program, type ProgramNode } from '../onnx/index.js';
import { drawnNodes, drawnTensors } from './residual.js';

/** A program as far as a draw looks at it: operators, and dtypes and extents of their outputs. */
function programOf(...nodes: readonly (readonly [op: string, dims: readonly number[], dtype?: number])[]): Program {
  const made = nodes.map(([op, dims, dtype = DTYPE.float32], first): ProgramNode => ({ op, attributes: [], inputs: [], first, outputs: [{ dtype, dims, layout: LAYOUT.row }] }));
  return { inputs: [], weights: [], outputs: [], values: made.length, nodes: made };
}

test('draws fall on contractions of float32 by their share of elements, in node order', () => {
  const program = programOf(['Relu', [50]], ['Conv', [2, 5]], ['Add', [7]], ['MatMul', [1]], ['MatMulInteger', [9], DTYPE.int32], ['ConvTranspose', [3, 3]], ['Gemm', [1000]], ['Conv', [4], DTYPE.float16]);
  const places: readonly (readonly [node: number, end: bigint])[] = [[1, 10n], [3, 11n], [5, 20n], [6, 1020n]];
  const hit = new Set<number>();
  for (let jobId = 1n; jobId <= 60n; jobId++) {
    const randomness = new Uint8Array(32).fill(Number(jobId));
    const want = new Set(drawElements(randomness, jobId, 1020n, 4).map((e) => places.find(([, end]) => e < end)![0]));
    const got = drawnNodes(program, { randomness, jobId, count: 4 });
    assert.deepEqual(got, [...want].sort((a, b) => a - b));
    for (const node of got) hit.add(node);
  }
  assert.ok(hit.has(6) && hit.has(1) && hit.size >= 3, `draws fell on ${[...hit].join(', ')} alone`);
  assert.deepEqual(drawnNodes(program, { randomness: new Uint8Array(32), jobId: 1n, count: 20_000 }), [1, 3, 5, 6]);
});

test('of a drawn node every operand that is there is needed, and its value', () => {
  const type = { dtype: DTYPE.float32, dims: [1], layout: LAYOUT.row };
  const inputs = [{ kind: KIND.value, index: 0, type }, { kind: KIND.weight, index: 3, type }, { kind: KIND.none, index: 0 }];
  const whole = programOf(['Relu', [1]], ['Conv', [1]]);
  const program = { ...whole, nodes: [whole.nodes[0]!, { ...whole.nodes[1]!, inputs }] };
  assert.deepEqual(drawnTensors(program, { randomness: new Uint8Array(32), jobId: 1n, count: 2 }), [{ kind: KIND.value, index: 0 }, { kind: KIND.weight, index: 3 }, { kind: KIND.value, index: 1 }]);
});

test('a program without such contractions is refused', () => {
  assert.throws(() => drawnNodes(programOf(['Relu', [5]], ['MatMulInteger', [9], DTYPE.int32]), { randomness: new Uint8Array(32), jobId: 1n, count: 1 }), { code: 'RESIDUAL_NONE' });
});

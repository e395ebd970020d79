import assert from 'node:assert/strict';
import test from 'node:test';
import { prepare } from '../model.js';
import { node, onnxFile, refusesWith } from '../testing.js';

const pooled = (extent: number): Uint8Array =>
  onnxFile({ nodes: [node('MaxPool', 'x', 'y', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] }, ceil_mode: { i: 1 } })], inputs: { x: [1, 1, extent, extent] }, outputs: ['y'] });

test('ceil_mode is dropped where windows fit, refused where one would hang over', async () => {
  const { program, rewrites } = await prepare(pooled(4));
  assert.deepEqual(program.nodes.map((n) => n.op), ['MaxPool']);
  assert.ok(Object.keys(rewrites).some((r) => r.includes('ceil_mode dropped')));
  await refusesWith('REFUSED_ATTRIBUTE', () => prepare(pooled(5)), /hangs over/);
});

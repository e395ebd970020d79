import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepare, Runtime } from '../src/onnx/index.js';
import { node, onnxFile } from '../src/onnx/testing.js';
import { decisionOf, Leads } from './objective.js';
import { run } from './slack.js';

test('an adversary that spends every bound lowers the lead by what gradients predict, and no element is a fault', async () => {
  const { ok, rows } = await run(['generation', 'timer', 'n']);
  assert.ok(ok && Array.isArray(rows) && rows.length === 2, JSON.stringify(rows));
  for (const r of rows as Record<string, number>[]) {
    assert.ok(r['moved']! > 100 && r['realised']! > 0, JSON.stringify(r));
    assert.ok(Math.abs(r['predicted']! / r['realised']! - 1) < 0.05, JSON.stringify(r));
    assert.ok(Math.abs(r['least_lead_before']! - r['least_lead_after']! - r['realised']!) < 1e-6 * r['scale']!, JSON.stringify(r));
    assert.equal(r['faults'], 0);
  }
});

test('decisions are found behind what follows them', async () => {
  const runtime = new Runtime();
  try {
    const decides = async (op: string, outputs: string, attributes = {}, inputs = 'a'): Promise<unknown> => {
      const file = onnxFile({ nodes: [node('Exp', 'x', 'a'), node(op, inputs, outputs, attributes)], inputs: { x: [2, 3] }, outputs: [outputs] });
      const { classes, decides: yes, value } = decisionOf((await prepare(file, { runtime })).program);
      return [value, classes, yes];
    };
    assert.deepEqual(await decides('Softmax', 'y', { axis: { i: 1 } }), [0, 3, true]);
    assert.deepEqual(await decides('Softmax', 'y', { axis: { i: 0 } }).then((d) => (d as unknown[])[2]), false);
    assert.deepEqual(await decides('Sigmoid', 'y'), [0, 1, true]);
    assert.deepEqual(await decides('Tanh', 'y'), [1, 1, false]);
  } finally {
    await runtime.close();
  }
});

test('leads are over the best of the others, and seeds their gradients', () => {
  const classes = new Leads({ value: 0, classes: 3, decides: true }, Float32Array.of(1, 5, 2, 7, 0, 6.5));
  assert.deepEqual(classes.of(classes.honest), [3, 0.5]);
  assert.deepEqual(classes.of(Float32Array.of(6, 5, 2, 7, 9, 6.5)), [-1, -2]); // another one than the honest second wins too
  assert.deepEqual([...classes.seed([1])], [0, 0, 0, 1, 0, -1]);
  const signs = new Leads({ value: 0, classes: 1, decides: true }, Float32Array.of(2, -3));
  assert.deepEqual(signs.of(Float32Array.of(-1, -4)), [-1, 4]);
  assert.deepEqual([...signs.seed([0, 1])], [1, -1]);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasCode } from '../src/errors.js';
import { floats, readTensor, Runtime, sameTensor, trace, type Tensor } from '../src/onnx/index.js';
import { forge, honestValues, writeForged, type Execution } from './forge.js';
import { tinyModel } from './tiny-model.js';

const runtime = new Runtime();
const dir = mkdtempSync(join(tmpdir(), 'assay-forge-'));
let run: Execution;
let honest: Tensor[];

before(async () => {
  const model = await tinyModel(1, runtime);
  run = { program: model.prepared.program, weights: model.prepared.weights, inputs: [model.input(2)] };
  honest = await honestValues(run, runtime);
});
after(async () => {
  await runtime.close();
  rmSync(dir, { recursive: true, force: true });
});

const hex = (roots: readonly Uint8Array[]): string[] => roots.map((r) => Buffer.from(r).toString('hex'));

test('the honest run equals the trace that a worker builds', async () => {
  const roots = await trace(run.program, run.weights, run.inputs, join(dir, 'trace'), { runtime });
  const written = await writeForged(run, { values: honest, outputs: run.program.outputs.map((o) => honest[o.index]!) }, join(dir, 'same'));
  for (const kind of ['input', 'weight', 'value', 'output'] as const) assert.deepEqual(hex(written[kind]), hex(roots[kind]), kind);
});

test('a changed weight moves values from its reader on, and the bundle keeps the committed weight', async () => {
  const forged = await forge(run, honest, { kind: 'weight', index: 0, element: 3, factor: 2 }, runtime);
  assert.equal(forged.after, Math.fround(forged.before * 2));
  assert.equal(sameTensor(forged.values[0]!, honest[0]!), false);
  assert.equal(forged.moved, true);
  const roots = await writeForged(run, forged, join(dir, 'weight'));
  const kept = await readTensor(join(dir, 'weight'), 'weight', 0, roots.weight[0]!);
  assert.deepEqual(Buffer.from(kept), Buffer.from(run.weights[0]!));
});

test('a changed activation keeps what is before it, and what is after is computed from it', async () => {
  const forged = await forge(run, honest, { kind: 'activation', index: 1, element: 0, factor: -3 }, runtime);
  assert.equal(sameTensor(forged.values[0]!, honest[0]!), true);
  const [before, after] = [floats(honest[1]!), floats(forged.values[1]!)];
  assert.equal(after[0], Math.fround(before[0]! * -3));
  assert.deepEqual([...after.subarray(1)], [...before.subarray(1)]);
  assert.equal(floats(forged.values[2]!)[0], Math.max(0, after[0]!));
});

test('a changed output leaves the trace alone; a factor of 1 moves nothing', async () => {
  const forged = await forge(run, honest, { kind: 'output', index: 0, element: 5, factor: 1.5 }, runtime);
  assert.equal(forged.values.every((t, v) => sameTensor(t, honest[v]!)), true);
  assert.equal(forged.moved, true);
  for (const kind of ['weight', 'activation', 'output'] as const) {
    assert.equal((await forge(run, honest, { kind, index: 0, element: 0, factor: 1 }, runtime)).moved, false, kind);
  }
});

test('several elements change together, and a number can be set', async () => {
  const forged = await forge(run, honest, { kind: 'activation', index: 0, element: 1, count: 2, to: 7 }, runtime);
  assert.deepEqual([...floats(forged.values[0]!)].map((v, i) => v !== floats(honest[0]!)[i]).slice(0, 4), [false, true, true, false]);
  assert.equal(forged.after, 7);
  await assert.rejects(forge(run, honest, { kind: 'activation', index: 0, element: 1, count: 1e9, to: 7 }, runtime), (e) => hasCode(e, 'FORGERY'));
});

test('a place that does not exist is refused', async () => {
  for (const forgery of [{ index: 9, element: 0 }, { index: 0, element: 1e9 }, { index: 0, element: -1 }]) {
    for (const kind of ['weight', 'activation', 'output'] as const) {
      await assert.rejects(forge(run, honest, { kind, factor: 2, ...forgery }, runtime), (e) => hasCode(e, 'FORGERY'));
    }
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createExecutor, type Executor, type Materials } from '../src/jobs/index.js';
import { dataRoot } from '../src/merkle/index.js';
import { readTensor, Runtime } from '../src/onnx/index.js';
import { forgingExecutor, tamperedActivation, tamperedOutput, tamperedWeight } from './cheats.js';
import { tinyModel } from './tiny-model.js';

const runtime = new Runtime();
const dir = mkdtempSync(join(tmpdir(), 'assay-cheats-'));
let own: Executor;
let materials: Materials;

before(async () => {
  own = await createExecutor({ profile: 'ieee-fp32' });
  const model = await tinyModel(3, runtime);
  const input = model.input(4);
  const { program, weights, weightRoots } = model.prepared;
  materials = { program, weights, weightRoots, inputs: [input.data], inputRoots: [dataRoot(input.data)] };
});
after(async () => {
  await own.close();
  await runtime.close();
  rmSync(dir, { recursive: true, force: true });
});

const hex = (b: Uint8Array | undefined): string => Buffer.from(b ?? []).toString('hex');

test('each cheat commits to another output than an honest worker, and its trace agrees with what it does', async () => {
  const honest = await own.run(materials);
  for (const [name, scheme] of Object.entries({ weight: tamperedWeight(-8), activation: tamperedActivation(-1), output: tamperedOutput(2) })) {
    const cheat = forgingExecutor(own, runtime, scheme);
    const outputs = await cheat.run(materials);
    assert.notEqual(hex(outputs[0]), hex(honest[0]), name);
    const bundle = await cheat.trace(materials, join(dir, name));
    assert.equal(hex(bundle.output[0]), hex(dataRoot(outputs[0]!)), name);
    assert.deepEqual((await cheat.valueRoots(materials)).map(hex), bundle.value.map(hex), name);
    // It vouches for the weights of the publication, whatever it ran with.
    assert.deepEqual(bundle.weight.map(hex), materials.weightRoots.map(hex), name);
    const honestRoots = (await own.valueRoots(materials)).map(hex);
    const last = hex(bundle.value.at(-1));
    if (name === 'output') assert.equal(last, honestRoots.at(-1), 'the trace of a forged output is honest');
    else assert.equal(last, hex(dataRoot(await readTensor(join(dir, name), 'output', 0, bundle.output[0]!))), name);
  }
});

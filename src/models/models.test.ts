import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { loadEngine } from '../onnx/engine.js';
import { uniform } from '../onnx/prepare/samples.js';
import { elementCount, float32, floats, int64, type Tensor } from '../onnx/index.js';
import {
  decodeStep, evaluation, federatedAverage, firstMoments, firstState, fullSequence, initialParameters, labelledBatch, lossAndGradient, parameterCount,
  parametersOf, SMALL, trainingStep,
} from './index.js';

const SEED = 11;
const BATCH = { sequences: 4, length: 8 };
const P = parameterCount(SMALL);

/** Runs a file un-optimised; operands and results in the order of the graph. */
async function loaded(file: Uint8Array): Promise<(inputs: readonly Tensor[]) => Promise<Tensor[]>> {
  const engine = await loadEngine(file);
  return async (inputs) => {
    assert.equal(inputs.length, engine.inputs.length);
    const results = await engine.run(new Map(engine.inputs.map((name, i) => [name, inputs[i]!])));
    return engine.outputs.map((name) => results.get(name)!);
  };
}

const whole = (t: Tensor): number[] => Array.from(new BigInt64Array(Uint8Array.from(t.data).buffer), Number);

test('the same seed gives the same bytes, another seed others', () => {
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const make = (seed: number): string[] => [
    decodeStep(SMALL, initialParameters(SMALL, seed)), initialParameters(SMALL, seed).data, labelledBatch(32, BATCH, seed)[0].data,
  ].map(digest);
  assert.deepEqual(make(SEED), make(SEED));
  make(SEED).forEach((d, i) => assert.notEqual(d, make(SEED + 1)[i]));
  assert.deepEqual(trainingStep(SMALL, BATCH), trainingStep(SMALL, BATCH));
  // Pinned: another machine, another run, the same file.
  assert.deepEqual([make(SEED)[0]!.slice(0, 16), digest(trainingStep(SMALL, BATCH)).slice(0, 16)], ['2d92f1b7c082dee9', '447d83083d245314']);
});

test('generation with the cache gives, token for token, what recomputing everything gives', async () => {
  for (const seed of [SEED, SEED + 1]) {
    const parameters = initialParameters(SMALL, seed);
    const step = await loaded(decodeStep(SMALL, parameters));
    const tokens = [3];
    let state = firstState(SMALL, tokens[0]!);
    for (let t = 0; t < SMALL.context - 1; t++) {
      state = await step(state);
      assert.deepEqual(whole(state[1]!), [t + 1]);
      tokens.push(whole(state[0]!)[0]!);
      const full = await loaded(fullSequence(SMALL, parameters, t + 1));
      const [again] = await full([int64([1, t + 1], tokens.slice(0, t + 1))]);
      assert.deepEqual(whole(again!), tokens.slice(1), `seed ${seed}, ${t + 1} tokens`);
    }
    assert.ok(new Set(tokens).size > 2, `seed ${seed}: it says more than one word: ${tokens.join(' ')}`);
  }
});

test('what stands in the cache at and after the position changes nothing', async () => {
  const step = await loaded(decodeStep(SMALL, initialParameters(SMALL, SEED)));
  const clean = firstState(SMALL, 3);
  const dirty = clean.map((t, i) => (i < 2 ? t : float32(t.dims, new Float32Array(elementCount(t.dims)).fill(9))));
  const [a, b] = [await step(clean), await step(dirty)];
  assert.deepEqual(a[0], b[0]);
  assert.deepEqual((await step([...a.slice(0, 2), ...b.slice(2)]))[0], (await step(a))[0]);
});

test('every gradient agrees with finite differences', async () => {
  const at = await loaded(lossAndGradient(SMALL, BATCH));
  const start = floats(initialParameters(SMALL, SEED));
  const batch = labelledBatch(SMALL.vocabulary, BATCH, SEED);
  const gradient = floats((await at([float32([P], start), ...batch]))[1]!);
  const random = uniform(SEED);
  for (const { name, start: from, dims } of parametersOf(SMALL)) {
    // Along a random direction of one parameter alone; float32 losses leave about three digits.
    const direction = Array.from({ length: elementCount(dims) }, () => (random() < 0.5 ? -1 : 1));
    const h = 1e-2 / Math.sqrt(direction.length);
    const lossAt = async (sign: number): Promise<number> => {
      const moved = Float32Array.from(start);
      direction.forEach((d, i) => (moved[from + i]! += sign * h * d));
      return floats((await at([float32([P], moved), ...batch]))[0]!)[0]!;
    };
    const measured = ((await lossAt(1)) - (await lossAt(-1))) / (2 * h);
    const claimed = direction.reduce((sum, d, i) => sum + d * gradient[from + i]!, 0);
    const scale = Math.hypot(...gradient.subarray(from, from + direction.length));
    assert.ok(scale > 1e-4, `${name}: its gradient is ${scale}`);
    assert.ok(Math.abs(measured - claimed) < 0.005 * scale, `${name}: ${claimed} claimed, ${measured} measured (norm ${scale}, seed ${SEED})`);
  }
});

test('training reduces the loss, and the evaluation sees it', async () => {
  const step = await loaded(trainingStep(SMALL, BATCH));
  const evaluate = await loaded(evaluation(SMALL, BATCH));
  const held = labelledBatch(SMALL.vocabulary, BATCH, SEED + 1_000);
  let state = [initialParameters(SMALL, SEED), ...firstMoments(SMALL)];
  const metrics = async (): Promise<number[]> => [...floats((await evaluate([state[0]!, ...held]))[0]!)];
  const before = await metrics();
  const losses: number[] = [];
  for (let t = 0; t < 80; t++) {
    const results = await step([...state, ...labelledBatch(SMALL.vocabulary, BATCH, SEED + t)]);
    losses.push(floats(results[4]!)[0]!);
    state = results.slice(0, 4);
  }
  const after = await metrics();
  assert.ok(Math.abs(losses[0]! - Math.log(SMALL.vocabulary)) < 1.5, `the first loss is ${losses[0]}`);
  assert.ok(losses.at(-1)! < losses[0]! / 4, `loss ${losses[0]} → ${losses.at(-1)}`);
  assert.ok(before[0]! < 0.3 && after[0]! > 0.8 && after[1]! < before[1]!, `accuracy and loss ${before.join()} → ${after.join()}`);
  // β₁ᵗ, β₂ᵗ: the powers that the steps carried along.
  assert.deepEqual([...floats(state[3]!)].map((p) => p.toFixed(4)), [0.9 ** 80, 0.999 ** 80].map((p) => p.toFixed(4)));
});

test('one step is Adam, as arithmetic on the gradient says', async () => {
  const parameters = initialParameters(SMALL, SEED);
  const batch = labelledBatch(SMALL.vocabulary, BATCH, SEED);
  const gradient = floats((await (await loaded(lossAndGradient(SMALL, BATCH)))([parameters, ...batch]))[1]!);
  const moved = floats((await (await loaded(trainingStep(SMALL, BATCH)))([parameters, ...firstMoments(SMALL), ...batch]))[0]!);
  // After the first step both corrections cancel: p − rate · g / (|g| + ε).
  floats(parameters).forEach((p, i) => {
    const expected = p - (0.01 * gradient[i]!) / (Math.abs(gradient[i]!) + 1e-8);
    assert.ok(Math.abs(moved[i]! - expected) < 1e-5, `parameter ${i}: ${moved[i]}, expected ${expected}`);
  });
});

test('federated averaging of eight updates is, bit for bit, the sum from left to right', async () => {
  const length = 1_000;
  const random = uniform(SEED);
  const vector = (): Float32Array => Float32Array.from({ length }, () => 2 * random() - 1);
  const base = vector();
  const updates = Array.from({ length: 8 }, vector);
  const counts = Array.from({ length: 8 }, () => 1 + Math.floor(900 * random()));
  const [average] = await (await loaded(federatedAverage(8, length)))([base, ...updates].map((v) => float32([length], v)).concat(int64([8], counts)));
  const f = Math.fround;
  const total = counts.reduce((a, b) => a + b);
  const found = floats(average!);
  base.forEach((b, i) => {
    const sum = updates.map((u, k) => f(u[i]! * f(counts[k]! / total))).reduce((s, part) => f(s + part));
    assert.ok(Object.is(found[i], f(b + sum)), `element ${i}: ${found[i]}, expected ${f(b + sum)} (seed ${SEED})`);
  });
});

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { prepare } from '../model.js';
import { attributesOf } from '../program.js';
import { Runtime } from '../runtime.js';
import { Session } from '../session.js';
import { bytesOf, DTYPE, float32, floats, int64, numbers, type Tensor } from '../tensor.js';
import { node, onnxFile, refusesWith, type SmallModel } from '../testing.js';

// Forms of an operator that opset 18 or the referee does not have, and what they become. The values are checked against plain
// loops, because the prepared file is what these rewrites change.
const runtime = new Runtime();
after(() => runtime.close());

const scalar = (v: number): Tensor => float32([], [v]);
const ramp = (...dims: number[]): Tensor => float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7) % 11) - 5));

/** Operators of the prepared file, and its outputs for an input. */
async function forms(model: SmallModel, x: Tensor, opset = 18): Promise<{ ops: string; outputs: readonly Tensor[] }> {
  const prepared = await prepare(onnxFile(model, opset), { runtime, samples: [[x]] });
  const session = await Session.open(prepared.program, prepared.weights, { runtime });
  const outputs = await session.run([x]);
  await session.close();
  return { ops: prepared.program.nodes.map((n) => n.op).join(' '), outputs };
}

test('outputs keep their order and their number, whichever nodes they come from', async () => {
  const model: SmallModel = {
    nodes: [node('Relu', 'x', 'early'), node('Exp', 'x', 'late'), node('Identity', 'late', 'again')],
    inputs: { x: [4] },
    outputs: ['late', 'early', 'again'],
  };
  const { program } = await prepare(onnxFile(model), { runtime });
  assert.deepEqual(program.outputs.map((o) => program.nodes[o.index]!.op), ['Exp', 'Relu', 'Exp']);
});

test('AveragePool with dilations counts as ONNX 19 does', async () => {
  for (const include of [0, 1]) {
    const model: SmallModel = {
      nodes: [node('AveragePool', 'x', 'y', { kernel_shape: { ints: [2] }, dilations: { ints: [2] }, pads: { ints: [1, 1] }, count_include_pad: { i: include } })],
      inputs: { x: [1, 2, 5] },
      outputs: ['y'],
    };
    const x = ramp(1, 2, 5);
    const { ops, outputs } = await forms(model, x, 19);
    assert.equal(ops, 'Reshape Conv Div Reshape');
    const expected = [0, 1].flatMap((c) =>
      [0, 1, 2, 3, 4].map((o) => {
        const taps = [o - 1, o + 1].filter((p) => p >= 0 && p < 5);
        return taps.reduce((sum, p) => sum + floats(x)[5 * c + p]!, 0) / (include === 1 ? 2 : taps.length);
      }),
    );
    assert.deepEqual([...floats(outputs[0]!)], expected);
  }
});

test('AveragePool of a younger opset runs in the kernel of opset 18', async () => {
  const pool = node('AveragePool', 'x', 'y', { kernel_shape: { ints: [3, 3] } });
  const { rewrites } = await prepare(onnxFile({ nodes: [pool], inputs: { x: [1, 2, 9, 9] }, outputs: ['y'] }, 22), { runtime });
  assert.equal(rewrites['AveragePool: the kernel of opset 18'], 1);
});

test('ceil_mode becomes padding where padding does not count, and is refused where it does', async () => {
  const pool = (op: string, more = {}): SmallModel => ({
    nodes: [node(op, 'x', 'y', { kernel_shape: { ints: [3] }, strides: { ints: [2] }, ceil_mode: { i: 1 }, ...more })],
    inputs: { x: [1, 1, 6] },
    outputs: ['y'],
  });
  const x = ramp(1, 1, 6);
  const v = [...floats(x)];
  assert.deepEqual([...floats((await forms(pool('MaxPool'), x)).outputs[0]!)], [Math.max(...v.slice(0, 3)), Math.max(...v.slice(2, 5)), Math.max(...v.slice(4))]);
  const { program } = await prepare(onnxFile(pool('AveragePool')), { runtime });
  assert.deepEqual(attributesOf(program.nodes[0]!).list('pads'), [0, 1]);
  await refusesWith('REFUSED_ATTRIBUTE', () => prepare(onnxFile(pool('AveragePool', { count_include_pad: { i: 1 } })), { runtime }), /cut/);
});

test('ArgMax and ArgMin of the last index', async () => {
  const x = float32([2, 4], [1, 3, 3, 0, 5, 5, 5, 5]);
  for (const [op, expected] of [['ArgMax', [2, 3]], ['ArgMin', [3, 3]]] as const) {
    const { ops, outputs } = await forms({ nodes: [node(op, 'x', 'y', { axis: { i: 1 }, keepdims: { i: 0 }, select_last_index: { i: 1 } })], inputs: { x: [2, 4] }, outputs: ['y'] }, x);
    assert.equal(ops, `Slice ${op} Sub`);
    assert.deepEqual(numbers(outputs[0]!), expected);
  }
});

test('two outputs that are one VALUE are both given, in their places', async () => {
  const x = float32([3], [-1, 0, 2]);
  for (const model of [
    { nodes: [node('Relu', 'x', 'y'), node('Identity', 'y', 'z')], outputs: ['y', 'z'] },
    { nodes: [node('Relu', 'x', 'y')], outputs: ['y', 'y'] },
  ]) {
    const { ops, outputs } = await forms({ ...model, inputs: { x: [3] } }, x);
    assert.equal(ops, 'Relu');
    assert.deepEqual(outputs.map((y) => [...floats(y)]), [[0, 0, 2], [0, 0, 2]]);
  }
});

test('Clip of integers, with every choice of limits', async () => {
  const x: Tensor = { dtype: DTYPE.int8, dims: [4], data: Uint8Array.from([128, 250, 5, 127]) };
  const limit = (v: number): Tensor => ({ dtype: DTYPE.int8, dims: [], data: Uint8Array.of(v & 255) });
  for (const [inputs, ops, expected] of [
    ['x lo hi', 'Cast Max Min Cast', [-3, -3, 5, 7]], ['x lo', 'Cast Max Cast', [-3, -3, 5, 127]], ['x - hi', 'Cast Min Cast', [-128, -6, 5, 7]],
  ] as const) {
    const model: SmallModel = { nodes: [node('Clip', inputs, 'y')], inputs: { x }, constants: { lo: limit(-3), hi: limit(7) }, outputs: ['y'] };
    const found = await forms(model, x);
    assert.equal(found.ops, ops);
    assert.deepEqual(numbers(found.outputs[0]!), expected);
  }
  const whole = int64([3], [-9, 0, 9]);
  const wide = await forms({ nodes: [node('Clip', 'x lo', 'y')], inputs: { x: whole }, constants: { lo: int64([], [-1]) }, outputs: ['y'] }, whole);
  assert.equal(wide.ops, 'Max');
  assert.deepEqual(numbers(wide.outputs[0]!), [-1, 0, 9]);
});

test('extremes of bools, and CastLike of a constant, which folds', async () => {
  const x: Tensor = { dtype: DTYPE.bool, dims: [2, 2], data: Uint8Array.of(0, 1, 0, 0) };
  const { ops, outputs } = await forms({ nodes: [node('ReduceMax', 'x ax', 'y', { keepdims: { i: 0 } })], inputs: { x }, constants: { ax: int64([1], [1]) }, outputs: ['y'] }, x, 20);
  assert.equal(ops, 'Cast ReduceMax Cast');
  assert.deepEqual([...outputs[0]!.data], [1, 0]);
  const like = await forms({ nodes: [node('CastLike', 'two x', 'c'), node('Sqrt', 'c', 's'), node('Mul', 'x s', 'y')], inputs: { x: [2] }, constants: { two: int64([], [4]) }, outputs: ['y'] }, float32([2], [3, 5]));
  assert.equal(like.ops, 'Mul');
  assert.deepEqual([...floats(like.outputs[0]!)], [6, 10]);
});

test('Resize keeps the aspect ratio by one scale for all axes, and is refused where that rounds up', async () => {
  const file = (policy: string): SmallModel => ({
    nodes: [node('Resize', 'x - - sizes', 'y', { keep_aspect_ratio_policy: { s: policy }, axes: { ints: [2, 3] } })],
    inputs: { x: [1, 1, 2, 4] },
    constants: { sizes: int64([2], [1, 3]) },
    outputs: ['y'],
  });
  const { program } = await prepare(onnxFile(file('not_larger')), { runtime });
  assert.deepEqual(attributesOf(program.nodes[0]!).list('scales'), [1, 1, 0.5, 0.5]);
  assert.deepEqual(program.nodes[0]!.outputs[0]!.dims, [1, 1, 1, 2]);
  await refusesWith('REFUSED_ATTRIBUTE', () => prepare(onnxFile(file('not_smaller')), { runtime }), /2 × 0.75 is not 2/);
});

test('a LayerNormalization gives its mean and one over its deviation', async () => {
  const x = float32([2, 2], [1, 3, -2, 4]);
  const model: SmallModel = { nodes: [node('LayerNormalization', 'x s', 'y mean inverse', { epsilon: { f: 0 } })], inputs: { x: [2, 2] }, constants: { s: float32([2], [1, 2]) }, outputs: ['inverse', 'y', 'mean'] };
  const [inverse, y, mean] = (await forms(model, x)).outputs.map((t) => [...floats(t)]);
  assert.deepEqual(mean, [2, 1]);
  assert.deepEqual(inverse, [1, Math.fround(1 / 3)]);
  assert.deepEqual(y, [-1, 2, -1, 2]);
});

test('an LSTM with peepholes sees its cell', async () => {
  const one = (...dims: number[]): Tensor => float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5));
  const lengths: Tensor = { dtype: DTYPE.int32, dims: [1], data: bytesOf(Int32Array.of(2)) };
  const peepholes = float32([1, 3], [0.25, -0.5, 2]);
  const model = (n: Tensor): SmallModel => ({
    nodes: [node('LSTM', 'x w r - n - - p', 'y', { hidden_size: { i: 1 } })],
    inputs: { x: [2, 1, 1] },
    constants: { w: one(1, 4, 1), r: one(1, 4, 1), n, p: peepholes },
    outputs: ['y'],
  });
  const x = float32([2, 1, 1], [1, -1]);
  const { outputs } = await forms(model(lengths), x);
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  let [h, c] = [0, 0];
  const expected = [1, -1].map((v) => {
    const gate = 0.5 * v + 0.5 * h;
    const before = c;
    c = sigmoid(gate + 2 * before) * before + sigmoid(gate + 0.25 * before) * Math.tanh(gate);
    return (h = sigmoid(gate - 0.5 * c) * Math.tanh(c));
  });
  expected.forEach((e, i) => assert.ok(Math.abs(floats(outputs[0]!)[i]! - e) < 1e-6, `step ${i}: ${floats(outputs[0]!)[i]}, expected ${e}`));
  await refusesWith('REFUSED_ATTRIBUTE', () => prepare(onnxFile(model({ ...lengths, data: bytesOf(Int32Array.of(1)) })), { runtime }), /sequence_lens/);
});

test('what stays refused says so', async () => {
  const file = (op: string, inputs: string, constants: Record<string, Tensor>, attributes = {}) => () =>
    prepare(onnxFile({ nodes: [node(op, inputs, 'y', attributes)], inputs: { x: [1, 1, 4] }, constants, outputs: ['y'] }), { runtime });
  await refusesWith('REFUSED_ATTRIBUTE', file('Pad', 'x p v', { p: int64([6], [0, 0, 1, 0, 0, 1]), v: scalar(-Infinity) }), /infinity/);
  await refusesWith('REFUSED_ATTRIBUTE', file('Pow', 'x e', { e: int64([4], [1, 2, 3, 4]) }), /exponent/);
});

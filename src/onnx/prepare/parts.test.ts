import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkGoldenRecords, type GoldenRecord } from '../golden.js';
import { loadEngine } from '../engine.js';
import { prepare, type Prepared } from '../model.js';
import { Runtime } from '../runtime.js';
import { Session } from '../session.js';
import { float32, floats, int64, type Tensor } from '../tensor.js';
import { node, onnxFile, type SmallModel } from '../testing.js';
import { uniform } from './samples.js';

// Composite operators become several nodes, so their numbers change; here they are compared with the runtime's own kernel (or
// function body) of the file as it was.
const runtime = new Runtime();
after(() => runtime.close());

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const random = uniform(77);
const draw = (dims: readonly number[], scale = 3): Tensor => float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => scale * (2 * random() - 1)));

interface Case extends SmallModel {
  readonly name: string;
  readonly opset: number;
  /** operators of the record, in order */
  readonly ops: string;
}

const of = (op: string, dims: readonly number[], opset: number, ops: string, at: Parameters<typeof node>[3] = {}, constants: Readonly<Record<string, Tensor>> = {}): Case => ({
  name: `${op} ${opset} ${JSON.stringify(at)}`,
  opset,
  nodes: [node(op, ['x', ...Object.keys(constants)].join(' '), 'y', at)],
  inputs: { x: dims },
  outputs: ['y'],
  constants,
  ops,
});

const BELOW = 'Min Exp Sub Mul Max Add';
const DEVIATION = 'Mul ReduceSum ReduceSum Mul Add Sqrt';

const CASES: readonly Case[] = [
  of('Elu', [2, 40], 18, BELOW, { alpha: { f: 1.5 } }),
  of('Celu', [2, 40], 18, 'Min Div Exp Sub Mul Max Add', { alpha: { f: 0.7 } }),
  of('Selu', [2, 40], 18, `${BELOW} Mul`),
  of('Softsign', [2, 40], 18, 'Abs Add Div'),
  of('ThresholdedRelu', [2, 40], 18, 'Greater Where', { alpha: { f: 0.4 } }),
  of('Mish', [2, 40], 18, 'Softplus Tanh Mul'),
  of('Swish', [2, 40], 24, 'Mul Sigmoid Mul', { alpha: { f: 1.7 } }),
  of('Shrink', [2, 40], 18, 'Greater Sub Where Less Add Where', { lambd: { f: 1 }, bias: { f: 0.25 } }),
  of('LayerNormalization', [2, 3, 40], 18, 'LayerNormalization', { axis: { i: 1 }, epsilon: { f: 1e-3 } }, { s: draw([3, 40]), b: draw([3, 40]) }),
  of('LayerNormalization', [2, 3, 40], 18, 'LayerNormalization Mul Add', {}, { s: draw([1, 40]), b: draw([1]) }),
  of('LayerNormalization', [1, 300, 300], 18, `ReduceSum ReduceSum Mul Sub ${DEVIATION} Div Mul`, { axis: { i: 1 } }, { s: draw([300, 300]) }),
  of('InstanceNormalization', [2, 3, 5, 8], 18, 'InstanceNormalization', {}, { s: draw([3]), b: draw([3]) }),
  of('InstanceNormalization', [1, 2, 300, 300], 18, `ReduceSum ReduceSum Mul Sub ${DEVIATION} Div Mul Add`, {}, { s: draw([2]), b: draw([2]) }),
  of('GroupNormalization', [2, 6, 4, 5], 18, 'Reshape InstanceNormalization Reshape', { num_groups: { i: 3 } }, { s: draw([3]), b: draw([3]) }),
  of('GroupNormalization', [2, 6, 4, 5], 21, 'Reshape InstanceNormalization Reshape Mul Add', { num_groups: { i: 3 } }, { s: draw([6]), b: draw([6]) }),
  of('RMSNormalization', [2, 3, 40], 23, 'Mul ReduceSum Mul Add Sqrt Div Mul', { epsilon: { f: 1e-6 } }, { s: draw([40]) }),
  of('RMSNormalization', [2, 3, 40], 23, `${DEVIATION} Div Mul`, { axis: { i: 1 } }, { s: draw([3, 40]) }),
  of('MeanVarianceNormalization', [2, 3, 5, 8], 13, 'ReduceSum ReduceSum ReduceSum Mul Sub Mul ReduceSum ReduceSum ReduceSum Mul Sqrt Add Div'),
  of('LpNormalization', [2, 3, 40], 18, 'Mul ReduceSum Sqrt Max Div', { axis: { i: 1 } }),
  of('LpNormalization', [2, 3, 40], 18, 'Abs ReduceSum Max Div', { p: { i: 1 } }),
  of('LRN', [1, 7, 4, 5], 18, 'Mul Conv Add Log Mul Exp Mul', { size: { i: 3 }, alpha: { f: 0.5 }, bias: { f: 2 } }),
  of('LRN', [2, 6, 3, 3], 18, 'Mul Conv Add Log Mul Exp Mul', { size: { i: 5 }, alpha: { f: 0.9 }, beta: { f: 0.5 } }),
  of('Hardmax', [2, 3, 7], 18, 'ArgMax Equal Cast', { axis: { i: 1 } }),
  of('Hardmax', [2, 3, 7], 11, 'Reshape ArgMax Equal Cast Reshape'),
  of('LogSoftmax', [2, 3, 40], 18, 'LogSoftmax', { axis: { i: 1 } }),
  of('LogSoftmax', [2, 3, 7], 11, 'Reshape LogSoftmax Reshape'),
  of('Softplus', [2, 40], 18, 'Softplus'),
  of('Gelu', [2, 40], 20, 'Gelu'),
  of('Gelu', [2, 40], 20, 'Gelu', { approximate: { s: 'tanh' } }),
  of('RotaryEmbedding', [2, 3, 5, 8], 23, 'Split Mul Mul Sub Mul Mul Add Concat', {}, { c: draw([16, 4], 1), s: draw([16, 4], 1), p: int64([2, 5], [0, 1, 2, 3, 4, 3, 4, 5, 6, 7]) }),
  of('RotaryEmbedding', [2, 5, 24], 23, 'Reshape Split Reshape Split Reshape Reshape Mul Mul Sub Mul Mul Add Reshape Reshape Concat Reshape Concat Reshape', { num_heads: { i: 3 }, interleaved: { i: 1 }, rotary_embedding_dim: { i: 4 } }, { c: draw([2, 5, 2], 1), s: draw([2, 5, 2], 1) }),
  of('RotaryEmbedding', [2, 5, 24], 23, 'Reshape Split Split Mul Mul Sub Mul Mul Add Concat Concat Reshape', { num_heads: { i: 3 }, rotary_embedding_dim: { i: 4 } }, { c: draw([2, 5, 2], 1), s: draw([2, 5, 2], 1) }),
];

async function outputOf(prepared: Prepared, x: Tensor): Promise<Float32Array> {
  const session = await Session.open(prepared.program, prepared.weights, { runtime });
  try {
    return floats((await session.run([x]))[0]!);
  } finally {
    await session.close();
  }
}

test('composite operators by parts give what the runtime gives for the file, within rounding', async (t) => {
  const records: GoldenRecord[] = [];
  for (const c of CASES)
    await t.test(c.name, async () => {
      const dims = Object.values(c.inputs)[0] as readonly number[];
      const x = draw(dims);
      const file = onnxFile(c, c.opset);
      const prepared = await prepare(file, { runtime, samples: [[x]] });
      assert.equal(prepared.program.nodes.map((n) => n.op).join(' '), c.ops);
      records.push({ name: c.name, record: hex(prepared.record), root: hex(prepared.programRoot) });
      const engine = await loadEngine(file);
      const expected = floats((await engine.run(new Map([['x', x]]))).get('y')!);
      await engine.release();
      const found = await outputOf(prepared, x);
      assert.equal(found.length, expected.length);
      found.forEach((y, i) => assert.ok(Math.abs(y - expected[i]!) <= 1e-5 + 2e-5 * Math.abs(expected[i]!), `element ${i}: ${y}, the runtime says ${expected[i]}`));
    });
  checkGoldenRecords('parts', 'records that src/onnx derives from composite operators; the chain registers all of them', records);
});

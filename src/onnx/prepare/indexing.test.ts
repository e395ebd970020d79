import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkGoldenRecords, type GoldenRecord } from '../golden.js';
import { loadEngine } from '../engine.js';
import { prepare, type Prepared } from '../model.js';
import { Runtime } from '../runtime.js';
import { Session } from '../session.js';
import { bytesOf, DTYPE, float32, floats, int64, numbers, type Tensor } from '../tensor.js';
import { node, onnxFile, type SmallModel } from '../testing.js';
import { uniform } from './samples.js';

// `prepare` checks by itself that the regenerated file gives the bits of the prepared one, and that it is stable.
const runtime = new Runtime();
after(() => runtime.close());

const random = uniform(43);
const weights = (...dims: number[]): Tensor => float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1));
const typed = (dtype: number, dims: number[]): { dtype: number; dims: number[] } => ({ dtype, dims });
const bytes = (dtype: number, dims: number[], ...values: number[]): Tensor => ({ dtype, dims, data: Uint8Array.from(values) });

interface Case extends SmallModel {
  readonly name: string;
  readonly opset?: number;
  /** operators of the record, in order; empty for unrolled ones, which are many */
  readonly ops: string;
}

type Attributes = Parameters<typeof node>[3];

/** One node on float32 x; `in` are further operands. */
const one = (name: string, op: string, dims: readonly number[], ops: string, at: Attributes = {}, more: Partial<Case> & { in?: string; out?: string } = {}): Case => ({
  name, ops, inputs: { x: dims }, outputs: (more.out ?? 'y').split(' ').filter((o) => o !== '-'), ...more,
  nodes: more.nodes ?? [node(op, `x${more.in === undefined ? '' : ` ${more.in}`}`, more.out ?? 'y', at)],
});

const linear = (coordinates: string): Attributes => ({ mode: { s: 'linear' }, coordinate_transformation_mode: { s: coordinates } });
const upsampled = (at: Attributes, dims: number[], scales: number[], name: string): Case =>
  one(name, 'Resize', dims, 'Resize', at, { in: '- s', constants: { s: float32([scales.length], scales) } });

const CASES: Case[] = [
  one('CumSum', 'CumSum', [3, 5], 'CumSum', {}, { in: 'a', constants: { a: int64([], [-1]) } }),
  one('CumSum, exclusive, backwards', 'CumSum', [3, 5], 'CumSum', { exclusive: { i: 1 }, reverse: { i: 1 } }, { in: 'a', constants: { a: int64([], [0]) } }),
  one('CumSum of int64', 'CumSum', [], 'CumSum', {}, { inputs: { x: typed(DTYPE.int64, [2, 9]) }, in: 'a', constants: { a: int64([], [1]) } }),
  one('TopK', 'TopK', [2, 9], 'TopK', {}, { in: 'k', constants: { k: int64([1], [3]) }, out: 'y i' }),
  one('TopK, values only, least first', 'TopK', [9, 2], 'TopK', { axis: { i: 0 }, largest: { i: 0 } }, { in: 'k', constants: { k: int64([1], [4]) }, out: 'y i', outputs: ['y'] }),
  one('TopK 9', 'TopK', [2, 9], 'TopK', { k: { i: 2 } }, { opset: 9, out: 'y i' }),
  one('TopK that need not sort', 'TopK', [2, 9], 'TopK', { sorted: { i: 0 } }, { in: 'k', constants: { k: int64([1], [5]) }, out: 'y i' }),
  one('Trilu', 'Trilu', [2, 4, 5], 'Trilu', { upper: { i: 0 } }, { in: 'k', constants: { k: int64([], [-1]) } }),
  one('Trilu of int64, default', 'Trilu', [], 'Trilu', {}, { inputs: { x: typed(DTYPE.int64, [4, 4]) } }),
  ...['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners'].flatMap((mode) => [
    upsampled(linear(mode), [1, 2, 5, 7], [1, 1, 2, 1.6], `Resize, linear, ${mode}`),
    upsampled(linear(mode), [1, 3, 8, 9], [1, 1, 0.5, 0.7], `Resize, linear, ${mode}, down`),
  ]),
  upsampled(linear('half_pixel'), [1, 5, 7, 3], [1, 2.2, 1.5, 1], 'Resize, linear, channels last'),
  upsampled(linear('half_pixel'), [3, 5, 4], [1.5, 1, 2.5], 'Resize, linear, rank 3'),
  upsampled(linear('align_corners'), [1, 2, 3, 4, 3], [1, 1, 2, 1.5, 3], 'Resize, linear, rank 5'),
  upsampled(linear('half_pixel'), [4, 5], [1.75, 3], 'Resize, linear, rank 2'),
  one('Resize, linear, by sizes', 'Resize', [1, 2, 4, 4], 'Resize', linear('half_pixel'), { in: '- - z', constants: { z: int64([4], [1, 2, 7, 9]) } }),
  one('Upsample 9, linear', 'Upsample', [1, 2, 3, 3], 'Resize', { mode: { s: 'linear' } }, { opset: 9, in: 's', constants: { s: float32([4], [1, 1, 2, 3]) } }),
  one('Pad, wrap', 'Pad', [2, 3], 'Slice Slice Concat Slice Slice Slice Concat', { mode: { s: 'wrap' } }, { opset: 19, in: 'p', constants: { p: int64([4], [1, 2, 0, 2]) }, ops: 'Slice Concat Slice Slice Concat' }),
  one('Pad of int64', 'Pad', [], 'Pad', {}, { inputs: { x: typed(DTYPE.int64, [2, 3]) }, in: 'p v', constants: { p: int64([4], [0, 1, 1, 0]), v: int64([], [-100]) } }),
  one('Pad of bool', 'Pad', [], 'Pad', {}, { inputs: { x: typed(DTYPE.bool, [3]) }, in: 'p v', constants: { p: int64([2], [1, 1]), v: bytes(DTYPE.bool, [], 1) } }),
  one('MaxPool of uint8', 'MaxPool', [], 'Cast MaxPool Cast', { kernel_shape: { ints: [2, 2] } }, { inputs: { x: typed(DTYPE.uint8, [1, 1, 4, 4]) } }),
  one('Gather by int32', 'Gather', [], 'Cast Gather', {}, { inputs: { x: [5, 3], i: typed(DTYPE.int32, [2]) }, in: 'i' }),
  one('GatherElements', 'GatherElements', [], 'GatherElements', { axis: { i: -1 } }, { inputs: { x: [3, 4], i: typed(DTYPE.int64, [2, 6]) }, in: 'i' }),
  one('GatherND of computed indices', 'GatherND', [], 'Slice Reshape Less Add Where Mul Slice Reshape Less Add Where Add Reshape Gather', {}, { inputs: { x: [3, 4, 2], i: typed(DTYPE.int64, [5, 2]) }, in: 'i' }),
  one('GatherND of one coordinate', 'GatherND', [], 'Reshape Gather', {}, { inputs: { x: [3, 4], i: typed(DTYPE.int64, [5, 1]) }, in: 'i' }),
  one('GatherND, constant, batched', 'GatherND', [2, 3, 4], 'Reshape Gather Reshape', { batch_dims: { i: 1 } }, { in: 'i', constants: { i: int64([2, 2], [1, 0, 2, -1]) } }),
  one('ScatterND', 'ScatterND', [4, 3], 'Concat Gather', {}, { in: 'i u', constants: { i: int64([2, 1], [3, 1]), u: weights(2, 3) } }),
  one('ScatterND of elements', 'ScatterND', [4, 3], 'Reshape Reshape Concat Gather Reshape', {}, { inputs: { x: [4, 3], u: [2] }, in: 'i u', constants: { i: int64([2, 2], [3, 1, 0, -1]) } }),
  one('ScatterElements', 'ScatterElements', [3, 3], 'Reshape Reshape Concat Gather Reshape', { axis: { i: 1 } }, { inputs: { x: [3, 3], u: [1, 2] }, in: 'i u', constants: { i: int64([1, 2], [2, -3]) } }),
  one('OneHot', 'OneHot', [], 'Less Add Where Reshape Equal Where', {}, { inputs: { x: typed(DTYPE.int64, [2, 3]) }, in: 'd v', constants: { d: int64([], [4]), v: float32([2], [-0.5, 2]) } }),
  one('OneHot of int32 along axis 0', 'OneHot', [], 'Cast Less Add Where Reshape Equal Where', { axis: { i: 0 } }, { inputs: { x: typed(DTYPE.int32, [3]) }, in: 'd v', constants: { d: { dtype: DTYPE.int32, dims: [1], data: bytesOf(Int32Array.of(3)) }, v: float32([2], [0, 1]) } }),
  one('EyeLike folds', 'EyeLike', [3, 3], 'Add', {}, { nodes: [node('EyeLike', 'x', 'e'), node('Add', 'x e', 'y')] }),
  one('Range and ConstantOfShape fold', 'Range', [2, 3], 'Add Mul', {}, {
    nodes: [node('Range', 'zero three one', 'r'), node('Shape', 'x', 's'), node('ConstantOfShape', 's', 'z'), node('Cast', 'r', 'f', { to: { i: 1 } }), node('Add', 'z f', 'c'), node('Add', 'x c', 'a'), node('Mul', 'a c', 'y')],
    constants: { zero: int64([], [0]), three: int64([], [3]), one: int64([], [1]) },
  }),
  one('DepthToSpace', 'DepthToSpace', [1, 8, 2, 3], 'Reshape Transpose Reshape', { blocksize: { i: 2 } }),
  one('DepthToSpace, CRD', 'DepthToSpace', [1, 8, 2, 3], 'Reshape Transpose Reshape', { blocksize: { i: 2 }, mode: { s: 'CRD' } }),
  one('SpaceToDepth', 'SpaceToDepth', [1, 2, 4, 6], 'Reshape Transpose Reshape', { blocksize: { i: 2 } }),
  one('ReverseSequence', 'ReverseSequence', [4, 2, 3], 'Reshape Gather Reshape', {}, { in: 'l', constants: { l: int64([2], [4, 2]) } }),
  one('ReverseSequence, batch first', 'ReverseSequence', [2, 4], 'Reshape Gather Reshape', { time_axis: { i: 1 }, batch_axis: { i: 0 } }, { in: 'l', constants: { l: int64([2], [1, 3]) }, ops: 'Reshape Gather Reshape' }),
  one('Compress', 'Compress', [3, 4], 'Gather', { axis: { i: 1 } }, { in: 'c', constants: { c: bytes(DTYPE.bool, [3], 1, 0, 1) } }),
  one('Compress of all', 'Compress', [2, 2], 'Reshape Gather', {}, { in: 'c', constants: { c: bytes(DTYPE.bool, [4], 0, 1, 1, 0) } }),
  one('Xor', 'Xor', [], 'Equal Not', {}, { inputs: { x: typed(DTYPE.bool, [2, 3]), z: typed(DTYPE.bool, [3]) }, in: 'z' }),
  one('IsNaN', 'IsNaN', [4], 'Log Equal Not', {}, { nodes: [node('Log', 'x', 'l'), node('IsNaN', 'l', 'y')] }),
  one('IsInf', 'IsInf', [4], 'Reciprocal Abs Greater', {}, { nodes: [node('Reciprocal', 'x', 'l'), node('IsInf', 'l', 'y')] }),
  one('IsInf, negative', 'IsInf', [4], 'Less', { detect_positive: { i: 0 } }),
  one('ArgMax, last index', 'ArgMax', [3, 5], 'Slice ArgMax Sub', { axis: { i: 1 }, select_last_index: { i: 1 } }),
  one('ReduceL1', 'ReduceL1', [3, 5], 'Abs ReduceSum', {}, { in: 'a', constants: { a: int64([1], [1]) } }),
  one('ReduceL2 11', 'ReduceL2', [3, 5], 'Mul ReduceSum Sqrt', { axes: { ints: [-1] }, keepdims: { i: 0 } }, { opset: 11 }),
  one('ReduceSumSquare', 'ReduceSumSquare', [3, 5], 'Mul ReduceSum'),
  one('ReduceLogSum', 'ReduceLogSum', [3, 5], 'Exp ReduceSum Log', {}, { nodes: [node('Exp', 'x', 'e'), node('ReduceLogSum', 'e', 'y', { keepdims: { i: 0 } })] }),
  one('ReduceLogSumExp', 'ReduceLogSumExp', [3, 5], 'ReduceMax Sub Exp ReduceSum Log Add Reshape', { keepdims: { i: 0 } }, { in: 'a', constants: { a: int64([1], [0]) } }),
  one('ReduceProd', 'ReduceProd', [5, 2], 'Slice Slice Mul Slice Concat Slice Slice Mul Slice Concat Slice Slice Mul Reshape', { keepdims: { i: 0 } }, { in: 'a', constants: { a: int64([1], [0]) } }),
  one('LpPool', 'LpPool', [1, 2, 5, 5], 'Mul AveragePool Mul Sqrt', { kernel_shape: { ints: [2, 2] }, pads: { ints: [1, 0, 0, 1] } }),
  one('GlobalLpPool 1', 'GlobalLpPool', [1, 2, 5, 5], 'Abs GlobalAveragePool Mul', { p: { i: 1 } }),
  one('Einsum, matrices', 'Einsum', [3, 4], 'MatMul', { equation: { s: 'ij,jk->ik' } }, { in: 'w', constants: { w: weights(4, 5) } }),
  one('Einsum, attention', 'Einsum', [], 'Transpose Reshape Transpose Reshape MatMul Reshape', { equation: { s: 'bqhd,bkhd->bhqk' } }, { inputs: { x: [2, 3, 2, 4], z: [2, 5, 2, 4] }, in: 'z' }),
  one('Einsum, sum and transpose', 'Einsum', [2, 3, 4], 'ReduceSum Transpose', { equation: { s: 'ijk->ki' } }),
  one('Einsum, three operands, ellipsis', 'Einsum', [], 'Reshape MatMul Reshape Reshape MatMul Reshape', { equation: { s: '...i,ij,jk->...k' } }, { inputs: { x: [2, 2, 3] }, in: 'a b', constants: { a: weights(3, 4), b: weights(4, 2) } }),
];

/** A recurrent operator of 3 steps, batch 2, 4 inputs, 5 hidden. */
function recurrent(op: 'RNN' | 'GRU' | 'LSTM', what: string, at: Attributes = {}, inputs = '', outputs = 'y h'): Case {
  const gates = { RNN: 1, GRU: 3, LSTM: 4 }[op];
  const d = at['direction']?.s === 'bidirectional' ? 2 : 1;
  const constants = { w: weights(d, gates * 5, 4), r: weights(d, gates * 5, 5), b: weights(d, 2 * gates * 5), p: weights(d, 15), l: { dtype: DTYPE.int32, dims: [2], data: bytesOf(Int32Array.of(3, 3)) } };
  const names = inputs === '' ? 'b' : inputs;
  return { name: `${op}${what}`, ops: '', nodes: [node(op, `x w r ${names}`, outputs, { hidden_size: { i: 5 }, ...at })], constants, outputs: outputs.split(' ').filter((o) => o !== '-'),
    inputs: { x: [3, 2, 4], ...(names.includes('s') && { s: [d, 2, 5] }), ...(names.includes('c') && { c: [d, 2, 5] }) } };
}

const both: Attributes = { direction: { s: 'bidirectional' } };
const back: Attributes = { direction: { s: 'reverse' } };

const RECURRENT: Case[] = [
  recurrent('RNN', ''),
  recurrent('RNN', ', Relu, backwards', { ...back, activations: { strings: ['Relu'] } }, 'b l s'),
  recurrent('RNN', ', both ways', both),
  recurrent('GRU', ''),
  recurrent('GRU', ', state before reset', { linear_before_reset: { i: 1 } }, 'b - s'),
  recurrent('GRU', ', backwards', { ...back, linear_before_reset: { i: 1 } }, '', 'y -'),
  recurrent('GRU', ', both ways, other activations', { ...both, activations: { strings: ['Sigmoid', 'Relu', 'sigmoid', 'tanh'] } }, 'b - s'),
  recurrent('GRU', ', clipped, last state', { clip: { f: 0.4 } }, '', '- h'),
  recurrent('LSTM', ', backwards', back, 'b - s c', 'y h q'),
  recurrent('LSTM', ', both ways, peepholes', both, 'b - s c p', 'y h q'),
  recurrent('LSTM', ', clipped', { clip: { f: 0.3 } }, '', 'y h q'),
];

/** The program computes what ONNX Runtime computes of the original file: `prepare` compares bits with the prepared file only. */
async function sameFunction(file: Uint8Array, { program, weights: bytes }: Prepared, model: SmallModel): Promise<void> {
  const sample = program.inputs.map((type) => drawn(type));
  const engine = await loadEngine(file);
  const session = await Session.open(program, bytes, { runtime });
  try {
    const expected = await engine.run(new Map(Object.keys(model.inputs).map((name, k) => [name, sample[k]!])));
    const found = await session.run(sample);
    model.outputs.forEach((name, k) => close(found[k]!, expected.get(name)!, name));
  } finally {
    await session.close();
    await engine.release();
  }
}

function drawn({ dtype, dims }: { dtype: number; dims: readonly number[] }): Tensor {
  const count = dims.reduce((a, b) => a * b, 1);
  const integers = Array.from({ length: count }, () => Math.floor(2 * random()));
  if (dtype === DTYPE.float32) return float32(dims, integers.map((v) => v + random() + 0.1));
  if (dtype === DTYPE.int64) return int64(dims, integers);
  if (dtype === DTYPE.int32) return { dtype, dims, data: bytesOf(Int32Array.from(integers)) };
  return { dtype, dims, data: Uint8Array.from(integers) };
}

function close(found: Tensor, expected: Tensor, name: string): void {
  assert.deepEqual([found.dtype, [...found.dims]], [expected.dtype, [...expected.dims]], name);
  if (found.dtype !== DTYPE.float32) return assert.deepEqual(numbers(found), numbers(expected), name);
  const [a, b] = [floats(found), floats(expected)];
  a.forEach((v, i) => assert.ok(Math.abs(v - b[i]!) <= 1e-5 * (1 + Math.abs(b[i]!)), `${name}[${i}] is ${v}, expected ${b[i]}`));
}

test('indexing, scans, resizing and compositions keep bits, are stable, and give the record that Go validates', async (t) => {
  const records: GoldenRecord[] = [];
  for (const c of [...CASES, ...RECURRENT])
    await t.test(c.name, async () => {
      const file = onnxFile(c, c.opset);
      const prepared = await prepare(file, { runtime });
      if (c.ops !== '') assert.equal(prepared.program.nodes.map((n) => n.op).join(' '), c.ops);
      if (c.nodes[0]!.attribute.every((a) => a.name !== 'sorted')) await sameFunction(file, prepared, c); // unsorted is any order
      records.push({ name: c.name, record: Buffer.from(prepared.record).toString('hex'), root: Buffer.from(prepared.programRoot).toString('hex') });
    });
  checkGoldenRecords('prepared-indexing', 'records that src/onnx derives for operators that index, scan, resize or are composed; the chain registers all of them', records);
});

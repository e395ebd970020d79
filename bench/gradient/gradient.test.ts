// Every rule against differences of what the runtime computes, and a sum over a small network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DTYPE, elementCount, float32, floats, int64, prepare, Runtime, rowMajorWeights, type Prepared, type Program, type Tensor } from '../../src/onnx/index.js';
import { runSegment } from '../../src/onnx/tracer.js';
import { node, onnxFile, type SmallModel } from '../../src/onnx/testing.js';
import { hasCode } from '../../src/errors.js';
import { random } from '../tampering.js';
import { gradients, RULES } from './index.js';

const SEED = 41;

/** A node on `x` (and `z`), both computed: y = op(1·x, 1·z, constants). */
interface Case {
  readonly op: string;
  readonly x: readonly number[];
  readonly z?: readonly number[];
  readonly constants?: Record<string, Tensor>;
  readonly operands?: string;
  readonly attributes?: Parameters<typeof node>[3];
  /** elements of x lie in [from, to) */
  readonly range?: readonly [from: number, to: number];
  readonly outputs?: string;
}

const next = random(SEED);
const uniform = (dims: readonly number[], [from, to]: readonly [number, number] = [-1, 1]): Tensor => float32(dims, Float32Array.from({ length: elementCount(dims) }, () => from + (to - from) * next()));
const ints = (...values: number[]): Tensor => int64([values.length], values);
const scalar = (value: number): Tensor => float32([], [value]);
const FAR = [0.5, 2] as const;

const CASES: readonly Case[] = [
  ...['Relu', 'Abs', 'Neg', 'Exp', 'Erf', 'Tanh', 'Sigmoid', 'HardSwish', 'Softplus'].map((op) => ({ op, x: [3, 5] })),
  ...['Reciprocal', 'Sqrt', 'Log'].map((op) => ({ op, x: [3, 5], range: FAR })),
  { op: 'HardSwish', x: [4, 6], range: [-5, 5] },
  { op: 'HardSigmoid', x: [4, 6], range: [-5, 5], attributes: { alpha: { f: 0.25 }, beta: { f: 0.4 } } },
  { op: 'LeakyRelu', x: [3, 5], attributes: { alpha: { f: 0.3 } } },
  { op: 'Clip', x: [3, 5], constants: { a: scalar(-0.4), b: scalar(0.3) } },
  { op: 'Gelu', x: [3, 5] },
  { op: 'Gelu', x: [3, 5], attributes: { approximate: { s: 'tanh' } } },
  { op: 'Pow', x: [3, 5], range: FAR, constants: { a: scalar(2) } },
  { op: 'Pow', x: [3, 5], range: FAR, constants: { a: scalar(-0.5) } },
  ...['Add', 'Sub', 'Mul', 'Max', 'Min'].map((op) => ({ op, x: [2, 1, 4], z: [3, 1] })),
  { op: 'Div', x: [2, 1, 4], z: [3, 1], range: FAR },
  { op: 'PRelu', x: [2, 3, 4], z: [3, 1] },
  { op: 'Where', x: [2, 3], z: [1, 3], operands: 'c x z', constants: { c: { dtype: DTYPE.bool, dims: [2, 3], data: Uint8Array.of(1, 0, 0, 1, 1, 0) } } },
  { op: 'MatMul', x: [2, 3, 4], z: [4, 5] },
  { op: 'MatMul', x: [3, 4], z: [2, 4, 5] },
  { op: 'MatMul', x: [3, 4], constants: { w: uniform([4, 5]) } },
  { op: 'Gemm', x: [3, 4], constants: { w: uniform([4, 5]), b: uniform([5]) } },
  { op: 'Gemm', x: [4, 3], z: [5, 4], attributes: { transA: { i: 1 }, transB: { i: 1 } } },
  { op: 'Gemm', x: [3, 4], operands: 'x w z', z: [3, 1], constants: { w: uniform([4, 5]) } },
  { op: 'Conv', x: [2, 4, 7, 6], constants: { w: uniform([6, 2, 3, 2]), b: uniform([6]) }, attributes: { group: { i: 2 }, strides: { ints: [2, 1] }, pads: { ints: [1, 0, 2, 1] }, dilations: { ints: [1, 2] } } },
  { op: 'Conv', x: [1, 4, 6, 6], constants: { w: uniform([4, 1, 3, 3]) }, attributes: { group: { i: 4 }, pads: { ints: [1, 1, 1, 1] }, strides: { ints: [2, 2] } } },
  { op: 'Conv', x: [1, 3, 9], constants: { w: uniform([4, 3, 4]), b: uniform([4]) }, attributes: { strides: { ints: [3] }, pads: { ints: [2, 0] } } },
  { op: 'Conv', x: [1, 2, 6, 5], z: [4, 1, 3, 2], attributes: { group: { i: 2 }, strides: { ints: [2, 1] }, pads: { ints: [0, 1, 1, 0] } } },
  { op: 'ConvTranspose', x: [2, 4, 4, 3], constants: { w: uniform([4, 3, 3, 2]), b: uniform([6]) }, attributes: { group: { i: 2 }, strides: { ints: [2, 3] }, pads: { ints: [1, 0, 0, 1] }, output_padding: { ints: [1, 0] } } },
  { op: 'ConvTranspose', x: [1, 2, 3, 3], z: [2, 4, 2, 2], attributes: { strides: { ints: [2, 2] } } },
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].flatMap((op) => [0, 1].map((keep) => ({ op, x: [2, 3, 4], constants: { a: ints(0, 2) }, attributes: { keepdims: { i: keep } } }))),
  { op: 'GlobalAveragePool', x: [2, 3, 4, 5] },
  { op: 'GlobalMaxPool', x: [2, 3, 4, 5] },
  { op: 'MaxPool', x: [1, 2, 6, 5], attributes: { kernel_shape: { ints: [3, 2] }, strides: { ints: [2, 1] }, pads: { ints: [1, 0, 1, 1] } } },
  { op: 'AveragePool', x: [1, 2, 6, 5], attributes: { kernel_shape: { ints: [3, 2] }, strides: { ints: [2, 1] }, pads: { ints: [1, 0, 1, 1] } } },
  { op: 'AveragePool', x: [1, 2, 6, 5], attributes: { kernel_shape: { ints: [3, 2] }, pads: { ints: [1, 0, 1, 1] }, count_include_pad: { i: 1 } } },
  { op: 'Softmax', x: [2, 3, 4], attributes: { axis: { i: 1 } } },
  { op: 'LogSoftmax', x: [2, 3, 4], attributes: { axis: { i: -1 } } },
  { op: 'BatchNormalization', x: [2, 3, 4], constants: { s: uniform([3]), b: uniform([3]), m: uniform([3]), v: uniform([3], FAR) } },
  { op: 'LayerNormalization', x: [2, 3, 4], constants: { s: uniform([4]), b: uniform([4]) } },
  { op: 'InstanceNormalization', x: [2, 3, 4], constants: { s: uniform([3]), b: uniform([3]) } },
  { op: 'Reshape', x: [2, 6], constants: { s: ints(3, 4) } },
  { op: 'Transpose', x: [2, 3, 4], attributes: { perm: { ints: [2, 0, 1] } } },
  { op: 'Slice', x: [5, 6], constants: { a: ints(4, 1), b: ints(-9, 6), c: ints(0, 1), d: ints(-2, 3) } },
  { op: 'Split', x: [2, 5], constants: { s: ints(2, 3) }, attributes: { axis: { i: 1 } }, outputs: 'y u' },
  { op: 'Concat', x: [2, 3], z: [2, 2], operands: 'x w z x', constants: { w: uniform([2, 1]) }, attributes: { axis: { i: 1 } } },
  { op: 'Expand', x: [3, 1], constants: { s: ints(2, 3, 4) } },
  { op: 'Tile', x: [2, 3], constants: { r: ints(2, 3) } },
  { op: 'Pad', x: [3, 4], constants: { p: ints(1, 0, 0, 2), v: scalar(7) } },
  { op: 'Pad', x: [3, 4], constants: { p: ints(2, 1, 0, 3) }, attributes: { mode: { s: 'reflect' } } },
  { op: 'Gather', x: [4, 3], constants: { i: ints(2, 0, 2, -1) } },
  { op: 'GatherElements', x: [4, 3], constants: { i: int64([2, 3], [0, 1, 3, 3, 3, 0]) } },
  { op: 'Trilu', x: [4, 4], attributes: { upper: { i: 0 } } },
  { op: 'Resize', x: [1, 2, 3, 3], operands: 'x - s', constants: { s: float32([4], [1, 1, 2, 3]) }, attributes: { mode: { s: 'nearest' }, coordinate_transformation_mode: { s: 'asymmetric' }, nearest_mode: { s: 'floor' } } },
];

/** x and z are copied by a Max that changes nothing, so that they are VALUEs and not INPUTs. */
async function prepareCase(c: Case, runtime: Runtime): Promise<{ prepared: Prepared; inputs: Tensor[] }> {
  const names = c.z === undefined ? ['x'] : ['x', 'z'];
  const operands = c.operands ?? [...names, ...Object.keys(c.constants ?? {})].join(' ');
  const limit = scalar(-1000);
  const model: SmallModel = {
    nodes: [...names.map((n) => node('Max', `in_${n} limit`, n)), node(c.op, operands, c.outputs ?? 'y', c.attributes)],
    inputs: { in_x: c.x, ...(c.z && { in_z: c.z }) },
    constants: { ...c.constants, limit },
    outputs: (c.outputs ?? 'y').split(' '),
  };
  const prepared = await prepare(onnxFile(model, c.op === 'Gelu' ? 20 : 18), { runtime });
  return { prepared, inputs: [uniform(c.x, c.range), ...(c.z ? [uniform(c.z, c.range)] : [])] };
}

/** Weighted sum of all outputs. */
function objective(program: Program, values: ReadonlyMap<number, Tensor>, weights: ReadonlyMap<number, Float64Array>): number {
  let sum = 0;
  for (const o of program.outputs) floats(values.get(o.index)!).forEach((y, e) => (sum += y * weights.get(o.index)![e]!));
  return sum;
}

/** Largest relative difference between the gradient along random directions of the inputs' copies and central differences. */
async function worst({ program, weights }: Prepared, inputs: readonly Tensor[]): Promise<number> {
  const rowMajor = rowMajorWeights(program, weights);
  const run = async (x: readonly Tensor[]): Promise<Map<number, Tensor>> => runSegment(program, rowMajor, x, new Map(), 0, program.nodes.length);
  const values = await run(inputs);
  const seeds = new Map(program.outputs.map((o) => [o.index, Float64Array.from({ length: elementCount(o.type!.dims) }, () => 2 * next() - 1)]));
  const found = await gradients({ program, weights: rowMajor, inputs, values }, seeds);
  const copies = inputs.map((_, i) => program.nodes.find((n) => n.inputs.some((o) => o.kind === 1 && o.index === i))!.first);
  let most = 0;
  for (let round = 0; round < 4; round++) {
    const h = 2 ** -11;
    const direction = inputs.map((t) => Float64Array.from({ length: elementCount(t.dims) }, () => 2 * next() - 1));
    const at = async (k: number): Promise<number> =>
      objective(program, await run(inputs.map((t, i) => float32(t.dims, Float32Array.from(floats(t), (x, e) => x + k * h * direction[i]![e]!)))), seeds);
    const difference = ((await at(1)) - (await at(-1))) / (2 * h);
    let slope = 0;
    let size = 0;
    direction.forEach((d, i) =>
      d.forEach((x, e) => {
        const g = found.get(copies[i]!)![e]!;
        slope += x * g;
        size += Math.abs(x * g);
      }),
    );
    assert.ok(size > 0, 'no gradient at all');
    most = Math.max(most, Math.abs(slope - difference) / size);
  }
  return most;
}

test(`every rule agrees with central differences (seed ${SEED})`, async (t) => {
  const runtime = new Runtime();
  try {
    for (const [i, c] of CASES.entries())
      await t.test(`${i} ${c.op}`, async () => {
        const { prepared, inputs } = await prepareCase(c, runtime);
        assert.ok(prepared.program.nodes.some((n) => n.op === c.op), `no ${c.op} in ${prepared.program.nodes.map((n) => n.op).join()}`);
        const difference = await worst(prepared, inputs);
        assert.ok(difference < 2e-3, `relative difference ${difference}`);
      });
  } finally {
    await runtime.close();
  }
});

test('every rule has a case', () => {
  const tried = new Set(CASES.map((c) => c.op));
  assert.deepEqual(Object.keys(RULES).filter((op) => !tried.has(op) && !['Relayout', 'Cast'].includes(op)), []);
});

test('an operator without a rule is named', async () => {
  const runtime = new Runtime();
  try {
    const { prepared, inputs } = await prepareCase({ op: 'CumSum', x: [4], constants: { axis: int64([], [0]) } }, runtime);
    await assert.rejects(worst(prepared, inputs), (e) => hasCode(e, 'GRADIENT_UNKNOWN') && String(e).includes('CumSum'));
  } finally {
    await runtime.close();
  }
});

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProtoSchema, type ModelProto } from 'onnx-buf';
import type { OnnxErrorCode } from '../errors.js';
import { prepare } from '../model.js';
import { DEFAULT_LIMITS } from '../parse.js';
import { tensorProto } from '../proto.js';
import { Runtime } from '../runtime.js';
import { bytesOf, DTYPE, float32, int64, type Tensor } from '../tensor.js';
import { graphAttribute, node, onnxFile, refusesWith, type SmallModel } from '../testing.js';

const runtime = new Runtime({ timeoutMs: 30_000 });
after(() => runtime.close());

const relu = (): SmallModel => ({ nodes: [node('Relu', 'x', 'y')], inputs: { x: [3] }, outputs: ['y'] });

/** A file after a change that no exporter would make. */
function tampered(model: SmallModel, change: (m: ModelProto & { graph: NonNullable<ModelProto['graph']> }) => void, opset?: number): Uint8Array {
  const parsed = fromBinary(ModelProtoSchema, onnxFile(model, opset));
  const graph = parsed.graph;
  assert.ok(graph);
  change(Object.assign(parsed, { graph }));
  return toBinary(ModelProtoSchema, parsed);
}

const w = (...dims: number[]): Tensor => float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5));

const HOSTILE: [name: string, code: OnnxErrorCode, file: () => Uint8Array, says?: RegExp][] = [
  ['no protobuf at all', 'ONNX_UNREADABLE', () => Uint8Array.of(0xff, 0xff, 0xff)],
  ['an empty file', 'ONNX_UNREADABLE', () => new Uint8Array(0)],
  ['a truncated file', 'ONNX_UNREADABLE', () => onnxFile(relu()).slice(0, -3)],
  ['a graph without outputs', 'ONNX_NAME', () => onnxFile({ ...relu(), outputs: [] })],
  ['an output that nothing defines', 'ONNX_NAME', () => onnxFile({ ...relu(), outputs: ['z'] })],
  ['an operand that nothing defines', 'ONNX_NAME', () => onnxFile({ ...relu(), nodes: [node('Add', 'x ghost', 'y')] }), /ghost/],
  ['a cycle', 'ONNX_CYCLE', () => onnxFile({ ...relu(), nodes: [node('Add', 'x b', 'a'), node('Relu', 'a', 'b'), node('Relu', 'a', 'y')] })],
  ['a node that reads itself', 'ONNX_CYCLE', () => onnxFile({ ...relu(), nodes: [node('Add', 'x y', 'y')] })],
  ['a name with two makers', 'ONNX_DUPLICATE', () => onnxFile({ ...relu(), nodes: [node('Relu', 'x', 'y'), node('Exp', 'x', 'y')] })],
  ['an initializer twice', 'ONNX_DUPLICATE', () => tampered({ ...relu(), constants: { c: w(3) } }, (m) => m.graph.initializer.push(tensorProto('c', w(3))))],
  ['a node that overwrites an initializer', 'ONNX_DUPLICATE', () => onnxFile({ ...relu(), constants: { y: w(3) } })],
  ['a node that overwrites an input', 'ONNX_DUPLICATE', () => onnxFile({ ...relu(), nodes: [node('Relu', 'x', 'x')], outputs: ['x'] })],
  ['a name that shadows an outer one', 'ONNX_DUPLICATE', () => onnxFile({ ...relu(), nodes: [ifNode('x')], constants: { c: bool(1) } }), /shadows/],
  ['a tensor in two data fields', 'ONNX_DUPLICATE', () => tampered({ ...relu(), nodes: [node('Add', 'x c', 'y')], constants: { c: w(3) } }, (m) => m.graph.initializer[0]!.floatData.push(1, 2, 3))],
  ['an attribute twice', 'ONNX_DUPLICATE', () => tampered({ ...relu(), nodes: [node('LeakyRelu', 'x', 'y', { alpha: { f: 1 } })] }, (m) => { const a = m.graph.node[0]!.attribute; a.push(a[0]!); })],
  ['data outside the file', 'ONNX_EXTERNAL_DATA', () => tampered({ ...relu(), constants: { c: w(3) } }, (m) => { m.graph.initializer[0]!.externalData.push(create(StringStringEntryProtoSchema, { key: 'location', value: '/etc/passwd' })); })],
  ['data outside the file, by location alone', 'ONNX_EXTERNAL_DATA', () => tampered({ ...relu(), constants: { c: w(3) } }, (m) => { m.graph.initializer[0]!.dataLocation = 1; })],
  ['external data inside a branch', 'ONNX_EXTERNAL_DATA', () => tampered({ ...relu(), nodes: [ifNode('a')], constants: { c: bool(1) } }, (m) => { m.graph.node[0]!.attribute[0]!.g!.initializer.push(create(TensorProtoSchema, { name: 'e', dataType: 1, dims: [1n], dataLocation: 1 })); })],
  ['a tensor of 2^60 elements', 'ONNX_LIMIT', () => tampered({ ...relu(), constants: { c: w(3) } }, (m) => { m.graph.initializer[0]!.dims = [1n << 30n, 1n << 30n]; })],
  ['a negative extent', 'ONNX_SHAPE', () => tampered({ ...relu(), constants: { c: w(3) } }, (m) => { m.graph.initializer[0]!.dims = [-3n]; })],
  ['an input of two gibibytes', 'ONNX_LIMIT', () => onnxFile({ ...relu(), inputs: { x: { dtype: DTYPE.int64, dims: [2 ** 28] } } }), /x: .*bytes/],
  ['an input with a negative extent', 'ONNX_SHAPE', () => onnxFile({ ...relu(), inputs: { x: [-3] } }), /below 1/],
  ['a tensor with too few bytes', 'TENSOR_SIZE', () => tampered({ ...relu(), nodes: [node('Add', 'x c', 'y')], constants: { c: w(3) } }, (m) => { m.graph.initializer[0]!.dims = [4n]; })],
  ['graphs in graphs in graphs', 'ONNX_LIMIT', () => onnxFile({ ...relu(), nodes: [nested(12)], constants: { c: bool(1) } }), /nested/],
  ['a file that is nested 20,000 messages deep', 'ONNX_UNREADABLE', () => abyss(20_000)],
  ['Loop', 'REFUSED_CONTROL_FLOW', () => onnxFile({ nodes: [loopNode()], inputs: { x: [3] }, constants: { n: int64([], [2]), c: bool(1) }, outputs: ['y'] })],
  ['an operator of another domain', 'REFUSED_OPERATOR', () => tampered(relu(), (m) => { m.graph.node[0]!.domain = 'com.microsoft'; })],
  ['a local function', 'REFUSED_OPERATOR', () => tampered(relu(), (m) => { m.functions.push(fromBinary(ModelProtoSchema, new Uint8Array(0)).functions[0] ?? functionNamed('f')); })],
  ['an operator that nobody judges', 'REFUSED_OPERATOR', () => onnxFile({ ...relu(), nodes: [node('Cos', 'x', 'y')] }), /Cos/],
  ['an LRN over too many channels', 'ONNX_LIMIT', () => onnxFile({ nodes: [node('LRN', 'x', 'y', { size: { i: 3 } })], inputs: { x: [1, 3000, 1, 1] }, outputs: ['y'] }), /3000 channels/],
  ['a random operator', 'REFUSED_OPERATOR', () => onnxFile({ ...relu(), nodes: [node('RandomNormalLike', 'x', 'r'), node('Add', 'x r', 'y')] })],
  ['a shape that depends on values', 'REFUSED_OPERATOR', () => onnxFile({ ...relu(), nodes: [node('NonZero', 'x', 'y')] })],
  ['Pow of another exponent', 'REFUSED_ATTRIBUTE', () => onnxFile({ ...relu(), nodes: [node('Abs', 'x', 'a'), node('Pow', 'a e', 'y')], constants: { e: float32([], [1.7]) } }), /1\.7/],
  ['Pow of a computed exponent', 'REFUSED_ATTRIBUTE', () => onnxFile({ ...relu(), nodes: [node('Pow', 'x x', 'y')] })],
  ['ceil_mode that counts padding', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('AveragePool', 'x', 'y', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] }, ceil_mode: { i: 1 }, count_include_pad: { i: 1 } })], inputs: { x: [1, 1, 5, 5] }, outputs: ['y'] })],
  ['an LSTM with a shorter sequence', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('LSTM', 'x w r - l', 'y', { hidden_size: { i: 4 } })], inputs: { x: [2, 1, 3] }, constants: { w: w(1, 16, 3), r: w(1, 16, 4), l: { dtype: DTYPE.int32, dims: [1], data: Uint8Array.of(1, 0, 0, 0) } }, outputs: ['y'] }), /whole sequence/],
  ['an LSTM with another activation', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('LSTM', 'x w r', 'y', { hidden_size: { i: 4 }, activations: { strings: ['HardSigmoid', 'Tanh', 'Tanh'] } })], inputs: { x: [2, 1, 3] }, constants: { w: w(1, 16, 3), r: w(1, 16, 4), l: { dtype: DTYPE.int32, dims: [1], data: Uint8Array.of(1, 0, 0, 0) } }, outputs: ['y'] }), /HardSigmoid/],
  ['an LSTM whose weights are computed', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('LSTM', 'x w r', 'y', { hidden_size: { i: 4 } })], inputs: { x: [2, 1, 3], w: [1, 16, 3] }, constants: { r: w(1, 16, 4) }, outputs: ['y'] }), /constant/],
  ['cubic Resize', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Resize', 'x - s', 'y', { mode: { s: 'cubic' } })], inputs: { x: [1, 1, 4, 4] }, constants: { s: float32([4], [1, 1, 2, 2]) }, outputs: ['y'] }), /nearest/],
  ['a smoothed Resize', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Resize', 'x - s', 'y', { mode: { s: 'linear' }, antialias: { i: 1 } })], inputs: { x: [1, 1, 4, 4] }, constants: { s: float32([4], [1, 1, 0.5, 0.5]) }, outputs: ['y'] }), /antialias/],
  ['Reshape to a shape that is an input', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('ReduceSum', 'x', 'm', { keepdims: { i: 0 } }), node('Expand', 'm s', 'y')], inputs: { x: [2, 3], s: { dtype: DTYPE.int64, dims: [2] } }, outputs: ['y'] }), /bind that input/],
  ['a Range up to an input', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Range', 'zero n one', 'r'), node('Cast', 'r', 'y', { to: { i: 1 } })], inputs: { x: [3], n: { dtype: DTYPE.int64, dims: [] } }, constants: { zero: int64([], [-1]), one: int64([], [1]) }, outputs: ['y'] }), /bind that input/],
  ['ScatterElements by computed indices', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('ScatterElements', 'x i u', 'y')], inputs: { x: [2, 3], i: { dtype: DTYPE.int64, dims: [2, 3] } }, constants: { u: w(2, 3) }, outputs: ['y'] }), /computed/],
  ['a Gather by its own data', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Identity', 'x', 'i'), node('Gather', 'x i', 'y')], inputs: { x: { dtype: DTYPE.int64, dims: [3] } }, outputs: ['y'] }), /two tensors/],
  ['a GatherElements by its own data', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Neg', 'x', 'a'), node('GatherElements', 'a a', 'y')], inputs: { x: { dtype: DTYPE.int64, dims: [3] } }, outputs: ['y'] }), /two tensors/],
  ['Einsum of a diagonal', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Einsum', 'x', 'y', { equation: { s: 'ii->i' } })], inputs: { x: [3, 3] }, outputs: ['y'] }), /repeated/],
  ['Pad of integers with a large constant', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('Pad', 'x p v', 'y')], inputs: { x: { dtype: DTYPE.int64, dims: [2] } }, constants: { p: int64([2], [1, 0]), v: int64([], [2 ** 30 + 1]) }, outputs: ['y'] }), /24 bits/],
  ['training mode', 'REFUSED_ATTRIBUTE', () => onnxFile({ nodes: [node('BatchNormalization', 'x s s s s', 'y a b', { training_mode: { i: 1 } })], inputs: { x: [1, 3, 2, 2] }, constants: { s: w(3) }, outputs: ['y'] }, 15)],
  ['float64', 'REFUSED_DTYPE', () => onnxFile({ ...relu(), inputs: { x: { dtype: 11, dims: [3] } } })],
  ['an input of text', 'REFUSED_DTYPE', () => onnxFile({ ...relu(), inputs: { x: { dtype: 8, dims: [3] } } })],
  ['opset 6', 'REFUSED_OPSET', () => onnxFile(relu(), 6)],
  ['no opset', 'REFUSED_OPSET', () => tampered(relu(), (m) => { m.opsetImport = []; })],
  ['a NaN weight', 'REFUSED_WEIGHT', () => onnxFile({ ...relu(), nodes: [node('Mul', 'x c', 'y')], constants: { c: float32([3], [1, NaN, 2]) } })],
  ['an infinite weight', 'REFUSED_WEIGHT', () => onnxFile({ ...relu(), nodes: [node('Add', 'x c', 'y')], constants: { c: float32([3], [1, Infinity, 2]) } })],
  ['−Inf in a product', 'REFUSED_WEIGHT', () => onnxFile({ ...relu(), nodes: [node('Mul', 'x c', 'y')], constants: { c: float32([3], [1, -Infinity, 2]) } })],
  ['a window that is nearly all padding', 'REFUSED_ATTRIBUTE', () => onnxFile({ ...relu(), nodes: [node('MaxPool', 'x', 'y', { kernel_shape: { ints: [1024, 1024] }, pads: { ints: [1023, 1023, 0, 0] } })], inputs: { x: [1, 1, 1, 1] } }), /1048576 places/],
  ['a proof above 256 KiB', 'REFUSED_PROOF', () => onnxFile({ nodes: [node('MatMul', 'x c', 'y')], inputs: { x: [1, 70_000] }, constants: { c: w(70_000, 1) }, outputs: ['y'] })],
  ['an output that is an input', 'REFUSED_TRIVIAL', () => onnxFile({ ...relu(), nodes: [node('Identity', 'x', 'y')] })],
  ['an output that is constant', 'REFUSED_TRIVIAL', () => onnxFile({ ...relu(), nodes: [node('Relu', 'c', 'y')], constants: { c: w(3) } })],
  ['operators that do not fit their shapes', 'RUNTIME_FAILED', () => onnxFile({ ...relu(), nodes: [node('MatMul', 'x c', 'y')], constants: { c: w(5, 5) } })],
  ['a quantised file of 4-bit integers, which aborts ONNX Runtime', 'RUNTIME_CRASHED', () => onnxFile({ ...relu(), nodes: [node('QuantizeLinear', 'x s z', 'y')], constants: { s: float32([], [0.1]), z: { dtype: 22, dims: [], data: Uint8Array.of(0) } } }, 21)],
];

function bool(v: number): Tensor {
  return { dtype: DTYPE.bool, dims: [], data: Uint8Array.of(v) };
}

/** If whose branches define `inner`. */
function ifNode(inner: string) {
  const n = node('If', 'c', 'y');
  const branch = (name: string, op: string) => graphAttribute(name, [node('Exp', 'x', inner === 'x' ? 'x' : `${op}-${inner}`)], inner === 'x' ? 'x' : `${op}-${inner}`);
  n.attribute = [branch('then_branch', 'a'), branch('else_branch', 'b')];
  return n;
}

function nested(depth: number): ReturnType<typeof node> {
  const n = node('If', 'c', `y${depth === 12 ? '' : depth}`);
  const inner = depth === 0 ? [node('Exp', 'x', 'leaf')] : [nested(depth - 1)];
  const out = depth === 0 ? 'leaf' : `y${depth - 1}`;
  n.attribute = [graphAttribute('then_branch', inner, out), graphAttribute('else_branch', inner, out)];
  return n;
}

/** ModelProto.graph.node.attribute.g.node.attribute.g… */
function abyss(depth: number): Uint8Array {
  const sizes: number[][] = []; // written from the inside out, read from the outside in
  let size = 0;
  for (let i = 0; i < depth; i++)
    for (const tag of [0x32, 0x2a, 0x0a]) {
      const head = [tag];
      for (let rest = size; ; rest = Math.floor(rest / 128)) {
        if (rest < 128) {
          head.push(rest);
          break;
        }
        head.push((rest % 128) + 128);
      }
      sizes.push(head);
      size += head.length;
    }
  const length: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 128)) length.push((rest % 128) + (rest >= 128 ? 128 : 0));
  return Uint8Array.from([[0x3a], length, ...sizes.reverse()].flat());
}

function loopNode() {
  const n = node('Loop', 'n c', 'y');
  n.attribute = [graphAttribute('body', [node('Identity', 'c', 'more'), node('Exp', 'x', 'e')], 'more')];
  return n;
}

function functionNamed(name: string): ModelProto['functions'][number] {
  // Field 25 of ModelProto, holding a FunctionProto with its name: onnx-buf exports no easier way to make one.
  const bytes = new TextEncoder().encode(name);
  return fromBinary(ModelProtoSchema, Uint8Array.of(0xca, 0x01, bytes.length + 2, 0x0a, bytes.length, ...bytes)).functions[0]!;
}

test('hostile and unjudgeable files are refused with their code, and the process lives on', async (t) => {
  for (const [name, code, file, says] of HOSTILE)
    await t.test(name, async () => {
      await refusesWith(code, () => prepare(file(), { runtime }), says);
      const fine = await prepare(onnxFile(relu()), { runtime });
      assert.equal(fine.program.nodes.length, 1);
    });
});

test('shapes, bindings and samples that do not fit are refused', async () => {
  const file = onnxFile(relu());
  await refusesWith('ONNX_NAME', () => prepare(file, { runtime, shapes: { z: [3] } }), /no input z; it has x/);
  await refusesWith('ONNX_NAME', () => prepare(file, { runtime, bind: { z: w(3) } }));
  await refusesWith('ONNX_SHAPE', () => prepare(file, { runtime, shapes: { x: [0] } }));
  await refusesWith('ONNX_SHAPE', () => prepare(file, { runtime, shapes: { x: [2.5] } }));
  await refusesWith('ONNX_LIMIT', () => prepare(file, { runtime, shapes: { x: [2 ** 20, 2 ** 20] } }));
  await refusesWith('INPUT_MISMATCH', () => prepare(file, { runtime, samples: [[w(4)]] }));
  await refusesWith('INPUT_MISMATCH', () => prepare(file, { runtime, samples: [[]] }));
  await refusesWith('ONNX_LIMIT', () => prepare(file, { runtime, limits: { ...DEFAULT_LIMITS, fileBytes: 10 } }));
  await refusesWith('ONNX_LIMIT', () => prepare(onnxFile({ ...relu(), nodes: [node('Exp', 'x', 'a'), node('Relu', 'a', 'y')] }), { runtime, limits: { ...DEFAULT_LIMITS, nodes: 1 } }));
  const open = tampered(relu(), (m) => { const t = m.graph.input[0]!.type!.value; if (t.case === 'tensorType') t.value.shape!.dim[0]!.value = { case: 'dimParam', value: 'N' }; });
  await refusesWith('ONNX_SHAPE', () => prepare(open, { runtime }), /open extents/);
  assert.deepEqual((await prepare(open, { runtime, shapes: { x: [7] } })).program.inputs[0]?.dims, [7]);
});

test('−Inf masks are allowed where the referee knows exact rules', async () => {
  const mask = float32([3], [0, -Infinity, 0]);
  const { program } = await prepare(onnxFile({ ...relu(), nodes: [node('Add', 'x m', 'a'), node('Softmax', 'a', 'y')], constants: { m: mask } }), { runtime });
  assert.equal(program.nodes.length, 2);
  assert.equal(bytesOf(Float32Array.of(-Infinity)).length, 4);
});

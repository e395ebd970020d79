import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorType } from './layout.js';
import { KIND, type Attribute, type Operand, type Program, type ProgramNode } from './program.js';
import { decodeHeader, decodeProgram, encodeHeader, encodeNode, encodeProgram } from './record.js';
import { leafHash, tagged } from '../merkle/index.js';
import { artifactDigest, programRoot, TAGS, weightsRoot } from './roots.js';
import { refusesWith } from './testing.js';
import { readFields, readFloats, readSints, Writer } from './wire.js';

const f32 = (dims: number[], layout = 0): TensorType => ({ dtype: 1, dims, layout });
const input = (index: number, type: TensorType): Operand => ({ kind: KIND.input, index, type });
const weight = (index: number, type: TensorType): Operand => ({ kind: KIND.weight, index, type });
const value = (index: number, type: TensorType): Operand => ({ kind: KIND.value, index, type });
const none: Operand = { kind: KIND.none, index: 0 };

const X = f32([2, 4]);
const W = f32([4, 3], 2);
const Y = f32([2, 3]);

/** x·w, then Clip without an upper limit, then a sum with the product. */
function sample(): Program {
  return {
    inputs: [X],
    weights: [W],
    outputs: [value(2, Y)],
    values: 3,
    nodes: [
      { op: 'MatMul', attributes: [], inputs: [input(0, X), weight(0, W)], first: 0, outputs: [Y] },
      { op: 'Clip', attributes: [{ name: 'max', floats: [Infinity] }, { name: 'min', floats: [-0.5] }], inputs: [value(0, Y)], first: 1, outputs: [Y] },
      { op: 'Add', attributes: [], inputs: [value(0, Y), value(1, Y)], first: 2, outputs: [Y] },
    ],
  };
}

/** Encodes a program that was changed in one place. */
function changed(change: (p: { -readonly [K in keyof Program]: Program[K] }) => void): Uint8Array {
  const p = sample();
  change(p);
  return encodeProgram(p);
}

const withNode = (i: number, part: Partial<ProgramNode>) => changed((p) => { p.nodes = p.nodes.map((n, k) => (k === i ? { ...n, ...part } : n)); });

test('a record decodes to the same program and re-encodes to the same bytes', () => {
  const bytes = encodeProgram(sample());
  const decoded = decodeProgram(bytes);
  assert.deepEqual(decoded, sample());
  assert.deepEqual(encodeProgram(decoded), bytes);
});

test('bytes that the canonical encoder would not write are refused', async () => {
  const bytes = encodeProgram(sample());
  const header = encodeHeader(sample());
  const start = 2; // tag and length of the header
  assert.deepEqual(bytes.slice(start, start + header.length), header);
  const edit = (at: number, remove: number, ...insert: number[]): Uint8Array => Uint8Array.of(...bytes.slice(0, at), ...insert, ...bytes.slice(at + remove));
  const inHeader = (...h: number[]): Uint8Array => Uint8Array.of(0x0a, h.length, ...h, ...bytes.slice(start + header.length));
  const cases: Record<string, Uint8Array> = {
    'truncated inside a field': bytes.slice(0, -1),
    'truncated inside a number': Uint8Array.of(...bytes, 0x12, 0x80),
    'a length in more bytes than needed': edit(1, 1, header.length | 0x80, 0),
    'an unknown field': Uint8Array.of(...bytes, 0x1a, 1, 0),
    'a field after a later one': Uint8Array.of(...bytes.slice(start + header.length), ...bytes.slice(0, start + header.length)),
    'two headers': Uint8Array.of(...bytes.slice(0, start + header.length), ...bytes),
    'a default spelled out': inHeader(...header, 0x38, 0),
    'version twice': inHeader(0x08, 1, ...header),
    'another wire type': inHeader(0x0d, 1, 0, 0, 0, ...header.slice(2)),
    'a number above 2^53': inHeader(0x08, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, ...header.slice(2)),
    'field number 0': inHeader(0x00, 1, ...header),
  };
  for (const [name, bad] of Object.entries(cases)) {
    assert.throws(() => decodeProgram(bad), (e: unknown) => e instanceof Error && 'code' in e && (e.code === 'RECORD_NOT_CANONICAL' || e.code === 'RECORD_INVALID'), name);
  }
  await refusesWith('RECORD_INVALID', () => decodeProgram(new Uint8Array(0)));
  await refusesWith('RECORD_INVALID', () => decodeHeader(Uint8Array.of(0x08, 2)), /version 2/);
  // A signalling NaN would not survive the way through a float.
  const nan = new Writer();
  nan.uint(1, 9);
  nan.bytes(2, [0x08, 10, 0x1a, 4, 1, 0, 0x80, 0x7f], true);
  assert.throws(() => decodeProgram(Uint8Array.of(...bytes.slice(0, start + header.length), 0x12, nan.finish().length, ...nan.finish())));
});

test('every one-byte change is refused, or decodes to bytes that re-encode to themselves', () => {
  const bytes = encodeProgram(sample());
  let accepted = 0;
  for (let i = 0; i < bytes.length; i++)
    for (const flip of [1, 2, 4, 0x80, 0xff]) {
      const mutant = bytes.slice();
      mutant[i]! ^= flip;
      try {
        assert.deepEqual(encodeProgram(decodeProgram(mutant)), mutant);
        accepted++;
      } catch (e) {
        assert.ok(e instanceof Error && 'code' in e, `byte ${i} ^ ${flip}: ${String(e)}`);
      }
    }
  assert.ok(accepted < bytes.length, `${accepted} mutants accepted`);
});

test('programs with an unknown, shadowed or duplicate part are refused', async () => {
  const cases: [name: string, bytes: Uint8Array, says: RegExp][] = [
    ['a forward reference', withNode(0, { inputs: [value(2, Y), weight(0, W)] }), /not defined before it/],
    ['a reference to itself', withNode(2, { inputs: [value(0, Y), value(2, Y)] }), /not defined before it/],
    ['an input that is not there', withNode(0, { inputs: [input(1, X), weight(0, W)] }), /not defined before it/],
    ['an OUTPUT as operand', withNode(2, { inputs: [value(0, Y), { kind: 4, index: 0, type: Y }] }), /not defined before it/],
    ['another type than declared', withNode(2, { inputs: [value(0, Y), value(1, f32([3, 2]))] }), /another type/],
    ['no type', withNode(2, { inputs: [value(0, Y), { kind: KIND.value, index: 1 }] }), /another type/],
    ['an absent first operand', withNode(2, { inputs: [none, value(1, Y)] }), /absent/],
    ['an absent operand with an index', withNode(2, { inputs: [{ kind: 0, index: 1 }, value(1, Y)] }), /absent/],
    ['a value defined twice', withNode(2, { first: 1 }), /first is 1, expected 2/],
    ['a hole in the values', withNode(2, { first: 3 }), /first is 3, expected 2/],
    ['a dead node', withNode(2, { inputs: [value(0, Y), value(0, Y)] }), /dead/],
    ['too many operands', withNode(1, { inputs: [value(0, Y), value(0, Y)] }), /2 operands/],
    ['two outputs', withNode(2, { outputs: [Y, Y] }), /2 outputs/],
    ['a missing attribute', withNode(1, { attributes: [{ name: 'max', floats: [1] }] }), /attributes/],
    ['attributes out of order', withNode(1, { attributes: [{ name: 'min', floats: [0] }, { name: 'max', floats: [1] }] }), /attributes/],
    ['an attribute twice', withNode(1, { attributes: [{ name: 'max', floats: [1] }, { name: 'max', floats: [1] }, { name: 'min', floats: [0] }] }), /attributes/],
    ['an attribute of another operator', withNode(2, { attributes: [{ name: 'axis', ints: [1] }] }), /attributes/],
    ['an attribute of another kind', withNode(1, { attributes: [{ name: 'max', ints: [1] }, { name: 'min', floats: [0] }] }), /kind|values/],
    ['two values for one number', withNode(1, { attributes: [{ name: 'max', floats: [1, 2] }, { name: 'min', floats: [0] }] }), /2 values/],
    ['an infinite limit of the wrong sign', withNode(1, { attributes: [{ name: 'max', floats: [-Infinity] }, { name: 'min', floats: [0] }] }), /max holds/],
    ['an empty tensor', withNode(2, { outputs: [f32([0, 3])] }), /extent 0/],
    ['nine axes', withNode(2, { outputs: [f32([1, 1, 1, 1, 1, 1, 1, 2, 3])] }), /rank 9/],
    ['a huge extent', withNode(2, { outputs: [f32([2 ** 32])] }), /extent/],
    ['a huge tensor', withNode(2, { outputs: [f32([2 ** 30, 2 ** 30])] }), /bytes/],
    ['a layout that moves nothing', withNode(2, { outputs: [f32([1, 3], 2)] }), /moves nothing/],
    ['layout 4', withNode(2, { outputs: [f32([2, 3], 4)] }), /layout 4/],
    ['an input that is not row-major', changed((p) => { p.inputs = [f32([2, 4], 2)]; }), /not row-major/],
    ['an output that is an input', changed((p) => { p.outputs = [input(0, X)]; }), /not a VALUE/],
    ['no outputs', changed((p) => { p.outputs = []; }), /no outputs/],
    ['a weight that nobody reads', changed((p) => { p.weights = [W, W]; }), /read by no node/],
    ['a wrong count of values', changed((p) => { p.values = 4; }), /counts 4 values/],
  ];
  for (const [name, bytes, says] of cases) {
    await refusesWith('RECORD_INVALID', () => decodeProgram(bytes), says).catch((e: unknown) => assert.fail(`${name}: ${String(e)}`));
  }
  await refusesWith('TENSOR_DTYPE', () => decodeProgram(withNode(2, { outputs: [{ dtype: 11, dims: [2, 3], layout: 0 }] })));
});

test('weights are read in the order of their first use', async () => {
  const two = changed((p) => {
    p.weights = [W, Y];
    p.nodes = [p.nodes[0]!, { op: 'Add', attributes: [], inputs: [value(0, Y), weight(1, Y)], first: 1, outputs: [Y] }, p.nodes[2]!];
  });
  assert.equal(decodeProgram(two).weights.length, 2);
  const swapped = changed((p) => {
    p.weights = [Y, W];
    p.nodes = [
      { ...p.nodes[0]!, inputs: [input(0, X), weight(1, W)] },
      { op: 'Add', attributes: [], inputs: [value(0, Y), weight(0, Y)], first: 1, outputs: [Y] },
      p.nodes[2]!,
    ];
  });
  await refusesWith('RECORD_INVALID', () => decodeProgram(swapped), /weight 1 is read before weight 0/);
});

test('unknown operator, attribute and enum numbers are refused', async () => {
  const bytes = encodeProgram(sample());
  const header = bytes.slice(0, 2 + encodeHeader(sample()).length);
  const nodes = sample().nodes.map(encodeNode);
  const assembleRecord = (first: Uint8Array): Uint8Array => Uint8Array.of(...header, ...[first, ...nodes.slice(1)].flatMap((n) => [0x12, n.length, ...n]));
  assert.deepEqual(assembleRecord(nodes[0]!), bytes);
  const renumbered = nodes[0]!.slice();
  renumbered[1] = 120;
  await refusesWith('RECORD_INVALID', () => decodeProgram(assembleRecord(renumbered)), /operator number 120/);
  const attribute = (a: Attribute, patch: (bytes: Uint8Array) => void): Uint8Array => {
    const encoded = encodeNode({ ...sample().nodes[0]!, op: 'Resize', attributes: [a], inputs: [input(0, X)] });
    patch(encoded);
    return encoded;
  };
  await refusesWith('RECORD_INVALID', () => decodeProgram(assembleRecord(attribute({ name: 'mode', ints: [1] }, (b) => { b[5] = 99; }))), /attribute number 99/);
  await refusesWith('RECORD_INVALID', () => decodeProgram(assembleRecord(attribute({ name: 'mode', ints: [9] }, () => undefined))), /attributes/);
});

test('roots bind every part', () => {
  const root = programRoot(sample());
  assert.equal(root.length, 32);
  for (const other of [withNode(1, { attributes: [{ name: 'max', floats: [1] }, { name: 'min', floats: [-0.5] }] }), changed((p) => { p.outputs = [value(1, Y)]; p.nodes = p.nodes.slice(0, 2); p.values = 2; })])
    assert.notDeepEqual(programRoot(decodeProgram(other)), root);
  const weights = weightsRoot([root]);
  assert.deepEqual(artifactDigest(root, weights), leafHash(tagged('assay/model/1', Uint8Array.of(...root, ...weights))));
  assert.notDeepEqual(artifactDigest(root, weights), artifactDigest(root, weights, TAGS.programArtifact));
  assert.notDeepEqual(artifactDigest(root, weights), artifactDigest(weights, root));
});

test('the reader accepts exactly what the writer writes', async () => {
  const w = new Writer();
  w.uint(1, 300);
  w.sints(2, [-1, 1, -(2 ** 31)]);
  w.floats(3, [0.1]);
  const [number, ints, reals] = readFields(w.finish(), new Set());
  assert.ok(number && 'value' in number && number.value === 300);
  assert.deepEqual(ints && 'bytes' in ints && readSints(ints.bytes), [-1, 1, -(2 ** 31)]);
  assert.deepEqual(reals && 'bytes' in reals && readFloats(reals.bytes), [Math.fround(0.1)]);
  await refusesWith('RECORD_NOT_CANONICAL', () => readSints(Uint8Array.of(0x80, 0)), /shortest/);
  await refusesWith('RECORD_NOT_CANONICAL', () => readFloats(Uint8Array.of(1, 2, 3)), /multiple of 4/);
  assert.throws(() => new Writer().uint(1, -1), /varint/);
});

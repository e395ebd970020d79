import { refuse } from './errors.js';
import type { TensorType } from './layout.js';
import { ATTRIBUTE_NAMES, OPERATORS } from './operators.js';
import type { Attribute, Operand, Program, ProgramNode } from './program.js';
import { checkProgram } from './structure.js';
import { readFields, readFloats, readSints, readUints, Writer, type Field } from './wire.js';

/** The version of the record format that this code reads and writes. */
export const RECORD_VERSION = 1;

/** Canonical bytes of a program record (proto/assay/program/v1). */
export function encodeProgram(program: Program): Uint8Array {
  const parts: Uint8Array[] = [];
  const put = (field: number, message: Uint8Array): void => {
    const head = new Writer();
    head.bytes(field, message, true);
    parts.push(head.finish());
  };
  put(1, encodeHeader(program));
  for (const node of program.nodes) put(2, encodeNode(node));
  return new Uint8Array(Buffer.concat(parts));
}

/** Canonical bytes of the header: leaf 0 of the program tree. */
export function encodeHeader(program: Program): Uint8Array {
  const w = new Writer();
  w.uint(1, RECORD_VERSION);
  for (const t of program.inputs) w.bytes(2, encodeType(t), true);
  for (const t of program.weights) w.bytes(3, encodeType(t), true);
  for (const o of program.outputs) w.bytes(4, encodeOperand(o), true);
  w.uint(5, program.values);
  w.uint(6, program.nodes.length);
  return w.finish();
}

/** Canonical bytes of a node: leaf 1 + i of the program tree. */
export function encodeNode(node: ProgramNode): Uint8Array {
  const w = new Writer();
  w.uint(1, position(OPERATORS, node.op));
  for (const a of node.attributes) {
    const inner = new Writer();
    inner.uint(1, position(ATTRIBUTE_NAMES, a.name));
    if (a.ints !== undefined) inner.sints(2, a.ints);
    if (a.floats !== undefined) inner.floats(3, a.floats);
    w.bytes(2, inner.finish(), true);
  }
  for (const o of node.inputs) w.bytes(3, encodeOperand(o), true);
  w.uint(4, node.first);
  for (const t of node.outputs) w.bytes(5, encodeType(t), true);
  return w.finish();
}

/**
 * Decodes and checks a record: canonical bytes, known operators and attributes, references that point backwards and repeat
 * their types, true counts. Shape rules are the chain's: a record that it registered runs as declared.
 *
 * @throws OnnxError RECORD_NOT_CANONICAL, RECORD_INVALID, TENSOR_DTYPE
 */
export function decodeProgram(bytes: Uint8Array): Program {
  const fields = readFields(bytes, new Set([2]));
  const head = fields[0];
  if (head === undefined || head.number !== 1 || !('bytes' in head)) return invalid('the first field is not a header');
  const header = decodeHeader(head.bytes);
  const nodes = fields.slice(1).map((f) => decodeNode(messageOf(f, 2)));
  if (header.nodes !== nodes.length) invalid(`the header counts ${header.nodes} nodes, the record has ${nodes.length}`);
  const { inputs, weights, outputs, values } = header;
  const program: Program = { inputs, weights, outputs, values, nodes };
  checkProgram(program);
  if (Buffer.compare(encodeProgram(program), bytes) !== 0)
    refuse('RECORD_NOT_CANONICAL', 'the record does not re-encode to the same bytes');
  return program;
}

interface Header extends Omit<Program, 'nodes'> {
  readonly nodes: number;
}

/** Decodes a header leaf. @throws OnnxError RECORD_NOT_CANONICAL, RECORD_INVALID */
export function decodeHeader(bytes: Uint8Array): Header {
  const lists = { inputs: [] as TensorType[], weights: [] as TensorType[], outputs: [] as Operand[] };
  const counts = { version: 0, values: 0, nodes: 0 };
  for (const f of readFields(bytes, new Set([2, 3, 4]))) {
    if (f.number === 1) counts.version = numberOf(f);
    else if (f.number === 2) lists.inputs.push(decodeType(messageOf(f, 2)));
    else if (f.number === 3) lists.weights.push(decodeType(messageOf(f, 3)));
    else if (f.number === 4) lists.outputs.push(decodeOperand(messageOf(f, 4)));
    else if (f.number === 5) counts.values = numberOf(f);
    else if (f.number === 6) counts.nodes = numberOf(f);
    else unknown(f, 'header');
  }
  if (counts.version !== RECORD_VERSION) invalid(`record version ${counts.version}, this software reads ${RECORD_VERSION}`);
  return { ...lists, values: counts.values, nodes: counts.nodes };
}

/** Decodes a node leaf. @throws OnnxError RECORD_NOT_CANONICAL, RECORD_INVALID */
export function decodeNode(bytes: Uint8Array): ProgramNode {
  let op = 0;
  let first = 0;
  const attributes: Attribute[] = [];
  const inputs: Operand[] = [];
  const outputs: TensorType[] = [];
  for (const f of readFields(bytes, new Set([2, 3, 5]))) {
    if (f.number === 1) op = numberOf(f);
    else if (f.number === 2) attributes.push(decodeAttribute(messageOf(f, 2)));
    else if (f.number === 3) inputs.push(decodeOperand(messageOf(f, 3)));
    else if (f.number === 4) first = numberOf(f);
    else if (f.number === 5) outputs.push(decodeType(messageOf(f, 5)));
    else unknown(f, 'node');
  }
  if (op < 1 || op >= OPERATORS.length) invalid(`operator number ${op}`);
  return { op: OPERATORS[op]!, attributes, inputs, first, outputs };
}

function decodeAttribute(bytes: Uint8Array): Attribute {
  let name = 0;
  let ints: number[] | undefined;
  let floats: number[] | undefined;
  for (const f of readFields(bytes, new Set())) {
    if (f.number === 1) name = numberOf(f);
    else if (f.number === 2) ints = readSints(messageOf(f, 2));
    else if (f.number === 3) floats = readFloats(messageOf(f, 3));
    else unknown(f, 'attribute');
  }
  if (name < 1 || name >= ATTRIBUTE_NAMES.length) invalid(`attribute number ${name}`);
  return { name: ATTRIBUTE_NAMES[name]!, ...(ints && { ints }), ...(floats && { floats }) };
}

function decodeOperand(bytes: Uint8Array): Operand {
  let kind = 0;
  let index = 0;
  let type: TensorType | undefined;
  for (const f of readFields(bytes, new Set())) {
    if (f.number === 1) kind = numberOf(f);
    else if (f.number === 2) index = numberOf(f);
    else if (f.number === 3) type = decodeType(messageOf(f, 3));
    else unknown(f, 'operand');
  }
  return { kind, index, ...(type && { type }) };
}

function decodeType(bytes: Uint8Array): TensorType {
  let dtype = 0;
  let dims: number[] = [];
  let layout = 0;
  for (const f of readFields(bytes, new Set())) {
    if (f.number === 1) dtype = numberOf(f);
    else if (f.number === 2) dims = readUints(messageOf(f, 2));
    else if (f.number === 3) layout = numberOf(f);
    else unknown(f, 'tensor');
  }
  return { dtype, dims, layout };
}

function encodeType(t: TensorType): Uint8Array {
  const w = new Writer();
  w.uint(1, t.dtype);
  w.uints(2, t.dims);
  w.uint(3, t.layout);
  return w.finish();
}

function encodeOperand(o: Operand): Uint8Array {
  const w = new Writer();
  w.uint(1, o.kind);
  w.uint(2, o.index);
  if (o.type !== undefined) w.bytes(3, encodeType(o.type), true);
  return w.finish();
}

function position(list: readonly string[], name: string): number {
  const at = list.indexOf(name);
  if (at < 1) throw new Error(`${name} is not in the closed list: a record was built without being checked`);
  return at;
}

const invalid = (why: string): never => refuse('RECORD_INVALID', why);

function unknown(f: Field, where: string): never {
  return refuse('RECORD_NOT_CANONICAL', `unknown field ${f.number} in a ${where}`);
}

function numberOf(f: Field): number {
  return 'value' in f ? f.value : refuse('RECORD_NOT_CANONICAL', `field ${f.number} is not a number`);
}

function messageOf(f: Field, number: number): Uint8Array {
  return f.number === number && 'bytes' in f ? f.bytes : refuse('RECORD_NOT_CANONICAL', `field ${f.number} is not a message`);
}

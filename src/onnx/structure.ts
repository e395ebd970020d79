import { refuse } from './errors.js';
import { LAYOUT, layoutMoves, type TensorType } from './layout.js';
import { ATTRIBUTES, ENUMS, FLOATS, INDEXED, LISTS, MANY_OUTPUTS, OPERATORS, arity } from './operators.js';
import { KIND, type Attribute, type Operand, type Program, type ProgramNode } from './program.js';
import { elementBytes, sameDims } from './tensor.js';

/** Limits that the chain's validator has too; beyond them there is no judgeable program. */
export const LIMITS = {
  nodes: 1 << 16,
  values: 1 << 18,
  rank: 8,
  extent: 2 ** 31,
  tensorBytes: 2 ** 40,
  traceBytes: 2 ** 40,
  attribute: 2 ** 31,
} as const;

/**
 * Checks everything about a program but its shape rules: types, layouts, operators, attributes, references, counts, dead
 * nodes. A record that passes can be regenerated and run without surprises in this code.
 *
 * @throws OnnxError RECORD_INVALID, TENSOR_DTYPE
 */
export function checkProgram(program: Program): void {
  const { inputs, weights, outputs, nodes } = program;
  if (nodes.length < 1 || nodes.length > LIMITS.nodes) invalid(`${nodes.length} nodes, allowed 1 to ${LIMITS.nodes}`);
  if (outputs.length < 1) invalid('no outputs');
  inputs.forEach((t, i) => {
    checkType(`input ${i}`, t);
    if (t.layout !== LAYOUT.row) invalid(`input ${i} is not row-major`);
  });
  weights.forEach((t, i) => checkType(`weight ${i}`, t));

  const values: TensorType[] = [];
  const read = new Set<number>();
  let nextWeight = 0;
  let trace = 0;
  const resolve = (where: string, o: Operand): void => {
    const lists: Partial<Record<number, readonly TensorType[]>> = { [KIND.input]: inputs, [KIND.weight]: weights, [KIND.value]: values };
    const declared = lists[o.kind]?.[o.index];
    if (declared === undefined) return invalid(`${where} refers to tensor ${o.kind}/${o.index}, which is not defined before it`);
    if (o.type === undefined || !sameType(o.type, declared)) invalid(`${where} states another type than its tensor has`);
    if (o.kind === KIND.weight) {
      if (o.index > nextWeight) invalid(`${where}: weight ${o.index} is read before weight ${nextWeight}`);
      nextWeight = Math.max(nextWeight, o.index + 1);
    }
    if (o.kind === KIND.value) read.add(o.index);
  };
  nodes.forEach((node, i) => {
    const where = `node ${i} (${node.op})`;
    checkForm(where, node);
    if (node.first !== values.length) invalid(`${where}: first is ${node.first}, expected ${values.length}`);
    node.inputs.forEach((o, k) => {
      if (o.kind !== KIND.none) resolve(`${where}, operand ${k}`, o);
      else if (o.index !== 0 || o.type !== undefined || k === 0 || k === node.inputs.length - 1)
        invalid(`${where}: operand ${k} is absent where none may be`);
    });
    const [data, indices] = node.inputs;
    if (INDEXED.has(node.op) && data?.kind === indices?.kind && data?.index === indices?.index)
      invalid(`${where}: data and indices are one tensor`); // its index would be read from what it selects
    for (const t of node.outputs) trace += checkType(where, t);
    values.push(...node.outputs);
  });
  if (trace > LIMITS.traceBytes) invalid(`a trace of ${trace} bytes`);
  outputs.forEach((o, k) => {
    if (o.kind !== KIND.value) invalid(`output ${k} is not a VALUE`);
    resolve(`output ${k}`, o);
    if (o.type?.layout !== LAYOUT.row) invalid(`output ${k} is not row-major`);
  });
  if (values.length !== program.values) invalid(`the header counts ${program.values} values, the nodes define ${values.length}`);
  if (nextWeight !== weights.length) invalid(`${weights.length - nextWeight} weights are read by no node`);
  nodes.forEach((node, i) => {
    if (!node.outputs.some((_, k) => read.has(node.first + k))) invalid(`node ${i} (${node.op}) is dead: nothing reads it`);
  });
}

/** Bytes of a tensor; refuses what no program may hold. */
function checkType(where: string, t: TensorType): number {
  let bytes = elementBytes(t.dtype);
  if (t.dims.length > LIMITS.rank) invalid(`${where}: rank ${t.dims.length}, at most ${LIMITS.rank}`);
  for (const d of t.dims) {
    if (d < 1 || d > LIMITS.extent) invalid(`${where}: extent ${d}`);
    bytes *= d;
    if (bytes > LIMITS.tensorBytes) invalid(`${where}: more than ${LIMITS.tensorBytes} bytes`);
  }
  if (t.layout !== LAYOUT.row && !(t.layout <= LAYOUT.axis0Last && layoutMoves(t.layout, t.dims)))
    invalid(`${where}: layout ${t.layout} does not exist for [${t.dims.join(',')}] or moves nothing`);
  return bytes;
}

function checkForm(where: string, node: ProgramNode): void {
  if (!OPERATORS.includes(node.op) || node.op === '') invalid(`${where}: an operator that no referee judges`);
  const [least, most] = arity(node.op);
  if (node.inputs.length < least || node.inputs.length > most)
    invalid(`${where}: ${node.inputs.length} operands, expected ${least} to ${most}`);
  if (node.outputs.length < 1 || (node.outputs.length > 1 && !MANY_OUTPUTS.has(node.op))) invalid(`${where}: ${node.outputs.length} outputs`);
  if (node.op === 'Relayout' && node.inputs[0]?.type?.layout === node.outputs[0]!.layout) invalid(`${where}: to the layout that its operand has`);
  const names = ATTRIBUTES[node.op] ?? [];
  const found = node.attributes.map((a) => a.name);
  if (names.join() !== found.join()) invalid(`${where}: attributes [${found.join()}], expected [${names.join()}]`);
  for (const a of node.attributes) checkAttribute(where, a);
}

function checkAttribute(where: string, a: Attribute): void {
  const other = FLOATS.has(a.name) ? a.ints : a.floats;
  const own = (FLOATS.has(a.name) ? a.floats : a.ints) ?? [];
  if (other !== undefined) invalid(`${where}: attribute ${a.name} has values of another kind`);
  if (!LISTS.has(a.name) && own.length !== 1) invalid(`${where}: attribute ${a.name} has ${own.length} values, expected 1`);
  for (const v of own) {
    const free = (a.name === 'max' && v === Infinity) || (a.name === 'min' && v === -Infinity); // Clip without a limit
    if (FLOATS.has(a.name) ? !Number.isFinite(v) && !free : Math.abs(v) > LIMITS.attribute)
      invalid(`${where}: attribute ${a.name} holds ${v}`);
  }
  const names = ENUMS[a.name];
  if (names !== undefined && names[own[0]!] === undefined) invalid(`${where}: ${a.name} ${own[0]} is not in its list`);
}

function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && a.layout === b.layout && sameDims(a.dims, b.dims);
}

const invalid = (why: string): never => refuse('RECORD_INVALID', why);

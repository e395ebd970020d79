import { ENUMS, LISTS } from './operators.js';
import type { TensorType } from './layout.js';
import { byteLength } from './tensor.js';

/** What an operand refers to. OUTPUT names committed outputs in proofs and files; it never stands in a record. */
export const KIND = { none: 0, input: 1, weight: 2, value: 3, output: 4 } as const;

/** A reference to a tensor, with its type repeated. `type` is absent exactly when `kind` is none. */
export interface Operand {
  readonly kind: number;
  readonly index: number;
  readonly type?: TensorType;
}

/** An attribute of a node: integers (enums are positions) or float32s. */
export interface Attribute {
  readonly name: string;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}

/** One operator with everything that decides its result. Output k is VALUE `first` + k. */
export interface ProgramNode {
  readonly op: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Operand[];
  readonly first: number;
  readonly outputs: readonly TensorType[];
}

/** A program record, decoded (PROTOCOL §3). */
export interface Program {
  readonly inputs: readonly TensorType[];
  readonly weights: readonly TensorType[];
  /** VALUEs that the program returns, in order */
  readonly outputs: readonly Operand[];
  /** number of VALUEs: the leaves of the trace */
  readonly values: number;
  readonly nodes: readonly ProgramNode[];
}

/** Attribute values by name: enums as their names, lists as lists, others as one number. */
export interface AttributeValues {
  int(name: string): number;
  list(name: string): readonly number[];
  text(name: string): string;
  /** every attribute as ONNX spells it */
  readonly all: Readonly<Record<string, number | string | readonly number[]>>;
}

/** Reads a node's attributes. The node is of a decoded, checked record, so every attribute of its operator is present. */
export function attributesOf(node: { readonly op: string; readonly attributes: readonly Attribute[] }): AttributeValues {
  const all: Record<string, number | string | readonly number[]> = {};
  for (const a of node.attributes) {
    const list = a.floats ?? a.ints ?? [];
    const names = ENUMS[a.name];
    all[a.name] = LISTS.has(a.name) ? list : names !== undefined ? names[list[0]!]! : list[0]!;
  }
  const missing = (name: string): never => {
    throw new Error(`${node.op} has no attribute ${name}: a record was used before it was checked`);
  };
  return {
    all,
    int: (name) => (typeof all[name] === 'number' ? all[name] : missing(name)),
    text: (name) => (typeof all[name] === 'string' ? all[name] : missing(name)),
    list: (name) => {
      const v = all[name];
      return typeof v === 'object' ? v : missing(name);
    },
  };
}

/** Types of all VALUEs in order. */
export function valueTypes(program: Program): TensorType[] {
  return program.nodes.flatMap((node) => [...node.outputs]);
}

/** Bytes of a whole trace: what exporting every VALUE costs. */
export function traceBytes(program: Program): number {
  return valueTypes(program).reduce((sum, type) => sum + byteLength(type), 0);
}

/**
 * For each WEIGHT: whether every reader allows −Inf (Add, Where, Max; PROTOCOL §3). Masks may hold it, filters may not.
 */
export function weightsThatMayBeMinusInfinity(program: Program): boolean[] {
  const allowed = program.weights.map(() => true);
  for (const node of program.nodes)
    if (!['Add', 'Where', 'Max'].includes(node.op))
      for (const o of node.inputs) if (o.kind === KIND.weight) allowed[o.index] = false;
  return allowed;
}

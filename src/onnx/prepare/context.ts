import { refuse } from '../errors.js';
import { attributesOfProto, type AttributeValue, type NodeProto } from '../proto.js';
import { float32, numbers, type Tensor } from '../tensor.js';
import type { GraphNode, Rewrites, Shape } from './graph.js';

/** What all rules share while a graph is normalised. */
export interface Builder {
  readonly opset: number;
  readonly nodes: GraphNode[];
  readonly constants: Map<string, Tensor>;
  readonly types: Map<string, Shape>;
  /** a removed node's output → what it was a copy of */
  readonly aliases: Map<string, string>;
  readonly rewrites: Rewrites;
  /** names that some node or the graph reads */
  readonly read: ReadonlySet<string>;
}

/** One node of the file while its rule rewrites it. Operand and output names are those of the file. */
export class Context {
  readonly op: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly inputs: string[];
  readonly outputs: readonly string[];

  constructor(
    readonly builder: Builder,
    proto: NodeProto,
  ) {
    this.op = proto.opType;
    this.attributes = attributesOfProto(proto);
    this.inputs = proto.input.map((x) => (x === '' ? '' : resolveAlias(builder, x)));
    while (this.inputs.length > 0 && this.inputs.at(-1) === '') this.inputs.pop();
    this.outputs = proto.output;
  }

  get opset(): number {
    return this.builder.opset;
  }

  /** Name of operand k; refuses when it is absent. */
  input(k: number): string {
    const name = this.inputs[k];
    return name === undefined || name === '' ? refuse('REFUSED_ATTRIBUTE', `${this.op} needs operand ${k}`) : name;
  }

  /** Name of output 0. */
  get output(): string {
    return this.outputs[0] ?? refuse('ONNX_NAME', `${this.op} has no output`);
  }

  /** Extents of operand 0. */
  get dims(): readonly number[] {
    return this.type(this.input(0)).dims;
  }

  /** Extents of output 0. */
  get outDims(): readonly number[] {
    return this.type(this.output).dims;
  }

  type(name: string): Shape {
    return this.builder.types.get(name) ?? refuse('ONNX_SHAPE', `${this.op}: no type is known for ${name}`);
  }

  /** The constant that operand k is, if it is one. */
  constant(k: number): Tensor | undefined {
    const name = this.inputs[k];
    return name === undefined || name === '' ? undefined : this.builder.constants.get(name);
  }

  /** Numbers of operand k, which must be constant; undefined when it is absent. */
  constantNumbers(k: number, what: string): number[] | undefined {
    if ((this.inputs[k] ?? '') === '') return undefined;
    return numbers(this.constant(k) ?? refuse('REFUSED_ATTRIBUTE', `${this.op}: ${what} is computed; it must be constant`));
  }

  /** Numbers of operand k when it is a constant. */
  constantNumbersOrNone(k: number): number[] | undefined {
    const tensor = this.constant(k);
    return tensor && numbers(tensor);
  }

  /** Integers that old opsets keep in an attribute and new ones in operand k. */
  ints(k: number, name: string): readonly number[] | undefined {
    return this.attributes[name]?.ints ?? this.constantNumbers(k, name);
  }

  int(name: string, otherwise: number): number {
    return this.attributes[name]?.i ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.attributes[name]?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    return this.attributes[name]?.s ?? otherwise;
  }

  /** A non-negative axis of a rank. */
  axis(value: number, rank = this.dims.length): number {
    const axis = value < 0 ? value + rank : value;
    return axis >= 0 && axis < rank ? axis : refuse('REFUSED_ATTRIBUTE', `${this.op}: axis ${value} of a tensor of rank ${rank}`);
  }

  /** Adds a node in the normal form. */
  emit(op: string, inputs: readonly string[], outputs: readonly string[], attributes: Record<string, AttributeValue> = {}): void {
    this.builder.nodes.push({ op, inputs: [...inputs], outputs, attributes });
  }

  /** Drops the node: its output is its operand. */
  removeAs(name: string, why: string): void {
    this.note(why);
    this.builder.aliases.set(this.output, name);
  }

  /** Makes a name of the file another name of a tensor that is there. */
  alias(output: string, name: string): string {
    this.builder.aliases.set(output, name);
    return name;
  }

  /** A new intermediate of this type. */
  fresh(type: Shape): string {
    let n = this.builder.types.size;
    while (this.builder.types.has(`~${n}`)) n++; // a file may use such names too
    this.builder.types.set(`~${n}`, { dtype: type.dtype, dims: type.dims });
    return `~${n}`;
  }

  /** A new constant. */
  newConstant(tensor: Tensor): string {
    const name = this.fresh(tensor);
    this.builder.constants.set(name, tensor);
    return name;
  }

  scalar(value: number): string {
    return this.newConstant(float32([], [value]));
  }

  /** Whether anything reads output k. */
  reads(k: number): boolean {
    const name = this.outputs[k];
    return name !== undefined && name !== '' && this.builder.read.has(name);
  }

  note(what: string): void {
    this.builder.rewrites.note(`${this.op}: ${what}`);
  }

  refuse(why: string): never {
    return refuse('REFUSED_ATTRIBUTE', `${this.op}: ${why}`);
  }
}

/** Follows removed nodes to the tensor that is really read. */
export function resolveAlias(builder: Builder, name: string): string {
  let at = name;
  for (let next = builder.aliases.get(at); next !== undefined; next = builder.aliases.get(at)) at = next;
  return at;
}

/** Rewrites one node of the file into nodes of the normal form. */
export type Rule = (c: Context) => void;

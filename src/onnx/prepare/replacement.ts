import { refuse } from '../errors.js';
import type { ParsedModel } from '../parse.js';
import { attributesOfProto, nodeProto, tensorOfProto, tensorProto, type AttributeValue, type NodeProto, type TensorProto } from '../proto.js';
import { DTYPE, float32, int64, numbers, type Tensor } from '../tensor.js';
import type { Shape } from './graph.js';

/** Adds nodes and constants at the file's opset while one node is replaced. */
export class Replacement {
  readonly nodes: NodeProto[] = [];
  readonly attributes: Record<string, AttributeValue>;

  constructor(
    readonly model: ParsedModel,
    readonly types: ReadonlyMap<string, Shape>,
    readonly opset: number,
    readonly node: NodeProto,
    readonly prefix: string,
  ) {
    this.attributes = attributesOfProto(node);
  }

  type(name: string): Shape {
    return this.types.get(name) ?? refuse('ONNX_SHAPE', `no type is known for ${name}`);
  }

  add(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}, output?: string): string {
    const name = output ?? `${this.prefix}${this.nodes.length}`;
    this.nodes.push(nodeProto(op, inputs, [name], attributes));
    return name;
  }

  constant(tensor: Tensor): string {
    const name = `${this.prefix}c${this.model.graph.initializer.length}`;
    this.model.graph.initializer.push(tensorProto(name, tensor));
    return name;
  }

  /** A float32 scalar that all replacements of the model share: many small weights would swell its record. */
  shared(value: number): string {
    let name = `~${value}`;
    const found = (): TensorProto | undefined => this.model.graph.initializer.find((t) => t.name === name);
    for (let t = found(); t !== undefined; t = found()) {
      if (t.dataType === DTYPE.float32 && t.dims.length === 0 && numbers(tensorOfProto(t))[0] === value) return name;
      name += '~';
    }
    while (this.types.has(name)) name += '~';
    this.model.graph.initializer.push(tensorProto(name, float32([], [value])));
    return name;
  }

  scalar(value: number): string {
    return this.constant(float32([], [value]));
  }

  /** ReduceSum over one axis, kept. */
  sum(x: string, axis: number): string {
    return this.reduce('ReduceSum', x, [axis], true);
  }

  /** A reduction; axes moved from attribute to operand in opset 13 (ReduceSum) and 18 (all others). */
  reduce(op: string, x: string, axes: readonly number[], keep: boolean, output?: string): string {
    const keepdims = { i: keep ? 1 : 0 };
    if (this.opset < (op === 'ReduceSum' ? 13 : 18)) return this.add(op, [x], { axes: { ints: axes }, keepdims }, output);
    return this.add(op, [x, this.constant(int64([axes.length], axes))], { keepdims }, output);
  }

  /** x limited to [-limit, limit]; the limits moved from attributes to operands in opset 11. */
  clip(x: string, limit: number): string {
    if (this.opset < 11) return this.add('Clip', [x], { min: { f: -limit }, max: { f: limit } });
    return this.add('Clip', [x, this.scalar(-limit), this.scalar(limit)]);
  }

  /** ReduceMax or ReduceMin over axes that vanish; they moved from attribute to operand in opset 18. */
  extreme(op: 'ReduceMax' | 'ReduceMin', x: string, axes: readonly number[]): string {
    if (this.opset < 18) return this.add(op, [x], { axes: { ints: axes }, keepdims: { i: 0 } });
    return this.add(op, [x, this.constant(int64([axes.length], axes))], { keepdims: { i: 0 } });
  }

  /** The mean over some axes, kept, one axis at a time: every sum stays small enough to judge. */
  mean(x: string, axes: readonly number[], count: number): string {
    const sum = [...axes].sort((a, b) => b - a).reduce((total, axis) => this.sum(total, axis), x);
    return this.add('Mul', [sum, this.scalar(1 / count)]);
  }

  reshape(x: string, dims: readonly number[], output?: string): string {
    return this.add('Reshape', [x, this.constant(int64([dims.length], dims))], {}, output);
  }

  /** Rows [from, to) of a matrix; needs opset 10. */
  rows(x: string, from: number, to: number): string {
    return this.slice(x, 0, from, to);
  }

  /** Indices [from, to) of an axis; needs opset 10. */
  slice(x: string, axis: number, from: number, to: number): string {
    const at = (v: number): string => this.constant(int64([1], [v]));
    return this.add('Slice', [x, at(from), at(to), at(axis)]);
  }

  /** Parts along an axis; sizes moved from attribute to operand in opset 13. */
  split(x: string, axis: number, sizes: readonly number[]): string[] {
    const names = sizes.map((_, i) => `${this.prefix}${this.nodes.length}.${i}`);
    const [inputs, attributes] =
      this.opset < 13 ? [[x], { axis: { i: axis }, split: { ints: sizes } }] : [[x, this.constant(int64([sizes.length], sizes))], { axis: { i: axis } }];
    this.nodes.push(nodeProto('Split', inputs, names, attributes));
    return names;
  }

  /** The constant behind operand k; undefined when it is absent or computed. */
  operand(k: number): Tensor | undefined {
    const name = this.node.input[k] ?? '';
    const proto = name === '' ? undefined : this.model.graph.initializer.find((t) => t.name === name);
    return proto && tensorOfProto(proto);
  }

  /** Whether anything reads output k. */
  reads(k: number): boolean {
    const name = this.node.output[k] ?? '';
    const graph = this.model.graph;
    return name !== '' && (graph.output.some((o) => o.name === name) || graph.node.some((n) => n.input.includes(name)));
  }
}

import { DTYPE, elementCount, float32, int64, type Tensor } from '../onnx/index.js';
import { modelBytes, nodeProto, tensorProto, valueInfo, type Attributes, type NodeProto, type TensorProto, type ValueInfoProto } from '../onnx/proto.js';

/** A tensor of a graph under construction: static type, and the name it goes by. */
export interface Value {
  readonly name: string;
  readonly dtype: number;
  readonly dims: readonly number[];
}

/** What a node needs besides its operands. */
export interface OpOptions {
  readonly attributes?: Attributes;
  /** dtype of the result; default: that of the first operand */
  readonly dtype?: number;
}

const OPSET = 18;

/** Builds an ONNX file (opset 18) of static shapes, node by node. The same calls give the same bytes. */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<string, { value: Value; proto: TensorProto }>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  /** A graph input. */
  input(name: string, dims: readonly number[], dtype: number = DTYPE.float32): Value {
    this.#inputs.push(valueInfo(name, { dtype, dims }));
    return { name, dtype, dims };
  }

  /** Makes a value an output of the graph under a name of its own. */
  output(name: string, { name: from, dtype, dims }: Value): void {
    this.#nodes.push(nodeProto('Identity', [from], [name]));
    this.#outputs.push(valueInfo(name, { dtype, dims }));
  }

  /** An initializer; equal ones without a name are one. */
  constant(tensor: Tensor, name?: string): Value {
    const key = name ?? `${tensor.dtype}[${tensor.dims.join()}]${Buffer.from(tensor.data).toString('base64')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.value;
    const value = { name: name ?? `c${this.#constants.size}`, dtype: tensor.dtype, dims: tensor.dims };
    this.#constants.set(key, { value, proto: tensorProto(value.name, tensor) });
    return value;
  }

  /** A float32 scalar. */
  scalar(x: number): Value {
    return this.constant(float32([], [x]));
  }

  /** The int64 vector 0, 1, …, count − 1, of these extents. */
  range(count: number, dims: readonly number[] = [count]): Value {
    return this.constant(int64(dims, Array.from({ length: count }, (_, i) => i)));
  }

  /** One node of one output, whose extents the caller states; ONNX Runtime and `prepare` check them. */
  op(type: string, operands: readonly Value[], dims: readonly number[], options: OpOptions = {}): Value {
    const name = `${type}_${this.#nodes.length}`;
    this.#nodes.push(nodeProto(type, operands.map((x) => x.name), [name], options.attributes));
    return { name, dtype: options.dtype ?? operands[0]!.dtype, dims };
  }

  /** An elementwise operator with numpy's broadcasting. */
  broadcast(type: string, operands: readonly Value[], dtype?: number): Value {
    return this.op(type, operands, broadcastDims(operands.map((x) => x.dims)), dtype === undefined ? {} : { dtype });
  }

  /** A float32 tensor that is 1 where `indices` (extents …, 1) name the place along a last axis of `size`, else 0. */
  oneHot(indices: Value, size: number): Value {
    const hits = this.broadcast('Equal', [indices, this.range(size)], DTYPE.bool);
    return this.op('Cast', [hits], hits.dims, { attributes: { to: { i: DTYPE.float32 } }, dtype: DTYPE.float32 });
  }

  /** As many elements of a vector, from `start` on, as the extents hold, in these extents. */
  section(vector: Value, start: number, dims: readonly number[]): Value {
    const count = elementCount(dims);
    const bounds = [[start], [start + count], [0]].map((v) => this.constant(int64([1], v)));
    return this.shaped(this.op('Slice', [vector, ...bounds], [count]), dims);
  }

  /** The same elements in other extents. */
  shaped(x: Value, dims: readonly number[]): Value {
    return this.op('Reshape', [x, this.constant(int64([dims.length], dims))], dims);
  }

  /** A reduction over some axes, the last one by default, which stay with extent 1. */
  reduced(type: 'ReduceSum' | 'ReduceMean' | 'ReduceMax', x: Value, axes: readonly number[] = [x.dims.length - 1]): Value {
    const dims = x.dims.map((d, i) => (axes.includes(i) ? 1 : d));
    return this.op(type, [x, this.constant(int64([axes.length], axes))], dims, { attributes: { keepdims: { i: 1 } } });
  }

  /** Serialised ModelProto. */
  bytes(): Uint8Array {
    return modelBytes(
      { nodes: this.#nodes, initializers: [...this.#constants.values()].map((c) => c.proto), inputs: this.#inputs, outputs: this.#outputs },
      OPSET,
    );
  }
}

/** Extents that operands broadcast to, aligned at the last axis. */
export function broadcastDims(all: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...all.map((d) => d.length));
  return Array.from({ length: rank }, (_, i) => Math.max(...all.map((d) => d[i - rank + d.length] ?? 1)));
}

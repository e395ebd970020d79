// One operator as a one-node model on a runtime, fed as a worker feeds it.
import { loadEngine, type Engine, type EngineOptions } from '../src/onnx/engine.js';
import { modelBytes, nodeProto, tensorProto, valueInfo, type NodeProto, type TensorProto } from '../src/onnx/proto.js';
import { bytesOf, DTYPE } from '../src/onnx/tensor.js';
import type { Certifiable } from './functions.js';

/** Gelu needs opset 20; the others are the same kernels there as in opset 18, which records import. */
const opsetOf = (op: string): number => (op === 'Gelu' ? 20 : 18);

/** A function on a runtime, for vectors of one length. */
export class Kernel {
  private constructor(private readonly engine: Engine, readonly length: number) {}

  /**
   * The operator over one vector: kernels work through it in full registers, then finish with what remains.
   *
   * @throws OnnxError RUNTIME_FAILED when the runtime does not have the operator
   */
  static async open(f: Certifiable, length: number, options: EngineOptions): Promise<Kernel> {
    return Kernel.#load([nodeProto(f.op, ['x'], ['y'], f.attributes)], opsetOf(f.op), length, options);
  }

  /**
   * The operator over `pieces` vectors of `size` elements each, cut from one and joined again: short vectors, which only the
   * remainder of a kernel sees.
   *
   * @throws OnnxError RUNTIME_FAILED
   */
  static async inPieces(f: Certifiable, size: number, pieces: number, options: EngineOptions): Promise<Kernel> {
    const names = Array.from({ length: pieces }, (_, i) => `x${i}`);
    const results = names.map((name) => `y${name}`);
    const nodes = [
      nodeProto('Split', ['x'], names, { axis: { i: 0 }, num_outputs: { i: pieces } }),
      ...names.map((name, i) => nodeProto(f.op, [name], [results[i]!], f.attributes)),
      nodeProto('Concat', results, ['y'], { axis: { i: 0 } }),
    ];
    return Kernel.#load(nodes, opsetOf(f.op), size * pieces, options);
  }

  /**
   * The function's twin over one vector.
   *
   * @throws OnnxError RUNTIME_FAILED
   */
  static async ofTwin(twin: string, length: number, options: EngineOptions): Promise<Kernel> {
    const axes = { dtype: DTYPE.int64, dims: [1], data: bytesOf(BigInt64Array.of(1n)) };
    const nodes = [
      nodeProto('Unsqueeze', ['x', 'axes'], ['column']),
      nodeProto(twin, ['column', 'axes'], ['y'], { keepdims: { i: 0 } }),
    ];
    return Kernel.#load(nodes, 18, length, options, [tensorProto('axes', axes)]);
  }

  static async #load(nodes: NodeProto[], opset: number, length: number, options: EngineOptions, initializers: TensorProto[] = []): Promise<Kernel> {
    const type = { dtype: DTYPE.float32, dims: [length] };
    const model = modelBytes({ nodes, initializers, inputs: [valueInfo('x', type)], outputs: [valueInfo('y', type)] }, opset);
    return new Kernel(await loadEngine(model, options), length);
  }

  /** @param x bits of `length` inputs @returns bits of the outputs, NaNs canonical  @throws OnnxError RUNTIME_FAILED */
  async run(x: Uint32Array): Promise<Uint32Array> {
    const y = (await this.engine.run(new Map([['x', { dtype: DTYPE.float32, dims: [this.length], data: bytesOf(x) }]]))).get('y')!.data;
    return new Uint32Array(y.buffer, y.byteOffset, y.length / 4);
  }

  async close(): Promise<void> {
    await this.engine.release();
  }
}

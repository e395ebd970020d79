import { dataRoot } from '../merkle/index.js';
import type { Materials } from '../jobs/index.js';
import { DTYPE, elementCount, float32, int64, KIND, type Attribute, type Operand, type Program, type ProgramNode, type Tensor, type TensorType } from '../onnx/index.js';

/** An operand of a sample: data that arrives with the job, or a weight, which runtimes pack beforehand; undefined: absent. */
export type SampleOperand = { readonly tensor: Tensor; readonly weight: boolean } | undefined;

/** One node on its own, with everything that it reads. */
export interface Sample {
  readonly op: string;
  readonly attributes: readonly Attribute[];
  readonly operands: readonly SampleOperand[];
  readonly outputs: readonly TensorType[];
}

/** Data of a job. */
export function given(tensor: Tensor): SampleOperand {
  return { tensor, weight: false };
}

/** A weight of the model. */
export function weight(tensor: Tensor): SampleOperand {
  return { tensor, weight: true };
}

/** A row-major type. */
export function typed(dims: readonly number[], dtype: number = DTYPE.float32): TensorType {
  return { dtype, dims, layout: 0 };
}

/** An attribute of integers, or of float32s where `floats`. */
export function attribute(name: string, values: readonly number[], floats = false): Attribute {
  return floats ? { name, floats: values.map(Math.fround) } : { name, ints: values };
}

/** Samples as one program, a node each, every VALUE an output. */
export function materialsOf(samples: readonly Sample[]): Materials {
  const inputs: Tensor[] = [];
  const weights: Tensor[] = [];
  const nodes: ProgramNode[] = [];
  let first = 0;
  for (const { op, attributes, operands, outputs } of samples) {
    const reads = operands.map((operand): Operand => {
      if (operand === undefined) return { kind: KIND.none, index: 0 };
      const list = operand.weight ? weights : inputs;
      list.push(operand.tensor);
      return { kind: operand.weight ? KIND.weight : KIND.input, index: list.length - 1, type: typed(operand.tensor.dims, operand.tensor.dtype) };
    });
    nodes.push({ op, attributes, inputs: reads, first, outputs });
    first += outputs.length;
  }
  const types = (list: readonly Tensor[]): TensorType[] => list.map((t) => typed(t.dims, t.dtype));
  const outputs = samples.flatMap((s) => s.outputs).map((type, index): Operand => ({ kind: KIND.value, index, type }));
  const program: Program = { inputs: types(inputs), weights: types(weights), outputs, values: first, nodes };
  const bytes = (list: readonly Tensor[]): Uint8Array[] => list.map((t) => t.data);
  return { program, inputs: bytes(inputs), inputRoots: bytes(inputs).map(dataRoot), weights: bytes(weights), weightRoots: bytes(weights).map(dataRoot) };
}

/** Seeded tensors for samples. */
export class Values {
  readonly #random: () => number;

  /** @param random numbers in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  #fill<A extends { [i: number]: number }>(array: A, count: number, value: () => number): A {
    for (let i = 0; i < count; i++) array[i] = value();
    return array;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** float32 between −scale and scale. */
  floats(dims: readonly number[], scale = 2): Tensor {
    const n = elementCount(dims);
    return float32(dims, this.#fill(new Float32Array(n), n, () => scale * (2 * this.#random() - 1)));
  }

  /** float32 between `least` and `most`. */
  between(dims: readonly number[], least: number, most: number): Tensor {
    const n = elementCount(dims);
    return float32(dims, this.#fill(new Float32Array(n), n, () => least + (most - least) * this.#random()));
  }

  /** Every binade of float32 as often as every other, half of them near one, with zeros; `first` in front. No NaN, no infinity. */
  binades(count: number, first: readonly number[] = []): Tensor {
    const bits = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const exponent = i % 2 === 0 ? this.#below(255) : 112 + this.#below(24);
      bits[i] = ((this.#below(2) << 31) | (exponent << 23) | this.#below(2 ** 23)) >>> 0;
    }
    const values = new Float32Array(bits.buffer);
    values.set([0, -0, 1, -1, ...first].slice(0, count));
    return float32([count], values);
  }

  /** uint8 or int8: half of the elements at the limits of the dtype, the first `largest` of each row at its largest. */
  bytes(dims: readonly number[], dtype: number, largest = 0): Tensor {
    const [low, high] = dtype === DTYPE.int8 ? [-128, 127] : [0, 255];
    const n = elementCount(dims);
    const row = dims.at(-1) ?? 1;
    const data = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const inner = low + this.#below(256);
      data[i] = i % row < largest ? high : this.#below(2) === 0 ? inner : this.#below(4) === 0 ? low : high;
    }
    return { dtype, dims, data };
  }

  /** int64 in [least, most). */
  integers(dims: readonly number[], least: number, most: number): Tensor {
    return int64(dims, Array.from({ length: elementCount(dims) }, () => least + this.#below(most - least)));
  }

  /** int32 in [−range, range]. */
  int32(dims: readonly number[], range: number): Tensor {
    const n = elementCount(dims);
    const values = this.#fill(new Int32Array(n), n, () => this.#below(2 * range + 1) - range);
    return { dtype: DTYPE.int32, dims, data: new Uint8Array(values.buffer) };
  }

  /** Booleans. */
  bools(dims: readonly number[]): Tensor {
    const n = elementCount(dims);
    return { dtype: DTYPE.bool, dims, data: this.#fill(new Uint8Array(n), n, () => this.#below(2)) };
  }
}

/** One number of a dtype of one byte. */
export function byteOf(value: number, dtype: number): Tensor {
  return { dtype, dims: [], data: Uint8Array.of(value & 255) };
}

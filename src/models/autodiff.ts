import { elementCount, float32, int64 } from '../onnx/index.js';
import { broadcastDims, GraphBuilder, type Value } from './builder.js';

/** Gradient of a result with respect to one operand, from that of the loss with respect to the result. */
type Gradient = (d: Value, y: Value) => Value;

interface Step {
  readonly y: Value;
  readonly operands: readonly Value[];
  readonly gradients: readonly Gradient[];
}

/**
 * Reverse-mode differentiation that emits ordinary ONNX nodes: whatever is computed from a tracked value is remembered, and
 * {@link Tape.gradients} writes the backward pass behind it, in the same graph.
 */
export class Tape extends GraphBuilder {
  readonly #tracked = new Set<string>();
  readonly #steps: Step[] = [];

  /** Marks a value as one whose gradient will be asked for. */
  track(x: Value): Value {
    this.#tracked.add(x.name);
    return x;
  }

  add(a: Value, b: Value): Value {
    return this.#record(this.broadcast('Add', [a, b]), [a, b], [(d) => d, (d) => d]);
  }

  sub(a: Value, b: Value): Value {
    return this.#record(this.broadcast('Sub', [a, b]), [a, b], [(d) => d, (d) => this.op('Neg', [d], d.dims)]);
  }

  mul(a: Value, b: Value): Value {
    return this.#record(this.broadcast('Mul', [a, b]), [a, b], [(d) => this.broadcast('Mul', [d, b]), (d) => this.broadcast('Mul', [d, a])]);
  }

  /** y = a / b; dy/db = −y / b. */
  div(a: Value, b: Value): Value {
    const byDivisor: Gradient = (d, y) => this.op('Neg', [this.broadcast('Div', [this.broadcast('Mul', [d, y]), b])], y.dims);
    return this.#record(this.broadcast('Div', [a, b]), [a, b], [(d) => this.broadcast('Div', [d, b]), byDivisor]);
  }

  scale(a: Value, factor: number): Value {
    return this.mul(a, this.scalar(factor));
  }

  /** dy/dx = 1 / 2y. */
  sqrt(x: Value): Value {
    const gradient: Gradient = (d, y) => this.op('Div', [this.broadcast('Mul', [d, this.scalar(0.5)]), y], x.dims);
    return this.#record(this.op('Sqrt', [x], x.dims), [x], [gradient]);
  }

  /** dy/dx = 2/√π · e^(−x²). */
  erf(x: Value): Value {
    const gradient: Gradient = (d) => {
      const bell = this.op('Exp', [this.op('Neg', [this.op('Mul', [x, x], x.dims)], x.dims)], x.dims);
      return this.op('Mul', [d, this.broadcast('Mul', [bell, this.scalar(2 / Math.sqrt(Math.PI))])], x.dims);
    };
    return this.#record(this.op('Erf', [x], x.dims), [x], [gradient]);
  }

  /** Products of the last two axes; the axes before them broadcast. */
  matmul(a: Value, b: Value): Value {
    return this.#record(this.#product(a, b), [a, b], [(d) => this.#product(d, this.#swapped(b)), (d) => this.#product(this.#swapped(a), d)]);
  }

  transpose(x: Value, perm: readonly number[]): Value {
    const back = perm.map((_, i) => perm.indexOf(i));
    return this.#record(this.#permuted(x, perm), [x], [(d) => this.#permuted(d, back)]);
  }

  reshape(x: Value, dims: readonly number[]): Value {
    return this.#record(this.shaped(x, dims), [x], [(d) => this.shaped(d, x.dims)]);
  }

  /** Mean over the last axis, kept with extent 1. */
  mean(x: Value): Value {
    const gradient: Gradient = (d) => this.#expanded(this.broadcast('Mul', [d, this.scalar(1 / x.dims.at(-1)!)]), x.dims);
    return this.#record(this.reduced('ReduceMean', x), [x], [gradient]);
  }

  /** Over the last axis; dx = (d − Σ d·y)·y. */
  softmax(x: Value): Value {
    const gradient: Gradient = (d, y) => {
      const centre = this.reduced('ReduceSum', this.op('Mul', [d, y], y.dims));
      return this.op('Mul', [this.broadcast('Sub', [d, centre]), y], y.dims);
    };
    return this.#record(this.op('Softmax', [x], x.dims, { attributes: { axis: { i: -1 } } }), [x], [gradient]);
  }

  /**
   * Mean cross-entropy of logits [n, classes] against one-hot targets [n, classes]: ln Σe^(z−max) − (z−max)·target, whose
   * logarithm is of a number ≥ 1. Its gradient is (softmax − target) / n.
   */
  crossEntropy(logits: Value, target: Value): Value {
    const [n = 1] = logits.dims;
    const shifted = this.broadcast('Sub', [logits, this.reduced('ReduceMax', logits)]);
    const powers = this.op('Exp', [shifted], logits.dims);
    const total = this.reduced('ReduceSum', powers);
    const right = this.reduced('ReduceSum', this.op('Mul', [shifted, target], logits.dims));
    const each = this.op('Sub', [this.op('Log', [total], total.dims), right], total.dims);
    const loss = this.reduced('ReduceMean', this.shaped(each, [n]));
    const gradient: Gradient = (d) => {
      const wrong = this.op('Sub', [this.broadcast('Div', [powers, total]), target], logits.dims);
      return this.broadcast('Mul', [wrong, this.op('Mul', [d, this.scalar(1 / n)], d.dims)]);
    };
    return this.#record(loss, [logits], [gradient]);
  }

  /** Appends the backward pass of a loss of one element and returns its gradient with respect to each tracked value. */
  gradients(loss: Value, of: readonly Value[]): Value[] {
    const found = new Map([[loss.name, this.constant(float32(loss.dims, [1]))]]);
    for (const { y, operands, gradients } of this.#steps.toReversed()) {
      const d = found.get(y.name);
      if (d === undefined) continue; // the loss does not depend on it
      operands.forEach((x, k) => {
        if (!this.#tracked.has(x.name)) return;
        const part = this.#summedTo(gradients[k]!(d, y), x.dims);
        const before = found.get(x.name);
        found.set(x.name, before === undefined ? part : this.op('Add', [before, part], x.dims));
      });
    }
    return of.map((x) => found.get(x.name) ?? fail(`the loss does not depend on ${x.name}`));
  }

  #record(y: Value, operands: readonly Value[], gradients: readonly Gradient[]): Value {
    if (!operands.some((x) => this.#tracked.has(x.name))) return y;
    this.#steps.push({ y, operands, gradients });
    return this.track(y);
  }

  #product(a: Value, b: Value): Value {
    const batch = broadcastDims([a.dims.slice(0, -2), b.dims.slice(0, -2)]);
    return this.op('MatMul', [a, b], [...batch, a.dims.at(-2)!, b.dims.at(-1)!]);
  }

  #swapped(x: Value): Value {
    const last = x.dims.length - 1;
    return this.#permuted(x, x.dims.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i)));
  }

  #permuted(x: Value, perm: readonly number[]): Value {
    return this.op('Transpose', [x], perm.map((i) => x.dims[i]!), { attributes: { perm: { ints: perm } } });
  }

  #expanded(x: Value, dims: readonly number[]): Value {
    return this.op('Expand', [x, this.constant(int64([dims.length], dims))], dims);
  }

  /** What broadcasting spread is summed up again. */
  #summedTo(d: Value, dims: readonly number[]): Value {
    const lead = d.dims.length - dims.length;
    const axes = d.dims.map((_, i) => i).filter((i) => (dims[i - lead] ?? 1) === 1 && d.dims[i] !== 1);
    const sum = axes.length === 0 ? d : this.reduced('ReduceSum', d, axes);
    if (elementCount(sum.dims) !== elementCount(dims)) throw new Error(`a gradient of [${d.dims.join()}] does not fit [${dims.join()}]`);
    return sum.dims.length === dims.length ? sum : this.shaped(sum, dims);
  }
}

function fail(why: string): never {
  throw new Error(why);
}

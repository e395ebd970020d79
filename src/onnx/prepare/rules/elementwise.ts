import { bytesOf, DTYPE, numbers, type Tensor } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

const FLOAT_MAX = 3.4028234663852886e38;

/** Exponents that the referee judges; others must be written as exp and log. */
const EXPONENTS: readonly number[] = [2, 3, 0.5, -1, -0.5];

/** Operators whose operands and result need no rewriting. */
const PLAIN = [
  'Add', 'Sub', 'Mul', 'Div', 'And', 'Or', 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Where', 'PRelu',
  'Relu', 'Sigmoid', 'Tanh', 'Erf', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Abs', 'Neg', 'Floor', 'Ceil', 'Round', 'Sign', 'Not',
  'HardSwish', 'Softplus',
];

const plain: Rule = (c) => c.emit(c.op, c.inputs, [c.output]);

/** Elementwise operators. Changes of spelling only: every one keeps its bits. */
export const elementwise: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(PLAIN.map((op) => [op, plain])),
  Identity: (c) => c.removeAs(c.input(0), 'removed'),
  Dropout(c) {
    if (c.constantNumbers(2, 'training_mode')?.[0]) c.refuse('training mode');
    if (c.reads(1)) c.refuse('its mask is read');
    c.removeAs(c.input(0), 'removed');
  },
  Max: (c) => chain(c, 'Max'),
  Min: (c) => chain(c, 'Min'),
  Sum: (c) => chain(c, 'Add'),
  Mean: (c) => (c.inputs.length === 1 ? c.removeAs(c.input(0), 'of one operand, removed') : c.refuse('of several operands is Add, Mul')),
  LeakyRelu: (c) => c.emit(c.op, c.inputs, [c.output], { alpha: { f: c.float('alpha', 0.01) } }),
  HardSigmoid: (c) =>
    c.emit(c.op, c.inputs, [c.output], { alpha: { f: c.float('alpha', 0.2) }, beta: { f: c.float('beta', 0.5) } }),
  Gelu: (c) => c.emit(c.op, c.inputs, [c.output], { approximate: { s: c.text('approximate', 'none') } }),
  Cast(c) {
    if (c.type(c.output).dtype === c.type(c.input(0)).dtype) c.removeAs(c.input(0), 'to its own type, removed');
    else c.emit('Cast', [c.input(0)], [c.output]);
  },
  Pow(c) {
    const exponent = c.constant(1) ?? c.refuse('the exponent is computed; it must be constant');
    if (c.type(c.input(0)).dtype !== DTYPE.float32) c.refuse('only float32');
    const values = numbers(exponent); // whole exponents are float32s too
    const value = values[0];
    if (value === undefined || values.some((v) => v !== value) || !EXPONENTS.includes(value))
      return c.refuse(`exponent ${values.slice(0, 3).join(', ')}; the referee judges ${EXPONENTS.join(', ')}`);
    if (exponent.dims.length > c.dims.length) return c.refuse('the exponent has more axes than the base');
    c.note('exponent as attribute');
    c.emit('Pow', [c.input(0)], [c.output], { exponent: { f: value } });
  },
  Clip(c) {
    if (c.type(c.input(0)).dtype !== DTYPE.float32) return clipIntegers(c);
    const computed = [1, 2].some((k) => (c.inputs[k] ?? '') !== '' && c.constant(k) === undefined);
    if (computed) return clipByComparing(c);
    const limit = (k: number, name: string, otherwise: number): number =>
      c.attributes[name]?.f ?? c.constantNumbers(k, name)?.[0] ?? otherwise;
    if (c.opset >= 11) c.note('limits as attributes');
    c.emit('Clip', [c.input(0)], [c.output], { max: { f: limit(2, 'max', FLOAT_MAX) }, min: { f: limit(1, 'min', -FLOAT_MAX) } });
  },
};

/** Clip of integers: Max with the lower limit, then Min with the upper one; of bytes as int32, because ONNX Runtime has no Max of bytes. */
function clipIntegers(c: Context): void {
  const type = c.type(c.input(0));
  const { dtype } = type;
  if (dtype === DTYPE.bool || dtype === DTYPE.float16 || dtype === DTYPE.bfloat16) c.refuse('only float32 and integers');
  c.note('integers as Max, Min');
  const wide = dtype === DTYPE.int64 ? DTYPE.int64 : DTYPE.int32;
  const widened = (name: string): string => {
    if (wide === dtype) return name;
    const constant = c.builder.constants.get(name);
    if (constant !== undefined) return c.newConstant(asInt32(constant));
    const out = c.fresh({ dtype: wide, dims: c.type(name).dims });
    c.emit('Cast', [name], [out]);
    return out;
  };
  const steps = [['Max', 1], ['Min', 2]] as const;
  const limited = steps.filter(([, k]) => (c.inputs[k] ?? '') !== '');
  if (limited.length === 0) return c.removeAs(c.input(0), 'without limits, removed');
  let x = widened(c.input(0));
  limited.forEach(([op, k], i) => {
    const out = i === limited.length - 1 && wide === dtype ? c.output : c.fresh({ dtype: wide, dims: type.dims });
    c.emit(op, [x, widened(c.input(k))], [out]);
    x = out;
  });
  if (wide !== dtype) c.emit('Cast', [x], [c.output]);
}

function asInt32(t: Tensor): Tensor {
  return { dtype: DTYPE.int32, dims: t.dims, data: bytesOf(Int32Array.from(numbers(t))) };
}

/** Operators of n operands become chains of two, left to right: the order in which ONNX Runtime adds. */
function chain(c: Context, op: string): void {
  if (c.inputs.length === 1) return c.removeAs(c.input(0), 'of one operand, removed');
  if (c.inputs.length > 2) c.note(`chain of ${op}`);
  let result = c.input(0);
  for (let k = 1; k < c.inputs.length; k++) {
    const last = k === c.inputs.length - 1;
    const dims = broadcast(c.type(result).dims, c.type(c.input(k)).dims);
    const out = last ? c.output : c.fresh({ dtype: c.type(c.output).dtype, dims });
    c.emit(op, [result, c.input(k)], [out]);
    result = out;
  }
}

/** Clip of integers, or with a limit that another node computes: Max with the lower, then Min with the upper one. */
function clipByComparing(c: Context): void {
  c.note('as Max, Min');
  const unlimited = (k: number, value: number): boolean =>
    (c.inputs[k] ?? '') === '' || c.constantNumbersOrNone(k)?.[0] === value;
  let x = c.input(0);
  const low = !unlimited(1, -Infinity);
  const high = !unlimited(2, Infinity);
  if (!low && !high) return c.removeAs(x, 'without limits, removed');
  if (low) {
    const out = high ? c.fresh(c.type(x)) : c.output;
    c.emit('Max', [x, c.input(1)], [out]);
    x = out;
  }
  if (high) c.emit('Min', [x, c.input(2)], [c.output]);
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (d: readonly number[], i: number): number => d[i - rank + d.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => Math.max(at(a, i), at(b, i)));
}

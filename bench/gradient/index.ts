// Reverse-mode differentiation of a program: how an objective answers to every element of every VALUE.
import { DTYPE, floats, KIND, type Operand, type Program, type Tensor } from '../../src/onnx/index.js';
import { CONTRACTIONS } from './contract.js';
import { ELEMENTWISE } from './elementwise.js';
import { MOVEMENT } from './movement.js';
import { REDUCTIONS } from './reduce.js';
import { unknown, type Rule } from './rule.js';

/** Rules by operator. */
export const RULES: Readonly<Record<string, Rule>> = { ...ELEMENTWISE, ...CONTRACTIONS, ...REDUCTIONS, ...MOVEMENT };

/** A run of a program whose VALUEs are all known. */
export interface Run {
  readonly program: Program;
  /** row-major */
  readonly weights: readonly Tensor[];
  /** row-major */
  readonly inputs: readonly Tensor[];
  /** every VALUE, row-major */
  readonly values: ReadonlyMap<number, Tensor>;
}

/**
 * Gradients of an objective with respect to every VALUE of float32 that it depends on, row-major. Sums are float64, results
 * float32. Integers and truth values carry no gradient: a step elsewhere than where it is has no derivative.
 *
 * @param seeds gradients of the objective with respect to the VALUEs that it reads
 * @throws AssayError GRADIENT_UNKNOWN for an operator, or a form of one, that has no rule
 */
export async function gradients(run: Run, seeds: ReadonlyMap<number, Float64Array>): Promise<Map<number, Float32Array>> {
  const open = new Map<number, Float64Array>([...seeds].map(([v, d]) => [v, Float64Array.from(d)] as const));
  const done = new Map<number, Float32Array>();
  const tensorOf = (o: Operand): Tensor | undefined =>
    o.kind === KIND.none ? undefined : o.kind === KIND.input ? run.inputs[o.index] : o.kind === KIND.weight ? run.weights[o.index] : run.values.get(o.index);
  const numbersOf = (t: Tensor | undefined): Float32Array => (t?.dtype === DTYPE.float32 ? floats(t) : new Float32Array());
  for (const node of run.program.nodes.toReversed()) {
    const slots = node.outputs.map((_, k) => node.first + k);
    if (!slots.some((v) => open.has(v))) continue; // the objective does not depend on it
    const y = slots.map((v) => numbersOf(run.values.get(v)));
    const d = slots.map((v, k) => open.get(v) ?? new Float64Array(y[k]!.length));
    slots.forEach((v, k) => {
      open.delete(v);
      done.set(v, Float32Array.from(d[k]!));
    });
    const wanted = node.inputs.map((o) => o.kind === KIND.value && o.type!.dtype === DTYPE.float32);
    if (!wanted.includes(true)) continue;
    const rule = RULES[node.op];
    if (rule === undefined) throw unknown(node, '');
    const operands = node.inputs.map(tensorOf);
    const found = await rule({ node, operands, x: operands.map(numbersOf), y, d, wanted });
    node.inputs.forEach((o, k) => {
      const part = wanted[k] ? found[k] : undefined;
      if (part === undefined) return;
      const before = open.get(o.index);
      if (before === undefined) open.set(o.index, part);
      else part.forEach((g, e) => (before[e]! += g));
    });
  }
  return done;
}

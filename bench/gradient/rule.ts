// What a rule of differentiation is given and gives.
import type { ProgramNode, Tensor } from '../../src/onnx/index.js';
import { AssayError } from '../../src/errors.js';

/** A node on numbers, and the gradients of the objective with respect to its float32 outputs. */
export interface Step {
  readonly node: ProgramNode;
  /** operands, row-major; undefined where absent */
  readonly operands: readonly (Tensor | undefined)[];
  /** operands that are float32 as numbers; empty otherwise */
  readonly x: readonly Float32Array[];
  /** outputs that are float32 as numbers; empty otherwise */
  readonly y: readonly Float32Array[];
  /** gradients of outputs; zeros where the objective does not depend on one */
  readonly d: readonly Float64Array[];
  /** which operands' gradients are asked for: those that are VALUEs of float32 */
  readonly wanted: readonly boolean[];
}

/** Gradients with respect to the wanted operands; an operand without an entry has a constant influence. */
export type Rule = (s: Step) => Gradients | Promise<Gradients>;
export type Gradients = readonly (Float64Array | undefined)[];

/**
 * For every element of a tensor the element of another that numpy broadcasts to it.
 *
 * @param dims extents of the larger tensor
 * @param small extents of the one that is broadcast, of at most the same rank
 */
export function broadcastPlaces(dims: readonly number[], small: readonly number[]): Int32Array {
  const rank = dims.length;
  const skip = rank - small.length;
  const steps = new Array<number>(rank).fill(0);
  for (let i = small.length - 1, step = 1; i >= 0; i--) {
    if (small[i] !== 1) steps[skip + i] = step;
    step *= small[i]!;
  }
  const places = new Int32Array(dims.reduce((a, b) => a * b, 1));
  const at = new Array<number>(rank).fill(0);
  let place = 0;
  for (let e = 0; e < places.length; e++) {
    places[e] = place;
    for (let i = rank - 1; i >= 0; i--) {
      place += steps[i]!;
      if (++at[i]! < dims[i]!) break;
      place -= at[i]! * steps[i]!;
      at[i] = 0;
    }
  }
  return places;
}

/** A form of an operator that no rule covers: the gradient does not exist here, and nothing may take it for zero. */
export function unknown(node: ProgramNode, why: string): AssayError {
  return new AssayError('GRADIENT_UNKNOWN', `no gradient of ${node.op}${why}`, { hint: 'Add its rule to bench/gradient, with a case in gradient.test.ts.' });
}

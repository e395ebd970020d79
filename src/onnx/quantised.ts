import type { Program } from './program.js';
import { DTYPE } from './tensor.js';

const REAL: readonly number[] = [DTYPE.float32, DTYPE.float16, DTYPE.bfloat16];
const NARROW: readonly number[] = [DTYPE.int8, DTYPE.uint8];
const STEPS: ReadonlySet<string> = new Set(['QuantizeLinear', 'QLinearConv', 'QLinearMatMul']);

/**
 * Whether a program steps from real numbers to few integers, as the chain decides it (`quantises` of chain/program): no
 * tolerance on its outputs can follow one step, so its jobs have none and commit their trace at once.
 */
export function isQuantised(program: Program): boolean {
  return program.nodes.some(({ op, inputs, outputs }) => {
    if (op !== 'Cast') return STEPS.has(op);
    return REAL.includes(inputs[0]?.type?.dtype ?? 0) && NARROW.includes(outputs[0]!.dtype);
  });
}

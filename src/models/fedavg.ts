import { DTYPE } from '../onnx/index.js';
import { Tape } from './autodiff.js';

/**
 * Federated averaging (McMahan et al., 2017): base + Σ (countₖ / Σ counts) · updateₖ, added from left to right, so that every
 * machine gets the same bits. Inputs: base and update.0 … float32 [length], counts int64 [clients]; output: average.
 *
 * @param clients number of updates
 */
export function federatedAverage(clients: number, length: number): Uint8Array {
  const g = new Tape();
  const base = g.input('base', [length]);
  const updates = Array.from({ length: clients }, (_, k) => g.input(`update.${k}`, [length]));
  const counts = g.input('counts', [clients], DTYPE.int64);
  const counted = g.op('Cast', [counts], counts.dims, { attributes: { to: { i: DTYPE.float32 } }, dtype: DTYPE.float32 });
  const shares = g.div(counted, g.reduced('ReduceSum', counted)); // sums below 2²⁴ are exact
  const parts = updates.map((update, k) => g.mul(update, g.section(shares, k, [1])));
  g.output('average', g.add(base, parts.reduce((sum, part) => g.add(sum, part))));
  return g.bytes();
}

import { uniform } from '../onnx/prepare/samples.js';
import { int64, type Tensor } from '../onnx/index.js';
import type { Batch } from './training.js';

/**
 * A labelled batch from a seed, in a language small enough to learn: each token is 5 · the one before + 7, modulo the
 * vocabulary. Returns tokens and targets, int64 [sequences, length]; targets are one place ahead.
 */
export function labelledBatch(vocabulary: number, { sequences, length }: Batch, seed: number): [tokens: Tensor, targets: Tensor] {
  const random = uniform(seed);
  const tokens: number[] = [];
  const targets: number[] = [];
  for (let s = 0; s < sequences; s++) {
    let token = Math.floor(random() * vocabulary);
    for (let t = 0; t < length; t++) {
      tokens.push(token);
      token = (5 * token + 7) % vocabulary;
      targets.push(token);
    }
  }
  return [int64([sequences, length], tokens), int64([sequences, length], targets)];
}

import { CHUNK_BYTES } from '../src/merkle/index.js';
import { elementBytes, type TensorType } from '../src/onnx/index.js';
import { elementsOf } from './compare.js';

/** An element that differs from one's own. */
export interface Difference {
  /** place in memory, in elements */
  readonly at: number;
  /** |difference| over the own element's size beside its neighbours'; Infinity where one of them is not finite */
  readonly weight: number;
}

/** The elements of a piece of a tensor that differ most from one's own, heaviest first. @param most how many */
export function mostDifferent(dtype: number, theirs: Uint8Array, own: Uint8Array, most: number): Difference[] {
  if (Buffer.compare(theirs, own) === 0) return [];
  const a = elementsOf(dtype, theirs);
  const b = elementsOf(dtype, own);
  let sum = 0;
  for (let i = 0; i < b.length; i++) if (Number.isFinite(b[i])) sum += b[i]! ** 2;
  // Beside its neighbours, so that a rounding of what is nearly zero does not outweigh all others.
  const typical = Math.sqrt(sum / Math.max(1, b.length));
  const found: Difference[] = [];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y) || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const weight = Number.isFinite(x) && Number.isFinite(y) ? Math.abs(x - y) / (Math.abs(y) + typical || 1) : Infinity;
    found.push({ at: i, weight });
  }
  return found.sort((p, q) => (p.weight === q.weight ? p.at - q.at : q.weight > p.weight ? 1 : -1)).slice(0, most);
}

/** Elements before a chunk of a tensor, in memory. */
export function elementsBefore(type: TensorType, chunk: number): number {
  return (chunk * CHUNK_BYTES) / elementBytes(type.dtype);
}

import { refuse } from '../errors.js';
import type { Replacement } from './replacement.js';

/**
 * RotaryEmbedding of X [B, heads, S, D], or [B, S, heads·D], with cosines and sines [positions, d/2] picked by position_ids
 * [B, S], or [B, S, d/2] without: (x1, x2) → (cos·x1 - sin·x2, sin·x1 + cos·x2) on the first d numbers of each head.
 */
export function rotaryByParts(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'RotaryEmbedding') return undefined;
  const [x = '', cosines = '', sines = '', positions = ''] = node.input;
  const dims = r.type(x).dims;
  const heads = r.attributes['num_heads']?.i ?? 0;
  if (dims.length !== 4 && heads < 1) refuse('REFUSED_ATTRIBUTE', 'RotaryEmbedding of rank 3 needs num_heads');
  const [batch = 1, , length = 1] = dims.length === 4 ? dims : [dims[0], 0, dims[1]];
  const size = dims.length === 4 ? dims[3]! : dims[2]! / heads;
  const stated = r.attributes['rotary_embedding_dim']?.i ?? 0;
  const rotated = stated === 0 ? size : stated;
  const half = rotated / 2;
  const shape = dims.length === 4 ? dims : [batch, length, heads, size];
  const lead = shape.slice(0, 3);
  const angles = (cache: string): string => {
    const picked = positions === '' ? cache : r.add('Gather', [cache, positions], { axis: { i: 0 } });
    return r.reshape(picked, dims.length === 4 ? [batch, 1, length, half] : [batch, length, 1, half]);
  };
  const cos = angles(cosines);
  const sin = angles(sines);
  const whole = dims.length === 4 ? x : r.reshape(x, shape);
  const [turning = whole, rest] = rotated === size ? [whole] : r.split(whole, 3, [rotated, size - rotated]);

  const interleaved = (r.attributes['interleaved']?.i ?? 0) === 1;
  const [a = '', b = ''] = interleaved
    ? r.split(r.reshape(turning, [...lead, half, 2]), 4, [1, 1]).map((part) => r.reshape(part, [...lead, half]))
    : r.split(turning, 3, [half, half]);
  const real = r.add('Sub', [r.add('Mul', [cos, a]), r.add('Mul', [sin, b])]);
  const imaginary = r.add('Add', [r.add('Mul', [sin, a]), r.add('Mul', [cos, b])]);
  const turned = interleaved
    ? r.reshape(r.add('Concat', [real, imaginary].map((part) => r.reshape(part, [...lead, half, 1])), { axis: { i: 4 } }), [...lead, rotated])
    : r.add('Concat', [real, imaginary], { axis: { i: 3 } });
  const all = rest === undefined ? turned : r.add('Concat', [turned, rest], { axis: { i: 3 } });
  r.reshape(all, dims, node.output[0]);
  return 'RotaryEmbedding: by parts';
}

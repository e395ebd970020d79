import { DTYPE } from '../../tensor.js';
import type { Context, Rule } from '../context.js';
import { joined, sliced } from './moves.js';

/** Pad of all modes. ONNX has `wrap` since opset 19 only, so it becomes Slice and Concat. */
export const padding: Readonly<Record<string, Rule>> = { Pad: (c) => pad(c) };

function pad(c: Context): void {
  const rank = c.dims.length;
  const stated = c.ints(1, 'pads') ?? c.refuse('pads are missing');
  const axes = (c.constantNumbers(3, 'axes') ?? c.dims.map((_, i) => i)).map((a) => c.axis(a));
  const pads = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, k) => {
    pads[axis] = stated[k]!;
    pads[rank + axis] = stated[axes.length + k]!;
  });
  if (pads.some((p) => p < 0)) c.refuse('negative pads; use Slice');
  const mode = c.text('mode', 'constant');
  if (mode === 'wrap') return wrap(c, pads);
  const value = mode === 'constant' ? (c.attributes['value']?.f ?? c.constantNumbers(2, 'value')?.[0] ?? 0) : 0;
  if (!Number.isFinite(value)) c.refuse(`value ${value}; an infinity in a tensor is a fault`);
  const { dtype } = c.type(c.input(0));
  if (dtype !== DTYPE.float32 && (!Number.isInteger(value) || Math.abs(value) > 2 ** 24 || Object.is(value, -0)))
    c.refuse(`the constant ${value}; integers of at most 24 bits are judged`);
  c.note('pads, value as attributes');
  c.emit('Pad', [c.input(0)], [c.output], { mode: { s: mode }, pads: { ints: pads }, value: { f: value } });
}

function wrap(c: Context, pads: readonly number[]): void {
  c.note('wrap as Slice, Concat');
  const last = c.dims.reduce((found, _, i) => (pads[i]! + pads[c.dims.length + i]! > 0 ? i : found), -1);
  if (last < 0) return c.removeAs(c.input(0), 'of nothing, removed');
  let x = c.input(0);
  c.dims.forEach((d, axis) => {
    const [before, after] = [pads[axis]!, pads[c.dims.length + axis]!];
    if (before + after === 0) return;
    const parts: string[] = [];
    for (let at = -before; at < d + after; ) {
      const start = ((at % d) + d) % d;
      const count = Math.min(d - start, d + after - at);
      parts.push(sliced(c, x, axis, start, count));
      at += count;
    }
    x = joined(c, parts, axis, axis === last ? c.output : undefined);
  });
}

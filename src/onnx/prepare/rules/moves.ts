// Moves in the normal form, for rules that are made of several: what moves nothing is left out, as it is when the record is
// prepared again.
import { elementCount, int64, sameDims } from '../../tensor.js';
import type { Context } from '../context.js';

/** x with other extents. Ends in `output` if given. */
export function reshaped(c: Context, x: string, dims: readonly number[], output?: string): string {
  const type = c.type(x);
  if (sameDims(type.dims, dims)) return output === undefined ? x : c.alias(output, x);
  const out = output ?? c.fresh({ dtype: type.dtype, dims });
  c.emit('Reshape', [x], [out]);
  return out;
}

/** x with its axes in another order. */
export function transposed(c: Context, x: string, perm: readonly number[], output?: string): string {
  const { dtype, dims } = c.type(x);
  const to = perm.map((axis) => dims[axis]!);
  const moved = perm.filter((axis) => dims[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis)) return reshaped(c, x, to, output);
  const out = output ?? c.fresh({ dtype, dims: to });
  c.emit('Transpose', [x], [out], { perm: { ints: perm } });
  return out;
}

/** `count` indices of one axis from `start` on, `step` apart. */
export function sliced(c: Context, x: string, axis: number, start: number, count: number, step = 1, output?: string): string {
  const { dtype, dims } = c.type(x);
  if (count === dims[axis] && start === 0 && (step === 1 || count === 1)) return output === undefined ? x : c.alias(output, x);
  const out = output ?? c.fresh({ dtype, dims: dims.map((d, i) => (i === axis ? count : d)) });
  const on = (value: number, other: number): number[] => dims.map((_, i) => (i === axis ? value : other));
  c.emit('Slice', [x], [out], { starts: { ints: on(start, 0) }, steps: { ints: on(count === 1 ? 1 : step, 1) } });
  return out;
}

/** Parts one after the other along an axis. */
export function joined(c: Context, parts: readonly string[], axis: number, output?: string): string {
  const [first] = parts;
  if (parts.length === 1) return output === undefined ? first! : c.alias(output, first!);
  const { dtype, dims } = c.type(first!);
  const sum = parts.reduce((total, x) => total + c.type(x).dims[axis]!, 0);
  const out = output ?? c.fresh({ dtype, dims: dims.map((d, i) => (i === axis ? sum : d)) });
  c.emit('Concat', parts, [out], { axis: { i: axis } });
  return out;
}

/** The elements of x along an axis that constant indices name, in their order. One index is a Slice, which reads no index. */
export function picked(c: Context, x: string, axis: number, indices: readonly number[], output?: string): string {
  if (indices.length === 1) return sliced(c, x, axis, indices[0]!, 1, 1, output);
  const { dtype, dims } = c.type(x);
  const out = output ?? c.fresh({ dtype, dims: dims.map((d, i) => (i === axis ? indices.length : d)) });
  c.emit('Gather', [x, c.newConstant(int64([indices.length], indices))], [out], { axis: { i: axis } });
  return out;
}

/** x as a matrix whose rows are the elements of its first `axes` axes. */
export function asRows(c: Context, x: string, axes: number): string {
  const { dims } = c.type(x);
  return reshaped(c, x, [elementCount(dims.slice(0, axes)), elementCount(dims.slice(axes))]);
}

/** Position in row-major order of an index whose coordinates may count from the end. Refuses what lies outside. */
export function ravel(c: Context, index: readonly number[], dims: readonly number[]): number {
  return index.reduce((position, stated, i) => {
    const d = dims[i]!;
    const at = stated < 0 ? stated + d : stated;
    if (at < 0 || at >= d) c.refuse(`index ${stated} of an axis of ${d}`);
    return position * d + at;
  }, 0);
}

import { elementCount, numbers, sameDims } from '../../tensor.js';
import { DTYPE } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

/** Operators that only move numbers. Shapes that operands determine are dropped; what moves nothing is removed. */
export const movement: Readonly<Record<string, Rule>> = {
  Reshape: (c) => reshape(c),
  Flatten: (c) => reshape(c),
  Squeeze: (c) => reshape(c),
  Unsqueeze: (c) => reshape(c),
  Expand(c) {
    if (sameDims(c.dims, c.outDims)) c.removeAs(c.input(0), 'to its own shape, removed');
    else c.emit('Expand', [c.input(0)], [c.output]);
  },
  Tile(c) {
    if (sameDims(c.dims, c.outDims)) c.removeAs(c.input(0), 'to its own shape, removed');
    else c.emit('Tile', [c.input(0)], [c.output]);
  },
  Transpose(c) {
    const perm = c.attributes['perm']?.ints ?? c.dims.map((_, i) => c.dims.length - 1 - i);
    const moved = perm.filter((axis) => c.dims[axis] !== 1);
    const stays = moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
    if (!stays) return c.emit('Transpose', [c.input(0)], [c.output], { perm: { ints: perm } });
    reshape(c, 'moves nothing');
  },
  Concat(c) {
    const live = c.inputs.filter((x) => elementCount(c.type(x).dims) > 0);
    if (live.length < c.inputs.length) c.note('empty operands dropped');
    const axis = c.axis(c.int('axis', 0), c.outDims.length);
    if (live.length === 1) c.removeAs(live[0]!, 'of one operand, removed');
    else c.emit('Concat', live, [c.output], { axis: { i: axis } });
  },
  Split(c) {
    c.note('sizes dropped');
    if (c.outputs.length === 1) return c.removeAs(c.input(0), 'into one, removed');
    c.emit('Split', [c.input(0)], c.outputs, { axis: { i: c.axis(c.int('axis', 0)) } });
  },
  Slice: (c) => slice(c),
  Pad: (c) => pad(c),
  Gather: (c) => gather(c),
};

function reshape(c: Context, why?: string): void {
  if (sameDims(c.dims, c.outDims)) return c.removeAs(c.input(0), `${why ?? 'to its own shape'}, removed`);
  if (c.op !== 'Reshape') c.note(why === undefined ? 'as Reshape' : `${why}, as Reshape`);
  c.emit('Reshape', [c.input(0)], [c.output]);
}

/** Starts and steps for every axis; ends follow from the output's extents. */
function slice(c: Context): void {
  const starts = c.ints(1, 'starts') ?? c.refuse('starts are missing');
  const axes = (c.ints(3, 'axes') ?? starts.map((_, i) => i)).map((a) => c.axis(a));
  const steps = c.constantNumbers(4, 'steps') ?? starts.map(() => 1);
  const fullStarts = c.dims.map(() => 0);
  const fullSteps = c.dims.map(() => 1);
  axes.forEach((axis, k) => {
    const extent = c.dims[axis]!;
    const start = starts[k]! < 0 ? starts[k]! + extent : starts[k]!;
    const highest = steps[k]! > 0 ? extent : extent - 1;
    fullStarts[axis] = Math.min(Math.max(start, 0), highest);
    fullSteps[axis] = c.outDims[axis] === 1 ? 1 : steps[k]!; // one element has no step
  });
  c.note('starts, steps as attributes');
  if (sameDims(c.dims, c.outDims) && fullSteps.every((s) => s === 1)) return c.removeAs(c.input(0), 'of everything, removed');
  c.emit('Slice', [c.input(0)], [c.output], { starts: { ints: fullStarts }, steps: { ints: fullSteps } });
}

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
  const value = c.attributes['value']?.f ?? c.constantNumbers(2, 'value')?.[0] ?? 0;
  if (c.text('mode', 'constant') === 'wrap') c.refuse('mode wrap; opset 18 has none');
  if (!Number.isFinite(value)) c.refuse(`value ${value}; an infinity in a tensor is a fault`);
  c.note('pads, value as attributes');
  c.emit('Pad', [c.input(0)], [c.output], { mode: { s: c.text('mode', 'constant') }, pads: { ints: pads }, value: { f: value } });
}

/** One constant index is a Slice, which reads no index tensor. */
function gather(c: Context): void {
  const axis = c.axis(c.int('axis', 0));
  const indices = c.constant(1);
  if (indices === undefined || elementCount(indices.dims) !== 1) {
    if (c.type(c.input(1)).dtype !== DTYPE.int64) c.refuse('indices must be int64');
    return c.emit('Gather', c.inputs, [c.output], { axis: { i: axis } });
  }
  c.note('of one constant index, as Slice');
  const stated = numbers(indices)[0]!;
  const index = stated < 0 ? stated + c.dims[axis]! : stated;
  const dims = c.dims.map((d, i) => (i === axis ? 1 : d));
  const same = sameDims(dims, c.outDims);
  const out = same ? c.output : c.fresh({ dtype: c.type(c.input(0)).dtype, dims });
  c.emit('Slice', [c.input(0)], [out], { starts: { ints: c.dims.map((_, i) => (i === axis ? index : 0)) }, steps: { ints: c.dims.map(() => 1) } });
  if (!same) c.emit('Reshape', [out], [c.output]);
}

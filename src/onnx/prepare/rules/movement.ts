import { elementCount, sameDims } from '../../tensor.js';
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

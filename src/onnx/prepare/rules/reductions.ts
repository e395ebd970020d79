import { DTYPE, elementCount, int64 } from '../../tensor.js';
import type { Context, Rule } from '../context.js';
import { sliced } from './moves.js';

/** Reductions, softmax and normalisations: axes non-negative and sorted, epsilon materialised. */
export const reductions: Readonly<Record<string, Rule>> = {
  ReduceSum: (c) => reduce(c),
  ReduceMean: (c) => reduce(c),
  ReduceMax: (c) => reduce(c),
  ReduceMin: (c) => reduce(c),
  ArgMax: (c) => arg(c),
  ArgMin: (c) => arg(c),
  Softmax: (c) => softmax(c),
  LogSoftmax: (c) => softmax(c),
  BatchNormalization(c) {
    if (c.int('training_mode', 0) !== 0 || c.int('spatial', 1) === 0) c.refuse('training mode');
    if ([1, 2, 3, 4].some((k) => c.reads(k))) c.refuse('its running statistics are read');
    if (c.attributes['momentum'] !== undefined) c.note('momentum dropped');
    c.emit(c.op, c.inputs, [c.output], { epsilon: { f: c.float('epsilon', 1e-5) } });
  },
  LayerNormalization(c) {
    if (c.reads(1) || c.reads(2)) c.refuse('its mean or deviation is read, of 16-bit floats');
    c.emit(c.op, c.inputs, [c.output], { axis: { i: c.axis(c.int('axis', -1)) }, epsilon: { f: c.float('epsilon', 1e-5) } });
  },
  InstanceNormalization: (c) => c.emit(c.op, c.inputs, [c.output], { epsilon: { f: c.float('epsilon', 1e-5) } }),
};

/** Axes that a reduction sums over: all of them when none are stated. */
export function reducedAxes(c: Context): number[] {
  const stated = c.ints(1, 'axes') ?? [];
  const axes = stated.length > 0 ? stated.map((a) => c.axis(a)) : c.dims.map((_, i) => i);
  return axes.sort((a, b) => a - b);
}

function reduce(c: Context): void {
  const stated = c.ints(1, 'axes') ?? [];
  if (stated.length === 0 && c.int('noop_with_empty_axes', 0) !== 0) return c.removeAs(c.input(0), 'of no axes, removed');
  const attributes = { axes: { ints: reducedAxes(c) }, keepdims: { i: c.int('keepdims', 1) } };
  if (c.type(c.input(0)).dtype !== DTYPE.bool) return c.emit(c.op, [c.input(0)], [c.output], attributes);
  // Opset 18 reduces no bools; as bytes their extremes are the same.
  c.note('bools as uint8');
  const before = c.fresh({ dtype: DTYPE.uint8, dims: c.dims });
  const after = c.fresh({ dtype: DTYPE.uint8, dims: c.outDims });
  c.emit('Cast', [c.input(0)], [before]);
  c.emit(c.op, [before], [after], attributes);
  c.emit('Cast', [after], [c.output]);
}

function arg(c: Context): void {
  const axis = c.axis(c.int('axis', 0));
  const attributes = { axis: { i: axis }, keepdims: { i: c.int('keepdims', 1) } };
  const extent = c.dims[axis]!;
  if (c.int('select_last_index', 0) === 0 || extent === 1) return c.emit(c.op, [c.input(0)], [c.output], attributes);
  c.note('last index: of the reversed axis, counted back');
  const first = c.fresh(c.type(c.output));
  c.emit(c.op, [sliced(c, c.input(0), axis, extent - 1, extent, -1)], [first], attributes);
  c.emit('Sub', [c.newConstant(int64([], [extent - 1])), first], [c.output]);
}

/** Before opset 13 softmax ran over all axes from `axis` on, flattened. */
function softmax(c: Context): void {
  const last = c.dims.length - 1;
  const axis = c.axis(c.int('axis', c.opset < 13 ? 1 : -1));
  if (c.opset >= 13 || axis === last) return c.emit(c.op, [c.input(0)], [c.output], { axis: { i: axis } });
  c.note('over several axes, reshaped');
  const { dtype } = c.type(c.input(0));
  const flat = { dtype, dims: [elementCount(c.dims.slice(0, axis)), elementCount(c.dims.slice(axis))] };
  const before = c.fresh(flat);
  const after = c.fresh(flat);
  c.emit('Reshape', [c.input(0)], [before]);
  c.emit(c.op, [before], [after], { axis: { i: 1 } });
  c.emit('Reshape', [after], [c.output]);
}

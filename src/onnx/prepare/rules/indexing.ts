import { DTYPE, elementCount, int64, numbers, tensorOf, type Tensor } from '../../tensor.js';
import type { Context, Rule } from '../context.js';
import { asRows, picked, ravel, reshaped, sliced } from './moves.js';

/** Operators that read where an index says. */
export const indexing: Readonly<Record<string, Rule>> = {
  Gather: (c) => gather(c),
  GatherElements(c) {
    c.emit('GatherElements', [c.input(0), indicesOf(c)], [c.output], { axis: { i: c.axis(c.int('axis', 0)) } });
  },
  GatherND: (c) => gatherND(c),
  OneHot: (c) => oneHot(c),
};

/** Operand k as int64. */
function wide(c: Context, k: number): string {
  const name = c.input(k);
  const { dtype, dims } = c.type(name);
  if (dtype === DTYPE.int64) return name;
  const constant = c.constant(k);
  if (constant !== undefined) return c.newConstant(int64(dims, numbers(constant).map(Math.trunc)));
  const out = c.fresh({ dtype: DTYPE.int64, dims });
  c.note('indices as int64');
  c.emit('Cast', [name], [out]);
  return out;
}

/** Operand 1 as int64 indices into another tensor: a proof opens what is read once, and its index from elsewhere. */
function indicesOf(c: Context): string {
  const name = wide(c, 1);
  return name === c.input(0) ? c.refuse(`of ${name} by itself: data and indices must be two tensors`) : name;
}

/** One constant index is a Slice, which reads no index tensor. */
function gather(c: Context): void {
  const axis = c.axis(c.int('axis', 0));
  const indices = c.constant(1);
  if (indices === undefined || elementCount(indices.dims) !== 1)
    return c.emit('Gather', [c.input(0), indicesOf(c)], [c.output], { axis: { i: axis } });
  c.note('of one constant index, as Slice');
  const index = ravel(c, [numbers(indices)[0]!], [c.dims[axis]!]);
  reshaped(c, sliced(c, c.input(0), axis, index, 1), c.outDims, c.output);
}

/** Rows of the data over the axes that an index names; an index of several coordinates becomes their position. */
function gatherND(c: Context): void {
  const { dims } = c.type(c.input(1));
  const depth = dims.at(-1) ?? 0;
  const batch = c.int('batch_dims', 0);
  const lead = dims.slice(0, -1);
  const constant = c.constant(1);
  if (constant !== undefined) {
    c.note('of constant indices, as Gather');
    const stated = numbers(constant);
    const groups = elementCount(dims.slice(0, batch));
    const perGroup = stated.length / depth / groups;
    const from = Array.from({ length: stated.length / depth }, (_, i) => {
      const own = stated.slice(i * depth, (i + 1) * depth);
      return Math.floor(i / perGroup) * elementCount(c.dims.slice(batch, batch + depth)) + ravel(c, own, c.dims.slice(batch));
    });
    return void reshaped(c, picked(c, asRows(c, c.input(0), batch + depth), 0, from), c.outDims, c.output);
  }
  if (batch !== 0) c.refuse('batch_dims with computed indices');
  const into = c.dims.slice(0, depth);
  let position = '';
  for (let k = 0; k < depth; k++) {
    const stride = elementCount(into.slice(k + 1));
    let at = reshaped(c, sliced(c, wide(c, 1), dims.length - 1, k, 1), lead);
    if (depth > 1) at = fromTheStart(c, at, into[k]!);
    if (stride !== 1) at = combined(c, 'Mul', at, c.newConstant(int64([], [stride])));
    position = k === 0 ? at : combined(c, 'Add', position, at);
  }
  c.note('as Gather');
  const rows = asRows(c, c.input(0), depth);
  const out = c.fresh({ dtype: c.type(rows).dtype, dims: [...lead, c.type(rows).dims[1]!] });
  c.emit('Gather', [rows, position], [out], { axis: { i: 0 } });
  reshaped(c, out, c.outDims, c.output);
}

/** x op y in the extents of x. */
function combined(c: Context, op: string, x: string, y: string): string {
  const out = c.fresh(c.type(x));
  c.emit(op, [x, y], [out]);
  return out;
}

/** Indices that count from the end, from the start. */
function fromTheStart(c: Context, x: string, extent: number): string {
  const { dims } = c.type(x);
  const negative = c.fresh({ dtype: DTYPE.bool, dims });
  c.emit('Less', [x, c.newConstant(int64([], [0]))], [negative]);
  const shifted = combined(c, 'Add', x, c.newConstant(int64([], [extent])));
  const out = c.fresh(c.type(x));
  c.emit('Where', [negative, shifted, x], [out]);
  return out;
}

/** Where the index, from either end, equals the place on the new axis: on, elsewhere off. */
function oneHot(c: Context): void {
  const depth = c.constantNumbers(1, 'depth')?.[0] ?? c.refuse('its depth is missing');
  const values = c.constant(2) ?? c.refuse('its values are computed; they must be constant');
  const axis = c.axis(c.int('axis', -1), c.outDims.length);
  c.note('as Equal, Where');
  const index = fromTheStart(c, wide(c, 0), depth);
  const spread = reshaped(c, index, c.outDims.map((d, i) => (i === axis ? 1 : d)));
  const places = int64(c.outDims.map((_, i) => (i === axis ? depth : 1)), Array.from({ length: depth }, (_, i) => i));
  const hot = c.fresh({ dtype: DTYPE.bool, dims: c.outDims });
  c.emit('Equal', [spread, c.newConstant(places)], [hot]);
  const [off, on] = [0, 1].map((i) => c.newConstant(element(values, i)));
  c.emit('Where', [hot, on!, off!], [c.output]);
}

function element(t: Tensor, i: number): Tensor {
  const size = t.data.length / elementCount(t.dims);
  return tensorOf({ dtype: t.dtype, dims: [] }, t.data.slice(i * size, (i + 1) * size));
}

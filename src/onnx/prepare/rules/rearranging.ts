import { elementCount } from '../../tensor.js';
import type { Context, Rule } from '../context.js';
import { asRows, picked, ravel, reshaped, transposed } from './moves.js';

/** Operators that move numbers about, as the moves that the referee knows. */
export const rearranging: Readonly<Record<string, Rule>> = {
  // constant ones fold, and ones whose extent follows from an input are refused before
  Range: (c) => c.refuse('it is not constant'),
  ConstantOfShape: (c) => c.refuse('it is not constant'),
  DepthToSpace(c) {
    const [n = 0, depth = 0, h = 0, w = 0] = c.dims;
    const b = c.int('blocksize', 1);
    const to = depth / (b * b);
    const crd = c.text('mode', 'DCR') === 'CRD';
    c.note('as Reshape, Transpose, Reshape');
    const blocks = reshaped(c, c.input(0), crd ? [n, to, b, b, h, w] : [n, b, b, to, h, w]);
    reshaped(c, transposed(c, blocks, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]), c.outDims, c.output);
  },
  SpaceToDepth(c) {
    const [n = 0, depth = 0, h = 0, w = 0] = c.dims;
    const b = c.int('blocksize', 1);
    c.note('as Reshape, Transpose, Reshape');
    const blocks = reshaped(c, c.input(0), [n, depth, h / b, b, w / b, b]);
    reshaped(c, transposed(c, blocks, [0, 3, 5, 1, 2, 4]), c.outDims, c.output);
  },
  ReverseSequence(c) {
    const lengths = c.constantNumbers(1, 'sequence_lens') ?? c.refuse('sequence_lens are missing');
    const time = c.int('time_axis', 0);
    const batch = c.int('batch_axis', 1);
    if (time + batch !== 1 || time * batch !== 0) c.refuse(`time_axis ${time} and batch_axis ${batch}; they are 0 and 1`);
    c.note('as Gather');
    const [rows = 0, columns = 0] = c.dims;
    const from: number[] = [];
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const [t, b] = time === 0 ? [i, j] : [j, i];
        const source = t < lengths[b]! ? lengths[b]! - 1 - t : t;
        from.push(time === 0 ? source * columns + b : b * columns + source);
      }
    reshaped(c, picked(c, asRows(c, c.input(0), 2), 0, from), c.outDims, c.output);
  },
  Compress(c) {
    const condition = c.constantNumbers(1, 'condition') ?? c.refuse('its condition is missing');
    const kept = condition.flatMap((v, i) => (v === 0 ? [] : [i]));
    const axis = c.attributes['axis']?.i;
    c.note('as Gather');
    if (axis === undefined) picked(c, reshaped(c, c.input(0), [elementCount(c.dims)]), 0, kept, c.output);
    else picked(c, c.input(0), c.axis(axis), kept, c.output);
  },
  ScatterND(c) {
    if (c.text('reduction', 'none') !== 'none') c.refuse('a reduction is not judged');
    const { dims } = c.type(c.input(1));
    const depth = dims.at(-1) ?? 0;
    const stated = c.constantNumbers(1, 'indices') ?? c.refuse('its indices are missing');
    const into = c.dims.slice(0, depth);
    overwrite(c, Array.from({ length: stated.length / depth }, (_, i) => ravel(c, stated.slice(i * depth, (i + 1) * depth), into)), depth);
  },
  ScatterElements: (c) => scatterElements(c),
  Scatter: (c) => scatterElements(c), // its name before opset 11
};

function scatterElements(c: Context): void {
  if (c.text('reduction', 'none') !== 'none') c.refuse('a reduction is not judged');
  const axis = c.axis(c.int('axis', 0));
  const { dims } = c.type(c.input(1));
  const stated = c.constantNumbers(1, 'indices') ?? c.refuse('its indices are missing');
  const places = stated.map((index, i) => {
    const at = unravel(i, dims);
    at[axis] = index;
    return ravel(c, at, c.dims);
  });
  overwrite(c, places, c.dims.length);
}

/** Rows of operand 0 (over its first `depth` axes) at these places become the rows of operand 2; the last write stands. */
function overwrite(c: Context, places: readonly number[], depth: number): void {
  c.note('of constant indices, as Concat, Gather');
  const data = asRows(c, c.input(0), depth);
  const { dtype, dims } = c.type(data);
  const [count = 0, width = 0] = dims;
  const from = Array.from({ length: count }, (_, i) => i);
  places.forEach((place, i) => {
    from[place] = count + i;
  });
  const both = c.fresh({ dtype, dims: [count + places.length, width] });
  c.emit('Concat', [data, reshaped(c, c.input(2), [places.length, width])], [both], { axis: { i: 0 } });
  reshaped(c, picked(c, both, 0, from), c.outDims, c.output);
}

/** Coordinates of a position in row-major order. */
function unravel(position: number, dims: readonly number[]): number[] {
  const at: number[] = [];
  for (const d of [...dims].reverse()) {
    at.unshift(position % d);
    position = Math.floor(position / d);
  }
  return at;
}

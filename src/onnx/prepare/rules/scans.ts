import { DTYPE } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

/** Operators along a line, and triangles: axes non-negative, constant operands as attributes. */
export const scans: Readonly<Record<string, Rule>> = {
  CumSum(c) {
    const axis = c.constantNumbers(1, 'axis')?.[0] ?? c.refuse('its axis is missing');
    demandDtype(c, DTYPE.float32, DTYPE.int32, DTYPE.int64);
    c.emit('CumSum', [c.input(0)], [c.output], {
      axis: { i: c.axis(axis) },
      exclusive: { i: c.int('exclusive', 0) },
      reverse: { i: c.int('reverse', 0) },
    });
  },
  TopK(c) {
    demandDtype(c, DTYPE.float32, DTYPE.int8, DTYPE.uint8, DTYPE.int32, DTYPE.int64);
    const largest = c.int('largest', 1);
    if (c.int('sorted', 1) !== 1) c.refuse('sorted 0'); // the prepared file sorts
    const [values, indices] = [c.outputs[0] ?? '', c.outputs[1] ?? ''];
    const { dims } = c.type(values === '' ? indices : values);
    const named = [values === '' ? c.fresh({ dtype: c.type(c.input(0)).dtype, dims }) : values, indices === '' ? c.fresh({ dtype: DTYPE.int64, dims }) : indices];
    c.emit('TopK', [c.input(0)], named, { axis: { i: c.axis(c.int('axis', -1)) }, largest: { i: largest } });
  },
  Trilu(c) {
    const k = c.constantNumbers(1, 'k')?.[0] ?? 0;
    c.emit('Trilu', [c.input(0)], [c.output], { k: { i: k }, upper: { i: c.int('upper', 1) } });
  },
};

function demandDtype(c: Context, ...judged: readonly number[]): void {
  const { dtype } = c.type(c.input(0));
  if (!judged.includes(dtype)) c.refuse(`dtype ${dtype} is not judged`);
}

import { elementCount } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

/** Matrix products. Scaled Gemms were rewritten before (they change numbers). */
export const contractions: Readonly<Record<string, Rule>> = {
  MatMul: (c) => matMul(c),
  MatMulInteger(c) {
    if (c.inputs.length > 2) c.refuse('zero points are not judged yet');
    matMul(c);
  },
  Gemm(c) {
    const bias = c.float('beta', 1) === 0 ? [] : c.inputs.slice(2);
    if (c.float('alpha', 1) !== 1 || (bias.length > 0 && c.float('beta', 1) !== 1)) c.refuse('alpha and beta must be 1 here');
    c.emit('Gemm', [c.input(0), c.input(1), ...bias], [c.output], { transA: { i: c.int('transA', 0) }, transB: { i: c.int('transB', 0) } });
  },
};

/** Vectors become matrices: the referee knows products of rank 2 and above. */
function matMul(c: Context): void {
  const a = c.type(c.input(0));
  const b = c.type(c.input(1));
  if (a.dims.length >= 2 && b.dims.length >= 2) return c.emit(c.op, c.inputs.slice(0, 2), [c.output]);
  c.note('vector as matrix');
  const reshaped = (name: string, dims: readonly number[]): string => {
    const out = c.fresh({ dtype: c.type(name).dtype, dims });
    c.emit('Reshape', [name], [out]);
    return out;
  };
  const left = a.dims.length >= 2 ? c.input(0) : reshaped(c.input(0), [1, elementCount(a.dims)]);
  const right = b.dims.length >= 2 ? c.input(1) : reshaped(c.input(1), [elementCount(b.dims), 1]);
  const l = c.type(left).dims;
  const r = c.type(right).dims;
  const batch = (l.length > r.length ? l : r).slice(0, -2);
  const product = c.fresh({ dtype: c.type(c.output).dtype, dims: [...batch, l.at(-2)!, r.at(-1)!] });
  c.emit(c.op, [left, right], [product]);
  c.emit('Reshape', [product], [c.output]);
}

import { DTYPE, elementBytes, elementCount, numbers } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

/** Quantised operators: axes non-negative, zero points spelled one way. DynamicQuantizeLinear was decomposed before. */
export const quantised: Readonly<Record<string, Rule>> = {
  MatMulInteger: (c) => c.emit(c.op, zeroPoints(c), [c.output]),
  QLinearMatMul(c) {
    if (c.dims.length < 2 || c.type(c.input(3)).dims.length < 2) c.refuse('a vector; reshape it to a matrix');
    c.emit(c.op, c.inputs, [c.output]);
  },
  QuantizeLinear(c) {
    const { dtype } = c.type(c.output);
    const implied = (c.inputs[2] ?? '') === '' && dtype !== DTYPE.uint8;
    linear(c, implied ? [zeroLike(c, dtype, c.input(1))] : c.inputs.slice(2));
  },
  DequantizeLinear(c) {
    const zero = c.type(c.input(0)).dtype === DTYPE.int32 ? c.constant(2) : undefined;
    if (zero !== undefined && numbers(zero).some((v) => v !== 0)) c.refuse('a zero point of int32 other than 0');
    linear(c, zero === undefined ? c.inputs.slice(2) : []);
  },
};

/**
 * Operands of ConvInteger or MatMulInteger. ONNX Runtime's ConvInteger reads an absent first zero point beside a second one,
 * which ends the process: zero is written in its place.
 */
export function zeroPoints(c: Context): string[] {
  const [x = '', w = '', first = '', second = ''] = c.inputs;
  if (second === '') return [x, w, ...(first === '' ? [] : [first])];
  return [x, w, first === '' ? zeroLike(c, c.type(x).dtype) : first, second];
}

/** A zero of this dtype: a scalar, or of the shape of another tensor. */
function zeroLike(c: Context, dtype: number, shapedAs?: string): string {
  const dims = shapedAs === undefined ? [] : c.type(shapedAs).dims;
  return c.newConstant({ dtype, dims, data: new Uint8Array(elementCount(dims) * elementBytes(dtype)) });
}

/** QuantizeLinear and DequantizeLinear: the axis counts where there is one scale for each of its indices, else it is 0. */
function linear(c: Context, zero: readonly string[]): void {
  if (c.int('block_size', 0) !== 0) c.refuse('block_size; scales are for a tensor or an axis');
  const perAxis = elementCount(c.type(c.input(1)).dims) !== 1;
  const axis = perAxis ? c.axis(c.int('axis', 1)) : 0;
  c.emit(c.op, [c.input(0), c.input(1), ...zero], [c.output], { axis: { i: axis } });
}

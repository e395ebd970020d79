import type { Replacement } from './replacement.js';

/** Bytes that one element of a staged ReduceMax or ReduceMin reads: a proof of it opens them all. */
const STAGE_BYTES = 32 * 1024;

/**
 * DynamicQuantizeLinear as operators of which every element can be judged alone: its own output elements depend on the whole
 * tensor. The steps are those of ONNX Runtime (GetQuantizationParameter in core/util/qmath.h, then MlasQuantizeLinear):
 * min and max, widened to hold 0; scale = (max - min) / 255, or 1 where that is 0; zero point = saturate(round(-min / scale));
 * y = saturate(round(x / scale) + zero point). The zero point's formula is that of QuantizeLinear.
 *
 * The bits are the kernel's except where (max - min) / 255 underflows to 0 for max > min (a range below 1.8e-43, where the
 * kernel divides by zero), and where x holds a NaN.
 */
export function dynamicQuantizeByParts(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'DynamicQuantizeLinear') return undefined;
  const x = node.input[0] ?? '';
  const [y = '', yScale = '', yZero = ''] = node.output;
  const zero = r.shared(0);
  const max = r.add('Max', [staged(r, 'ReduceMax', x), zero]);
  const min = r.add('Min', [staged(r, 'ReduceMin', x), zero]);
  const step = r.add('Div', [r.add('Sub', [max, min]), r.shared(255)]);
  const scale = r.add('Where', [r.add('Equal', [step, zero]), r.shared(1), step], {}, yScale === '' ? undefined : yScale);
  const zeroPoint = r.add('QuantizeLinear', [r.add('Neg', [min]), scale], {}, yZero === '' ? undefined : yZero);
  r.add('QuantizeLinear', [x, scale, zeroPoint], {}, y);
  return 'DynamicQuantizeLinear: as range, scale and QuantizeLinear';
}

/** The extreme of a whole tensor, from the last axis on, as many axes at a time as a small proof can hold. */
function staged(r: Replacement, op: 'ReduceMax' | 'ReduceMin', x: string): string {
  let dims = [...r.type(x).dims];
  let name = x;
  while (dims.length > 0) {
    let from = dims.length - 1;
    let elements = dims[from]!;
    while (from > 0 && elements * dims[from - 1]! * 4 <= STAGE_BYTES) elements *= dims[--from]!;
    name = r.extreme(op, name, dims.map((_, i) => i).slice(from));
    dims = dims.slice(0, from);
  }
  return name;
}

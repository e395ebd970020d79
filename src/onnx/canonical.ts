import { refuse } from './errors.js';
import { aligned, DTYPE, dtypeName } from './tensor.js';

/** Bit patterns of a float dtype. NaN is canonical, because WASM's NaN sign varies by CPU (PROTOCOL §2). */
interface FloatForm {
  readonly bytes: 2 | 4;
  /** the bits of +Inf, which are also the mask of the exponent */
  readonly infinity: number;
  /** the bits of −Inf */
  readonly minusInfinity: number;
  /** everything but the sign */
  readonly magnitude: number;
  /** the one NaN that committed bytes may hold */
  readonly nan: number;
}

const FORMS: Readonly<Record<number, FloatForm>> = {
  [DTYPE.float32]: { bytes: 4, infinity: 0x7f800000, minusInfinity: 0xff800000, magnitude: 0x7fffffff, nan: 0x7fc00000 },
  [DTYPE.float16]: { bytes: 2, infinity: 0x7c00, minusInfinity: 0xfc00, magnitude: 0x7fff, nan: 0x7e00 },
  [DTYPE.bfloat16]: { bytes: 2, infinity: 0x7f80, minusInfinity: 0xff80, magnitude: 0x7fff, nan: 0x7fc0 },
};

// Plain loops below: a trace has 50 million elements, and a callback for each would cost seconds.

/**
 * Index of the first element with a form that no committed tensor may hold: a bool other than 0 and 1, a NaN that is not
 * the canonical one. −1 when there is none.
 */
export function firstNotCanonical(dtype: number, data: Uint8Array): number {
  const form = FORMS[dtype];
  if (form === undefined) {
    if (dtype === DTYPE.bool) for (let i = 0; i < data.length; i++) if (data[i]! > 1) return i;
    return -1;
  }
  const { infinity, magnitude, nan } = form;
  const words = wordsOf(form, data);
  for (let i = 0; i < words.length; i++) {
    const w = words[i]!;
    if ((w & magnitude) > infinity && w !== nan) return i;
  }
  return -1;
}

/** @throws OnnxError TENSOR_NOT_CANONICAL, naming the tensor and the element. */
export function checkCanonical(what: string, dtype: number, data: Uint8Array): void {
  const at = firstNotCanonical(dtype, data);
  if (at >= 0)
    refuse('TENSOR_NOT_CANONICAL', `${what}: element ${at} in memory order is not a canonical ${dtypeName(dtype)}`);
}

/** Bytes with every NaN replaced by the canonical one; the same array when nothing changes. */
export function canonicalise(dtype: number, data: Uint8Array): Uint8Array {
  const form = FORMS[dtype];
  const first = form === undefined ? -1 : firstNotCanonical(dtype, data);
  if (form === undefined || first < 0) return data;
  const out = new Uint8Array(data);
  const words = wordsOf(form, out);
  for (let i = first; i < words.length; i++) if ((words[i]! & form.magnitude) > form.infinity) words[i] = form.nan;
  return out;
}

/**
 * Index of the first element that no input and no weight may hold (PROTOCOL §3, §4): NaN, +Inf, and −Inf unless the
 * tensor is only an operand of Add, Where or Max. −1 when there is none.
 */
export function firstForbidden(dtype: number, data: Uint8Array, negativeInfinity: boolean): number {
  const form = FORMS[dtype];
  if (form === undefined) return -1;
  const { infinity, minusInfinity } = form;
  const words = wordsOf(form, data);
  for (let i = 0; i < words.length; i++) {
    const w = words[i]!;
    if ((w & infinity) === infinity && !(negativeInfinity && w === minusInfinity)) return i;
  }
  return -1;
}

/**
 * What a worker checks of every input and weight before it claims: canonical form, no NaN, no infinity that is forbidden.
 *
 * @throws OnnxError TENSOR_NOT_CANONICAL, TENSOR_FORBIDDEN
 */
export function checkOperand(what: string, dtype: number, data: Uint8Array, negativeInfinity = false): void {
  checkCanonical(what, dtype, data);
  const at = firstForbidden(dtype, data, negativeInfinity);
  if (at >= 0) refuse('TENSOR_FORBIDDEN', `${what}: element ${at} in memory order is NaN or an infinity that is not allowed`);
}

function wordsOf(form: FloatForm, data: Uint8Array): Uint32Array | Uint16Array {
  const a = aligned(data, form.bytes);
  return form.bytes === 4 ? new Uint32Array(a.buffer, a.byteOffset, a.length >> 2) : new Uint16Array(a.buffer, a.byteOffset, a.length >> 1);
}

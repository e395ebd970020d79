import { refuse } from './errors.js';
import { aligned, DTYPE, dtypeName } from './tensor.js';

/** The one NaN of each float dtype: WASM's NaN sign varies by CPU, so committed bytes hold this one (PROTOCOL §2). */
const NAN32 = 0x7fc00000;
const NAN16 = { [DTYPE.float16]: 0x7e00, [DTYPE.bfloat16]: 0x7fc0 } as const;

/** Exponent mask and fraction mask of the two 16-bit floats. */
const HALF = {
  [DTYPE.float16]: { exponent: 0x7c00, fraction: 0x03ff },
  [DTYPE.bfloat16]: { exponent: 0x7f80, fraction: 0x007f },
} as const;

/**
 * Index of the first element with a form that no committed tensor may hold: a bool other than 0 and 1, a NaN that is not
 * the canonical one. −1 when there is none.
 */
export function firstNotCanonical(dtype: number, data: Uint8Array): number {
  if (dtype === DTYPE.bool) return data.findIndex((x) => x > 1);
  if (dtype === DTYPE.float32) {
    const words = words32(data);
    return words.findIndex((w) => (w & 0x7fffffff) > 0x7f800000 && w !== NAN32);
  }
  if (dtype === DTYPE.float16 || dtype === DTYPE.bfloat16) {
    const { exponent, fraction } = HALF[dtype];
    const nan = NAN16[dtype];
    return words16(data).findIndex((w) => (w & exponent) === exponent && (w & fraction) !== 0 && w !== nan);
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
  if (dtype === DTYPE.bool || firstNotCanonical(dtype, data) < 0) return data;
  const out = new Uint8Array(data);
  if (dtype === DTYPE.float32) {
    const words = words32(out);
    words.forEach((w, i) => {
      if ((w & 0x7fffffff) > 0x7f800000) words[i] = NAN32;
    });
  } else if (dtype === DTYPE.float16 || dtype === DTYPE.bfloat16) {
    const { exponent, fraction } = HALF[dtype];
    const words = words16(out);
    words.forEach((w, i) => {
      if ((w & exponent) === exponent && (w & fraction) !== 0) words[i] = NAN16[dtype];
    });
  }
  return out;
}

/**
 * Index of the first element that no input and no weight may hold (PROTOCOL §3, §4): NaN, +Inf, and −Inf unless the
 * tensor is only an operand of Add, Where or Max. −1 when there is none.
 */
export function firstForbidden(dtype: number, data: Uint8Array, negativeInfinity: boolean): number {
  if (dtype === DTYPE.float32)
    return words32(data).findIndex((w) => (w & 0x7f800000) === 0x7f800000 && !(negativeInfinity && w === 0xff800000));
  if (dtype === DTYPE.float16 || dtype === DTYPE.bfloat16) {
    const { exponent } = HALF[dtype];
    const minus = 0x8000 | exponent;
    return words16(data).findIndex((w) => (w & exponent) === exponent && !(negativeInfinity && w === minus));
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

function words32(data: Uint8Array): Uint32Array {
  const a = aligned(data, 4);
  return new Uint32Array(a.buffer, a.byteOffset, a.length >> 2);
}

function words16(data: Uint8Array): Uint16Array {
  const a = aligned(data, 2);
  return new Uint16Array(a.buffer, a.byteOffset, a.length >> 1);
}

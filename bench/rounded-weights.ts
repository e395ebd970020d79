// Weights as a cheaper model would hold them, in float32 again.

/** Rounds to a significand of `bits` bits, to nearest even, with numbers below 2^least on a grid of 2^(least+1-bits). */
function rounded(x: number, bits: number, least: number): number {
  if (x === 0) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), least);
  const unit = 2 ** (exponent + 1 - bits);
  const q = x / unit;
  const floor = Math.floor(q);
  const up = q - floor > 0.5 || (q - floor === 0.5 && floor % 2 !== 0);
  return (floor + (up ? 1 : 0)) * unit;
}

/** Nearest float16. */
export const toFloat16 = (w: Float32Array): Float32Array => w.map((x) => rounded(x, 11, -14));

/** Nearest bfloat16. */
export const toBfloat16 = (w: Float32Array): Float32Array => w.map((x) => rounded(x, 8, -126));

/**
 * Symmetric integers of `bits` bits, one scale for each group of `group` places down a column of a K×N matrix; the whole
 * column without it.
 */
export function toIntegers(w: Float32Array, n: number, bits: number, group = w.length / n): Float32Array {
  const out = new Float32Array(w.length);
  const most = 2 ** (bits - 1) - 1;
  const k = w.length / n;
  for (let column = 0; column < n; column++)
    for (let from = 0; from < k; from += group) {
      const to = Math.min(from + group, k);
      let largest = 0;
      for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(w[i * n + column]!));
      const scale = largest / most || 1;
      for (let i = from; i < to; i++) out[i * n + column] = Math.round(w[i * n + column]! / scale) * scale;
    }
  return out;
}

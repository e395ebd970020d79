// Functions of one real number in float64, accurate to REFERENCE_ERROR. Only +, −, ×, ÷ and √ round here, each correctly
// (ECMAScript prescribes IEEE-754 for the first four; √ is the processor's): nothing rests on an engine's Math library. The
// Go test of chain/referee holds samples of every function against the referee's integer enclosures.

/**
 * Largest relative error of every function below, for arguments that are float32 numbers. Derived beside each: exp 2⁻⁵⁰, log
 * 2⁻⁵⁰, tanh 2⁻⁴⁷, sigmoid 2⁻⁴⁹, erf 2⁻⁴⁵, gelu 2⁻⁴⁵, gelu by tanh 2⁻⁴⁵, softplus 2⁻⁴⁹; √ and ÷ 2⁻⁵³. In units in the last
 * place of float32 this is 2⁻²⁰, which is added to every error that a certificate states.
 */
export const REFERENCE_ERROR = 2 ** -44;

// ln 2 = HI + LO: HI ends in 21 zero bits, so that k·HI is exact for |k| < 2¹¹; LO is rounded to 53 bits.
const LN2_HI = 0.6931471803691238;
const LN2_LO = 1.9082149292705877e-10;
const INVERSE_LN2 = 1.4426950408889634;
const SQRT_TWO_OVER_PI = 0.7978845608028654;
const TWO_OVER_SQRT_PI = 1.1283791670955126;
const NEGLIGIBLE = 2 ** -28; // its square is below 2⁻⁵⁵
const BEYOND = 2 ** 1000;

/** 2^k at k + 1024. */
const POWERS = Float64Array.from({ length: 2048 }, (_, i) => 2 ** (i - 1024));
// 1/n! and 1/(2n + 1), rounded once: 17! < 2⁵³. Constants by name and not in arrays: a sweep evaluates them 10¹¹ times.
const F3 = 1 / 6;
const F4 = 1 / 24;
const F5 = 1 / 120;
const F6 = 1 / 720;
const F7 = 1 / 5040;
const F8 = 1 / 40320;
const F9 = 1 / 362880;
const F10 = 1 / 3628800;
const F11 = 1 / 39916800;
const F12 = 1 / 479001600;
const F13 = 1 / 6227020800;
const F14 = 1 / 87178291200;
const F15 = 1 / 1307674368000;
const F16 = 1 / 20922789888000;
const F17 = 1 / 355687428096000;
const O1 = 1 / 3;
const O2 = 1 / 5;
const O3 = 1 / 7;
const O4 = 1 / 9;
const O5 = 1 / 11;
const O6 = 1 / 13;
const O7 = 1 / 15;
const O8 = 1 / 17;
const O9 = 1 / 19;
const O10 = 1 / 21;
const O11 = 1 / 23;
const O12 = 1 / 25;
const O13 = 1 / 27;
const O14 = 1 / 29;
const O15 = 1 / 31;
const O16 = 1 / 33;
const O17 = 1 / 35;

const float64 = new Float64Array(1);
const words = new Int32Array(float64.buffer); // the high word is words[1]: src/onnx/tensor.ts refuses big-endian machines

/** 2^(23 − e) for 2^e <= x < 2^(e+1): one over the unit in the last place that float32 has at x, for 2⁻¹⁰⁰⁰ < x < 2¹⁰⁰¹. */
export function inverseUlp(x: number): number {
  float64[0] = x;
  const exponent = words[1]! & 0x7ff00000;
  words[0] = 0;
  words[1] = (2069 << 20) - exponent; // biased exponents: 23 + 1023 − (e + 1023) + 1023
  return float64[0]!;
}

/**
 * e^x. x = k·ln 2 + r with |r| < 0.35: r is off by 2⁻⁵³ at most (k·HI and its difference from x are exact or rounded once at
 * |r|), the series stops below 2⁻⁵⁷, its last two steps round by 2⁻⁵² together. Beyond ±700 the result is 0 or
 * 2¹⁰⁰⁰: farther from float32's range than any bound can tell.
 */
export function exp(x: number): number {
  if (x < -700) return 0;
  if (x > 700) return BEYOND;
  if (x < NEGLIGIBLE && x > -NEGLIGIBLE) return 1 + x;
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const r = x - k * LN2_HI - k * LN2_LO;
  const s = 1 + r * (1 + r * (0.5 + r * (F3 + r * (F4 + r * (F5 + r * (F6 + r * (F7 + r * (F8 + r * (F9 + r * (F10 + r * (F11 + r * (F12 + r * (F13 + r * F14)))))))))))));
  return s * POWERS[k + 1024]!;
}

/** e^x − 1: for |x| < ½ by its series (stops below 2⁻⁶⁰); outside, the subtraction enlarges exp's error 2.6 times at most. */
function expm1(x: number): number {
  if (x >= 0.5 || x <= -0.5) return exp(x) - 1;
  return x * (1 + x * (0.5 + x * (F3 + x * (F4 + x * (F5 + x * (F6 + x * (F7 + x * (F8 + x * (F9 + x * (F10 + x * (F11 + x * (F12 + x * (F13 + x * (F14 + x * (F15 + x * (F16 + x * F17))))))))))))))));
}

/** Σ w^n/(2n + 1) = atanh(√w)/√w for 0 <= w <= 1/9: the first omitted term is below 2⁻⁶⁰. */
function atanhSeries(w: number): number {
  return 1 + w * (O1 + w * (O2 + w * (O3 + w * (O4 + w * (O5 + w * (O6 + w * (O7 + w * (O8 + w * (O9 + w * (O10 + w * (O11 + w * (O12 + w * (O13 + w * (O14 + w * (O15 + w * (O16 + w * O17))))))))))))))));
}

/**
 * ln x. x = 2^k·v with v in [√½, √2], ln v = 2·atanh((v − 1)/(v + 1)); v − 1 and v + 1 are exact for a float32. For k ≠ 0
 * |ln x| >= 0.34, so that the cancellation costs one bit.
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  float64[0] = x;
  let k = (words[1]! >>> 20) - 1023;
  words[1] = (words[1]! & 0xfffff) | 0x3ff00000;
  let v = float64[0]!;
  if (v > 1.4142135623730951) {
    v /= 2;
    k++;
  }
  const z = (v - 1) / (v + 1);
  return k * LN2_HI + (k * LN2_LO + 2 * z * atanhSeries(z * z));
}

/** ln(1 + t) for 0 <= t <= 1: 2·atanh(t/(2 + t)), where nothing cancels. */
function log1p(t: number): number {
  const z = t / (2 + t);
  return 2 * z * atanhSeries(z * z);
}

/** tanh x = (e^2|x| − 1)/(e^2|x| + 1); from 20 on it is 1 to 2⁻⁵⁶. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < NEGLIGIBLE) return x;
  if (a > 20) return x > 0 ? 1 : -1;
  const p = expm1(2 * a);
  const t = p / (p + 2);
  return x > 0 ? t : -t;
}

/** 1/(1 + e^−x), with the exponent kept negative. */
export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/**
 * Σ y^n/(2n + 1)!! for 0 <= y <= 80: positive terms, each rounded 2n times, fewer than 200 of them weigh anything; what is
 * omitted is below the last term. Error < 2⁻⁴⁵.
 */
function doubleFactorialSeries(y: number): number {
  let s = 1;
  let t = 1;
  for (let n = 3; ; n += 2) {
    t *= y / n;
    s += t;
    if (t < s * 1e-17 && 2 * y < n) return s;
  }
}

/** erf x = 2/√π·x·e^(−x²)·Σ (2x²)^n/(2n + 1)!!; from 6 on it is 1 to 2⁻⁵⁵. x² is exact for a float32. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < NEGLIGIBLE) return TWO_OVER_SQRT_PI * x;
  if (a >= 6) return x > 0 ? 1 : -1;
  const y = x * x;
  return TWO_OVER_SQRT_PI * x * (exp(-y) * doubleFactorialSeries(2 * y));
}

/**
 * Φ(x), the normal distribution. Down to −1 as ½ + x·φ(x)·Σ x^2n/(2n + 1)!!, which cancels two bits at most; below as
 * φ(x)·M(|x|), Mills' ratio by its continued fraction 1/(a + 1/(a + 2/(a + …))). Its convergents enclose it, so that the
 * difference of two successive ones bounds what is omitted: below 2⁻⁴⁸ at the depth taken (asserted in reference.test.ts).
 */
function normal(x: number): number {
  if (x >= 8.5) return 1;
  if (x < -38) return 0; // below 2⁻¹⁰⁰⁰
  const square = x * x;
  if (x > -1) return 0.5 + 0.5 * SQRT_TWO_OVER_PI * x * (exp(-0.5 * square) * doubleFactorialSeries(square));
  return 0.5 * SQRT_TWO_OVER_PI * exp(-0.5 * square) * mills(-x, millsDepth(-x));
}

/** Depth at which Mills' continued fraction is taken. */
export function millsDepth(a: number): number {
  return Math.ceil(400 / (a * a)) + 20;
}

/** Convergent of Mills' ratio (1 − Φ(a))/φ(a) at a depth, for a >= 1. */
export function mills(a: number, depth: number): number {
  let t = a;
  for (let n = depth; n >= 1; n--) t = a + n / t;
  return 1 / t;
}

/** x·Φ(x). */
export function gelu(x: number): number {
  const a = Math.abs(x);
  if (a < 2 ** -60) return 0.5 * x; // Φ is ½ to 2⁻⁶⁰
  return x * normal(x);
}

/** x·½(1 + tanh t) with t = √(2/π)·(x + 0.044715·x³), as x·sigmoid(2t): nothing cancels. */
export function geluTanh(x: number): number {
  if (x < -1000) return 0;
  return x * sigmoid(2 * SQRT_TWO_OVER_PI * (x + 0.044715 * x * x * x));
}

/** ln(1 + e^x). */
export function softplus(x: number): number {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/** x·clip(x/6 + ½, 0, 1): x + 3 is rounded once, and is exact where it cancels. */
export function hardSwish(x: number): number {
  if (x <= -3) return 0;
  return x >= 3 ? x : (x * (x + 3)) / 6;
}

/** √x, rounded once. */
export function sqrt(x: number): number {
  return Math.sqrt(x);
}

/** 1/x, rounded once. */
export function reciprocal(x: number): number {
  return 1 / x;
}

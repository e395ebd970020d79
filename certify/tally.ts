// What a sweep finds: the worst errors and where, and what became of NaN, infinities and domain errors.
import { inverseUlp, REFERENCE_ERROR } from './reference.js';
import type { Certifiable } from './functions.js';

/** The smallest normal float32, and the floor of every bound. */
const FLOOR = 2 ** -126;
/** FLT_MAX: the referee excuses an infinity wherever f and its bound reach it. */
const OVERFLOW = (2 - 2 ** -23) * 2 ** 127;
/** Smaller errors are not looked at: every rounding to float32 somewhere has a larger one. */
const LEAST: Readonly<Record<Measure, number>> = { ulp: 2 ** -4, excess: 2 ** -4, absolute: 2 ** -40, share: 2 ** -10 };
const INFINITY_BITS = 0x7f800000;

/** A value of a measure and the case that reached it; bits of x and y as eight hexadecimal digits. */
export interface Worst {
  readonly value: number;
  readonly x: string;
  readonly y: string;
}

/** The measures of an error, each with its worst case. */
export const MEASURES = ['ulp', 'excess', 'absolute', 'share'] as const;

/**
 * - `ulp`: |y − f| in units in the last place of f, over |f| >= 2⁻¹²⁶
 * - `excess`: the same after 2⁻¹²⁶ is taken off the error, over all f: the ρ that is needed with α = 0
 * - `absolute`: |y − f|
 * - `share`: |y − f| over the referee's bound; at most 1 where the kernel stays within it
 */
export type Measure = (typeof MEASURES)[number];

/** Counts of inputs by what came out. Only the last three speak against a kernel. */
export const COUNTS = [
  'judged', // finite f, finite y
  'overflows', // |f| and its bound reach beyond float32, y is the infinity of its sign
  'poles', // f is infinite at a finite x, y the same infinity
  'domain', // no real f, y is NaN
  'nan', // x is NaN, y is NaN
  'nan_lost', // x is NaN, y a number: kernels that clamp do it, and the referee judges no such element
  'wrong_infinity', // y is infinite where f is not, or of the other sign, or finite at a pole
  'wrong_nan', // y is NaN where f exists
  'wrong_number', // y is a number where no f exists
] as const;

export type Count = (typeof COUNTS)[number];

/** What survives a checkpoint. */
export interface TallyState {
  readonly counts: Record<Count, number>;
  readonly worst: Partial<Record<Measure, Worst>>;
  /** bits of f(+∞) and f(−∞), once seen */
  readonly infinities: Record<'plus' | 'minus', string | null>;
}

export const hex = (bits: number): string => (bits >>> 0).toString(16).padStart(8, '0');

/** Accumulates batches of inputs whose bits are consecutive, or listed. */
export class Tally {
  readonly #counts = new Float64Array(COUNTS.length);
  readonly #cases: Record<Measure, { x: number; y: number } | undefined> = { ulp: undefined, excess: undefined, absolute: undefined, share: undefined };
  readonly #infinities: Record<'plus' | 'minus', string | null> = { plus: null, minus: null };
  readonly #limits = { ...LEAST };

  constructor(readonly f: Certifiable, state?: TallyState) {
    if (state === undefined) return;
    COUNTS.forEach((name, i) => (this.#counts[i] = state.counts[name]));
    Object.assign(this.#infinities, state.infinities);
    for (const name of MEASURES) {
      const worst = state.worst[name];
      if (worst === undefined) continue;
      this.#record(name, worst.value, parseInt(worst.x, 16), parseInt(worst.y, 16));
    }
  }

  /** @param x bits of the inputs  @param y bits of what the runtime gave */
  add(x: Uint32Array, y: Uint32Array): void {
    const xs = new Float32Array(x.buffer, x.byteOffset, x.length);
    const ys = new Float32Array(y.buffer, y.byteOffset, y.length);
    const { reference, bound, reach } = this.f;
    const limits = this.#limits;
    let judged = 0;
    // An error in ulps is less than 2²⁴·e/a, and at least half of that: what may be a new worst case is looked at closely.
    let [ulp, excess, absolute, share] = [limits.ulp * 2 ** -24, limits.excess * 2 ** -24, limits.absolute, limits.share];
    for (let i = 0; i < x.length; i++) {
      if ((x[i]! & INFINITY_BITS) === INFINITY_BITS) {
        this.#special(x[i]!, xs[i]!, y[i]!, ys[i]!);
        continue;
      }
      const exact = reference(xs[i]!);
      const a = Math.abs(exact);
      const e = Math.abs(ys[i]! - exact) + a * REFERENCE_ERROR;
      const b = bound(exact, xs[i]!);
      if (!(e < Infinity)) {
        this.#notFinite(exact, ys[i]!, Math.max(a, reach?.(exact, xs[i]!) ?? 0) + b);
        continue;
      }
      judged++;
      if (e > absolute || (e > ulp * a && a >= FLOOR) || e - FLOOR > excess * (a < FLOOR ? FLOOR : a) || e > share * b) {
        // Here, and not in a method: tens of millions of elements come this far, and arguments would be boxed.
        const perUlp = inverseUlp(a < FLOOR ? FLOOR : a);
        if (a >= FLOOR && e * perUlp > limits.ulp) this.#record('ulp', e * perUlp, x[i]!, y[i]!);
        if ((e - FLOOR) * perUlp > limits.excess) this.#record('excess', (e - FLOOR) * perUlp, x[i]!, y[i]!);
        if (e > limits.absolute) this.#record('absolute', e, x[i]!, y[i]!);
        if (e > limits.share * b) this.#record('share', e / b, x[i]!, y[i]!);
        [ulp, excess, absolute, share] = [limits.ulp * 2 ** -24, limits.excess * 2 ** -24, limits.absolute, limits.share];
      }
    }
    this.#count('judged', judged);
  }

  /** Whether nothing that was seen speaks against the kernel. */
  get holds(): boolean {
    const { counts, worst } = this.state();
    return counts.wrong_infinity + counts.wrong_nan + counts.wrong_number === 0 && (worst.share?.value ?? 0) <= 1;
  }

  state(): TallyState {
    const counts = Object.fromEntries(COUNTS.map((name, i) => [name, this.#counts[i]!])) as Record<Count, number>;
    const worst: Partial<Record<Measure, Worst>> = {};
    for (const name of MEASURES) {
      const found = this.#cases[name];
      if (found !== undefined) worst[name] = { value: this.#limits[name], x: hex(found.x), y: hex(found.y) };
    }
    return { counts, worst, infinities: { ...this.#infinities } };
  }

  #count(name: Count, n = 1): void {
    this.#counts[COUNTS.indexOf(name)]! += n;
  }

  #record(name: Measure, value: number, x: number, y: number): void {
    this.#limits[name] = value;
    this.#cases[name] = { x, y };
  }

  /** NaN and infinite inputs. The two infinities are recorded, not judged: the referee has a rule for each function. */
  #special(x: number, value: number, y: number, result: number): void {
    if (value !== value) this.#count(result !== result ? 'nan' : 'nan_lost');
    else this.#infinities[x >>> 31 === 0 ? 'plus' : 'minus'] = hex(y);
  }

  #notFinite(exact: number, y: number, reach: number): void {
    if (exact !== exact) this.#count(y !== y ? 'domain' : 'wrong_number');
    else if (y !== y) this.#count('wrong_nan');
    else if (Math.abs(exact) === Infinity) this.#count(y === exact ? 'poles' : 'wrong_infinity');
    else this.#count(reach >= OVERFLOW && Math.sign(y) === Math.sign(exact) ? 'overflows' : 'wrong_infinity');
  }
}

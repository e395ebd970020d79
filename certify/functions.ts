// The functions that can be certified, and what the referee claims of each.
import type { Attributes } from '../src/onnx/proto.js';
import * as reference from './reference.js';

/** Accuracy that the referee grants: the error is at most rho·2⁻²³·|f| + alpha·2⁻⁴⁰ + 2⁻¹²⁶ (PROTOCOL §7). */
export interface Claim {
  readonly rho: number;
  /** in units of 2⁻⁴⁰, as the chain's parameters carry it */
  readonly alpha: number;
}

/** One certifiable function. */
export interface Certifiable {
  /** name on the command line and of the certificate */
  readonly name: string;
  readonly op: string;
  readonly attributes: Attributes;
  /** an operator that, along an axis of one, runs on whole vectors the code that this one runs on remainders */
  readonly twin?: string;
  /** the exact function, to REFERENCE_ERROR */
  readonly reference: (x: number) => number;
  /** what the referee grants, where it is ρ·ulp + α; absent where its bound is derived */
  readonly claim?: Claim;
  /** the referee's bound as a function of the exact value and the input */
  readonly bound: (f: number, x: number) => number;
  /** the same in words */
  readonly boundText: string;
  /** the largest magnitude on the way to a result, where it exceeds that: a kernel may overflow there */
  readonly reach?: (f: number, x: number) => number;
}

const FLOOR = 2 ** -126;

function claimed(name: string, exact: (x: number) => number, rho: number, alpha = 0): Certifiable {
  const relative = rho * 2 ** -23;
  const absolute = alpha * 2 ** -40 + FLOOR;
  return {
    name,
    op: name,
    attributes: {},
    reference: exact,
    claim: { rho, alpha },
    bound: (f) => relative * Math.abs(f) + absolute,
    boundText: `${rho}·2^-23·|f| + ${alpha}·2^-40 + 2^-126`,
  };
}

function derived(
  name: string,
  op: string,
  exact: (x: number) => number,
  bound: (f: number, x: number) => number,
  boundText: string,
  more: Partial<Certifiable> = {},
): Certifiable {
  return { name, op, attributes: {}, reference: exact, bound, boundText, ...more };
}

/** γ₅·|x|·(|x| + 3)/6 + 4η, less where the clip is certain (chain/referee/judge_hard.go). */
function hardSwishBound(_f: number, x: number): number {
  const a = Math.abs(x);
  const magnitude = x < -4 ? 0 : x > 4 ? a : (a * (a + 3)) / 6;
  return gamma(5) * magnitude + 4 * FLOOR;
}

const U = 2 ** -24;
const gamma = (n: number): number => n / (2 ** 24 - n);

/** |x|/2·(e + γ₃·(1 + s + e)) + 6η with e = γ_q/2 + 2ρ·2⁻²³·|s| + 2⁻¹²⁶ and s = 2f/x − 1 (chain/referee/judge_activation.go). */
function geluBound(roundings: number, rho: number): (f: number, x: number) => number {
  const argument = gamma(roundings) / 2 + FLOOR;
  const relative = 2 * rho * 2 ** -23;
  return (f, x) => {
    const s = x === 0 ? 0 : (2 * f) / x - 1;
    const e = argument + relative * Math.abs(s);
    return (Math.abs(x) / 2) * (e + gamma(3) * (1 + s + e)) + 6 * FLOOR;
  };
}

/** e + u·(f + e) + 3η with e = g + 2·Log(f + g), g = r/(1 − r), r = 2·Exp + u (chain/referee/judge_activation.go). */
function softplusBound(f: number): number {
  const r = 2 * RHO.Exp * 2 ** -23 + FLOOR + U;
  const g = r / (1 - r);
  const e = g + 2 * RHO.Log * 2 ** -23 * (f + g) + FLOOR;
  return e + U * (f + e) + 3 * FLOOR;
}

const RHO = { Exp: 2, Log: 6, Erf: 2, Tanh: 11 } as const;
/** 3.6e-7, rounded up to 2⁻⁴⁰. */
const SIGMOID_ALPHA = 395_825;
const GELU = '|x|/2·(e + γ_3·(1+s+e)) + 6·2^-126, e = γ_q/2 + 2·bound(s)';

/** Claims are those of chain/referee's DefaultConstants; TestCertificates there holds both together. */
export const FUNCTIONS: readonly Certifiable[] = [
  claimed('Exp', reference.exp, RHO.Exp),
  // ReduceLogSum takes its logarithms one by one: the same bits as Log's remainders, which every certification checks.
  { ...claimed('Log', reference.log, RHO.Log), twin: 'ReduceLogSum' },
  claimed('Erf', reference.erf, RHO.Erf),
  claimed('Tanh', reference.tanh, RHO.Tanh),
  claimed('Sigmoid', reference.sigmoid, 8, SIGMOID_ALPHA),
  claimed('Sqrt', reference.sqrt, 4), // Roots is 8 units of 2⁻²⁴
  claimed('Reciprocal', reference.reciprocal, 4),
  derived('HardSwish', 'HardSwish', reference.hardSwish, hardSwishBound, 'γ_5·|x|·(|x|+3)/6 + 4·2^-126, less beyond ±4'),
  // A kernel may halve last, so that x·(1 + s) overflows.
  derived('Gelu', 'Gelu', reference.gelu, geluBound(2, RHO.Erf), `${GELU}, s = erf, q = 2`, { reach: (_f, x) => 2 * Math.abs(x) }),
  derived('GeluTanh', 'Gelu', reference.geluTanh, geluBound(8, RHO.Tanh), `${GELU}, s = tanh, q = 8`, {
    attributes: { approximate: { s: 'tanh' } },
    reach: (_f, x) => 2 * Math.abs(x),
  }),
  // A kernel that takes e^x of a large x overflows.
  derived('Softplus', 'Softplus', reference.softplus, softplusBound, 'e + u·(f+e) + 3·2^-126, e = r/(1-r) + 2·Log, r = 2·Exp + u', {
    reach: (_f, x) => reference.exp(x),
  }),
];

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
  /** what the referee grants, where it is ρ·ulp + α; absent where a derived bound is used or no judge exists yet */
  readonly claim?: Claim;
  /** the referee's bound as a function of the exact value and the input; absent where there is none to compare with */
  readonly bound?: (f: number, x: number) => number;
  /** the same in words; null where there is none */
  readonly boundText: string | null;
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

function measured(name: string, op: string, exact: (x: number) => number, attributes: Attributes = {}): Certifiable {
  return { name, op, attributes, reference: exact, boundText: null };
}

/** γ₅·|x|·(|x| + 3)/6 + 4η, less where the clip is certain (chain/referee/judge_hard.go). */
function hardSwishBound(_f: number, x: number): number {
  const a = Math.abs(x);
  const magnitude = x < -4 ? 0 : x > 4 ? a : (a * (a + 3)) / 6;
  return (5 / (2 ** 24 - 5)) * magnitude + 4 * FLOOR;
}

/** Claims are those of chain/referee's DefaultConstants; certificates.test.ts and the Go tests hold both together. */
export const FUNCTIONS: readonly Certifiable[] = [
  claimed('Exp', reference.exp, 2),
  // ReduceLogSum takes its logarithms one by one: the same bits as Log's remainders, which every certification checks.
  { ...claimed('Log', reference.log, 6), twin: 'ReduceLogSum' },
  claimed('Erf', reference.erf, 2),
  claimed('Tanh', reference.tanh, 11),
  claimed('Sigmoid', reference.sigmoid, 8, 395_825),
  claimed('Sqrt', reference.sqrt, 4), // Roots is 8 units of 2⁻²⁴
  claimed('Reciprocal', reference.reciprocal, 4),
  measured('Gelu', 'Gelu', reference.gelu),
  measured('GeluTanh', 'Gelu', reference.geluTanh, { approximate: { s: 'tanh' } }),
  measured('Softplus', 'Softplus', reference.softplus),
  { ...measured('HardSwish', 'HardSwish', reference.hardSwish), bound: hardSwishBound, boundText: 'γ_5·|x|·(|x|+3)/6 + 4·2^-126, less beyond ±4' },
];

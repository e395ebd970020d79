import { AssayError } from '../errors.js';
import { decimalUnits } from './decimal.js';
import type { Job, Profile } from './generated/assay/compute/v1/compute.js';
import type { Queries } from './queries.js';

// What the chain holds of a job, in the form that `assayd referee` reads; the same conversion as chain/x/dispute/types/commitments.go.

interface Accuracy {
  readonly ulps: number;
  /** in units of 2^-40 */
  readonly absolute: number;
}

/** The file that `assayd referee --commitments` reads. Roots are hexadecimal, empty where not committed yet. */
export interface Commitments {
  readonly program_root: string;
  readonly counts: { readonly inputs: number; readonly weights: number; readonly values: number; readonly nodes: number; readonly outputs: number };
  readonly weights_root: string;
  readonly input_root: string;
  readonly output_root: string;
  readonly trace_root: string;
  /** in units of 10^-18 */
  readonly tolerance_abs: string;
  readonly tolerance_rel: string;
  readonly constants: Readonly<Record<'exp' | 'erf' | 'log' | 'tanh' | 'sigmoid', Accuracy>> & { readonly underflow: number; readonly roots: number; readonly weight_block: number };
}

/**
 * Commitments of a job under the constants that its claim pinned: those of the version of compute's parameters that it names.
 *
 * @throws AssayError PROFILE_UNKNOWN, or why the chain did not answer
 */
export async function readCommitments(query: Pick<Queries, 'compute'>, job: Job): Promise<Commitments> {
  const { params } = await query.compute.Params({ version: job.paramsVersion });
  return commitmentsOf(job, params?.params?.profiles ?? []);
}

/**
 * Commitments of a job under the profile that its claim pinned.
 *
 * @param profiles of the version of compute's parameters that the job names
 * @throws AssayError PROFILE_UNKNOWN
 */
export function commitmentsOf(job: Job, profiles: readonly Profile[]): Commitments {
  const profile = profiles.find((p) => p.name === job.profile);
  if (!profile || !job.program)
    throw new AssayError('PROFILE_UNKNOWN', `job ${job.id} runs under ${job.profile}, which version ${job.paramsVersion} of the parameters does not have`);
  const { root, inputs, weights, values, nodes, outputs } = job.program;
  return {
    program_root: hex(root),
    counts: { inputs, weights, values, nodes, outputs },
    weights_root: hex(job.weightsRoot),
    input_root: hex(job.inputRoot),
    output_root: hex(job.outputRoot),
    trace_root: hex(job.traceRoot),
    tolerance_abs: decimalUnits(job.tolerance?.abs ?? '0').toString(),
    tolerance_rel: decimalUnits(job.tolerance?.rel ?? '0').toString(),
    constants: constantsOf(profile),
  };
}

function hex(root: Uint8Array): string {
  return Buffer.from(root).toString('hex');
}

const MAX = 0xffff_ffff;

function constantsOf(profile: Profile): Commitments['constants'] {
  const row = (op: string, fallback: Accuracy): Accuracy => {
    const found = profile.constants.find((c) => c.op === op);
    if (!found) return fallback;
    // Units of 2^-64 become units of 2^-40, rounded up.
    const absolute = (found.alpha + (1n << 24n) - 1n) >> 24n;
    return { ulps: saturate(found.rho), absolute: saturate(absolute) };
  };
  const roots = ['Sqrt', 'Reciprocal'].map((op) => row(op, { ulps: 0, absolute: 0 }).ulps);
  return {
    underflow: profile.gradualUnderflow ? 149 : 126,
    exp: row('Exp', { ulps: 2, absolute: 0 }),
    erf: row('Erf', { ulps: 2, absolute: 0 }),
    log: row('Log', { ulps: 6, absolute: 0 }),
    tanh: row('Tanh', { ulps: 11, absolute: 0 }),
    sigmoid: row('Sigmoid', { ulps: 8, absolute: 395_825 }),
    roots: Math.max(...roots) || 8,
    weight_block: profile.weightBlock,
  };
}

function saturate(n: bigint): number {
  return n > BigInt(MAX) ? MAX : Number(n);
}

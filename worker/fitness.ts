import { commitmentsOf, type Commitments } from '../src/chain/index.js';
import { Job, type Profile } from '../src/chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../src/errors.js';
import { Fitness, readCertificates, type Finding } from '../src/fitness/index.js';
import type { Executor } from '../src/jobs/index.js';
import { createReferee } from '../src/referee/index.js';

/** What a worker's check of its machine is made of. */
export interface WorkerFitnessOptions {
  /** the one that will serve */
  readonly executor: Executor;
  /** the assayd binary; empty: nothing is judged, only operators with known answers are checked */
  readonly assayd: string;
  /** the chain's profiles; without them the constants of ieee-fp32 apply */
  readonly profiles?: readonly Profile[];
  readonly seed: number;
  readonly onFinding?: (finding: Finding) => void;
}

/**
 * The check of a worker's machine: the runtime, threads and constants that its jobs will have.
 *
 * @throws AssayError REFEREE_MISSING, PROFILE_UNKNOWN
 */
export async function createFitness({ executor, assayd, profiles, seed, onFinding }: WorkerFitnessOptions): Promise<Fitness> {
  const { worst } = await readCertificates(executor.execution);
  return new Fitness(executor, {
    seed,
    special: worst,
    ...(assayd && { referee: await createReferee(assayd, { fast: true }) }),
    ...(profiles && { commitments: constantsOf(executor.execution.profile, profiles) }),
    ...(onFinding && { onFinding }),
  });
}

/** Commitments of no job, for the constants of a profile. */
function constantsOf(profile: string, profiles: readonly Profile[]): Commitments {
  if (!profiles.some((p) => p.name === profile))
    throw new AssayError('PROFILE_UNKNOWN', `the chain has no profile ${profile}; it has ${profiles.map((p) => p.name).join(', ')}`, { hint: 'Set worker.profile.' });
  return commitmentsOf(Job.fromPartial({ id: 1n, profile, program: { root: new Uint8Array(32) } }), profiles);
}

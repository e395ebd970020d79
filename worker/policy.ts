import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';

/** Which jobs a worker claims. */
export interface Policy {
  /** ids (decimal) or digests (hexadecimal) of artifacts; empty: any */
  readonly artifacts: readonly string[];
  readonly minFee: bigint;
  /** bond that one claim may lock */
  readonly maxBond: bigint;
  /** name of the profile that this worker runs under */
  readonly profile: string;
}

/** Why a worker does not claim a job; undefined when it does. The bond is checked when it is known. */
export function refusalOf(policy: Policy, job: Job): string | undefined {
  const digest = Buffer.from(job.artifactDigest).toString('hex');
  if (policy.artifacts.length > 0 && !policy.artifacts.includes(job.artifactId.toString()) && !policy.artifacts.includes(digest))
    return `artifact ${job.artifactId} is not served here`;
  if (job.profile !== policy.profile) return `profile ${job.profile} is not ${policy.profile}`;
  if (BigInt(job.fee) < policy.minFee) return `fee ${job.fee} is below ${policy.minFee}`;
  return undefined;
}

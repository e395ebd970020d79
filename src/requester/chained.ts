import { JobState, type Job } from '../chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../errors.js';

const hex = (root: Uint8Array | undefined): string => Buffer.from(root ?? []).toString('hex');

/**
 * Checks that jobs are one computation in steps, such as a generation with a cache or a training: all FINAL, of one program
 * with the same weights, the first `carried` inputs of each being the first `carried` outputs of the one before. The chain
 * judged every step; that they belong together is what these roots say.
 *
 * @param jobs in order
 * @throws AssayError CHAIN_BROKEN naming the job that does not go on from the one before it
 */
export function checkChained(jobs: readonly Job[], carried: number): void {
  jobs.forEach((job, i) => {
    const broken = (why: string): never => {
      throw new AssayError('CHAIN_BROKEN', `job ${job.id}: ${why}`, { decision: 'peer', hint: 'Nothing from this step on may be relied on.' });
    };
    if (job.state !== JobState.JOB_STATE_FINAL) broken(`expected FINAL, found ${JobState[job.state].replace('JOB_STATE_', '')}`);
    const before = jobs[i - 1];
    if (before === undefined) return;
    if (hex(job.program?.root) !== hex(before.program?.root) || hex(job.weightsRoot) !== hex(before.weightsRoot)) broken(`runs another program than job ${before.id}`);
    for (let k = 0; k < carried; k++) {
      const [given, taken] = [before.outputDataRoots[k], job.inputDataRoots[k]];
      if (given === undefined || taken === undefined) broken(`expected ${carried} tensors from job ${before.id}, found ${k}`);
      if (hex(given) !== hex(taken)) broken(`its input ${k} is ${hex(taken)}, output ${k} of job ${before.id} is ${hex(given)}`);
    }
  });
}

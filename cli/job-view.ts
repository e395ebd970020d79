import type { ChainClient } from '../src/chain/index.js';
import { EndReason, JobState, Verdict, type Duty, type Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { DisputePhase, type Dispute } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { Explanation } from '../src/chain/generated/assay/referee/v1/proof.js';
import { hasCode } from '../src/errors.js';

/** Everything that the chain says of a job, for people. */
export interface JobReport {
  readonly job: Job;
  readonly duties: readonly Duty[];
  readonly dispute: Dispute | undefined;
}

/** Reads a job with its duties and its dispute. @throws AssayError CHAIN_NOT_FOUND */
export async function readJob(chain: ChainClient, id: bigint): Promise<JobReport> {
  const { job, duties } = await chain.query.compute.Job({ id });
  const dispute = await chain.query.dispute.Dispute({ jobId: id, pagination: undefined }).then(
    (r) => r.dispute,
    (error: unknown) => {
      if (hasCode(error, 'CHAIN_NOT_FOUND')) return undefined;
      throw error;
    },
  );
  return { job: job!, duties, dispute };
}

/** `FAULTED (ARITHMETIC)`, `FINAL`, … */
export function stateText(job: Job): string {
  const state = word(JobState[job.state], 'JOB_STATE_');
  return job.reason === EndReason.END_REASON_UNSPECIFIED ? state : `${state} (${word(EndReason[job.reason], 'END_REASON_')})`;
}

/** A job in lines for a terminal. */
export function jobLines({ job, duties, dispute }: JobReport): string[] {
  const lines = [
    `job ${job.id}: ${stateText(job)}`,
    `  artifact ${job.artifactId}, fee ${job.fee}, requester ${job.requester}`,
  ];
  if (job.worker) lines.push(`  worker ${job.worker}, bond ${job.bond}`);
  if (job.outputRoot.length > 0) lines.push(`  output root ${Buffer.from(job.outputRoot).toString('hex')}, committed at height ${job.commitHeight}`);
  for (const d of duties) lines.push(`  verifier ${d.operator} (rank ${d.rank}): ${d.verdict === Verdict.VERDICT_UNSPECIFIED ? 'nothing yet' : word(Verdict[d.verdict], 'VERDICT_')}`);
  if (dispute && dispute.phase !== DisputePhase.DISPUTE_PHASE_UNSPECIFIED) {
    lines.push(`  dispute ${word(DisputePhase[dispute.phase], 'DISPUTE_PHASE_')}, opened by ${dispute.challenger || 'nobody'} at height ${dispute.openedHeight}`);
    if (dispute.prover) lines.push(`  fault proven by ${dispute.prover}, ${dispute.proofSize} bytes`);
    if (dispute.explanation?.fault) lines.push(...explanationLines(dispute.explanation).map((l) => `  ${l}`));
  }
  return lines;
}

/** The referee's explanation in lines: node, operator, element, claimed, exact, bound, ratio. */
export function explanationLines(e: Explanation): string[] {
  return [
    `node ${e.node} (${e.op}), output ${e.slot}, element ${e.element} at [${e.coordinates.join(', ')}]`,
    `claimed ${e.claimed}`,
    `exact   ${e.exact}`,
    `bound   ${e.bound}`,
    `ratio   ${e.ratio} times the bound`,
  ];
}

function word(name: string | undefined, prefix: string): string {
  return (name ?? 'unknown').replace(prefix, '');
}

import { eventsOf, message, type ChainClient, type Sender, type Sent } from '../chain/index.js';
import { type JobInput, type Job } from '../chain/generated/assay/compute/v1/compute.js';
import { MsgSubmitJob, MsgSubmitJobResponse } from '../chain/generated/assay/compute/v1/tx.js';
import { AssayError } from '../errors.js';
import { sleep } from '../shutdown.js';
import { toleranceToWire } from './publish.js';

/** One job to be done. */
export interface JobRequest {
  readonly artifactId: bigint;
  readonly inputs: readonly (Pick<JobInput, 'dataRoot'> & Partial<JobInput>)[];
  /** in the smallest unit; default: what the chain asks at least */
  readonly fee?: bigint;
  readonly profile?: string;
  /** what the requester signs; default: the artifact's */
  readonly tolerance?: { readonly abs: string; readonly rel: string };
}

/** What was submitted. */
export interface SubmittedJob extends Pick<Sent, 'height' | 'hash'> {
  readonly jobId: bigint;
  readonly fee: bigint;
}

/** Submits a job and pays its fee into escrow. @throws AssayError from the chain */
export async function submitJob(sender: Sender, request: JobRequest): Promise<SubmittedJob> {
  const fee = request.fee ?? (await priceOf(sender.client, request.artifactId));
  const value: MsgSubmitJob = {
    requester: sender.address,
    artifactId: request.artifactId,
    inputs: request.inputs.map((i) => ({ uris: [], datasetId: 0n, entry: undefined, ...i })),
    jobFee: fee.toString(),
    profile: request.profile ?? 'ieee-fp32',
    tolerance: request.tolerance && toleranceToWire(request.tolerance),
  };
  const { response, height, hash } = await sender.call(message(MsgSubmitJob, value), MsgSubmitJobResponse);
  return { jobId: response.jobId, fee, height, hash };
}

/** The least fee that the chain accepts for a run of an artifact. */
export async function priceOf(client: ChainClient, artifactId: bigint): Promise<bigint> {
  const { fee } = await client.query.compute.Price({ artifactId });
  return BigInt(fee);
}

/** Waits until the chain's record of a job satisfies a condition. @throws AssayError JOB_TIMEOUT (retry) */
export async function waitForJob(
  client: ChainClient,
  jobId: bigint,
  done: (job: Job) => boolean,
  options: { readonly seconds?: number; readonly signal?: AbortSignal; readonly onChange?: (job: Job) => void } = {},
): Promise<Job> {
  const end = Date.now() + (options.seconds ?? 300) * 1_000;
  for (let last = ''; ; await sleep(client.pollMs, options.signal)) {
    const { job } = await client.query.compute.Job({ id: jobId });
    if (job !== undefined) {
      const now = `${job.state}/${job.reason}`;
      if (now !== last) options.onChange?.(job);
      last = now;
      if (done(job)) return job;
    }
    if (Date.now() > end) {
      throw new AssayError('JOB_TIMEOUT', `job ${jobId} did not come so far in ${options.seconds ?? 300} s`, { decision: 'retry', facts: { state: last } });
    }
  }
}

/** Every payment out of a job's escrow so far, in order, from the events of its blocks. */
export async function paymentsOf(client: ChainClient, jobId: bigint, from: number, to: number): Promise<{ recipient: string; amount: bigint; purpose: string; height: number }[]> {
  const found = [];
  for (let height = from; height <= to; height++) {
    const { events } = await client.blockEvents(height);
    for (const e of eventsOf(events, 'assay.compute.v1.EventPayment')) {
      if (e.jobId === jobId) found.push({ recipient: e.recipient, amount: BigInt(e.amount), purpose: e.purpose, height });
    }
  }
  return found;
}

import { hasCode, isRetryable } from '../errors.js';
import { sleep } from '../shutdown.js';
import { eachOf } from './each-of.js';
import { pages, type AssayEvent, type ChainClient } from '../chain/index.js';
import { JobState, type Duty, type Job } from '../chain/generated/assay/compute/v1/compute.js';
import type { Demand, Dispute, FaultCommitment } from '../chain/generated/assay/dispute/v1/dispute.js';

/** Everything that the chain says of one job. */
export interface JobView {
  readonly job: Job;
  /** by operator */
  readonly duties: ReadonlyMap<string, Duty>;
  readonly dispute: Dispute | undefined;
  /** by id */
  readonly demands: ReadonlyMap<bigint, Demand>;
  /** by id */
  readonly commitments: ReadonlyMap<bigint, FaultCommitment>;
}

/** What one block changed. */
export interface Tick {
  readonly height: number;
  /** jobs whose view changed; all of them after a scan */
  readonly changed: ReadonlySet<bigint>;
  readonly events: readonly AssayEvent[];
}

interface Entry {
  job: Job;
  duties: Map<string, Duty>;
  dispute: Dispute | undefined;
  demands: Map<bigint, Demand>;
  commitments: Map<bigint, FaultCommitment>;
}

const LIVE = [JobState.JOB_STATE_OPEN, JobState.JOB_STATE_CLAIMED, JobState.JOB_STATE_COMMITTED] as const;

/** Whether a job has ended: FINAL, FAULTED, EXPIRED or VOID. */
export function hasEnded(job: Job): boolean {
  return job.state >= JobState.JOB_STATE_FINAL;
}

/**
 * The jobs that have not ended, as of the newest block: scanned once, then followed by events, scanned again when a node
 * has forgotten a block. Nothing of it is kept on disk: the chain is the truth.
 */
export class JobBook {
  readonly #chain: ChainClient;
  readonly #entries = new Map<bigint, Entry>();
  #height = 0;

  constructor(chain: ChainClient) {
    this.#chain = chain;
  }

  /** The newest block that the views reflect. */
  get height(): number {
    return this.#height;
  }

  /** What the chain says of a job; undefined when it has ended (and its last tick has passed) or never was. */
  view(jobId: bigint): JobView | undefined {
    return this.#entries.get(jobId);
  }

  /** All views, by job id. */
  views(): JobView[] {
    return [...this.#entries.values()].sort((a, b) => (a.job.id < b.job.id ? -1 : 1));
  }

  /** Reads a job that the book does not follow (one that has ended). @throws AssayError CHAIN_NOT_FOUND */
  async lookUp(jobId: bigint): Promise<JobView> {
    return this.#entries.get(jobId) ?? this.#read(jobId);
  }

  /**
   * Yields the first scan, then every block. Ends when `signal` aborts. A node that does not answer makes it wait.
   *
   * @param onError told of what went wrong and is being retried
   */
  async *follow(signal: AbortSignal, onError: (error: unknown) => void = () => {}): AsyncGenerator<Tick> {
    let scanned = false;
    while (!signal.aborted) {
      try {
        if (!scanned) {
          await this.#scan();
          scanned = true;
          yield { height: this.#height, changed: new Set(this.#entries.keys()), events: [] };
          this.#forgetEnded();
        }
        const head = await this.#chain.head();
        while (this.#height < head.height && !signal.aborted) {
          const { events } = await this.#chain.blockEvents(this.#height + 1);
          const changed = this.#apply(events);
          this.#height++;
          yield { height: this.#height, changed, events };
          this.#forgetEnded();
        }
      } catch (error) {
        if (!hasCode(error, 'CHAIN_NOT_YET')) onError(error);
        // A block that the node pruned, or events that nobody can read: begin again from state.
        if (!isRetryable(error)) scanned = false;
      }
      await sleep(this.#chain.pollMs, signal).catch(() => {});
    }
  }

  async #scan(): Promise<void> {
    const { height } = await this.#chain.head();
    const query = this.#chain.at(height);
    const ids: bigint[] = [];
    for (const state of LIVE)
      for await (const job of pages((pagination) => query.compute.Jobs({ state, pagination }), (r) => r.jobs)) ids.push(job.id);
    // Those that ended unseen are read once more: somebody waits for their end.
    const all = new Set([...ids, ...this.#entries.keys()]);
    const entries: Entry[] = [];
    await eachOf([...all], async (id) => void entries.push(await this.#read(id, height)));
    for (const entry of entries) this.#entries.set(entry.job.id, entry);
    this.#height = height;
  }

  #forgetEnded(): void {
    for (const [id, { job }] of this.#entries) if (hasEnded(job)) this.#entries.delete(id);
  }

  async #read(jobId: bigint, height?: number): Promise<Entry> {
    const query = height === undefined ? this.#chain.query : this.#chain.at(height);
    const { job, duties } = await query.compute.Job({ id: jobId });
    const entry: Entry = { job: job!, duties: new Map(duties.map((d) => [d.operator, d])), dispute: undefined, demands: new Map(), commitments: new Map() };
    try {
      for await (const page of pages((pagination) => query.dispute.Dispute({ jobId, pagination }), (r) => [r])) {
        entry.dispute = page.dispute;
        for (const d of page.demands) entry.demands.set(d.id, d);
        for (const c of page.commitments) entry.commitments.set(c.id, c);
      }
    } catch (error) {
      if (!hasCode(error, 'CHAIN_NOT_FOUND')) throw error;
    }
    return entry;
  }

  #apply(events: readonly AssayEvent[]): Set<bigint> {
    const changed = new Set<bigint>();
    const touch = (jobId: bigint, change: (entry: Entry) => void): void => {
      const entry = this.#entries.get(jobId);
      if (!entry) return;
      change(entry);
      changed.add(jobId);
    };
    for (const { type, value } of events) {
      if (type === 'assay.compute.v1.EventJobUpdated' && value.job) {
        const { job } = value;
        if (!this.#entries.has(job.id))
          this.#entries.set(job.id, { job, duties: new Map(), dispute: undefined, demands: new Map(), commitments: new Map() });
        touch(job.id, (entry) => (entry.job = job));
      } else if ((type === 'assay.compute.v1.EventDutyDrawn' || type === 'assay.compute.v1.EventAttested') && value.duty) {
        const { duty } = value;
        touch(duty.jobId, (entry) => entry.duties.set(duty.operator, duty));
      } else if (type === 'assay.dispute.v1.EventDisputeUpdated' && value.dispute) {
        const { dispute } = value;
        touch(dispute.jobId, (entry) => (entry.dispute = dispute));
      } else if (type === 'assay.dispute.v1.EventDemandUpdated' && value.demand) {
        const { demand } = value;
        touch(demand.jobId, (entry) => entry.demands.set(demand.id, demand));
      } else if (type === 'assay.dispute.v1.EventFaultCommitmentUpdated' && value.commitment) {
        const { commitment } = value;
        touch(commitment.jobId, (entry) => entry.commitments.set(commitment.id, commitment));
      }
    }
    return changed;
  }
}

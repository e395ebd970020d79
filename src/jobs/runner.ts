import { isRetryable } from '../errors.js';
import type { Logger } from '../log.js';

/** What a step takes a place of. `message`: nothing, it begins at once. `fetch`: it waits for other machines. `work`: it computes. */
export type Lane = 'message' | 'fetch' | 'work';

/** Where a job stands among those that wait. */
export interface Standing {
  readonly lane: Lane;
  /** milliseconds from now in which the step must be done; Infinity where nothing runs out. The earliest goes first. */
  readonly due: number;
  /** it cannot be done by then: after everything that can, and never in the last free place */
  readonly late: boolean;
  /** there is a reason to suspect the job: before others that are due with it, and work on it has one place of its own */
  readonly suspect: boolean;
}

/** Options of {@link JobRunner}. */
export interface RunnerOptions {
  /** Does the next thing for a job; true when there may be more to do at once. Must be safe to repeat. */
  readonly step: (jobId: bigint) => Promise<boolean>;
  /** Jobs worked on at once. */
  readonly concurrency: number;
  /** Jobs fetched for at once; default 16. */
  readonly fetches?: number;
  /** Where a job's next step stands; read whenever a place is free. Default: work, in order of arrival. */
  readonly standing?: (jobId: bigint) => Standing;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds before the first retry, doubled each time. Default 500. */
  readonly retryMs?: number;
  /** Whether an error ends the work on a job until the chain says something new about it. Default: not retryable. */
  readonly givesUp?: (error: unknown) => boolean;
  /** Told of every error. */
  readonly onError?: (jobId: bigint, error: unknown) => void;
}

const MAX_RETRY_MS = 15_000;

// A failed try moves its job back by so many times what it took: jobs whose every try hangs get a fifth of a place at most.
const FAILURE_COST = 4;

const FIRST_COME: Standing = { lane: 'work', due: Infinity, late: false, suspect: false };

/**
 * Runs one step a job, never two of one job, so many in each lane; the earliest deadline first, then suspects, then in order
 * of arrival. Retries what may succeed later. A job's next step waits its turn anew.
 */
export class JobRunner {
  readonly #options: RunnerOptions;
  // By job: its place in the order of arrival.
  readonly #waiting = new Map<bigint, number>();
  readonly #busy = new Map<bigint, Standing>();
  readonly #again = new Set<bigint>();
  readonly #failures = new Map<bigint, { count: number; cost: number }>();
  readonly #pauses = new Map<bigint, NodeJS.Timeout>();
  #arrivals = 0;
  #planned = false;
  #idle: (() => void)[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      for (const timer of this.#pauses.values()) clearTimeout(timer);
      this.#pauses.clear();
      this.#waiting.clear();
      this.#plan();
    });
  }

  /** Jobs being worked on, or about to be. */
  get active(): number {
    return this.#busy.size + this.#waiting.size;
  }

  /** Whether a step of a job runs now. */
  isBusy(jobId: bigint): boolean {
    return this.#busy.has(jobId);
  }

  /** Says that something changed about a job, which may have something to do now; ends its pause after a failure. */
  wake(jobId: bigint): void {
    if (this.#options.signal.aborted) return;
    clearTimeout(this.#pauses.get(jobId));
    this.#pauses.delete(jobId);
    if (this.#busy.has(jobId)) this.#again.add(jobId);
    else if (!this.#waiting.has(jobId)) this.#waiting.set(jobId, this.#arrivals++);
    this.#plan();
  }

  /** As {@link wake}, where nothing changed but time: a job that failed keeps its pause. */
  nudge(jobId: bigint): void {
    if (!this.#pauses.has(jobId)) this.wake(jobId);
  }

  /** Resolves when nothing runs. Retries that wait for their time do not count. */
  settled(): Promise<void> {
    return this.active === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  // Once for all that woke together: a block wakes every duty.
  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#next();
    });
  }

  #next(): void {
    const { standing = () => FIRST_COME } = this.#options;
    const order = [...this.#waiting].map(([jobId, arrival]) => {
      const place = standing(jobId);
      return { jobId, arrival, place, due: place.due + (this.#failures.get(jobId)?.cost ?? 0) };
    });
    order.sort((a, b) => Number(a.place.late) - Number(b.place.late) || compare(a.due, b.due) || Number(b.place.suspect) - Number(a.place.suspect) || a.arrival - b.arrival);
    for (const { jobId, arrival, place } of order) {
      if (!this.#hasRoom(place)) continue;
      this.#waiting.delete(jobId);
      this.#busy.set(jobId, place);
      void this.#run(jobId, arrival);
    }
    if (this.active === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  // Every lane has one place more, which others than suspects never take. What is late anyway never takes the last place:
  // somebody who could make it may come.
  #hasRoom({ lane, late, suspect }: Standing): boolean {
    const { concurrency, fetches = 16 } = this.#options;
    if (lane === 'message') return true;
    const most = (lane === 'fetch' ? fetches : concurrency) - Number(late);
    const there = [...this.#busy.values()].filter((b) => b.lane === lane);
    return there.length <= most && (suspect || there.filter((b) => !b.suspect).length < most);
  }

  async #run(jobId: bigint, arrival: number): Promise<void> {
    const { step, log, signal } = this.#options;
    const started = Date.now();
    let more = false;
    try {
      more = await step(jobId);
      this.#failures.delete(jobId);
    } catch (error) {
      if (!signal.aborted) this.#failed(jobId, error, Date.now() - started);
    } finally {
      this.#busy.delete(jobId);
      const again = this.#again.delete(jobId);
      if ((more || again) && !signal.aborted) {
        clearTimeout(this.#pauses.get(jobId));
        this.#pauses.delete(jobId);
        // It goes on where it stood, not behind all others.
        this.#waiting.set(jobId, more ? arrival : this.#arrivals++);
      }
      this.#plan();
    }
    log.trace({ job: jobId.toString() }, 'step done');
  }

  #failed(jobId: bigint, error: unknown, tookMs: number): void {
    const { log, retryMs = 500, givesUp = (e: unknown) => !isRetryable(e) } = this.#options;
    this.#options.onError?.(jobId, error);
    const { count, cost } = this.#failures.get(jobId) ?? { count: 0, cost: 0 };
    this.#failures.set(jobId, { count: count + 1, cost: cost + FAILURE_COST * tookMs });
    const given = givesUp(error);
    const delay = given ? MAX_RETRY_MS : Math.min(MAX_RETRY_MS, retryMs * 2 ** count);
    if (given) log.error({ job: jobId.toString(), err: error }, 'gave a job up until it changes');
    else log.warn({ job: jobId.toString(), err: error, retry_ms: delay }, 'failed, will retry');
    const timer = setTimeout(() => {
      this.#pauses.delete(jobId);
      if (!given) this.wake(jobId);
    }, delay);
    this.#pauses.set(jobId, timer);
  }
}

// Infinity − Infinity is no number.
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

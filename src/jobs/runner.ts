import { isRetryable } from '../errors.js';
import type { Logger } from '../log.js';

/** Options of {@link JobRunner}. */
export interface RunnerOptions {
  /** Does the next thing for a job; true when there may be more to do at once. Must be safe to repeat. */
  readonly step: (jobId: bigint) => Promise<boolean>;
  /** Jobs worked on at once. */
  readonly concurrency: number;
  /** Whether a job's next step is a message that a deadline waits for: it begins at once, however many are worked on. */
  readonly urgent?: (jobId: bigint) => boolean;
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

/** Runs one task a job, never two of one job, at most so many in all; retries what may succeed later. */
export class JobRunner {
  readonly #options: RunnerOptions;
  // In order of arrival.
  readonly #waiting = new Set<bigint>();
  readonly #busy = new Set<bigint>();
  readonly #again = new Set<bigint>();
  readonly #failures = new Map<bigint, number>();
  readonly #timers = new Map<bigint, NodeJS.Timeout>();
  #idle: (() => void)[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      for (const timer of this.#timers.values()) clearTimeout(timer);
      this.#timers.clear();
      this.#waiting.clear();
    });
  }

  /** Jobs being worked on, or about to be. */
  get active(): number {
    return this.#busy.size + this.#waiting.size;
  }

  /** Says that a job may have something to do. Cheap: call it for every change. */
  wake(jobId: bigint): void {
    if (this.#options.signal.aborted) return;
    clearTimeout(this.#timers.get(jobId));
    this.#timers.delete(jobId);
    if (this.#busy.has(jobId)) this.#again.add(jobId);
    else this.#waiting.add(jobId);
    this.#next();
  }

  /** Resolves when nothing runs. Retries that wait for their time do not count. */
  settled(): Promise<void> {
    return this.active === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    const { concurrency, urgent = () => false } = this.#options;
    for (const jobId of this.#waiting) {
      if (this.#busy.size >= concurrency && !urgent(jobId)) continue;
      this.#waiting.delete(jobId);
      this.#busy.add(jobId);
      void this.#run(jobId);
    }
    if (this.active === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #run(jobId: bigint): Promise<void> {
    const { step, log, signal } = this.#options;
    try {
      while (!signal.aborted && (await step(jobId)));
      this.#failures.delete(jobId);
    } catch (error) {
      if (!signal.aborted) this.#failed(jobId, error);
    } finally {
      this.#busy.delete(jobId);
      if (this.#again.delete(jobId) && !signal.aborted) this.#waiting.add(jobId);
      this.#next();
    }
    log.trace({ job: jobId.toString() }, 'step done');
  }

  #failed(jobId: bigint, error: unknown): void {
    const { log, retryMs = 500, givesUp = (e: unknown) => !isRetryable(e) } = this.#options;
    this.#options.onError?.(jobId, error);
    if (givesUp(error)) {
      log.error({ job: jobId.toString(), err: error }, 'gave a job up until it changes');
      return;
    }
    const failures = (this.#failures.get(jobId) ?? 0) + 1;
    this.#failures.set(jobId, failures);
    const delay = Math.min(MAX_RETRY_MS, retryMs * 2 ** (failures - 1));
    log.warn({ job: jobId.toString(), err: error, retry_ms: delay }, 'failed, will retry');
    this.#timers.set(jobId, setTimeout(() => this.wake(jobId), delay));
  }
}

const MOST_MS = 2 ** 31 - 1; // longer timers fire at once

/** Time that a worker's endpoint may take in all, over several fetches: one that drips must not let the time to accuse run out. */
export class FetchTime {
  #left: number;

  /** @param ms milliseconds; default: no end */
  constructor(ms = Infinity) {
    this.#left = ms;
  }

  /** Whether it is used up. */
  get over(): boolean {
    return this.#left <= 0;
  }

  /** Runs a fetch; its signal aborts when the time is used up. */
  async spend<T>(fetch: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    if (this.#left === Infinity) return fetch(undefined);
    const started = performance.now();
    try {
      return await fetch(AbortSignal.timeout(Math.min(MOST_MS, Math.max(0, Math.floor(this.#left)))));
    } finally {
      this.#left -= Math.ceil(performance.now() - started);
    }
  }
}

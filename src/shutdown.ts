/** Stops a process in order: everything that ticks, listens or holds a file registers itself here. */
export interface Shutdown {
  /** Aborted when the process begins to stop. Pass it to fetches, timers and loops. */
  readonly signal: AbortSignal;
  /** Registers work to do on the way down; the last registered runs first. */
  add(callback: () => void | Promise<void>): void;
  /** Begins to stop, or waits for the stop under way. Errors of callbacks are collected and thrown together at the end. */
  stop(reason?: string): Promise<void>;
}

/** Creates a {@link Shutdown}. It does not listen to signals; see {@link onSignals}. */
export function createShutdown(): Shutdown {
  const controller = new AbortController();
  const callbacks: (() => void | Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  return {
    signal: controller.signal,
    add(callback) {
      callbacks.push(callback);
    },
    stop(reason = 'stop') {
      stopping ??= (async () => {
        controller.abort(new Error(reason));
        const errors: unknown[] = [];
        for (const callback of callbacks.reverse()) {
          try {
            await callback();
          } catch (error) {
            errors.push(error);
          }
        }
        if (errors.length) throw new AggregateError(errors, 'shutdown failed');
      })();
      return stopping;
    },
  };
}

/** Stops on SIGINT and SIGTERM; a second signal exits at once with code 130. */
export function onSignals(shutdown: Shutdown): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (shutdown.signal.aborted) process.exit(130);
      void shutdown.stop(name).catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      });
    });
  }
}

/** Waits `ms`, or rejects with the signal's reason. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

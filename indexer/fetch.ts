import { BATCH_HEIGHTS, type CometClient, type FetchedBlock } from '../src/comet/index.js';
import { AssayError, isRetryable } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';

/** Options of {@link fetchBlocks}. */
export interface FetchOptions {
  readonly client: CometClient;
  /** First height to yield. */
  readonly from: number;
  readonly signal: AbortSignal;
  /** Batches of five heights asked for at once. */
  readonly concurrency: number;
  /** Bound of what is fetched ahead, bytes of JSON. */
  readonly maxBytesAhead: number;
  /** How often to ask for the chain's height at its tip, milliseconds. */
  readonly pollMs: number;
  /** Told the chain's height as often as it is learnt. */
  readonly onTarget: (height: number) => void | Promise<void>;
  /** Told of each failure that is waited out. */
  readonly onRetry: (error: AssayError, attempt: number) => void;
}

/**
 * Blocks in order from `from` on, without end: the same generator fills the past and follows the tip. It waits out
 * whatever may pass and throws what may not.
 *
 * @throws AssayError HISTORY_PRUNED, and what the client rejects with
 */
export async function* fetchBlocks(options: FetchOptions): AsyncGenerator<FetchedBlock, never> {
  const { client, signal } = options;
  const queue: Promise<FetchedBlock[]>[] = [];
  let scheduled = options.from;
  let target = options.from - 1;
  let bytesPerBlock = 100_000; // A guess until the first answer.
  for (;;) {
    const ahead = Math.max(1, Math.min(options.concurrency, Math.floor(options.maxBytesAhead / (bytesPerBlock * BATCH_HEIGHTS))));
    while (queue.length < ahead && scheduled <= target) {
      const [from, count] = [scheduled, Math.min(BATCH_HEIGHTS, target - scheduled + 1)];
      const batch = waitingOut(options, () => client.blocks(from, count, signal));
      batch.catch(() => undefined); // Seen when its turn comes.
      queue.push(batch);
      scheduled += count;
    }
    const batch = await queue.shift();
    if (batch) {
      const size = batch.reduce((n, b) => n + b.raw.block.length + b.raw.results.length, 0) / batch.length;
      bytesPerBlock = Math.max(1_000, 0.8 * bytesPerBlock + 0.2 * size);
      yield* batch;
      continue;
    }
    const status = await waitingOut(options, () => client.status(signal));
    if (status.earliestHeight > scheduled) {
      throw new AssayError('HISTORY_PRUNED', 'the endpoint no longer has the blocks that the index lacks', {
        decision: 'peer',
        facts: { needed: scheduled, earliest: status.earliestHeight, endpoint: status.endpoint },
        hint: 'Use an endpoint that keeps all blocks (pruning of blocks off, min-retain-blocks = 0).',
      });
    }
    await options.onTarget(status.latestHeight);
    target = status.latestHeight;
    if (scheduled > target) await sleep(options.pollMs, signal);
  }
}

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [100, 5_000];

/** Calls again, ever later, while the failure is one that may pass. A malformed answer may be a cut one: three tries. */
async function waitingOut<T>({ signal, onRetry }: FetchOptions, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || !(error instanceof AssayError) || !(isRetryable(error) || (error.code === 'RPC_MALFORMED' && attempt < 3))) throw error;
      onRetry(error, attempt);
      await sleep(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 10)), signal);
    }
  }
}

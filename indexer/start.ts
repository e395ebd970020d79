import { createCometClient } from '../src/comet/index.js';
import type { Database } from '../src/db/index.js';
import { AssayError } from '../src/errors.js';
import { createLogger, type Logger } from '../src/log.js';
import { createShutdown, type Shutdown } from '../src/shutdown.js';
import { serveOperator } from './http.js';
import { createMetrics, type IndexerMetrics } from './metrics.js';
import { runPipeline } from './pipeline.js';
import { PROJECTION_VERSION, readCursor } from './store/store.js';

/** Configuration of {@link startIndexer}. */
export interface IndexerConfig {
  /** Open database, from `openDatabase`. One indexer a database; GraphQL may share the handle. */
  readonly database: Database;
  /** CometBFT RPC URLs of one chain, the preferred first. */
  readonly rpc: readonly string[];
  /** The chain's id. Without it the first endpoint's is taken, once; the database remembers it. */
  readonly chainId?: string;
  /** Port of `/metrics`, `/healthz`, `/readyz` on loopback; 0 takes a free one, undefined serves none. */
  readonly operatorPort?: number;
  /** How often to look for new blocks at the tip, milliseconds. Default 250. */
  readonly pollMs?: number;
  /** Of one RPC exchange, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Batches of five heights asked for at once. Default 4. */
  readonly concurrency?: number;
  /** Bound of what is fetched ahead, bytes. Default 64 MiB. */
  readonly maxBytesAhead?: number;
  /** Most blocks of one transaction. Default 100. */
  readonly batchBlocks?: number;
  /** Ready when at most this many blocks behind. Default 5. */
  readonly readyLag?: number;
  /** Unhealthy when nothing was learnt from any endpoint for so long, milliseconds. Default 60,000. */
  readonly stallMs?: number;
  readonly logger?: Logger;
  readonly shutdown?: Shutdown;
}

/** A running indexer. */
export interface Indexer {
  /** Settles when it ends: resolves after `stop`, rejects with the error that nothing could be done about. */
  readonly done: Promise<void>;
  readonly metrics: IndexerMetrics;
  /** Port of the operator's endpoints, undefined when none are served. */
  readonly operatorPort: number | undefined;
  /** Last height in the tables; undefined before genesis is in. */
  head(): number | undefined;
  /** Resolves once `height` is in the tables. Rejects when the indexer ends first, or after `timeoutMs`. */
  reached(height: number, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts indexing a chain into a database, from its first block or from where it stopped.
 *
 * Every block is verified before a row of it is written: chain id, header hash, chain of last block ids, transactions,
 * and results against the next header; hence the index stands one block behind the tip.
 *
 * @example
 * const database = await openDatabase({ dataDir: './index' });
 * const indexer = await startIndexer({ database, rpc: ['http://127.0.0.1:26657'] });
 * await indexer.reached(100);
 *
 * @throws AssayError RPC_URLS, PORT_BUSY; what happens later rejects `done`: CHAIN_ID_MISMATCH, CHAIN_RESTARTED,
 *   HISTORY_PRUNED, RPC_MALFORMED, the codes of LightError, CURSOR_MOVED
 */
export async function startIndexer(config: IndexerConfig): Promise<Indexer> {
  const logger = config.logger ?? createLogger({ name: 'indexer' });
  const shutdown = config.shutdown ?? createShutdown();
  const own = createShutdown();
  shutdown.add(() => own.stop());
  const metrics = createMetrics();
  const client = createCometClient({ urls: config.rpc, timeoutMs: config.timeoutMs });

  // An index that is about to be projected anew stands nowhere yet.
  const cursor = await readCursor(config.database.db);
  let head = cursor?.projection === PROJECTION_VERSION ? cursor.height : undefined;
  let target: number | undefined;
  let failure: unknown;
  let heardAt = Date.now();
  let waiters: { height: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  const settle = (done: (w: (typeof waiters)[number]) => boolean) => (waiters = waiters.filter((w) => !done(w)));

  const done = runPipeline({
    db: config.database.db,
    client,
    logger,
    signal: own.signal,
    chainId: config.chainId,
    pollMs: config.pollMs ?? 250,
    concurrency: config.concurrency ?? 4,
    maxBytesAhead: config.maxBytesAhead ?? 64 << 20,
    batchBlocks: config.batchBlocks ?? 100,
    observer: {
      ...metrics,
      target(height) {
        metrics.target(height);
        heardAt = Date.now();
        target = height;
      },
      stored(height, blocks, rows, seconds) {
        metrics.stored(height, blocks, rows, seconds);
        logger.debug({ msg: 'Stored blocks', height, blocks, rows, seconds });
        heardAt = Date.now();
        head = height;
        settle((w) => w.height <= height && (w.resolve(), true));
      },
    },
  }).catch((error: unknown) => {
    failure = own.signal.aborted ? new AssayError('STOPPED', 'the indexer was stopped') : error;
    settle((w) => (w.reject(failure), true));
    if (own.signal.aborted) return;
    logger.error({ msg: 'Stopped indexing', err: error });
    throw error;
  });
  done.catch(() => undefined); // Seen by whoever awaits it; the health endpoint tells too.
  own.add(() => done.catch(() => undefined));

  const lag = () => (target === undefined || head === undefined ? undefined : Math.max(0, target - head));
  const operatorPort =
    config.operatorPort === undefined
      ? undefined
      : await serveOperator(
          {
            metrics: () => metrics.registry.metrics(),
            unhealthy: () =>
              failure !== undefined ? `failed: ${String(failure)}`
              : Date.now() - heardAt > (config.stallMs ?? 60_000) ? 'nothing heard from any endpoint'
              : undefined,
            unready: () => ((lag() ?? Infinity) <= (config.readyLag ?? 5) ? undefined : `behind by ${lag() ?? 'an unknown number of'} blocks`),
          },
          config.operatorPort,
          own,
        );

  return {
    done,
    metrics,
    operatorPort,
    head: () => head,
    reached(height, timeoutMs = 60_000) {
      if (head !== undefined && head >= height) return Promise.resolve();
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          settle((w) => w === waiter);
          reject(new AssayError('INDEX_BEHIND', `height ${height} was not indexed within ${timeoutMs} ms`, { decision: 'retry', facts: { head } }));
        }, timeoutMs);
        const clear = <A extends unknown[]>(f: (...args: A) => void) => (...args: A) => (clearTimeout(timer), f(...args));
        const waiter = { height, resolve: clear(resolve), reject: clear(reject) };
        waiters.push(waiter);
      });
    },
    stop: () => own.stop(),
  };
}

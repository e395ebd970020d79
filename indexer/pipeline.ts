import type { Logger } from '../src/log.js';
import type { CometClient, FetchedBlock } from '../src/comet/index.js';
import type { Db } from '../src/db/index.js';
import { AssayError } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';
import { checkBlock, checkContinuity, genesisHash, sameChain } from './continuity.js';
import { decodeVerified } from './decode/block.js';
import { fetchBlocks } from './fetch.js';
import { projectBlock } from './project/block.js';
import { projectGenesis } from './project/genesis.js';
import { pack, readArchive } from './store/archive.js';
import { reproject } from './store/reproject.js';
import { PROJECTION_VERSION, readCursor, storeBlocks, storeGenesis, storeTip, type Cursor, type StoredBlock } from './store/store.js';
import { createVerifier, type VerifiedBlock } from './verify.js';
import { readWitness, type Witness } from './witness.js';

/** What happens on the way, for metrics, health and waiting. */
export interface PipelineObserver {
  /** The endpoints' height was learnt. */
  target(height: number): void;
  /** A batch is in the tables. */
  stored(height: number, blocks: number, rows: number, seconds: number): void;
  /** Events of ours that could not be read. */
  unread(count: number): void;
  /** A failure is waited out. */
  retry(error: AssayError): void;
  /** An endpoint lied and is used no more. */
  quarantined(error: AssayError): void;
}

/** What the pipeline runs on. */
export interface PipelineOptions {
  readonly db: Db;
  readonly client: CometClient;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly observer: PipelineObserver;
  /** The chain's id; undefined accepts the first one met. Blocks of another are refused. */
  readonly chainId: string | undefined;
  readonly pollMs: number;
  readonly concurrency: number;
  readonly maxBytesAhead: number;
  /** Most blocks of one transaction. */
  readonly batchBlocks: number;
}

/**
 * Indexes from where the tables stand, without end: archive, then network → verify → decode → project → store.
 *
 * @throws AssayError when nothing is left to try: every endpoint lied, the chain is another, the database failed
 */
export async function runPipeline(options: PipelineOptions): Promise<never> {
  for (;;) {
    try {
      await follow(options, await begin(options));
    } catch (error) {
      if (options.signal.aborted) throw error;
      quarantineLiar(options, error);
    }
  }
}

/** Uses the endpoint that an error blames no more, or rethrows when it blames none or no other is left. */
function quarantineLiar({ client, observer, logger }: PipelineOptions, error: unknown): void {
  const endpoint = error instanceof AssayError && error.decision === 'peer' ? (error.facts['endpoint'] ?? error.facts['url']) : undefined;
  if (!(error instanceof AssayError) || typeof endpoint !== 'string' || !client.endpoints().includes(endpoint) || client.endpoints().length < 2) throw error;
  client.quarantine(endpoint, error);
  observer.quarantined(error);
  logger.error({ msg: 'Quarantined endpoint', endpoint, err: error });
}

/** Checks that tables and endpoint speak of one chain, or begins with genesis. */
async function begin(options: PipelineOptions): Promise<Cursor> {
  const { db, client, signal, logger } = options;
  const cursor = await readCursor(db);
  if (!cursor) return beginWithGenesis(options);
  if (options.chainId !== undefined && options.chainId !== cursor.chainId) {
    throw new AssayError('CHAIN_ID_MISMATCH', 'the database holds another chain', { facts: { expected: options.chainId, found: cursor.chainId }, hint: 'Use a database of its own for each chain.' });
  }
  await waiting(options, () => checkContinuity(client, db, cursor, signal));
  if (cursor.projection === PROJECTION_VERSION) return cursor;
  logger.info({ msg: 'Projecting anew from the archive', from_version: cursor.projection, to_version: PROJECTION_VERSION });
  return reproject(db, cursor);
}

async function beginWithGenesis(options: PipelineOptions): Promise<Cursor> {
  const { db, client, signal } = options;
  const genesis = await waiting(options, () => client.genesis(signal));
  const status = await waiting(options, () => client.status(signal));
  sameChain(options.chainId ?? genesis.chainId, status.chainId, status.endpoint);
  sameChain(options.chainId ?? genesis.chainId, genesis.chainId, status.endpoint);
  const hash = genesisHash(genesis);
  await storeGenesis(db, { chainId: genesis.chainId, genesisHash: hash, initialHeight: genesis.initialHeight, state: genesis.appState }, projectGenesis(genesis.appState));
  return (await readCursor(db))!;
}

/** At start a node may not be up yet: the same patience as later. */
async function waiting<T>(options: PipelineOptions, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (options.signal.aborted || !(error instanceof AssayError) || error.decision !== 'retry') throw error;
      options.observer.retry(error);
      await sleep(Math.min(5_000, 200 * 2 ** Math.min(attempt, 10)), options.signal);
    }
  }
}

/** Archive first, then network, as one stream. */
async function* source(options: PipelineOptions, cursor: Cursor, progress: Progress): AsyncGenerator<FetchedBlock & { witness?: Witness }, void> {
  let next = cursor.height + 1;
  for await (const archived of readArchive(options.db, next)) {
    yield archived;
    next = archived.height + 1;
  }
  yield* fetchBlocks({
    ...options,
    from: next,
    onTarget: async (height) => {
      options.observer.target(height);
      // Asked four times a second; written when it says something new, or to show that somebody still asks.
      if (height !== progress.target || Date.now() - progress.toldAt > TELL_EVERY_MS) {
        await storeTip(options.db, height);
        progress.toldAt = Date.now();
      }
      progress.target = height;
      // A node that went back is behind, or tells another chain.
      if (height < progress.height) await checkBlock(options.client, options.db, height, options.signal);
    },
    onRetry: (error, attempt) => {
      options.observer.retry(error);
      if (attempt === 3 || attempt % 20 === 0) options.logger.warn({ msg: 'Waiting for endpoint', attempt, err: error });
    },
  });
}

interface Progress {
  /** Last stored height. */
  height: number;
  /** What the endpoints say. */
  target: number;
  /** When the tables were last told of it. */
  toldAt: number;
}

const TELL_EVERY_MS = 5_000;

async function follow(options: PipelineOptions, cursor: Cursor): Promise<void> {
  const progress: Progress = { height: cursor.height, target: 0, toldAt: 0 };
  const verifier = createVerifier(cursor.chainId, cursor.height + 1, cursor.blockId);
  let batch: StoredBlock[] = [];
  const witnesses = new Map<number, Witness>();
  for await (const fetched of source(options, cursor, progress)) {
    if (fetched.witness) witnesses.set(fetched.height, fetched.witness);
    let verified: VerifiedBlock | undefined;
    try {
      verified = verifier.next(fetched);
    } catch (error) {
      await flush(options, batch, progress); // What came before the lie is verified.
      throw error;
    }
    if (!verified) continue;
    batch.push(await prepare(options, verified, witnesses.get(verified.height)));
    witnesses.delete(verified.height);
    // At the tip each block is written as it comes; in the past, many at once.
    if (batch.length >= options.batchBlocks || fetched.height >= progress.target) {
      await flush(options, batch, progress);
      batch = [];
    }
  }
}

/** Verified block → rows. @param archived its witness, when it came from the archive */
async function prepare(options: PipelineOptions, block: VerifiedBlock, archived: Witness | undefined): Promise<StoredBlock> {
  const witness = archived ?? (await readWitness(options.client, block.height, block.results, options.signal));
  const projection = projectBlock(decodeVerified(block.block, block.results, block.resultsHash, witness));
  if (projection.unread > 0) {
    options.observer.unread(projection.unread);
    options.logger.warn({ msg: 'Kept unreadable events raw', height: block.height, events: projection.unread });
  }
  const packed = archived ? undefined : await pack(block.raw, witness);
  return { height: block.height, blockId: block.block.blockId, changes: projection.changes, packed };
}

async function flush(options: PipelineOptions, batch: readonly StoredBlock[], progress: Progress): Promise<void> {
  const last = batch.at(-1);
  if (!last) return;
  const started = performance.now();
  const rows = await storeBlocks(options.db, batch);
  progress.height = last.height;
  options.observer.stored(last.height, batch.length, rows, (performance.now() - started) / 1000);
}

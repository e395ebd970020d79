import { AssayError, isRetryable } from '../errors.js';
import { base64Bytes, object, uint32 } from './json.js';
import { decodeBlock, decodeBlockResults, decodeGenesis, decodeStatus, decodeStoreValue } from './decode.js';
import { exchange, MAX_BATCH, type Call } from './endpoint.js';
import type { Block, BlockResults, Genesis, Status, StoreValue } from './types.js';

/** Options of {@link createCometClient}. */
export interface CometOptions {
  /** Base URLs of CometBFT RPCs of one chain, in order of preference. At least one. */
  readonly urls: readonly string[];
  /** Of one exchange, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Largest body of one answer, bytes. Default 64 MiB. */
  readonly maxBytes?: number;
}

/** A block with its results, and who said so. `block` and `results` as told: nothing here is verified. */
export interface FetchedBlock {
  readonly height: number;
  readonly block: Block;
  readonly results: BlockResults;
  /** The two answers as JSON, for the archive. */
  readonly raw: { readonly block: string; readonly results: string };
  /** The URL that told it. */
  readonly endpoint: string;
}

/** A client of one chain's RPC over several endpoints. Every method rejects with an AssayError. */
export interface CometClient {
  /** Status of the endpoint in use. */
  status(signal?: AbortSignal): Promise<Status & { endpoint: string }>;
  /** Genesis document, in chunks when it is large. */
  genesis(signal?: AbortSignal): Promise<Genesis>;
  /** One block, unverified. */
  block(height: number, signal?: AbortSignal): Promise<Block & { endpoint: string }>;
  /** Up to five consecutive heights, each with block and results, in one batch. */
  blocks(from: number, count: number, signal?: AbortSignal): Promise<FetchedBlock[]>;
  /** Raw value of a key of a store after `height`. Unproven. */
  storeValue(store: string, key: Uint8Array, height: number, signal?: AbortSignal): Promise<StoreValue>;
  /** Uses `endpoint` no more; it lied. The last one left stays, and every call rejects with `reason`. */
  quarantine(endpoint: string, reason: AssayError): void;
  /** Endpoints still trusted to answer, the preferred first. */
  endpoints(): readonly string[];
}

/** Heights of one batch: two calls each, ten at most. */
export const BATCH_HEIGHTS = MAX_BATCH / 2;

/**
 * A client that prefers its first endpoint and moves to the next when one fails in a way that may pass: unreachable,
 * timed out, busy, height not available, answer malformed.
 */
export function createCometClient(options: CometOptions): CometClient {
  const limits = { timeoutMs: options.timeoutMs ?? 10_000, maxBytes: options.maxBytes ?? 64 << 20 };
  let trusted = [...new Set(options.urls.map(checkUrl))];
  let lastLie: AssayError | undefined;
  if (trusted.length === 0) throw new AssayError('RPC_URLS', 'expected at least one RPC URL, found none');

  /** Tries each trusted endpoint once; `decode` runs inside so that a malformed answer also moves on. */
  async function attempt<T>(calls: readonly Call[], decode: (results: unknown[], endpoint: string) => T, signal?: AbortSignal): Promise<T> {
    let failure: unknown = lastLie;
    for (const endpoint of [...trusted]) {
      try {
        return decode(await exchange(endpoint, calls, limits, signal), endpoint);
      } catch (error) {
        if (signal?.aborted || !(isRetryable(error) || isPeer(error))) throw error;
        failure = error;
        // The next call starts with another endpoint; this one comes last.
        if (trusted.length > 1 && trusted[0] === endpoint) trusted = [...trusted.slice(1), endpoint];
      }
    }
    throw failure;
  }

  return {
    status: (signal) => attempt([{ method: 'status', params: {} }], ([result], endpoint) => ({ ...decodeStatus(result), endpoint }), signal),
    genesis: (signal) => fetchGenesis((calls) => attempt(calls, (results) => results, signal)),
    block: (height, signal) =>
      attempt([{ method: 'block', params: { height: String(height) } }], ([result], endpoint) => ({ ...decodeBlock(result), endpoint }), signal),
    blocks(from, count, signal) {
      if (count < 1 || count > BATCH_HEIGHTS) throw new AssayError('RPC_BATCH', `expected 1 to ${BATCH_HEIGHTS} heights, found ${count}`, { decision: 'bug' });
      const heights = Array.from({ length: count }, (_, i) => from + i);
      const calls = heights.flatMap((h) => ['block', 'block_results'].map((method) => ({ method, params: { height: String(h) } })));
      return attempt(calls, (results, endpoint) => heights.map((height, i) => fetched(height, results[2 * i], results[2 * i + 1], endpoint)), signal);
    },
    storeValue: (store, key, height, signal) =>
      attempt(
        [{ method: 'abci_query', params: { path: `/store/${store}/key`, data: Buffer.from(key).toString('hex'), height: String(height), prove: false } }],
        ([result]) => decodeStoreValue(result),
        signal,
      ),
    quarantine(endpoint, reason) {
      lastLie = reason;
      trusted = trusted.filter((url) => url !== endpoint);
    },
    endpoints: () => trusted,
  };
}

function fetched(height: number, block: unknown, results: unknown, endpoint: string): FetchedBlock {
  return {
    height,
    block: decodeBlock(block),
    results: decodeBlockResults(results),
    raw: { block: JSON.stringify(block), results: JSON.stringify(results) },
    endpoint,
  };
}

/** `/genesis` refuses large documents, `/genesis_chunked` never: ask for chunks. */
async function fetchGenesis(call: (calls: readonly Call[]) => Promise<unknown[]>): Promise<Genesis> {
  const chunk = async (index: number) => {
    const [result] = await call([{ method: 'genesis_chunked', params: { chunk: String(index) } }]);
    const answer = object(result, 'genesis_chunked');
    return { total: uint32(answer['total'], 'genesis_chunked.total'), data: base64Bytes(answer['data'], 'genesis_chunked.data') };
  };
  const first = await chunk(0);
  const parts = [first.data];
  for (let i = 1; i < first.total; i++) parts.push((await chunk(i)).data);
  try {
    return decodeGenesis(JSON.parse(Buffer.concat(parts).toString('utf8')));
  } catch (error) {
    if (error instanceof AssayError) throw error;
    throw new AssayError('RPC_MALFORMED', 'expected a genesis document', { decision: 'peer', cause: error });
  }
}

function isPeer(error: unknown): boolean {
  return error instanceof AssayError && error.decision === 'peer';
}

function checkUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new AssayError('RPC_URLS', `expected an http or https URL, found ${JSON.stringify(url)}`);
  }
  return url.replace(/\/+$/, '');
}

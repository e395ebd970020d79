import { open, rm } from 'node:fs/promises';
import { needingDisk, writeAll } from '../disk.js';
import { AssayError, hasCode, isRetryable } from '../errors.js';
import { chunkCount, CHUNK_BYTES, rangeIndices, rootOfRoots, sameHash } from '../merkle/index.js';
import { sleep } from '../shutdown.js';
import type { AddressPolicy } from './address.js';
import { fetchChunked, fetchRange } from './chunk-fetch.js';
import { MAX_CHUNKS, rangeBytes } from './chunk-reply.js';
import { download } from './download.js';
import { DataHasher } from './hasher.js';
import { parseJobRoots, type JobRoots } from './job-roots.js';
import { dropPartial } from './partial.js';
import { hexRoot, splitRoots, type BlobKind, type BlobStore } from './store.js';

// A source that cuts more often than this is worse than none.
const MAX_CUTS = 8;
const ATTEMPTS = 3;

// Fetches under way in this process by the path of the blob: a second one waits for the first.
const underWay = new Map<string, Promise<void>>();

/** How blobs are fetched. */
export interface FetchOptions extends AddressPolicy {
  readonly signal?: AbortSignal;
  /** Attempts a source before it is given up. Default 3, with pauses of 0.2, 0.8 s. */
  readonly attempts?: number;
  readonly idleMs?: number;
  readonly totalMs?: number;
}

/** Fetches content-addressed bytes from untrusted sources into a store. A byte that was not hashed is never used. */
export class BlobClient {
  readonly store: BlobStore;
  readonly #options: FetchOptions;

  constructor(store: BlobStore, options: FetchOptions) {
    this.store = store;
    this.#options = options;
  }

  /**
   * Makes sure that a tensor is in the store. One of more than 4 MiB comes as ranges of chunks that are verified one by one:
   * what was verified is kept on disk, so a fetch that was cut goes on there, from any source. Sources that serve no chunks are
   * asked for the whole afterwards.
   *
   * @param sources base URLs of endpoints, or URLs whose last part is the root; tried in order
   * @param size bytes of the tensor, which the program states
   * @throws AssayError BLOB_UNAVAILABLE (retry) when no source had it; its cause is the last source's reason. DISK_FULL
   */
  async tensor(sources: readonly string[], root: Uint8Array, size: number, signal?: AbortSignal): Promise<void> {
    const path = this.store.path('tensor', root);
    for (;;) {
      const other = underWay.get(path);
      if (other) {
        await other.catch(() => {});
        signal?.throwIfAborted();
        continue;
      }
      if ((await this.store.size('tensor', root)) === size) return;
      if (underWay.has(path)) continue;
      const fetched = this.#fetchTensor(sources, root, size, signal).finally(() => underWay.delete(path));
      underWay.set(path, fetched);
      return fetched;
    }
  }

  /**
   * A range of a tensor's chunks, verified: from the store when the tensor is there, or from a source that serves chunks.
   * Nothing is kept.
   *
   * @param size bytes of the tensor, which the program states
   * @throws AssayError BLOB_UNAVAILABLE (retry); MerkleError MERKLE_RANGE
   */
  async chunks(sources: readonly string[], root: Uint8Array, size: number, first: number, count: number, signal?: AbortSignal): Promise<Uint8Array> {
    rangeIndices(size, first, count);
    if ((await this.store.size('tensor', root)) === size) {
      const all = await this.store.tensor(root);
      return all.slice(first * CHUNK_BYTES, first * CHUNK_BYTES + rangeBytes(size, first, count));
    }
    const bytes = new Uint8Array(rangeBytes(size, first, count));
    for (let at = 0; at < count; at += MAX_CHUNKS) {
      const some = Math.min(MAX_CHUNKS, count - at);
      const range = await this.#eachSource('tensor', root, sources, signal, (url) => fetchRange(url, root, size, first + at, some, this.#limits(signal)));
      bytes.set(range.bytes, at * CHUNK_BYTES);
    }
    return bytes;
  }

  /**
   * A list of roots (a weights root's, for one), from the store or a source.
   *
   * @param count how many the chain or the program says there are
   */
  async roots(sources: readonly string[], root: Uint8Array, count: number, signal?: AbortSignal): Promise<Uint8Array[]> {
    if (await this.store.has('roots', root)) return this.store.roots(root);
    return this.#eachSource('roots', root, sources, signal, async (url) => {
      const list = splitRoots(await this.#bytes(url, 32 * count, signal));
      if (!sameHash(rootOfRoots(list), root)) throw digestError(url, root);
      await this.store.putRoots(list);
      return list;
    });
  }

  /**
   * The bytes of a program record.
   *
   * @param rootOf computes the program root of record bytes and throws when they are no record
   */
  async program(sources: readonly string[], root: Uint8Array, maxBytes: number, rootOf: (record: Uint8Array) => Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    if (await this.store.has('program', root)) {
      const record = await this.store.program(root);
      if (sameHash(rootOf(record), root)) return record;
      await this.store.remove('program', root);
    }
    return this.#eachSource('program', root, sources, signal, async (url) => {
      const record = await this.#bytes(url, maxBytes, signal);
      if (!sameHash(rootOf(record), root)) throw digestError(url, root);
      await this.store.putProgram(root, record);
      return record;
    });
  }

  /** What a worker says of a job's roots; the caller checks every list against the chain. */
  async jobRoots(endpoint: string, jobId: bigint, maxRoots: number, signal?: AbortSignal): Promise<JobRoots> {
    const url = `${endpoint.replace(/\/$/, '')}/v1/job/${jobId}/roots`;
    const bytes = await this.#retrying(signal, () => this.#bytes(url, 4096 + 70 * maxRoots, signal));
    return parseJobRoots(bytes, url);
  }

  async #fetchTensor(sources: readonly string[], root: Uint8Array, size: number, signal: AbortSignal | undefined): Promise<void> {
    let plain = sources;
    if (chunkCount(size) > MAX_CHUNKS) {
      const urls = sources.map((source) => blobUrl(source, 'tensor', root));
      const limits = this.#limits(signal);
      const outcome = await fetchChunked(this.store, { root, size, urls, limits, attempts: this.#options.attempts ?? ATTEMPTS });
      if (outcome.complete) return;
      plain = outcome.plain;
      if (plain.length === 0) throw unavailable('tensor', root, sources, outcome.last);
    }
    await this.#eachSource('tensor', root, plain, signal, (url) => this.#tensorFrom(url, root, size, signal));
    await dropPartial(this.store, root);
  }

  async #eachSource<T>(kind: BlobKind, root: Uint8Array, sources: readonly string[], signal: AbortSignal | undefined, fetchFrom: (url: string) => Promise<T>): Promise<T> {
    let last: unknown;
    for (const source of sources) {
      try {
        return await this.#retrying(signal, () => fetchFrom(blobUrl(source, kind, root)));
      } catch (error) {
        if (signal?.aborted || hasCode(error, 'DISK_FULL')) throw error;
        last = error;
      }
    }
    throw unavailable(kind, root, sources, last);
  }

  async #retrying<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const attempts = this.#options.attempts ?? ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt >= attempts || !isRetryable(error) || hasCode(error, 'DISK_FULL')) throw error;
        await sleep(200 * 4 ** (attempt - 1), signal);
      }
    }
  }

  async #bytes(url: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    await download(url, { ...this.#limits(signal), maxBytes }, (piece) => {
      pieces.push(piece);
    });
    return new Uint8Array(Buffer.concat(pieces));
  }

  // One source, resumed after cuts as long as it moves forward, and not for ever.
  async #tensorFrom(url: string, root: Uint8Array, size: number, signal?: AbortSignal): Promise<void> {
    const temporary = this.store.temporary();
    const file = await open(temporary, 'w');
    let hasher = new DataHasher();
    let received = 0;
    let cuts = 0;
    try {
      while (received < size || size === 0) {
        const before = received;
        try {
          await download(url, { ...this.#limits(signal), maxBytes: size, ...(received > 0 ? { from: received } : {}) }, async (piece, offset) => {
            if (offset === 0 && received > 0) {
              // The server ignored the range: begin again.
              hasher = new DataHasher();
              received = 0;
            }
            hasher.update(piece);
            await needingDisk(temporary, size, () => writeAll(file, piece, offset));
            received += piece.length;
          });
          if (received < size) throw new AssayError('BLOB_TRUNCATED', `${url} has ${received} bytes, expected ${size}`, { decision: 'peer' });
          if (size === 0) break;
        } catch (error) {
          if (!isRetryable(error) || hasCode(error, 'DISK_FULL') || received <= before || ++cuts > MAX_CUTS) throw error;
        }
      }
      // Not synced: what a power cut damages is noticed when it is read, and fetched again.
      if (!sameHash(hasher.digest(), root)) throw digestError(url, root);
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
    await file.close();
    await this.store.adopt('tensor', root, temporary);
  }

  #limits(signal?: AbortSignal): AddressPolicy & { signal?: AbortSignal; idleMs?: number; totalMs?: number } {
    const { allowPrivate, idleMs, totalMs } = this.#options;
    const both = signal && this.#options.signal ? AbortSignal.any([signal, this.#options.signal]) : (signal ?? this.#options.signal);
    return { allowPrivate, ...(both ? { signal: both } : {}), ...(idleMs ? { idleMs } : {}), ...(totalMs ? { totalMs } : {}) };
  }
}

/** URL of a blob: a source whose last path part is the root already, or an endpoint's route. */
export function blobUrl(source: string, kind: BlobKind, root: Uint8Array): string {
  const hex = hexRoot(root);
  return source.endsWith(`/${hex}`) ? source : `${source.replace(/\/+$/, '')}/v1/${kind}/${hex}`;
}

function unavailable(kind: BlobKind, root: Uint8Array, sources: readonly string[], last: unknown): AssayError {
  return new AssayError('BLOB_UNAVAILABLE', `no source served the ${kind} ${hexRoot(root)}`, {
    decision: 'retry',
    facts: { sources: sources.join(' ') || 'none' },
    cause: last ?? new AssayError('BLOB_UNAVAILABLE', 'nobody is named as its source', { decision: 'peer' }),
  });
}

function digestError(url: string, root: Uint8Array): AssayError {
  return new AssayError('BLOB_DIGEST', `${url} sent other bytes than those of ${hexRoot(root)}`, { decision: 'peer' });
}

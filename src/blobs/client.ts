import { open, rm } from 'node:fs/promises';
import { AssayError, isRetryable } from '../errors.js';
import { rootOfRoots, sameHash } from '../merkle/index.js';
import { sleep } from '../shutdown.js';
import type { AddressPolicy } from './address.js';
import { download } from './download.js';
import { DataHasher } from './hasher.js';
import { parseJobRoots, type JobRoots } from './job-roots.js';
import { hexRoot, splitRoots, type BlobKind, type BlobStore } from './store.js';

// A source that cuts more often than this is worse than none.
const MAX_CUTS = 8;

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
   * Makes sure that a tensor is in the store.
   *
   * @param sources base URLs of endpoints, or URLs whose last part is the root; tried in order
   * @param size bytes of the tensor, which the program states
   * @throws AssayError BLOB_UNAVAILABLE (retry) when no source had it; its cause is the last source's reason
   */
  async tensor(sources: readonly string[], root: Uint8Array, size: number, signal?: AbortSignal): Promise<void> {
    if ((await this.store.size('tensor', root)) === size) return;
    await this.#eachSource('tensor', root, sources, signal, (url) => this.#tensorFrom(url, root, size, signal));
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

  async #eachSource<T>(kind: BlobKind, root: Uint8Array, sources: readonly string[], signal: AbortSignal | undefined, fetchFrom: (url: string) => Promise<T>): Promise<T> {
    let last: unknown = new AssayError('BLOB_UNAVAILABLE', 'nobody is named as its source', { decision: 'peer' });
    for (const source of sources) {
      try {
        return await this.#retrying(signal, () => fetchFrom(blobUrl(source, kind, root)));
      } catch (error) {
        if (signal?.aborted) throw error;
        last = error;
      }
    }
    throw new AssayError('BLOB_UNAVAILABLE', `no source served the ${kind} ${hexRoot(root)}`, {
      decision: 'retry',
      facts: { sources: sources.join(' ') || 'none' },
      cause: last,
    });
  }

  async #retrying<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const attempts = this.#options.attempts ?? 3;
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt >= attempts || !isRetryable(error)) throw error;
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
            await file.write(piece, 0, piece.length, offset);
            received += piece.length;
          });
          if (received < size) throw new AssayError('BLOB_TRUNCATED', `${url} has ${received} bytes, expected ${size}`, { decision: 'peer' });
          if (size === 0) break;
        } catch (error) {
          if (!isRetryable(error) || received <= before || ++cuts > MAX_CUTS) throw error;
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

function digestError(url: string, root: Uint8Array): AssayError {
  return new AssayError('BLOB_DIGEST', `${url} sent other bytes than those of ${hexRoot(root)}`, { decision: 'peer' });
}

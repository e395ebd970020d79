import { constants } from 'node:fs';
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { needingDisk, readAt, writeAll } from '../disk.js';
import { CHUNK_BYTES, chunkCount, cutChunks, verifyRange } from '../merkle/index.js';
import { MAX_CHUNKS, rangeBytes, type VerifiedRange } from './chunk-reply.js';
import type { BlobStore } from './store.js';

/** A range that is on disk, and the multiproof with which it is checked again: a line of the journal beside the chunks. */
interface KeptRange {
  readonly first: number;
  readonly count: number;
  readonly hashes: readonly Uint8Array[];
}

/**
 * A tensor of which only some chunks are here yet, on disk so that a fetch goes on after a crash. Nothing that lies there is
 * believed: each range is kept with its multiproof, and opening hashes every chunk again up to the data root. So a torn
 * write, a damaged disk or another process in the same store cost a second fetch and never a wrong byte. Several may
 * write one tensor at once: they write the same verified bytes to the same places.
 */
export class Partial {
  readonly #store: BlobStore;
  readonly #root: Uint8Array;
  readonly #size: number;
  readonly #file: FileHandle;
  readonly #journal: FileHandle;
  readonly #have: Uint8Array;

  private constructor(store: BlobStore, root: Uint8Array, size: number, file: FileHandle, journal: FileHandle) {
    this.#store = store;
    this.#root = root;
    this.#size = size;
    this.#file = file;
    this.#journal = journal;
    this.#have = new Uint8Array(chunkCount(size));
  }

  /** Opens what is here of a tensor, which may be nothing, and checks it. Call `finish` or `close` afterwards. */
  static async open(store: BlobStore, root: Uint8Array, size: number): Promise<Partial> {
    const path = store.partialPath(root);
    const ranges = await readFile(rangesPath(path), 'utf8').catch(() => '');
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const journal = await open(rangesPath(path), 'a').catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    const partial = new Partial(store, root, size, file, journal);
    try {
      if ((await file.stat()).size > size) await file.truncate(size);
      for (const line of ranges.split('\n')) await partial.#check(parseRange(line));
    } catch (error) {
      await partial.close();
      throw error;
    }
    return partial;
  }

  /** The first range that is missing, of at most `most` chunks; undefined when all are here. */
  missing(most: number): { first: number; count: number } | undefined {
    const first = this.#have.indexOf(0);
    if (first < 0) return undefined;
    const next = this.#have.indexOf(1, first);
    return { first, count: Math.min(most, (next < 0 ? this.#have.length : next) - first) };
  }

  /**
   * Keeps a range that was verified: the bytes first, then the line that says so.
   *
   * @throws AssayError DISK_FULL
   */
  async add(first: number, { bytes, hashes }: VerifiedRange): Promise<void> {
    const count = chunkCount(bytes.length);
    const line = `${JSON.stringify({ first, count, hashes: hashes.map((h) => Buffer.from(h).toString('hex')) })}\n`;
    await needingDisk(this.#store.partialPath(this.#root), this.#size, async () => {
      await writeAll(this.#file, bytes, first * CHUNK_BYTES);
      // On a line of its own also after one that a crash tore off.
      await this.#journal.writeFile(`\n${line}`);
    });
    this.#have.fill(1, first, first + count);
  }

  /** Makes the whole tensor a blob of the store. Every chunk must be here. */
  async finish(): Promise<void> {
    if (this.#have.includes(0)) throw new Error('a partial tensor was finished before all its chunks were there');
    await this.close();
    const path = this.#store.partialPath(this.#root);
    try {
      await this.#store.adopt('tensor', this.#root, path);
    } catch (error) {
      // Another process was faster with the same bytes.
      if ((await this.#store.size('tensor', this.#root)) !== this.#size) throw error;
    }
    await rm(rangesPath(path), { force: true });
  }

  /** Lets the files go; what was verified stays for the next fetch. */
  async close(): Promise<void> {
    await this.#file.close();
    await this.#journal.close();
  }

  async #check(range: KeptRange | undefined): Promise<void> {
    if (!range || range.first + range.count > this.#have.length || this.#have[range.first]) return;
    const { first, count, hashes } = range;
    const bytes = await readAt(this.#file, first * CHUNK_BYTES, rangeBytes(this.#size, first, count));
    try {
      verifyRange(this.#root, this.#size, first, count, { chunks: cutChunks(bytes), hashes });
    } catch {
      return; // fetched again
    }
    this.#have.fill(1, first, first + count);
  }
}

/** Removes what is here of a tensor that came another way. */
export async function dropPartial(store: BlobStore, root: Uint8Array): Promise<void> {
  const path = store.partialPath(root);
  await rm(path, { force: true });
  await rm(rangesPath(path), { force: true });
}

function rangesPath(path: string): string {
  return `${path}.ranges`;
}

// A line of any content is either a range to check or nothing: the check is what counts.
function parseRange(line: string): KeptRange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('first' in value) || !('count' in value) || !('hashes' in value)) return undefined;
  const { first, count, hashes } = value;
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!whole(first) || !whole(count) || count < 1 || count > MAX_CHUNKS || !Array.isArray(hashes)) return undefined;
  return { first, count, hashes: hashes.map((h: unknown) => new Uint8Array(Buffer.from(typeof h === 'string' ? h : '', 'hex'))) };
}

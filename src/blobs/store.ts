import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { needingDisk } from '../disk.js';
import { AssayError } from '../errors.js';
import { dataRoot, rootOfRoots, sameHash } from '../merkle/index.js';
import '../onnx/sha256.js';
import { DataHasher } from './hasher.js';

/**
 * What a store holds: `tensor` by data root; `program` by program root; `roots`: lists of 32-byte roots by the root of the
 * tree over them (weights, inputs, outputs, traces).
 */
export const BLOB_KINDS = ['tensor', 'program', 'roots'] as const;
export type BlobKind = (typeof BLOB_KINDS)[number];

// Another process may be at work in the same store: its files are younger than this. What it writes grows all the time.
const ABANDONED_MS = { tmp: 10 * 60_000, partial: 7 * 24 * 3_600_000 } as const;

/** Lower-case hexadecimal text of a root. */
export function hexRoot(root: Uint8Array): string {
  return Buffer.from(root).toString('hex');
}

/**
 * The bytes of a hexadecimal root.
 *
 * @throws AssayError ROOT_INVALID
 */
export function parseRoot(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new AssayError('ROOT_INVALID', `"${text.slice(0, 80)}" is not a root: expected 64 lower-case hexadecimal digits`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Content-addressed files in a directory. A file appears under its root only once its bytes were hashed and are on disk. */
export class BlobStore {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Opens a store, making its directories; what interrupted writes and fetches left behind long ago is removed. */
  static async open(dir: string): Promise<BlobStore> {
    for (const name of [...BLOB_KINDS, 'tmp', 'partial']) await mkdir(join(dir, name), { recursive: true });
    for (const [name, ms] of Object.entries(ABANDONED_MS))
      for (const file of await readdir(join(dir, name))) {
        // The time of the last change of any kind: a link is as old as what it leads to, but was just made.
        const touched = await stat(join(dir, name, file)).then((s) => s.ctimeMs, () => Date.now());
        if (touched < Date.now() - ms) await rm(join(dir, name, file), { force: true });
      }
    return new BlobStore(dir);
  }

  /** Where a blob lies, or would. */
  path(kind: BlobKind, root: Uint8Array): string {
    const hex = hexRoot(root);
    return join(this.dir, kind, hex.slice(0, 2), hex);
  }

  /** A fresh path for a file that is not yet known to be right. */
  temporary(): string {
    return join(this.dir, 'tmp', randomUUID());
  }

  /** Where the chunks of a tensor that were verified so far lie, until all are there. */
  partialPath(root: Uint8Array): string {
    return join(this.dir, 'partial', hexRoot(root));
  }

  /** Where the upper hashes of a tensor's tree lie, once they were needed. */
  outlinePath(root: Uint8Array): string {
    const hex = hexRoot(root);
    return join(this.dir, 'outline', hex.slice(0, 2), hex);
  }

  /** Size in bytes, or undefined when the blob is not here. */
  async size(kind: BlobKind, root: Uint8Array): Promise<number | undefined> {
    return stat(this.path(kind, root)).then((s) => s.size, () => undefined);
  }

  async has(kind: BlobKind, root: Uint8Array): Promise<boolean> {
    return (await this.size(kind, root)) !== undefined;
  }

  /** Stores a tensor's bytes (in its layout) and returns its data root. */
  async putTensor(bytes: Uint8Array): Promise<Uint8Array> {
    const root = dataRoot(bytes);
    await this.#put('tensor', root, bytes);
    return root;
  }

  /** Stores a list of roots and returns the root of the tree over it. */
  async putRoots(list: readonly Uint8Array[]): Promise<Uint8Array> {
    const root = rootOfRoots(list);
    await this.#put('roots', root, Buffer.concat(list));
    return root;
  }

  /** Stores canonical record bytes under their program root, which the caller computed from them. */
  async putProgram(root: Uint8Array, record: Uint8Array): Promise<void> {
    await this.#put('program', root, record);
  }

  /** Takes a file of this disk over as a tensor, without copying it. Its root is recomputed unless the caller just did. */
  async linkTensor(root: Uint8Array, file: string, hashed = false): Promise<void> {
    if (!hashed && !sameHash(await hashFile(file), root)) throw mismatch('tensor', root);
    const temporary = this.temporary();
    try {
      await link(file, temporary).catch(async (error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
        // Another disk: a copy.
        await needingDisk(this.dir, (await stat(file)).size, () => copyFile(file, temporary));
      });
      // What lay there may have been damaged since; this file was hashed just now.
      await this.#place('tensor', root, temporary);
    } finally {
      // Two links to one file are left as they are by a rename.
      await rm(temporary, { force: true });
    }
  }

  /** Moves a finished temporary file, whose root the caller computed, to its place. */
  async adopt(kind: BlobKind, root: Uint8Array, temporary: string): Promise<void> {
    await this.#place(kind, root, temporary);
  }

  /**
   * The bytes of a tensor, hashed again: disks lie too.
   *
   * @throws AssayError BLOB_MISSING, BLOB_DIGEST
   */
  async tensor(root: Uint8Array): Promise<Uint8Array> {
    const bytes = await this.#read('tensor', root);
    if (!sameHash(dataRoot(bytes), root)) return this.damaged('tensor', root);
    return bytes;
  }

  /** A list of roots, hashed again. @throws AssayError BLOB_MISSING, BLOB_DIGEST */
  async roots(root: Uint8Array): Promise<Uint8Array[]> {
    const list = splitRoots(await this.#read('roots', root));
    if (!sameHash(rootOfRoots(list), root)) return this.damaged('roots', root);
    return list;
  }

  /** Record bytes; the caller decodes and checks them. @throws AssayError BLOB_MISSING */
  async program(root: Uint8Array): Promise<Uint8Array> {
    return this.#read('program', root);
  }

  /** Forgets a blob. */
  async remove(kind: BlobKind, root: Uint8Array): Promise<void> {
    await rm(this.path(kind, root), { force: true });
    if (kind === 'tensor') await rm(this.outlinePath(root), { force: true });
  }

  /** Removes a blob that the disk damaged, so that the next fetch brings a good one. @throws AssayError BLOB_DIGEST (retry) */
  async damaged(kind: BlobKind, root: Uint8Array): Promise<never> {
    await this.remove(kind, root);
    throw new AssayError('BLOB_DIGEST', `the disk damaged the ${kind} ${hexRoot(root)}; it was removed`, { decision: 'retry' });
  }

  async #read(kind: BlobKind, root: Uint8Array): Promise<Uint8Array> {
    try {
      return new Uint8Array(await readFile(this.path(kind, root)));
    } catch (cause) {
      throw new AssayError('BLOB_MISSING', `the ${kind} ${hexRoot(root)} is not in ${this.dir}`, { cause });
    }
  }

  async #put(kind: BlobKind, root: Uint8Array, bytes: Uint8Array): Promise<void> {
    if ((await this.size(kind, root)) === bytes.length) return;
    const temporary = this.temporary();
    try {
      await needingDisk(this.dir, bytes.length, async () => {
        const file = await open(temporary, 'w');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
      });
      await this.adopt(kind, root, temporary);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #place(kind: BlobKind, root: Uint8Array, file: string): Promise<void> {
    const to = this.path(kind, root);
    await mkdir(dirname(to), { recursive: true });
    await rename(file, to);
  }
}

/** Data root of a file, read in pieces. */
export async function hashFile(path: string): Promise<Uint8Array> {
  const hasher = new DataHasher();
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hasher.update(piece as Uint8Array);
  return hasher.digest();
}

/** Cuts a concatenation into roots. @throws AssayError ROOT_INVALID */
export function splitRoots(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length % 32 !== 0) throw new AssayError('ROOT_INVALID', `a list of roots has a multiple of 32 bytes, found ${bytes.length}`, { decision: 'peer' });
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
}

function mismatch(kind: BlobKind, root: Uint8Array): AssayError {
  return new AssayError('BLOB_DIGEST', `the bytes are not those of the ${kind} ${hexRoot(root)}`, { decision: 'peer' });
}

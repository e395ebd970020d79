import { mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readAt } from '../disk.js';
import { AssayError } from '../errors.js';
import {
  CHUNK_BYTES, chunkCount, closedSubtrees, cutChunks, dataRoot, innerHash, leafHash, open as fold, openChunks, rangeIndices, sameHash, subtreeRoot,
} from '../merkle/index.js';
import { hexRoot, type BlobStore } from './store.js';

// A proof about a few chunks needs hashes of all the others. The upper part of a tensor's tree is therefore kept beside it:
// the roots of its blocks of 64 chunks, then of pairs of these, and so on to the root: 32 bytes each, 0.1 % of the tensor.
// What lies below a block is hashed again from at most two blocks.

/** Chunks of a block: the leaves of an outline. */
const BLOCK_CHUNKS = 64;
const BLOCK_BYTES = BLOCK_CHUNKS * CHUNK_BYTES;
const HASH_BYTES = 32;

/** Makes multiproofs of a store's tensors, of any range of chunks, without hashing a tensor more than once. */
export class Outlines {
  readonly #store: BlobStore;
  readonly #building = new Map<string, Promise<void>>();
  #turn: Promise<void> = Promise.resolve();

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /**
   * The hashes of the multiproof of a range of chunks, as `openRange` gives them. The first call for a tensor reads it
   * whole, in a turn of its own; later ones read 64 KiB at each end of the range and a few hashes.
   *
   * @param blob the tensor's file, of `size` bytes
   * @throws MerkleError MERKLE_RANGE; AssayError BLOB_DIGEST (retry) when the disk damaged the tensor, which is then removed
   */
  async hashes(root: Uint8Array, blob: FileHandle, size: number, first: number, count: number): Promise<Uint8Array[]> {
    const indices = rangeIndices(size, first, count);
    if (size <= BLOCK_BYTES) {
      const bytes = await readAt(blob, 0, size);
      return sameHash(dataRoot(bytes), root) ? [...openChunks(bytes, indices).hashes] : this.#store.damaged('tensor', root);
    }
    for (let attempt = 0; ; attempt++) {
      const outline = await this.#open(root, size);
      try {
        const hashes = await rangeHashes(root, blob, outline, size, indices);
        if (hashes) return hashes;
      } finally {
        await outline.close();
      }
      // The disk damaged the outline, or the tensor: building the outline anew tells which.
      await rm(this.#store.outlinePath(root), { force: true });
      if (attempt > 0) return this.#store.damaged('tensor', root);
    }
  }

  async #open(root: Uint8Array, size: number): Promise<FileHandle> {
    const path = this.#store.outlinePath(root);
    for (let attempt = 0; ; attempt++) {
      try {
        return await open(path, 'r');
      } catch (cause) {
        if (attempt > 0) throw new AssayError('BLOB_MISSING', `the tensor ${hexRoot(root)} was removed`, { decision: 'retry', cause });
      }
      await this.#build(root, size, path);
    }
  }

  // One tensor at a time, however many are asked for: each is read whole.
  #build(root: Uint8Array, size: number, path: string): Promise<void> {
    const key = hexRoot(root);
    const building = this.#building.get(key);
    if (building) return building;
    const built = this.#turn.then(async () => {
      const levels = await levelsOf(this.#store.path('tensor', root), size);
      if (!levels || !sameHash(levels.at(-1)![0]!, root)) await this.#store.damaged('tensor', root);
      const temporary = this.#store.temporary();
      try {
        await writeFile(temporary, Buffer.concat(levels!.flat()));
        await mkdir(dirname(path), { recursive: true });
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
    });
    this.#building.set(key, built);
    this.#turn = built.catch(() => {}).finally(() => this.#building.delete(key));
    return built;
  }
}

/** Roots of a file's blocks, of pairs of them, and so on to the root; undefined when the file is not `size` bytes long. */
async function levelsOf(path: string, size: number): Promise<Uint8Array[][] | undefined> {
  const blocks: Uint8Array[] = [];
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).size !== size) return undefined;
    for (let at = 0; at < size; at += BLOCK_BYTES) blocks.push(dataRoot(await readAt(file, at, Math.min(BLOCK_BYTES, size - at))));
  } finally {
    await file.close();
  }
  const levels = [blocks];
  for (let below = blocks; below.length > 1; levels.push(below))
    // An odd last node has no sibling and moves up as it is: RFC 6962's split at the largest power of two.
    below = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => (2 * i + 1 < below.length ? innerHash(below[2 * i]!, below[2 * i + 1]!) : below[2 * i]!));
  return levels;
}

// Undefined when outline, tensor and root do not agree where they were looked at: a disk may damage either.
async function rangeHashes(root: Uint8Array, blob: FileHandle, outline: FileHandle, size: number, indices: readonly number[]): Promise<Uint8Array[] | undefined> {
  const n = chunkCount(size);
  const blocks = Math.ceil(n / BLOCK_CHUNKS);
  const [first, last] = [indices[0]!, indices.at(-1)!];
  const [firstBlock, lastBlock] = [first, last].map((i) => Math.floor(i / BLOCK_CHUNKS)) as [number, number];
  const touched = Array.from({ length: lastBlock - firstBlock + 1 }, (_, i) => firstBlock + i);
  const upper: Uint8Array[] = [];
  for (const { first: at, count } of closedSubtrees(blocks, touched)) upper.push(await readHash(outline, blocks, at, count));
  const roots: Uint8Array[] = [];
  for (const block of touched) roots.push(await readHash(outline, blocks, block, 1));
  if ([...upper, ...roots].some((h) => h.length !== HASH_BYTES) || !sameHash(fold(blocks, touched, roots, upper), root)) return undefined;
  const leaves = new Map<number, Uint8Array[]>();
  for (const block of new Set([firstBlock, lastBlock])) {
    const bytes = await readAt(blob, block * BLOCK_BYTES, Math.min(BLOCK_BYTES, size - block * BLOCK_BYTES));
    leaves.set(block, cutChunks(bytes).map(leafHash));
    if (!sameHash(dataRoot(bytes), roots[block - firstBlock]!)) return undefined;
  }
  let used = 0;
  return closedSubtrees(n, indices).map(({ first: at, count }) => {
    const block = Math.floor(at / BLOCK_CHUNKS);
    if (block < firstBlock || block > lastBlock) return upper[used++]!;
    return subtreeRoot((i) => leaves.get(block)![i - block * BLOCK_CHUNKS]!, at, count);
  });
}

/** The root of the subtree of `count` blocks from `first` on. */
async function readHash(outline: FileHandle, blocks: number, first: number, count: number): Promise<Uint8Array> {
  let offset = 0;
  let [width, at] = [blocks, first];
  for (let span = 1; span < count; span *= 2) {
    offset += width;
    width = Math.ceil(width / 2);
    at /= 2;
  }
  return readAt(outline, (offset + at) * HASH_BYTES, HASH_BYTES);
}

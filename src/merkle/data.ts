import { MerkleError } from './errors.js';
import { open, prove, sameHash } from './multiproof.js';
import { sha256 } from './sha256.js';
import { emptyRoot, leafHash, subtreeRoot, type LeafAt } from './tree.js';

/** Bytes of a chunk: the leaf of a tensor's data tree. The last chunk is short and unpadded. */
export const CHUNK_BYTES = 1024;

/** Chunks and sibling hashes that open part of a tensor. Positions are derived, never stated. */
export interface DataOpening {
  /** opened chunks in ascending order; 1,024 bytes each but for a tensor's last one */
  readonly chunks: readonly Uint8Array[];
  /** roots of the maximal subtrees without an opened chunk, left to right */
  readonly hashes: readonly Uint8Array[];
}

/** Number of chunks of a tensor of `bytes` bytes; 0 for none. */
export function chunkCount(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** Data root (PROTOCOL §2): RFC 6962 tree over chunks of the tensor's bytes in its layout. SHA256("") for no bytes. */
export function dataRoot(bytes: Uint8Array): Uint8Array {
  const n = chunkCount(bytes.length);
  return n === 0 ? emptyRoot() : subtreeRoot(chunkLeaves(bytes), 0, n);
}

/**
 * Opens the chunks at `indices` (strictly ascending) of a tensor.
 *
 * @throws MerkleError MERKLE_INDICES
 */
export function openChunks(bytes: Uint8Array, indices: readonly number[]): DataOpening {
  const hashes = prove(chunkCount(bytes.length), indices, chunkLeaves(bytes));
  // A copy, also when `bytes` is a Buffer (whose slice would be a view).
  const chunkAt = (i: number) => new Uint8Array(bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
  return { chunks: indices.map(chunkAt), hashes };
}

/**
 * Root that an opening of chunks implies, for a tensor of `size` bytes.
 *
 * @throws MerkleError MERKLE_CHUNK when a chunk has not the length that its position requires; MERKLE_INDICES,
 * MERKLE_LEAVES, MERKLE_HASHES as `open`.
 */
export function rootOfOpening(size: number, indices: readonly number[], opening: DataOpening): Uint8Array {
  opening.chunks.forEach((chunk, k) => {
    const at = indices[k];
    const expected = at === undefined ? 0 : Math.min(CHUNK_BYTES, size - at * CHUNK_BYTES);
    if (at !== undefined && chunk.length !== expected)
      throw new MerkleError('MERKLE_CHUNK', `chunk ${at}: expected ${expected} bytes, found ${chunk.length}`);
  });
  return open(chunkCount(size), indices, opening.chunks.map(leafHash), opening.hashes);
}

/** Cuts bytes that begin at a chunk into chunks: views, the last one perhaps short. */
export function cutChunks(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: chunkCount(bytes.length) }, (_, i) => bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

/** Opens the `count` chunks from `first` on: what a worker serves and what a demand asks for. */
export function openRange(bytes: Uint8Array, first: number, count: number): DataOpening {
  return openChunks(bytes, rangeIndices(bytes.length, first, count));
}

/**
 * Checks chunks of a range against a data root and returns their bytes in one piece.
 *
 * @throws MerkleError MERKLE_RANGE, MERKLE_CHUNK, MERKLE_LEAVES, MERKLE_HASHES, MERKLE_ROOT
 */
export function verifyRange(
  root: Uint8Array,
  size: number,
  first: number,
  count: number,
  opening: DataOpening,
): Uint8Array {
  const implied = rootOfOpening(size, rangeIndices(size, first, count), opening);
  if (!sameHash(implied, root)) throw new MerkleError('MERKLE_ROOT', 'the chunks are not those of this data root');
  const out = new Uint8Array(opening.chunks.reduce((sum, c) => sum + c.length, 0));
  let at = 0;
  for (const chunk of opening.chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/**
 * Indices of the `count` chunks from `first` on, of a tensor of `size` bytes.
 *
 * @throws MerkleError MERKLE_RANGE when there are none, or some lie outside the tensor
 */
export function rangeIndices(size: number, first: number, count: number): number[] {
  const n = chunkCount(size);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || first < 0 || count < 1 || first + count > n)
    throw new MerkleError('MERKLE_RANGE', `chunks ${first} to ${first + count - 1}: the tensor has ${n} chunks`);
  return Array.from({ length: count }, (_, i) => first + i);
}

function chunkLeaves(bytes: Uint8Array): LeafAt {
  // One scratch buffer for all leaves: a trace of 200 MB has 200,000 of them.
  const full = new Uint8Array(1 + CHUNK_BYTES);
  return (index) => {
    const chunk = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    full.set(chunk, 1);
    return sha256(chunk.length === CHUNK_BYTES ? full : full.slice(0, 1 + chunk.length));
  };
}

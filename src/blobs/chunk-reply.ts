import type { FileHandle } from 'node:fs/promises';
import { TensorOpening } from '../chain/generated/assay/referee/v1/proof.js';
import { readAt } from '../disk.js';
import { CHUNK_BYTES, chunkCount, closedSubtrees, cutChunks, rangeIndices, verifyRange } from '../merkle/index.js';

// What `/v1/tensor/{root}/chunks/{first}-{last}` answers: an assay.referee.v1.TensorOpening, the message in which proofs and
// MsgServeChunks open chunks. A reply states no position and no size: whoever asks derives both.

/** Chunks of one reply at most: 4 MiB. */
export const MAX_CHUNKS = 4096;

/** Media type of a reply. */
export const OPENING_TYPE = 'application/vnd.assay.tensor-opening+protobuf';

// Chunks encoded at once: what a reply holds in memory.
const AT_ONCE = 64;
// Tag and length before a hash, and before a chunk of 128 bytes or more.
const SHORT = 2;
const LONG = 3;
const HASH_BYTES = 32;

/** Exact bytes of the reply that opens `count` chunks from `first` on of a tensor of `size` bytes. @throws MerkleError MERKLE_RANGE */
export function replyBytes(size: number, first: number, count: number): number {
  const hashes = closedSubtrees(chunkCount(size), rangeIndices(size, first, count)).length;
  const bytes = rangeBytes(size, first, count);
  const last = bytes % CHUNK_BYTES;
  const prefixes = LONG * count - (last > 0 && last < 128 ? LONG - SHORT : 0);
  return bytes + prefixes + hashes * (SHORT + HASH_BYTES);
}

/** Bytes of a range of chunks. */
export function rangeBytes(size: number, first: number, count: number): number {
  return Math.min(size, (first + count) * CHUNK_BYTES) - first * CHUNK_BYTES;
}

/**
 * Encodes a reply piece by piece: encodings that follow one another are the encoding of one message, whose lists are theirs
 * one after the other.
 */
export async function* encodeReply(blob: FileHandle, size: number, first: number, count: number, hashes: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (let at = first; at < first + count; at += AT_ONCE) {
    const bytes = await readAt(blob, at * CHUNK_BYTES, rangeBytes(size, at, Math.min(AT_ONCE, first + count - at)));
    yield TensorOpening.encode({ chunks: cutChunks(bytes), hashes: [] }).finish();
  }
  yield TensorOpening.encode({ chunks: [], hashes }).finish();
}

/** Chunks that were checked against a data root. */
export interface VerifiedRange {
  readonly bytes: Uint8Array;
  /** their multiproof, with which they can be checked again */
  readonly hashes: readonly Uint8Array[];
}

/**
 * Decodes a reply and checks it against the data root.
 *
 * @throws Error when it is no opening; MerkleError when it opens something else
 */
export function verifyReply(root: Uint8Array, size: number, first: number, count: number, reply: Uint8Array): VerifiedRange {
  const opening = TensorOpening.decode(reply);
  return { bytes: verifyRange(root, size, first, count, opening), hashes: opening.hashes };
}

import { sha256 } from './sha256.js';

/** Bytes of every hash in this package. */
export const HASH_BYTES = 32;

/** RFC 6962 leaf: SHA256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(1 + data.length);
  buffer.set(data, 1);
  return sha256(buffer);
}

/** RFC 6962 inner node: SHA256(0x01 ‖ left ‖ right). */
export function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(1 + 2 * HASH_BYTES);
  buffer[0] = 1;
  buffer.set(left, 1);
  buffer.set(right, 1 + HASH_BYTES);
  return sha256(buffer);
}

/** SHA256 of nothing: the root of an empty tree, and the data root of a tensor without elements. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** The largest power of two below n, for n > 1: where RFC 6962 splits a tree of n leaves. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Where the i-th leaf hash comes from; trees over large tensors never hold all their leaves at once. */
export type LeafAt = (index: number) => Uint8Array;

/** Root of the `count` leaves from `first` on. `count` is at least 1. */
export function subtreeRoot(leafAt: LeafAt, first: number, count: number): Uint8Array {
  // Equal-height neighbours on the stack merge at once, so memory stays logarithmic. What remains has descending
  // heights and is folded from the right: exactly RFC 6962's split at the largest power of two below n.
  const stack: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    let hash = leafAt(first + i);
    for (let size = i + 1; size % 2 === 0; size /= 2) hash = innerHash(stack.pop()!, hash);
    stack.push(hash);
  }
  let root = stack.pop()!;
  while (stack.length > 0) root = innerHash(stack.pop()!, root);
  return root;
}

/** RFC 6962 root of leaf hashes; SHA256("") for none. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? emptyRoot() : subtreeRoot((i) => leaves[i]!, 0, leaves.length);
}

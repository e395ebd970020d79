import { MerkleError } from './errors.js';
import { HASH_BYTES, innerHash, splitPoint, subtreeRoot, type LeafAt } from './tree.js';

/** Consecutive leaves that are one subtree: `count` leaves from `first` on. */
export interface Subtree {
  readonly first: number;
  readonly count: number;
}

/**
 * The maximal subtrees of a tree of `n` leaves that hold none of `indices`, left to right: what a multiproof has the roots
 * of. Without indices it is the whole tree.
 *
 * @param indices opened leaves, strictly ascending
 * @throws MerkleError MERKLE_INDICES
 */
export function closedSubtrees(n: number, indices: readonly number[]): Subtree[] {
  checkIndices(n, indices);
  const closed: Subtree[] = [];
  const walk = (first: number, count: number, from: number, to: number): void => {
    if (from === to) closed.push({ first, count });
    else if (count > 1) {
      const left = splitPoint(count);
      const cut = firstNotBelow(indices, first + left, from, to);
      walk(first, left, from, cut);
      walk(first + left, count - left, cut, to);
    }
  };
  walk(0, n, 0, indices.length);
  return closed;
}

/**
 * The hashes of a multiproof (PROTOCOL §1): roots of the maximal subtrees that hold no opened leaf, left to right.
 * It states no position: the verifier derives `n` and `indices` by itself.
 *
 * @param n leaves of the tree, at least 1
 * @param indices opened leaves, strictly ascending
 * @throws MerkleError MERKLE_INDICES
 */
export function prove(n: number, indices: readonly number[], leafAt: LeafAt): Uint8Array[] {
  return closedSubtrees(n, indices).map(({ first, count }) => subtreeRoot(leafAt, first, count));
}

/**
 * Folds opened leaves and sibling hashes to the root they imply. Both lists must be used up exactly.
 * The caller compares the result with the root it knows.
 *
 * @param n leaves of the tree, from the chain or the program, never from the opening
 * @param indices derived positions of the opened leaves, strictly ascending
 * @param leaves leaf hashes, one for each index
 * @throws MerkleError MERKLE_INDICES, MERKLE_LEAVES, MERKLE_HASHES
 */
export function open(
  n: number,
  indices: readonly number[],
  leaves: readonly Uint8Array[],
  hashes: readonly Uint8Array[],
): Uint8Array {
  checkIndices(n, indices);
  if (leaves.length !== indices.length)
    throw new MerkleError('MERKLE_LEAVES', `expected ${indices.length} opened leaves, found ${leaves.length}`);
  if (leaves.some((x) => x.length !== HASH_BYTES)) throw new MerkleError('MERKLE_LEAVES', 'a leaf hash is not 32 bytes');
  if (hashes.some((x) => x.length !== HASH_BYTES))
    throw new MerkleError('MERKLE_HASHES', 'a sibling hash is not 32 bytes');
  let used = 0;
  const walk = (low: number, size: number, from: number, to: number): Uint8Array => {
    if (from === to) {
      const hash = hashes[used++];
      if (hash === undefined) throw new MerkleError('MERKLE_HASHES', `too few hashes: ${hashes.length}`);
      return hash;
    }
    if (size === 1) return leaves[from]!;
    const left = splitPoint(size);
    const cut = firstNotBelow(indices, low + left, from, to);
    const leftRoot = walk(low, left, from, cut);
    return innerHash(leftRoot, walk(low + left, size - left, cut, to));
  };
  const root = walk(0, n, 0, indices.length);
  if (used !== hashes.length)
    throw new MerkleError('MERKLE_HASHES', `expected ${used} hashes, found ${hashes.length}: all must be used`);
  return root;
}

/** Bytes are equal; both are public, so time does not matter. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

function checkIndices(n: number, indices: readonly number[]): void {
  if (!Number.isSafeInteger(n) || n < 1) throw new MerkleError('MERKLE_INDICES', `a tree needs at least 1 leaf, found ${n}`);
  let last = -1;
  for (const index of indices) {
    if (!Number.isSafeInteger(index) || index <= last || index >= n)
      throw new MerkleError('MERKLE_INDICES', `index ${index} after ${last}: expected strictly ascending and below ${n}`);
    last = index;
  }
}

/** Position in indices[from, to) of the first one ≥ bound. */
function firstNotBelow(indices: readonly number[], bound: number, from: number, to: number): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (indices[middle]! < bound) from = middle + 1;
    else to = middle;
  }
  return from;
}

import { innerHash, MerkleError, open, sameHash } from '../src/merkle/index.js';

/**
 * What is known of a Merkle tree of which leaves were opened a few at a time: enough to open any set of those leaves
 * together, without the leaves that nobody served.
 */
export class PartialTree {
  readonly size: number;
  readonly root: Uint8Array;
  readonly #leaves = new Map<number, Uint8Array>();
  // Roots of subtrees, by "first leaf:number of leaves".
  readonly #hashes = new Map<string, Uint8Array>();

  /** @param size leaves of the tree, at least 1; @param root what the leaves are checked against */
  constructor(size: number, root: Uint8Array) {
    this.size = size;
    this.root = root;
  }

  /** Whether a leaf was opened. */
  has(index: number): boolean {
    return this.#leaves.has(index);
  }

  /**
   * Learns leaves and their multiproof.
   *
   * @param indices strictly ascending; @param leaves their hashes; @param hashes of the multiproof, left to right
   * @throws MerkleError MERKLE_ROOT and those of `open` when they are not in the tree
   */
  learn(indices: readonly number[], leaves: readonly Uint8Array[], hashes: readonly Uint8Array[]): void {
    if (!sameHash(open(this.size, indices, leaves, hashes), this.root)) throw new MerkleError('MERKLE_ROOT', `leaves ${indices.join()} are not in the tree`);
    indices.forEach((index, k) => this.#leaves.set(index, leaves[k]!));
    let used = 0;
    this.#walk(0, this.size, indices, (low, count) => this.#hashes.set(`${low}:${count}`, hashes[used++]!));
  }

  /** The hashes of the multiproof of leaves, strictly ascending; undefined when something of it is not known. */
  prove(indices: readonly number[]): Uint8Array[] | undefined {
    const hashes: (Uint8Array | undefined)[] = [];
    this.#walk(0, this.size, indices, (low, count) => hashes.push(this.#hashOf(low, count)));
    const known = hashes.filter((h) => h !== undefined);
    return known.length === hashes.length && indices.every((i) => this.#leaves.has(i)) ? known : undefined;
  }

  // A subtree's root as it was shown, or from what was shown below it.
  #hashOf(low: number, count: number): Uint8Array | undefined {
    const shown = this.#hashes.get(`${low}:${count}`);
    if (shown || count === 1) return shown ?? this.#leaves.get(low);
    const half = split(count);
    const left = this.#hashOf(low, half);
    const right = left && this.#hashOf(low + half, count - half);
    return right && innerHash(left, right);
  }

  // Visits the maximal subtrees that hold none of the indices, left to right.
  #walk(low: number, count: number, indices: readonly number[], visit: (low: number, count: number) => void): void {
    const inside = indices.filter((i) => i >= low && i < low + count);
    if (inside.length === 0) return visit(low, count);
    if (count === 1) return;
    const half = split(count);
    this.#walk(low, half, inside, visit);
    this.#walk(low + half, count - half, inside, visit);
  }
}

/** Largest power of two below n. */
function split(n: number): number {
  let half = 1;
  while (half * 2 < n) half *= 2;
  return half;
}

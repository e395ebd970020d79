import { MerkleError, open, rootLeaf, sameHash } from '../src/merkle/index.js';

/**
 * What is known of a tree of roots whose leaves were opened one by one: every leaf that was opened, and the hashes beside
 * their paths. Enough to open any set of those leaves together, without the list that nobody served.
 */
export class KnownTree {
  readonly size: number;
  readonly root: Uint8Array;
  readonly leaves = new Map<number, Uint8Array>();
  readonly #hashes = new Map<string, Uint8Array>();

  /** @param size leaves of the tree; @param root what the chain holds */
  constructor(size: number, root: Uint8Array) {
    this.size = size;
    this.root = root;
  }

  /**
   * Learns a leaf and its path.
   *
   * @param dataRoot the root that is the leaf, 32 bytes
   * @param path hashes of its multiproof, left to right
   * @throws MerkleError MERKLE_ROOT and those of `open` when it is not in the tree
   */
  learn(index: number, dataRoot: Uint8Array, path: readonly Uint8Array[]): void {
    if (!sameHash(open(this.size, [index], [rootLeaf(dataRoot)], path), this.root))
      throw new MerkleError('MERKLE_ROOT', `leaf ${index} is not in the tree`);
    this.leaves.set(index, dataRoot);
    let used = 0;
    this.#walk(0, this.size, [index], (low, count) => this.#hashes.set(`${low}:${count}`, path[used++]!));
  }

  /** The hashes of the multiproof of known leaves, strictly ascending; undefined when one is not known. */
  prove(indices: readonly number[]): Uint8Array[] | undefined {
    const hashes: (Uint8Array | undefined)[] = [];
    this.#walk(0, this.size, indices, (low, count) => hashes.push(this.#hashes.get(`${low}:${count}`)));
    const all = hashes.filter((h) => h !== undefined);
    return all.length === hashes.length && indices.every((i) => this.leaves.has(i)) ? all : undefined;
  }

  // Visits the maximal subtrees that hold none of the indices, left to right.
  #walk(low: number, count: number, indices: readonly number[], visit: (low: number, count: number) => void): void {
    const inside = indices.filter((i) => i >= low && i < low + count);
    if (inside.length === 0) return visit(low, count);
    if (count === 1) return;
    let left = 1;
    while (left * 2 < count) left *= 2;
    this.#walk(low, left, inside, visit);
    this.#walk(low + left, count - left, inside, visit);
  }
}

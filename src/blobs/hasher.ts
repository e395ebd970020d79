import { hash } from 'node:crypto';
import { CHUNK_BYTES, emptyRoot, innerHash } from '../merkle/index.js';

/**
 * Data root of bytes that arrive in pieces of any size. Memory: one chunk and one hash a level of the tree.
 * Same result as `dataRoot` of all bytes at once.
 */
export class DataHasher {
  readonly #leaf = new Uint8Array(1 + CHUNK_BYTES);
  #filled = 0;
  #leaves = 0;
  readonly #stack: Uint8Array[] = [];

  update(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; ) {
      const n = Math.min(CHUNK_BYTES - this.#filled, bytes.length - at);
      this.#leaf.set(bytes.subarray(at, at + n), 1 + this.#filled);
      this.#filled += n;
      at += n;
      if (this.#filled === CHUNK_BYTES) this.#push();
    }
    return this;
  }

  /** The root; nothing may be added afterwards. */
  digest(): Uint8Array {
    if (this.#filled > 0) this.#push();
    let root = this.#stack.pop();
    if (root === undefined) return emptyRoot();
    while (this.#stack.length > 0) root = innerHash(this.#stack.pop()!, root);
    return root;
  }

  #push(): void {
    let node: Uint8Array = new Uint8Array(hash('sha256', this.#leaf.subarray(0, 1 + this.#filled), 'buffer'));
    this.#filled = 0;
    this.#leaves++;
    for (let size = this.#leaves; size % 2 === 0; size /= 2) node = innerHash(this.#stack.pop()!, node);
    this.#stack.push(node);
  }
}

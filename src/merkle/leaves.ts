import { leafHash, rootOf } from './tree.js';

/**
 * Leaf of a record: SHA256(0x00 ‖ one length byte ‖ tag ‖ bytes) (PROTOCOL §1).
 *
 * @param tag ASCII, 1 to 255 bytes, such as `assay/node/1`
 */
export function taggedLeaf(tag: string, bytes: Uint8Array): Uint8Array {
  return leafHash(tagged(tag, bytes));
}

/** One length byte ‖ tag ‖ bytes: the common prefix of leaves and of tagged digests. */
export function tagged(tag: string, bytes: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(tag);
  if (name.length < 1 || name.length > 255) throw new Error(`a tag has 1 to 255 bytes, found ${name.length}: ${tag}`);
  const out = new Uint8Array(1 + name.length + bytes.length);
  out[0] = name.length;
  out.set(name, 1);
  out.set(bytes, 1 + name.length);
  return out;
}

/** Leaf where a root is a leaf (trace, input, output, weights): SHA256(0x00 ‖ root). */
export function rootLeaf(root: Uint8Array): Uint8Array {
  if (root.length !== 32) throw new Error(`a root has 32 bytes, found ${root.length}`);
  return leafHash(root);
}

/** Root of a tree whose leaves are data roots: trace, input, output and weights roots. A tree even for one. */
export function rootOfRoots(roots: readonly Uint8Array[]): Uint8Array {
  return rootOf(roots.map(rootLeaf));
}

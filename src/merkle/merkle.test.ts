import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  chunkCount, dataRoot, emptyRoot, innerHash, leafHash, MerkleError, open, openChunks, openRange, prove, rootLeaf, rootOf,
  rootOfOpening, rootOfRoots, sameHash, sha256, taggedLeaf, useSha256, verifyRange, type MerkleErrorCode,
} from './index.js';

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 31 + 7) & 255);
const leaves = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => leafHash(Uint8Array.of(i)));
const at = (list: Uint8Array[]) => (i: number) => list[i]!;

function refused(code: MerkleErrorCode, f: () => unknown): void {
  assert.throws(f, (e: unknown) => e instanceof MerkleError && e.code === code && e.message.length > 10);
}

/** RFC 6962 by its recursive definition, as an independent reference. */
function reference(list: readonly Uint8Array[]): Uint8Array {
  if (list.length === 0) return hash('sha256', '', 'buffer');
  if (list.length === 1) return list[0]!;
  let k = 1;
  while (k * 2 < list.length) k *= 2;
  return hash('sha256', Buffer.concat([Buffer.of(1), reference(list.slice(0, k)), reference(list.slice(k))]), 'buffer');
}

interface Vector {
  readonly n: number;
  readonly indices: number[];
  readonly hashes: string[] | null;
  readonly root: string;
}
const vectors = JSON.parse(readFileSync(new URL('../../../test/vectors/merkle.json', import.meta.url), 'utf8')) as Vector[];

test('shared vectors: prove gives the hashes, open gives the root', () => {
  assert.ok(vectors.length >= 6);
  for (const v of vectors) {
    const list = leaves(v.n);
    assert.equal(hex(rootOf(list)), v.root);
    assert.deepEqual(prove(v.n, v.indices, at(list)).map(hex), v.hashes ?? []);
    const hashes = (v.hashes ?? []).map((h) => Uint8Array.from(Buffer.from(h, 'hex')));
    assert.equal(hex(open(v.n, v.indices, v.indices.map(at(list)), hashes)), v.root);
  }
});

test('roots equal the recursive definition for every size up to 70', () => {
  for (let n = 0; n <= 70; n++) assert.equal(hex(rootOf(leaves(n))), hex(reference(leaves(n))), `n = ${n}`);
  assert.equal(hex(rootOf([])), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('every subset of every tree up to 7 leaves opens to the root', () => {
  for (let n = 1; n <= 7; n++) {
    const list = leaves(n);
    const root = hex(rootOf(list));
    for (let set = 0; set < 1 << n; set++) {
      const indices = Array.from({ length: n }, (_, i) => i).filter((i) => (set >> i) & 1);
      const hashes = prove(n, indices, at(list));
      assert.equal(hex(open(n, indices, indices.map(at(list)), hashes)), root);
    }
  }
});

test('an opening cannot pass one leaf off as another', () => {
  const list = leaves(3);
  const hashes = prove(3, [2], at(list));
  assert.equal(hex(open(3, [2], [list[2]!], hashes)), hex(rootOf(list)));
  refused('MERKLE_HASHES', () => open(3, [1], [list[2]!], hashes)); // leaf 2 of 3 read as leaf 1 of 2 in another numbering
  assert.notEqual(hex(open(2, [1], [list[2]!], hashes)), hex(open(3, [0], [list[2]!], [list[1]!, list[0]!])));
});

test('every malformation of a multiproof has its code', () => {
  const n = 13;
  const list = leaves(n);
  const indices = [5, 6, 12];
  const opened = indices.map(at(list));
  const hashes = prove(n, indices, at(list));
  const root = hex(rootOf(list));
  assert.equal(hex(open(n, indices, opened, hashes)), root);
  refused('MERKLE_HASHES', () => open(n, indices, opened, hashes.slice(1)));
  refused('MERKLE_HASHES', () => open(n, indices, opened, [...hashes, hashes[0]!]));
  refused('MERKLE_HASHES', () => open(n, indices, opened, [hashes[0]!.slice(1), ...hashes.slice(1)]));
  refused('MERKLE_LEAVES', () => open(n, indices, opened.slice(1), hashes));
  refused('MERKLE_LEAVES', () => open(n, indices, [...opened, opened[0]!], hashes));
  refused('MERKLE_LEAVES', () => open(n, indices, [opened[0]!.slice(1), ...opened.slice(1)], hashes));
  refused('MERKLE_INDICES', () => open(n, [6, 5, 12], opened, hashes));
  refused('MERKLE_INDICES', () => open(n, [5, 5, 12], opened, hashes));
  refused('MERKLE_INDICES', () => open(n, [5, 6, 13], opened, hashes));
  refused('MERKLE_INDICES', () => open(n, [-1, 6, 12], opened, hashes));
  refused('MERKLE_INDICES', () => open(n, [5.5, 6, 12], opened, hashes));
  refused('MERKLE_INDICES', () => open(0, [], [], []));
  refused('MERKLE_INDICES', () => prove(n, [13], at(list)));
  assert.notEqual(hex(open(n, indices, [opened[1]!, opened[0]!, opened[2]!], hashes)), root); // leaves swapped
  // A shifted index either needs another number of hashes or gives another root; it never verifies.
  for (const shifted of [[4, 6, 12], [5, 7, 12], [5, 6, 11]]) {
    let found = '';
    try {
      found = hex(open(n, shifted, opened, hashes));
    } catch (e) {
      assert.ok(e instanceof MerkleError);
    }
    assert.notEqual(found, root);
  }
});

test('data root: chunks of 1,024 bytes, the last one short', () => {
  assert.equal(hex(dataRoot(new Uint8Array(0))), hex(emptyRoot()));
  for (const size of [1, 1023, 1024, 1025, 2048, 5000, 10_240, 33_333]) {
    const data = bytes(size);
    const chunks = Array.from({ length: chunkCount(size) }, (_, i) => leafHash(data.subarray(i * 1024, (i + 1) * 1024)));
    assert.equal(hex(dataRoot(data)), hex(rootOf(chunks)), `${size} bytes`);
  }
});

test('opened chunks and ranges verify, and every malformation is refused', () => {
  const data = bytes(10_500); // 11 chunks, the last of 260 bytes
  const root = dataRoot(data);
  const some = openChunks(data, [0, 3, 10]);
  assert.ok(sameHash(rootOfOpening(data.length, [0, 3, 10], some), root));
  const range = openRange(data, 8, 3);
  assert.equal(hex(verifyRange(root, data.length, 8, 3, range)), hex(data.subarray(8 * 1024)));
  refused('MERKLE_ROOT', () => verifyRange(sha256(data), data.length, 8, 3, range));
  refused('MERKLE_RANGE', () => openRange(data, 8, 4));
  refused('MERKLE_RANGE', () => openRange(data, -1, 1));
  refused('MERKLE_RANGE', () => openRange(data, 0, 0));
  refused('MERKLE_RANGE', () => verifyRange(root, data.length, 9, 3, range));
  refused('MERKLE_CHUNK', () => verifyRange(root, data.length, 7, 3, range)); // the short chunk stands where a full one must
  const [first, ...rest] = range.chunks;
  refused('MERKLE_CHUNK', () => verifyRange(root, data.length, 8, 3, { ...range, chunks: [first!.slice(1), ...rest] }));
  refused('MERKLE_LEAVES', () => verifyRange(root, data.length, 8, 3, { ...range, chunks: rest.slice(0, 0) }));
  refused('MERKLE_HASHES', () => verifyRange(root, data.length, 8, 3, { ...range, hashes: range.hashes.slice(1) }));
  refused('MERKLE_HASHES', () => verifyRange(root, data.length, 8, 3, { ...range, hashes: [...range.hashes, root] }));
  const forged = first!.slice();
  forged[0]! ^= 1;
  refused('MERKLE_ROOT', () => verifyRange(root, data.length, 8, 3, { ...range, chunks: [forged, ...rest] }));
});

test('tagged leaves and leaves that are roots', () => {
  const data = bytes(50);
  const tag = 'assay/node/1';
  assert.equal(hex(taggedLeaf(tag, data)), hex(hash('sha256', Buffer.concat([Buffer.of(0, tag.length), Buffer.from(tag), data]), 'buffer')));
  const root = sha256(data);
  assert.equal(hex(rootLeaf(root)), hex(hash('sha256', Buffer.concat([Buffer.of(0), root]), 'buffer')));
  assert.equal(hex(rootOfRoots([root])), hex(rootLeaf(root)), 'a tree even for one');
  assert.equal(hex(rootOfRoots([root, root])), hex(innerHash(rootLeaf(root), rootLeaf(root))));
  assert.throws(() => taggedLeaf('', data), /1 to 255 bytes/);
  assert.throws(() => rootLeaf(data), /32 bytes/);
});

test('an injected hash must be SHA-256, and node:crypto agrees with @noble/hashes', () => {
  const before = hex(dataRoot(bytes(5000)));
  assert.throws(() => useSha256((d) => hash('sha1', d, 'buffer')), /not SHA-256/);
  useSha256((d) => hash('sha256', d, 'buffer'));
  assert.equal(hex(dataRoot(bytes(5000))), before);
});

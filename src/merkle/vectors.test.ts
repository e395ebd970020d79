import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chunkCount, dataRoot, MerkleError, openChunks, rootOfOpening } from './index.js';

// Openings that Go wrote (test/vectors/README.md).
interface Openings {
  readonly valid: { length: number; chunks: number; root: string; indices: number[]; hashes: string[] | null }[];
  readonly broken: { name: string; length: number; indices: number[]; chunks: string[]; hashes: string[] | null }[];
}
const { valid, broken } = JSON.parse(readFileSync(new URL('../../../test/vectors/openings.json', import.meta.url), 'utf8')) as Openings;
const tensor = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (7 * i + (i >> 8)) & 255);
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const bytes = (h: string): Uint8Array => new Uint8Array(Buffer.from(h, 'hex'));

test('openings of chunks: the same hashes and roots as Go', () => {
  assert.ok(valid.length >= 7);
  for (const v of valid) {
    const data = tensor(v.length);
    assert.equal(chunkCount(v.length), v.chunks);
    assert.equal(hex(dataRoot(data)), v.root);
    const opening = openChunks(data, v.indices);
    assert.deepEqual(opening.hashes.map(hex), v.hashes ?? []);
    assert.equal(hex(rootOfOpening(v.length, v.indices, opening)), v.root);
  }
});

test('broken openings never lead to the root', () => {
  assert.ok(broken.length >= 10);
  for (const b of broken) {
    let root = '';
    try {
      root = hex(rootOfOpening(b.length, b.indices, { chunks: b.chunks.map(bytes), hashes: (b.hashes ?? []).map(bytes) }));
    } catch (e) {
      assert.ok(e instanceof MerkleError, `${b.name}: ${String(e)}`);
    }
    assert.notEqual(root, hex(dataRoot(tensor(b.length))), b.name);
  }
});

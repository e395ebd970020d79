import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Entry } from '../chain/generated/assay/registry/v1/registry.js';
import { hasCode } from '../errors.js';
import { open, taggedLeaf } from '../merkle/index.js';
import { entryProof, manifestOf } from './index.js';

const file = (path: string): { path: string; bytes: Uint8Array } => ({ path, bytes: new TextEncoder().encode(path) });

test('a manifest is sorted by path, and every entry has a proof against its root', () => {
  const manifest = manifestOf([file('b/2.png'), file('a.png'), file('b/10.png')]);
  assert.deepEqual(manifest.entries.map((e) => e.path), ['a.png', 'b/10.png', 'b/2.png']);
  assert.deepEqual(Buffer.from(manifest.entries[0]!.digest), createHash('sha256').update('a.png').digest());
  for (const { path } of manifest.entries) {
    const proof = entryProof(manifest, path);
    const leaf = taggedLeaf('assay/entry/1', Entry.encode(proof.entry!).finish());
    assert.deepEqual(open(3, [Number(proof.index)], [leaf], proof.hashes), manifest.root);
    const other = taggedLeaf('assay/entry/1', Entry.encode({ ...proof.entry!, size: 999n }).finish());
    assert.notDeepEqual(open(3, [Number(proof.index)], [other], proof.hashes), manifest.root);
  }
});

test('paths that could escape or repeat are refused', () => {
  for (const path of ['', '/a', 'a//b', '../a', 'a/./b', 'a\\b', 'a/']) assert.throws(() => manifestOf([file(path)]), (e) => hasCode(e, 'MANIFEST_PATH'), path);
  assert.throws(() => manifestOf([file('a'), file('a')]), (e) => hasCode(e, 'MANIFEST_PATH'));
  assert.throws(() => manifestOf([]), (e) => hasCode(e, 'MANIFEST_EMPTY'));
  assert.throws(() => entryProof(manifestOf([file('a')]), 'b'), (e) => hasCode(e, 'MANIFEST_PATH'));
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toBech32 } from '@cosmjs/encoding';
import { faultCommitment } from './index.js';

// The dispute module wrote these; both sides must compute the same. Duties and results: vectors.test.ts.
const vectors = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../../test/vectors/${name}.json`, import.meta.url), 'utf8')) as T;
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (b: Uint8Array) => Buffer.from(b).toString('hex');

test('fault commitments are the chain’s', () => {
  const all = vectors<{ name: string; chain_id: string; job: string; sender: string; salt: string; proof: string; hash: string }[]>('fault');
  assert.ok(all.length > 1);
  for (const v of all)
    assert.equal(hex(faultCommitment({ chainId: v.chain_id, jobId: BigInt(v.job), sender: toBech32('assay', bytes(v.sender)), salt: bytes(v.salt), proof: bytes(v.proof) })), v.hash, v.name);
  assert.equal(new Set(all.map((v) => v.hash)).size, all.length, 'every field counts');
});

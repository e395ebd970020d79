import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../merkle/index.js';
import { dataHash, headerHash, hex, LightError, resultLeaf, resultsHash, verifyBlock, verifyLink, verifyResults, type Header } from './index.js';

const text = (s: string) => new TextEncoder().encode(s);
const bytes = (h: string) => Uint8Array.from(Buffer.from(h, 'hex'));

/** CometBFT v0.40.0 types/block_test.go TestHeaderHash. */
const vector: Header = {
  version: { block: 1n, app: 2n },
  chainId: 'chainId',
  height: 3,
  time: { seconds: BigInt(Date.UTC(2019, 9, 13, 16, 14, 44) / 1000), nanos: 0 },
  lastBlockId: { hash: new Uint8Array(32), parts: { total: 6, hash: new Uint8Array(32) } },
  lastCommitHash: sha256(text('last_commit_hash')),
  dataHash: sha256(text('data_hash')),
  validatorsHash: sha256(text('validators_hash')),
  nextValidatorsHash: sha256(text('next_validators_hash')),
  consensusHash: sha256(text('consensus_hash')),
  appHash: sha256(text('app_hash')),
  lastResultsHash: sha256(text('last_results_hash')),
  evidenceHash: sha256(text('evidence_hash')),
  proposerAddress: sha256(text('proposer_address')).subarray(0, 20),
};
const VECTOR_HASH = 'f740121f553b5418c3efbd343c2dbfe9e007bb67b0d020a0741374bab65242a4';

/** Each field of the vector, changed. */
const changes: { [K in keyof Header]: Header[K] } = {
  version: { block: 1n, app: 3n },
  chainId: 'chainIe',
  height: 4,
  time: { ...vector.time, nanos: 1 },
  lastBlockId: { ...vector.lastBlockId, parts: { total: 7, hash: new Uint8Array(32) } },
  lastCommitHash: sha256(text('x')),
  dataHash: sha256(text('x')),
  validatorsHash: sha256(text('x')),
  nextValidatorsHash: sha256(text('x')),
  consensusHash: sha256(text('x')),
  appHash: sha256(text('x')),
  lastResultsHash: sha256(text('x')),
  evidenceHash: sha256(text('x')),
  proposerAddress: sha256(text('x')).subarray(0, 20),
};

test('header hash equals CometBFT’s own vector, and every field is in it', () => {
  assert.equal(hex(headerHash(vector)), VECTOR_HASH);
  for (const [field, value] of Object.entries(changes)) {
    assert.notEqual(hex(headerHash({ ...vector, [field]: value })), VECTOR_HASH, field);
  }
});

test('result leaves and roots equal those a cosmos-sdk 0.55 chain put into its headers', () => {
  // Height 765 of a run recorded on cosmos-sdk 0.55.0: one failed transaction.
  const failed = { code: 2, data: new Uint8Array(0), gasWanted: 300_000n, gasUsed: 63_451n };
  assert.equal(hex(resultLeaf(failed)), '080228e0a71230dbef03');
  assert.equal(hex(resultsHash([failed])), 'ba9f29f7c609f73469429729a4bf346d0fc8caff7c17a65c25dcb586aeacd9cd');
  assert.equal(hex(resultsHash([])), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('data hash is a tree over transaction hashes', () => {
  assert.equal(hex(dataHash([])), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const tx = text('a transaction');
  assert.equal(hex(dataHash([tx])), hex(sha256(bytes('00' + hex(sha256(tx))))));
  assert.notEqual(hex(dataHash([tx, tx])), hex(dataHash([tx])));
});

test('each contradiction of a block has its own code', () => {
  const txs = [text('one'), text('two')];
  const header = { ...vector, dataHash: dataHash(txs) };
  const blockId = { hash: headerHash(header), parts: { total: 1, hash: sha256(text('parts')) } };
  const block = { header, blockId, txs };
  verifyBlock(block, 'chainId', 3);
  const refuses = (code: string, run: () => void) => assert.throws(run, (e) => e instanceof LightError && e.code === code);
  refuses('CHAIN_ID_MISMATCH', () => verifyBlock(block, 'other', 3));
  refuses('HEIGHT_MISMATCH', () => verifyBlock(block, 'chainId', 4));
  refuses('HEADER_HASH_MISMATCH', () => verifyBlock({ ...block, header: { ...header, appHash: sha256(text('lie')) } }, 'chainId', 3));
  refuses('DATA_HASH_MISMATCH', () => verifyBlock({ ...block, txs: [txs[0]!, text('tw0')] }, 'chainId', 3));
  refuses('DATA_HASH_MISMATCH', () => verifyBlock({ ...block, txs: [txs[0]!] }, 'chainId', 3));

  verifyLink(blockId, { ...vector, height: 4, lastBlockId: blockId });
  refuses('BLOCK_NOT_LINKED', () => verifyLink(blockId, { ...vector, height: 4 }));
  refuses('BLOCK_NOT_LINKED', () => verifyLink(blockId, { ...vector, lastBlockId: { ...blockId, parts: { total: 1, hash: sha256(text('x')) } } }));

  const results = txs.map(() => ({ code: 0, data: text('d'), gasWanted: 5n, gasUsed: 3n }));
  const next = { ...vector, height: 4, lastResultsHash: resultsHash(results) };
  verifyResults(results, 2, next.appHash, next);
  refuses('RESULTS_COUNT_MISMATCH', () => verifyResults(results.slice(1), 2, next.appHash, next));
  refuses('RESULTS_HASH_MISMATCH', () => verifyResults([results[0]!, { ...results[1]!, gasUsed: 4n }], 2, next.appHash, next));
  refuses('APP_HASH_MISMATCH', () => verifyResults(results, 2, sha256(text('x')), next));
});

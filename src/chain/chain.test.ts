import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { decodeTxRaw } from '@cosmjs/proto-signing';
import { hasCode } from '../errors.js';
import { Verdict, Job } from './generated/assay/compute/v1/compute.js';
import { MsgAttest } from './generated/assay/compute/v1/tx.js';
import {
  addressBytes, assayTypes, chainError, ChainClient, decimalToWire, decimalUnits, decodeEvents, dutyNumber, eventsOf, executionHash, faultCommitment, isDrawn, keyFromFile, keyFromMnemonic,
  message, messageRegistry, parseGasPrice, refusalOf, resultCommitment, signTx, uniqueNanos, validatorAddress,
} from './index.js';

// The SDK's documented test words; no funds on any network.
const WORDS = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
const key = await keyFromMnemonic(WORDS);
const sha = (...parts: (Buffer | Uint8Array)[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const v = (x: string | Uint8Array) => Buffer.concat([Buffer.of(Buffer.from(x as string).length), Buffer.from(x as string)]);
const fill = (n: number) => new Uint8Array(32).fill(n);
const u64 = (n: bigint) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64BE(n);
  return b;
};

const servers: { close(): void }[] = [];
after(() => servers.forEach((s) => s.close()));

test('hashes are the bytes that the protocol writes down', () => {
  const raw = addressBytes(key.address);
  assert.equal(raw.length, 20);
  const execution = { profile: 'ieee-fp32', runtime: 'onnxruntime-node', version: '1.30.0', libraryHash: fill(9), instructionSet: 'x64-avx2', threads: 1 };
  // Execution's canonical bytes, by hand.
  const field = (n: number, text: string) => Buffer.concat([Buffer.of((n << 3) | 2, text.length), Buffer.from(text)]);
  const canonical = Buffer.concat([field(1, 'ieee-fp32'), field(2, 'onnxruntime-node'), field(3, '1.30.0'), Buffer.of(0x22, 32), fill(9), field(5, 'x64-avx2'), Buffer.of(0x30, 1)]);
  assert.deepEqual(Buffer.from(executionHash(execution)), sha(Buffer.of(0), v('assay/execution/1'), canonical));
  const parts = { chainId: 'assay-1', jobId: 7n, worker: key.address, programRoot: fill(1), weightsRoot: fill(2), execution, inputRoot: fill(3), outputRoot: fill(4) };
  const expected = (trace: Uint8Array) =>
    sha(v('assay/result/1'), v('assay-1'), u64(7n), v(raw), fill(1), fill(2), sha(Buffer.of(0), v('assay/execution/1'), canonical), fill(3), fill(4), trace);
  assert.deepEqual(Buffer.from(resultCommitment(parts)), expected(fill(0)));
  assert.deepEqual(Buffer.from(resultCommitment({ ...parts, traceRoot: fill(5) })), expected(fill(5)));
  assert.throws(() => resultCommitment({ ...parts, inputRoot: new Uint8Array(31) }), /input root: expected 32 bytes/);

  const proof = Buffer.from('proof');
  assert.deepEqual(
    Buffer.from(faultCommitment({ chainId: 'assay-1', jobId: 7n, sender: key.address, salt: fill(8), proof })),
    sha(v('assay/fault/1'), v('assay-1'), u64(7n), v(raw), fill(8), sha(proof)),
  );
  assert.equal(dutyNumber(fill(6), 7n, key.address), BigInt(`0x${sha(v('assay/duty/1'), fill(6), u64(7n), v(raw)).toString('hex')}`));
});

test('a duty falls with probability λ · share, and is certain from one on', () => {
  const half = 1n << 255n;
  assert.equal(isDrawn(half - 1n, 1_000_000n, 1n, 2n), true);
  assert.equal(isDrawn(half, 1_000_000n, 1n, 2n), false);
  assert.equal(isDrawn((1n << 256n) - 1n, 2_000_000n, 1n, 2n), true);
  assert.equal(isDrawn(0n, 2_000_000n, 0n, 2n), false);
});

test('every message of our modules is registered with its response', () => {
  const urls = assayTypes.map(([url]) => url);
  for (const name of ['compute.v1.MsgAttest', 'compute.v1.MsgCommitResult', 'dispute.v1.MsgProveFault', 'dispute.v1.MsgServeChunksResponse', 'registry.v1.MsgPublishArtifact', 'beacon.v1.MsgPostBeacon'])
    assert.ok(urls.includes(`/assay.${name}`), name);
  assert.equal(new Set(urls).size, urls.length);
});

test('an unordered transaction carries its expiry, no sequence, and what was signed', async () => {
  const attest = message(MsgAttest, { operator: key.address, jobId: 3n, verdict: Verdict.VERDICT_VALID });
  const expires = { ms: 1_800_000_000_123, nanos: uniqueNanos() };
  const base = { chainId: 'assay-1', key, accountNumber: 2n ** 63n + 5n, messages: [attest], gas: 100_000, fee: { amount: '0', denom: 'uassay' } };
  const tx = await signTx({ ...base, expires });
  const { body, authInfo } = decodeTxRaw(tx.bytes);
  assert.equal(body.unordered, true);
  assert.deepEqual(body.timeoutTimestamp, { seconds: 1_800_000_000n, nanos: expires.nanos });
  assert.equal(authInfo.signerInfos[0]?.sequence, 0n);
  assert.deepEqual(authInfo.fee?.amount, []);
  assert.deepEqual(messageRegistry.decode(body.messages[0]!), { operator: key.address, jobId: 3n, verdict: Verdict.VERDICT_VALID });
  assert.deepEqual(Buffer.from(tx.hash), sha(tx.bytes));
  const ordered = decodeTxRaw((await signTx({ ...base, sequence: 9n })).bytes);
  assert.equal(ordered.body.unordered, false);
  assert.equal(ordered.authInfo.signerInfos[0]?.sequence, 9n);
});

test('typed events come out of JSON attributes as Go writes them', () => {
  const raw = [
    { type: 'transfer', attributes: [{ key: 'amount', value: '1stake' }] },
    {
      type: 'assay.compute.v1.EventDutyDrawn',
      attributes: [
        { key: 'duty', value: `{"job_id":"18446744073709551615","operator":"${key.address}","rank":2,"verdict":"VERDICT_UNSPECIFIED","height":"0"}` },
        { key: 'mode', value: 'EndBlock' },
      ],
    },
    {
      type: 'assay.compute.v1.EventJobUpdated',
      attributes: [
        { key: 'cause', value: '"commit"' },
        { key: 'job', value: JSON.stringify({ id: '4', state: 'JOB_STATE_COMMITTED', output_root: Buffer.from(fill(7)).toString('base64'), trace_root: null, execution: null, program: { root: 'AQ==', nodes: 3 }, fee: '1000', output_data_roots: ['AQI='] }) },
        { key: 'msg_index', value: '0' },
      ],
    },
  ];
  const events = decodeEvents(raw);
  assert.equal(events.length, 2);
  const [duty] = eventsOf(events, 'assay.compute.v1.EventDutyDrawn');
  assert.deepEqual(duty?.duty, { jobId: 18446744073709551615n, operator: key.address, rank: 2, verdict: Verdict.VERDICT_UNSPECIFIED, height: 0n });
  const [job] = eventsOf(events, 'assay.compute.v1.EventJobUpdated');
  assert.equal(job?.cause, 'commit');
  assert.equal(job?.job?.outputRoot.length, 32);
  assert.equal(job?.job?.traceRoot.length, 0);
  assert.deepEqual(job?.job?.outputDataRoots.map((r) => [...r]), [[1, 2]]);
  assert.equal(Job.encode(job!.job!).finish().length > 0, true);
  assert.throws(
    () => decodeEvents([{ type: 'assay.compute.v1.EventDutyDrawn', attributes: [{ key: 'duty', value: '{' }] }]),
    (e) => hasCode(e, 'EVENT_MALFORMED'),
  );
});

test('a refusal keeps the chain’s words and says what to do', () => {
  const out = chainError({ codespace: 'sdk', code: 11, log: 'out of gas in location: x; gasWanted: 1\n[stack]' });
  assert.equal(out.code, 'CHAIN_OUT_OF_GAS');
  assert.equal(out.decision, 'retry');
  assert.match(out.message, /out of gas in location/);
  assert.doesNotMatch(out.message, /stack/);
  assert.equal(chainError({ codespace: 'authz', code: 2, log: 'authorization not found' }).code, 'CHAIN_GRANT_MISSING');
  const ours = chainError({ codespace: 'dispute', code: 24, log: 'no live commitment' });
  assert.equal(ours.code, 'CHAIN_DISPUTE_NO_COMMITMENT');
  assert.deepEqual(refusalOf(ours), { codespace: 'dispute', code: 24 });
  assert.equal(chainError({ codespace: 'dispute', code: 77, log: '' }).code, 'CHAIN_DISPUTE_77');
  assert.equal(refusalOf(new Error('x')), undefined);
});

test('keys come from files that only their owner can read', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'assay-keys-'));
  const file = join(dir, 'key');
  await writeFile(file, JSON.stringify({ name: 'a', mnemonic: WORDS }));
  await chmod(file, 0o644);
  await assert.rejects(keyFromFile(file), (e) => hasCode(e, 'KEY_EXPOSED'));
  await chmod(file, 0o600);
  assert.equal((await keyFromFile(file)).address, key.address);
  assert.equal((await keyFromFile(file, 'cosmos')).address, 'cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4');
  await writeFile(file, '01'.repeat(32));
  assert.match((await keyFromFile(file)).address, /^assay1/);
  await writeFile(file, 'twelve words that are not a mnemonic');
  await assert.rejects(keyFromFile(file), (e) => hasCode(e, 'KEY_INVALID') && !String((e as Error).message).includes('twelve'));
  await assert.rejects(keyFromFile(join(dir, 'none')), (e) => hasCode(e, 'KEY_UNREADABLE'));
  assert.match(validatorAddress(key.address), /^assayvaloper1/);
  assert.throws(() => addressBytes('assay1qqq'), (e) => hasCode(e, 'ADDRESS_INVALID'));
});

test('a gas price is an amount and a denomination', () => {
  assert.deepEqual(parseGasPrice('0.025uassay'), { amount: 0.025, denom: 'uassay' });
  for (const bad of ['', 'uassay', '1', '-1uassay', '1 uassay']) assert.throws(() => parseGasPrice(bad), (e) => hasCode(e, 'CONFIG_INVALID'), bad);
});

test('a dead node is passed over, a node of another chain never believed', async () => {
  const node = async (network: string) => {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        const { id, method } = JSON.parse(text) as { id: number; method: string };
        const result = method === 'status' ? STATUS(network) : undefined;
        response.end(JSON.stringify(result ? { jsonrpc: '2.0', id, result } : { jsonrpc: '2.0', id, error: { code: -32603, message: 'Internal error', data: 'height 9 is not available' } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const good = await node('assay-1');
  const client = await ChainClient.connect({ rpc: ['http://127.0.0.1:1', good], chainId: 'assay-1' });
  assert.equal((await client.head()).height, 42);
  await assert.rejects(client.blockEvents(9), (e) => hasCode(e, 'CHAIN_RPC') && /height 9 is not available/.test(String(e)));
  await assert.rejects(ChainClient.connect({ rpc: [good], chainId: 'assay-2' }), (e) => hasCode(e, 'CHAIN_WRONG_ID'));
  await assert.rejects(ChainClient.connect({ rpc: ['http://127.0.0.1:1'], chainId: 'assay-1' }), (e) => hasCode(e, 'CHAIN_UNREACHABLE'));
});

const STATUS = (network: string) => ({
  node_info: { id: 'aa', listen_addr: 'tcp://0.0.0.0:26656', network, version: '0.40.0', channels: '40', moniker: 'm', protocol_version: { p2p: '8', block: '11', app: '0' }, other: {} },
  sync_info: {
    latest_block_hash: 'AA', latest_app_hash: 'AA', latest_block_height: '42', latest_block_time: '2026-01-01T00:00:00Z', earliest_block_hash: 'AA', earliest_app_hash: 'AA',
    earliest_block_height: '1', earliest_block_time: '2026-01-01T00:00:00Z', catching_up: false,
  },
  validator_info: { address: 'AA', pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.alloc(32).toString('base64') }, voting_power: '1' },
});

test('a decimal is one number in both of its spellings', () => {
  assert.equal(decimalUnits('10000000000000'), decimalUnits('0.000010000000000000'));
  const cases = [['0', '0'], ['0.001', '1000000000000000'], ['2', '2000000000000000000'], ['0.000000000000000001', '1'], ['12.5', '12500000000000000000']] as const;
  for (const [text, wire] of cases) assert.equal(decimalToWire(text), wire);
  const bad = ['', '-1', '1e-5', '1E5', '.5', '1.', '0.0000000000000000001', 'NaN', '1,5', ' 1', '1'.repeat(41)];
  for (const text of bad) assert.throws(() => decimalToWire(text), (e) => hasCode(e, 'DECIMAL_INVALID'), text);
  for (const text of ['-1', '1e-5', '1'.repeat(79)]) assert.throws(() => decimalUnits(text), (e) => hasCode(e, 'DECIMAL_INVALID'), text);
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import { checkGrants, keyFromMnemonic, keyFromPrivate, message, operatorGrants, Sender, type Message } from '../../src/chain/index.js';
import { MsgAttest, MsgClaimJob } from '../../src/chain/generated/assay/compute/v1/tx.js';
import { loadConfig } from '../../src/config/index.js';
import { hasCode } from '../../src/errors.js';
import { createShutdown } from '../../src/shutdown.js';
import { sidecarSchema, startSidecar } from '../../validator/index.js';
import { startTestNetwork, type TestNetwork } from './network.js';

// Sending on a real chain: many at once, under a hot key, and what refusals say.

let net: TestNetwork;
before(async () => {
  net = await startTestNetwork(['alice', 'bob']);
}, { timeout: 120_000 });
after(() => net.stop());

const send = (from: string, to: string, amount: string): Message => ({ typeUrl: MsgSend.typeUrl, value: MsgSend.fromPartial({ fromAddress: from, toAddress: to, amount: [{ denom: 'uassay', amount }] }) });
const attest = (operator: string): Message => message(MsgAttest, { operator, jobId: 77n, verdict: 1 });

test('many unordered transactions of one key are under way at once, and each counts once', { timeout: 60_000 }, async () => {
  const alice = await net.sender('alice');
  const to = (await keyFromPrivate(new Uint8Array(32).fill(5))).address;
  const sent = await Promise.all(Array.from({ length: 20 }, (_, i) => alice.send([send(alice.address, to, `${1 + i}`)], { gas: 200_000 })));
  assert.equal(new Set(sent.map((s) => s.hash)).size, 20);
  assert.equal(await net.client.balance(to, 'uassay'), 210n);
});

test('ordered transactions wait for each other', { timeout: 60_000 }, async () => {
  const bob = new Sender(net.client, { key: await keyFromMnemonic(net.mnemonic('bob')), ordered: true });
  const to = (await keyFromPrivate(new Uint8Array(32).fill(6))).address;
  const sent = await Promise.all([1, 2, 3].map((n) => bob.send([send(bob.address, to, `${n}`)])));
  assert.deepEqual([...sent].sort((a, b) => a.height - b.height).map((s) => s.height), sent.map((s) => s.height));
  assert.equal(await net.client.balance(to, 'uassay'), 6n);
});

test('a refusal carries the module’s own code, without a fee', { timeout: 60_000 }, async () => {
  const alice = await net.sender('alice');
  await assert.rejects(alice.send([message(MsgClaimJob, { worker: alice.address, jobId: 77n, bond: '1' })]), (e) => hasCode(e, 'CHAIN_NOT_FOUND') && /register it first/.test(String(e)));
  await assert.rejects(alice.send([send(alice.address, alice.address, '9'.repeat(20))]), (e) => hasCode(e, 'CHAIN_INSUFFICIENT_FUNDS'));
});

test('a hot key acts only under grants, and the sidecar says which are missing', { timeout: 90_000 }, async () => {
  const operator = await net.sender('validator-0');
  const hot = await keyFromPrivate(new Uint8Array(32).fill(7));
  const acting = new Sender(net.client, { key: hot, principal: operator.address });
  await assert.rejects(checkGrants(net.client, operator.address, hot.address), (e) => hasCode(e, 'GRANTS_MISSING') && /MsgAttest.*fee allowance/.test(String(e)));
  await assert.rejects(acting.send([attest(operator.address)]), (e) => hasCode(e, 'CHAIN_UNKNOWN_ACCOUNT'));
  await operator.send(operatorGrants({ operator: operator.address, hotKey: hot.address, expiresMs: Date.now() + 600_000, spendLimit: { amount: '1000', denom: 'uassay' } }));
  await checkGrants(net.client, operator.address, hot.address);
  // Granted: now the module itself refuses, because there is no such job.
  await assert.rejects(acting.send([attest(operator.address)]), (e) => hasCode(e, 'CHAIN_NOT_FOUND') && /job 77/.test(String(e)));
  await assert.rejects(acting.send([send(operator.address, hot.address, '1')]), (e) => hasCode(e, 'CHAIN_GRANT_MISSING'));
});

test('a sidecar refuses to start on the operator’s key', { timeout: 60_000 }, async () => {
  const file = join(net.dir, 'operator.key');
  writeFileSync(file, net.mnemonic('validator-0'), { mode: 0o600 });
  const config = loadConfig(sidecarSchema, { env: {}, flags: { 'chain.id': net.chainId, 'chain.rpc': net.rpc, 'key.file': file, 'sidecar.operator': net.operators[0]!, 'sidecar.dir': join(net.dir, 's') } });
  await assert.rejects(startSidecar(config, createShutdown()), (e) => hasCode(e, 'OPERATOR_KEY_HERE'));
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hasCode } from '../src/errors.js';
import { beaconPublicKey, randomness, signRound, verifyRound } from './beacon-keys.js';
import { startBeaconSigner } from './beacon-signer.js';

interface Quicknet { public_key_g2: string; round: number; signature_g1: string; randomness: string }
const quicknet = JSON.parse(readFileSync(new URL('../../test/vectors/drand-quicknet.json', import.meta.url), 'utf8')) as Quicknet;
const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const secret = new Uint8Array(32).fill(7);

test('a public round of drand quicknet verifies, and nothing near it does', () => {
  const key = bytes(quicknet.public_key_g2);
  const signature = bytes(quicknet.signature_g1);
  assert.equal(verifyRound(key, BigInt(quicknet.round), signature), true);
  assert.equal(Buffer.from(randomness(signature)).toString('hex'), quicknet.randomness);
  assert.equal(verifyRound(key, BigInt(quicknet.round) + 1n, signature), false);
  assert.equal(verifyRound(beaconPublicKey(secret), BigInt(quicknet.round), signature), false);
  for (const bad of [signature.subarray(0, 47), Buffer.concat([signature, Buffer.alloc(1)]), new Uint8Array(48)]) {
    assert.equal(verifyRound(key, BigInt(quicknet.round), bad), false);
  }
});

test('own signatures are 48 bytes and verify under the key of 96 bytes', () => {
  const key = beaconPublicKey(secret);
  assert.equal(key.length, 96);
  const signature = signRound(secret, 42n);
  assert.equal(signature.length, 48);
  assert.equal(verifyRound(key, 42n, signature), true);
  assert.equal(verifyRound(key, 43n, signature), false);
});

test('serves rounds that are due, refuses later ones, and its faults are faults', async () => {
  let now = 10_000;
  const signer = await startBeaconSigner({ secret, genesisMs: 5_000, periodMs: 1_000, now: () => now });
  const get = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const r = await fetch(signer.url + path);
    return { status: r.status, body: (await r.json()) as Record<string, unknown> };
  };
  try {
    assert.equal((await get('/info')).body['public_key'], Buffer.from(signer.publicKey).toString('hex'));
    const latest = await get('/public/latest');
    assert.equal(latest.body['round'], 6); // round 1 at 5 s, so round 6 at 10 s
    assert.equal(verifyRound(signer.publicKey, 6n, bytes(String(latest.body['signature']))), true);
    assert.equal((await get('/public/7')).status, 404);
    now += 1_000;
    assert.equal((await get('/public/7')).status, 200);
    for (const path of ['/public/0', '/public/-1', '/public/07', '/public/9999999999999999999', '/secret']) {
      assert.equal((await get(path)).status, 404, path);
    }
    signer.setFault('forge');
    assert.equal(verifyRound(signer.publicKey, 7n, bytes(String((await get('/public/7')).body['signature']))), false);
    signer.setFault('withhold');
    assert.equal((await get('/public/7')).status, 503);
  } finally {
    await signer.close();
  }
});

test('a busy port is said in one sentence', async () => {
  const signer = await startBeaconSigner({ secret, genesisMs: 0, periodMs: 1_000 });
  try {
    await assert.rejects(
      startBeaconSigner({ secret, genesisMs: 0, periodMs: 1_000, port: Number(new URL(signer.url).port) }),
      (e) => hasCode(e, 'PORT_BUSY'),
    );
  } finally {
    await signer.close();
  }
});

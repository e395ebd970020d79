import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHUNK_BYTES, chunkCount, openRange } from '../merkle/index.js';
import { BlobStore, createBlobServer, hexRoot, MAX_CHUNKS, OPENING_TYPE, replyBytes, verifyReply } from './index.js';
import { seededNoise } from './testing.js';

// Chunk proofs over HTTP: what the server opens and what it refuses.

const { seed, random, noise } = seededNoise();
const scratch = await mkdtemp(join(tmpdir(), 'assay-chunk-route-'));
const closers: (() => unknown)[] = [() => rm(scratch, { recursive: true })];
after(async () => {
  for (const close of closers.reverse()) await close();
});
let stores = 0;
const newStore = (): Promise<BlobStore> => BlobStore.open(join(scratch, `store-${stores++}`));

test(`the server opens any range as the chain's messages do (seed ${seed})`, async () => {
  const store = await newStore();
  const server = await createBlobServer({ store });
  closers.push(() => server.close());
  for (const size of [1, 100, 127, 128, 1024, 1025, 65_535, 65_536, 65_537, 128 * 1024 + 1, 65_536 * 5 + 900, 65_536 * 8, 1_500_129]) {
    const bytes = noise(size);
    const root = await store.putTensor(bytes);
    const n = chunkCount(size);
    const picks = [[0, n], [n - 1, 1], [0, 1], ...Array.from({ length: 12 }, () => { const first = random(n); return [first, 1 + random(n - first)]; })];
    for (const [first, count] of picks as [number, number][]) {
      const url = `${server.url}/v1/tensor/${hexRoot(root)}/chunks/${first}-${first + count - 1}`;
      const response = await fetch(url);
      assert.equal(response.status, 200, url);
      assert.equal(response.headers.get('content-type'), OPENING_TYPE);
      const body = new Uint8Array(await response.arrayBuffer());
      assert.equal(body.length, replyBytes(size, first, count), `${size}: ${first}+${count}`);
      const { bytes: opened, hashes } = verifyReply(root, size, first, count, body);
      assert.deepEqual(Buffer.from(opened), Buffer.from(bytes.subarray(first * CHUNK_BYTES, (first + count) * CHUNK_BYTES)));
      assert.deepEqual(hashes.map((h) => Buffer.from(h)), openRange(bytes, first, count).hashes.map((h) => Buffer.from(h)));
      const head = await fetch(url, { method: 'HEAD' });
      assert.equal(Number(head.headers.get('content-length')), body.length);
    }
  }
});

test('the server refuses with a code what it cannot open', { timeout: 30_000 }, async () => {
  const store = await newStore();
  // Told once a reply is out, perhaps after whoever asked has it.
  const told = new EventEmitter();
  const server = await createBlobServer({ store, onReply: (route, status, bytes) => told.emit(`${route} ${status}`, bytes) });
  closers.push(() => server.close());
  const root = hexRoot(await store.putTensor(noise(5000)));
  const empty = hexRoot(await store.putTensor(new Uint8Array()));
  for (const [path, status, why] of [
    [`${root}/chunks/0-5`, 416, 'RANGE'], [`${root}/chunks/5-5`, 416, 'RANGE'], [`${root}/chunks/3-2`, 400, 'CHUNKS'], [`${root}/chunks/0`, 400, 'CHUNKS'],
    [`${root}/chunks/0-${MAX_CHUNKS}`, 400, 'CHUNKS'], [`${root}/chunks/-1-2`, 400, 'CHUNKS'], [`${root}/chunks/00-1`, 400, 'CHUNKS'],
    [`${root}/chunks/0-99999999999999`, 400, 'CHUNKS'], [`${root}/chunks/`, 400, 'CHUNKS'], [`${root}/chunks`, 404, 'NOT_FOUND'],
    [`${root}/chunks/0-1/2`, 404, 'NOT_FOUND'], [`${'a'.repeat(64)}/chunks/0-1`, 404, 'NOT_FOUND'], [`xx/chunks/0-1`, 400, 'ROOT_INVALID'], [`${empty}/chunks/0-0`, 416, 'RANGE'],
  ] as const) {
    const response = await fetch(`${server.url}/v1/tensor/${path}`);
    const body = (await response.json()) as { code: string; message: string };
    assert.deepEqual([response.status, body.code], [status, why], path);
    assert.ok(body.message.length > 10);
  }
  assert.equal((await fetch(`${server.url}/v1/program/${root}/chunks/0-1`)).status, 404);
  const counted = once(told, 'chunks 200');
  const { byteLength } = await fetch(`${server.url}/v1/tensor/${root}/chunks/1-2`).then((r) => r.arrayBuffer());
  assert.deepEqual(await counted, [byteLength]);
});

test('a tensor is hashed once; a damaged outline is made anew, a damaged tensor is noticed where it is opened', async () => {
  const store = await newStore();
  const server = await createBlobServer({ store });
  closers.push(() => server.close());
  const bytes = noise(20 * 65_536 + 77);
  const root = await store.putTensor(bytes);
  const get = (first: number, last: number) => fetch(`${server.url}/v1/tensor/${hexRoot(root)}/chunks/${first}-${last}`);
  const opens = async (first: number, last: number): Promise<void> => {
    const body = new Uint8Array(await (await get(first, last)).arrayBuffer());
    verifyReply(root, bytes.length, first, last - first + 1, body);
  };
  await Promise.all([opens(3, 9), opens(700, 900), opens(0, 0)]);
  const outline = await readFile(store.outlinePath(root));
  assert.ok(outline.length < bytes.length / 900, `${outline.length} bytes of hashes`);
  const touched = (await stat(store.outlinePath(root))).mtimeMs;
  // Far away from what is asked for, a byte goes bad: hashing the tensor again would show it.
  const file = await open(store.path('tensor', root), 'r+');
  await file.write(Uint8Array.of(bytes[70_000]! ^ 1), 0, 1, 70_000);
  await opens(700, 900);
  assert.equal((await stat(store.outlinePath(root))).mtimeMs, touched);
  const refused = await get(64, 65);
  assert.equal(refused.status, 503);
  assert.equal(((await refused.json()) as { code: string }).code, 'BLOB_DIGEST');
  await file.close();
  assert.equal(await store.has('tensor', root), false, 'a damaged tensor is forgotten');
  await store.putTensor(bytes);
  await opens(3, 9);
  for (const at of [0, outline.length - 1, 5 * 32 + 3]) {
    await writeFile(store.outlinePath(root), outline.map((b, i) => (i === at ? b ^ 1 : b)));
    await opens(300, 301);
  }
  await writeFile(store.outlinePath(root), outline.subarray(0, 40));
  await opens(1000, 1001);
});

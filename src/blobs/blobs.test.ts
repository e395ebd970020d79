import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AssayError, hasCode } from '../errors.js';
import { dataRoot, rootOfRoots } from '../merkle/index.js';
import { BlobClient, BlobStore, checkUrl, checkedLookup, createBlobServer, DataHasher, download, hashFile, hexRoot, isPublicAddress } from './index.js';

const closers: (() => Promise<unknown> | unknown)[] = [];
after(async () => {
  for (const close of closers) await close();
});

const newStore = async () => BlobStore.open(await mkdtemp(join(tmpdir(), 'assay-blobs-')));
const code = (expected: string) => (error: unknown) => {
  assert.ok(hasCode(error, expected), `expected ${expected}, found ${String(error)} ${error instanceof AssayError ? error.code : ''} ${String((error as Error).cause)}`);
  return true;
};

/** An HTTP server that misbehaves as told; returns its URL and counts requests. */
async function hostile(handler: (request: IncomingMessage, response: ServerResponse, n: number) => void): Promise<{ url: string; count: () => number }> {
  let n = 0;
  const server = createServer((request, response) => handler(request, response, ++n));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => n };
}

const local = { allowPrivate: true, attempts: 1, idleMs: 300, totalMs: 5_000 };

test('a streamed data root equals the one of the whole, however the pieces fall', () => {
  const bytes = randomBytes(10_000);
  for (const size of [0, 1, 1023, 1024, 1025, 2048, 5000, 10_000])
    for (const step of [1, 7, 1000, 1024, 4096]) {
      const hasher = new DataHasher();
      for (let at = 0; at < size; at += step) hasher.update(bytes.subarray(at, Math.min(size, at + step)));
      assert.deepEqual(hasher.digest(), dataRoot(bytes.subarray(0, size)), `size ${size}, step ${step}`);
    }
});

test('what one side stores, the other fetches, whole and resumed', async () => {
  const source = await newStore();
  const bytes = randomBytes(300_001);
  const root = await source.putTensor(bytes);
  const list = [root, dataRoot(randomBytes(5))];
  const listRoot = await source.putRoots(list);
  const record = randomBytes(999);
  const programRoot = createHash('sha256').update(record).digest();
  await source.putProgram(programRoot, record);
  const server = await createBlobServer({ store: source });
  closers.push(() => server.close());

  const client = new BlobClient(await newStore(), local);
  await client.tensor([server.url], root, bytes.length);
  assert.deepEqual(Buffer.from(await client.store.tensor(root)), bytes);
  assert.deepEqual(await client.roots([server.url], listRoot, 2), list);
  const rootOf = (r: Uint8Array) => createHash('sha256').update(r).digest();
  assert.deepEqual(Buffer.from(await client.program([server.url], programRoot, 1000, rootOf)), record);
  await assert.rejects(client.program([server.url], dataRoot(record), 1000, rootOf), code('BLOB_UNAVAILABLE'));

  const ranged = await fetch(`${server.url}/v1/tensor/${hexRoot(root)}`, { headers: { range: 'bytes=1000-1999' } });
  assert.equal(ranged.status, 206);
  assert.deepEqual(Buffer.from(await ranged.arrayBuffer()), bytes.subarray(1000, 2000));
  assert.equal((await fetch(`${server.url}/v1/tensor/${hexRoot(root)}`, { headers: { range: 'bytes=300001-' } })).status, 416);
});

test('the server refuses what it does not know with a code', async () => {
  const server = await createBlobServer({ store: await newStore(), jobRoots: () => undefined });
  closers.push(() => server.close());
  for (const [path, status] of [
    ['/v1/tensor/../../../etc/passwd', 404], ['/v1/tensor/zz', 400], [`/v1/tensor/${'A'.repeat(64)}`, 400], [`/v1/tensor/${'a'.repeat(64)}`, 404],
    ['/v1/job/1/roots', 404], ['/v1/job/x/roots', 404], ['/v2/tensor/a', 404], ['/', 404],
  ] as const) {
    const reply = await fetch(server.url + path);
    assert.equal(reply.status, status, path);
    const body: unknown = await reply.json();
    assert.ok(typeof body === 'object' && body !== null && 'code' in body && 'message' in body);
  }
  assert.equal((await fetch(server.url, { method: 'POST', body: 'x' })).status, 405);
  await assert.rejects(createBlobServer({ store: await newStore(), port: Number(new URL(server.url).port) }), code('PORT_BUSY'));
});

test('wrong bytes never enter the store; the next source is asked', async () => {
  const bytes = randomBytes(5000);
  const root = dataRoot(bytes);
  const liar = await hostile((_, response) => response.end(randomBytes(5000)));
  const honest = await hostile((_, response) => response.end(bytes));
  const client = new BlobClient(await newStore(), local);
  await assert.rejects(client.tensor([liar.url], root, 5000), code('BLOB_DIGEST'));
  assert.equal(await client.store.has('tensor', root), false);
  assert.deepEqual(await readdir(join(client.store.dir, 'tmp')), [], 'nothing is left behind');
  await client.tensor([liar.url, honest.url], root, 5000);
  assert.deepEqual(Buffer.from(await client.store.tensor(root)), bytes);
});

test('a connection that is cut is resumed where it broke', async () => {
  const bytes = randomBytes(200_000);
  const starts: string[] = [];
  const cutting = await hostile((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    starts.push(request.headers.range ?? 'whole');
    response.writeHead(from ? 206 : 200, { 'content-length': 200_000 - from, ...(from ? { 'content-range': `bytes ${from}-199999/200000` } : {}) });
    response.write(bytes.subarray(from, from + 70_000), () => (from + 70_000 < 200_000 ? response.destroy() : response.end()));
  });
  const client = new BlobClient(await newStore(), local);
  await client.tensor([cutting.url], dataRoot(bytes), 200_000);
  assert.deepEqual(Buffer.from(await client.store.tensor(dataRoot(bytes))), bytes);
  assert.ok(starts.length >= 3 && starts[1]!.startsWith('bytes='), starts.join(' '));
});

test('a server that cuts for ever is given up', async () => {
  const drip = await hostile((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from ? 206 : 200, { 'content-length': 9000 - from, ...(from ? { 'content-range': `bytes ${from}-8999/9000` } : {}) });
    response.write(Buffer.alloc(1), () => response.destroy());
  });
  await assert.rejects(new BlobClient(await newStore(), local).tensor([drip.url], dataRoot(Buffer.alloc(9000)), 9000), code('BLOB_UNAVAILABLE'));
  assert.ok(drip.count() < 15, `${drip.count()} requests`);
});

test('a truncated reply, a longer one, and one in silence are told apart', async () => {
  const client = new BlobClient(await newStore(), local);
  const root = dataRoot(randomBytes(4000));
  const short = await hostile((_, r) => r.end(Buffer.alloc(3000)));
  await assert.rejects(client.tensor([short.url], root, 4000), code('BLOB_TRUNCATED'));
  const stated = await hostile((_, r) => r.writeHead(200, { 'content-length': 5_000_000_000 }).write('x'));
  await assert.rejects(client.tensor([stated.url], root, 4000), code('BLOB_TOO_LARGE'));
  const endless = await hostile((_, r) => {
    const pump = (): void => {
      if (!r.destroyed) r.write(Buffer.alloc(65_536), pump);
    };
    pump();
  });
  await assert.rejects(client.tensor([endless.url], root, 4000), code('BLOB_TOO_LARGE'));
  const silent = await hostile(() => {});
  await assert.rejects(client.tensor([silent.url], root, 4000), code('BLOB_TOO_SLOW'));
  const dripping = await hostile((_, r) => {
    const timer = setInterval(() => r.write('x'), 50);
    r.on('close', () => clearInterval(timer));
  });
  await assert.rejects(new BlobClient(client.store, { ...local, totalMs: 500 }).tensor([dripping.url], root, 4000), code('BLOB_TOO_SLOW'));
  const missing = await hostile((_, r) => r.writeHead(404).end());
  await assert.rejects(client.tensor([missing.url], root, 4000), code('BLOB_NOT_FOUND'));
  await assert.rejects(client.tensor([], root, 4000), code('BLOB_UNAVAILABLE'));
});

test('private addresses need allow_private: literal, by name and by redirect', async () => {
  const here = await hostile((_, r) => r.end('secret'));
  const open = { allowPrivate: false };
  const get = (url: string) => download(url, { ...open, maxBytes: 100, totalMs: 3000 }, () => assert.fail('bytes arrived'));
  await assert.rejects(get(here.url), code('BLOB_ADDRESS_REFUSED'));
  await assert.rejects(get(here.url.replace('127.0.0.1', 'localhost')), code('BLOB_ADDRESS_REFUSED'));
  await assert.rejects(get('http://[::1]:1/'), code('BLOB_ADDRESS_REFUSED'));
  await assert.rejects(get('http://[::ffff:127.0.0.1]:1/'), code('BLOB_ADDRESS_REFUSED'));
  await assert.rejects(get('http://0x7f000001:1/'), code('BLOB_ADDRESS_REFUSED'));
  await assert.rejects(get('file:///etc/passwd'), code('BLOB_URL_INVALID'));
  await assert.rejects(get('http://user:pass@example.com/'), code('BLOB_URL_INVALID'));
  await assert.rejects(get('nonsense'), code('BLOB_URL_INVALID'));
  assert.equal(here.count(), 0, 'nothing was asked');
  const sends = await hostile((_, r) => r.writeHead(302, { location: 'file:///etc/passwd' }).end());
  await assert.rejects(download(sends.url, { allowPrivate: true, maxBytes: 9 }, () => {}), code('BLOB_URL_INVALID'));
  const loop = await hostile((_, r) => r.writeHead(302, { location: '/again' }).end());
  await assert.rejects(download(loop.url, { allowPrivate: true, maxBytes: 9 }, () => {}), code('BLOB_STATUS'));
});

test('a name is judged by what it resolves to, and the socket gets that very address', async () => {
  const resolving = (...addresses: string[]) =>
    checkedLookup({ allowPrivate: false }, ((_: string, __: object, done: (e: null, a: object[]) => void) =>
      done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))) as typeof import('node:dns').lookup);
  const ask = (lookup: ReturnType<typeof checkedLookup>) =>
    new Promise<unknown>((resolve, reject) => lookup('rebind.example', {}, (error, address) => (error ? reject(error) : resolve(address))));
  assert.equal(await ask(resolving('93.184.216.34')), '93.184.216.34');
  await assert.rejects(ask(resolving('93.184.216.34', '10.0.0.1')), code('BLOB_ADDRESS_REFUSED'));
  await assert.rejects(ask(resolving('fd00::1')), code('BLOB_ADDRESS_REFUSED'));
  for (const bad of ['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '::1', '::', 'fe80::1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '2002:7f00:1::', 'example.com'])
    assert.equal(isPublicAddress(bad), false, bad);
  for (const good of ['8.8.8.8', '172.32.0.1', '2606:4700::1111']) assert.equal(isPublicAddress(good), true, good);
  assert.throws(() => checkUrl(`http://x/${'a'.repeat(3000)}`, { allowPrivate: true }), code('BLOB_URL_INVALID'));
});

test('a file that the disk damaged is noticed and forgotten', async () => {
  const store = await newStore();
  const bytes = randomBytes(3000);
  const root = await store.putTensor(bytes);
  await truncate(store.path('tensor', root), 2000);
  await assert.rejects(store.tensor(root), code('BLOB_DIGEST'));
  assert.equal(await store.has('tensor', root), false);
  const list = await store.putRoots([root]);
  assert.deepEqual(list, rootOfRoots([root]));
  await writeFile(store.path('roots', list), randomBytes(32));
  await assert.rejects(store.roots(list), code('BLOB_DIGEST'));
});

test('opening a store leaves what another process is writing, and clears what nobody has touched for long', async () => {
  const store = await newStore();
  const fresh = store.temporary();
  await writeFile(fresh, 'x');
  await writeFile(store.partialPath(dataRoot(randomBytes(3))), 'x');
  await BlobStore.open(store.dir);
  assert.equal((await readdir(join(store.dir, 'tmp'))).length + (await readdir(join(store.dir, 'partial'))).length, 2);
  const now = Date.now;
  try {
    Date.now = () => now() + 11 * 60_000;
    await BlobStore.open(store.dir);
    assert.deepEqual(await readdir(join(store.dir, 'tmp')), []);
    assert.equal((await readdir(join(store.dir, 'partial'))).length, 1);
    Date.now = () => now() + 8 * 24 * 3_600_000;
    await BlobStore.open(store.dir);
    assert.deepEqual(await readdir(join(store.dir, 'partial')), []);
  } finally {
    Date.now = now;
  }
});

test('a file is taken over by a link, and only under its own root', async () => {
  const store = await newStore();
  const file = join(store.dir, 'value.bin');
  await writeFile(file, randomBytes(2500));
  const root = await hashFile(file);
  await store.linkTensor(root, file);
  await store.linkTensor(root, file);
  assert.deepEqual(await readFile(store.path('tensor', root)), await readFile(file));
  await assert.rejects(store.linkTensor(dataRoot(randomBytes(1)), file), code('BLOB_DIGEST'));
  const other = join(store.dir, 'again.bin');
  await writeFile(other, await readFile(file));
  await truncate(store.path('tensor', root), 9);
  await store.linkTensor(root, other);
  assert.deepEqual(Buffer.from(await store.tensor(root)), await readFile(other), 'what the disk damaged is replaced');
  assert.deepEqual(await readdir(join(store.dir, 'tmp')), []);
});

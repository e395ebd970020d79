import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TensorOpening } from '../chain/generated/assay/referee/v1/proof.js';
import { AssayError, hasCode } from '../errors.js';
import { CHUNK_BYTES, chunkCount, dataRoot, openRange, verifyRange, type DataOpening } from '../merkle/index.js';
import { BlobClient, BlobStore, createBlobServer, hexRoot, MAX_CHUNKS, OPENING_TYPE } from './index.js';
import { seededNoise } from './testing.js';

// Tensors fetched by chunk proofs: a client that believes nothing else.

const { seed, noise } = seededNoise();
const scratch = await mkdtemp(join(tmpdir(), 'assay-chunks-'));
const closers: (() => unknown)[] = [() => rm(scratch, { recursive: true })];
after(async () => {
  for (const close of closers.reverse()) await close();
});
let stores = 0;
const newStore = (): Promise<BlobStore> => BlobStore.open(join(scratch, `store-${stores++}`));
const local = { allowPrivate: true, attempts: 2, idleMs: 8_000, totalMs: 30_000 };
const code = (expected: string) => (error: unknown): boolean => {
  assert.ok(hasCode(error, expected), `expected ${expected}, found ${error instanceof AssayError ? error.code : ''} ${String(error)} ${String((error as Error).cause)}`);
  return true;
};

const RANGE = MAX_CHUNKS * CHUNK_BYTES;
const big = noise(2 * RANGE + 1_300_333);
const bigRoot = dataRoot(big);
const ranges = Math.ceil(big.length / RANGE);

/** A source of `big`; `handler` may answer in its place. Counts what was asked. */
async function source(handler: (asked: { first: number; count: number }, response: ServerResponse, n: number) => boolean | Promise<boolean> = () => false) {
  const asked: { first: number; count: number }[] = [];
  let whole = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const match = /\/chunks\/(\d+)-(\d+)$/.exec(request.url ?? '');
    if (!match) {
      whole++;
      response.writeHead(404).end();
      return;
    }
    const range = { first: Number(match[1]), count: Number(match[2]) - Number(match[1]) + 1 };
    asked.push(range);
    if (!(await handler(range, response, asked.length))) reply(response, openRange(big, range.first, range.count));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, whole: () => whole };
}

function reply(response: ServerResponse, { chunks, hashes }: DataOpening): void {
  response.writeHead(200, { 'content-type': OPENING_TYPE }).end(TensorOpening.encode({ chunks: [...chunks], hashes: [...hashes] }).finish());
}

test(`a large tensor comes range by range; a small one whole (seed ${seed})`, async () => {
  const honest = await source();
  const client = new BlobClient(await newStore(), local);
  await client.tensor([honest.url], bigRoot, big.length);
  assert.deepEqual(Buffer.from(await client.store.tensor(bigRoot)), Buffer.from(big));
  assert.deepEqual(honest.asked.map((r) => r.first), Array.from({ length: ranges }, (_, i) => i * MAX_CHUNKS));
  assert.equal(honest.whole(), 0);
  assert.deepEqual(await readdir(join(client.store.dir, 'partial')), []);
  const small = noise(RANGE);
  await assert.rejects(client.tensor([honest.url], dataRoot(small), small.length), code('BLOB_NOT_FOUND'));
  assert.equal(honest.asked.length, ranges, 'no chunk was asked for');
});

const lies: Record<string, (o: DataOpening) => DataOpening> = {
  'a chunk with one other bit': (o) => ({ ...o, chunks: o.chunks.map((c, i) => (i === 7 ? c.map((x, k) => (k === 0 ? x ^ 1 : x)) : c)) }),
  'two chunks exchanged': (o) => ({ ...o, chunks: [o.chunks[1]!, o.chunks[0]!, ...o.chunks.slice(2)] }),
  'a chunk too few': (o) => ({ ...o, chunks: o.chunks.slice(1) }),
  'chunks cut elsewhere': (o) => ({ ...o, chunks: [o.chunks[0]!.subarray(1), new Uint8Array([0, ...o.chunks[1]!]), ...o.chunks.slice(2)] }),
  'a hash too few': (o) => ({ ...o, hashes: o.hashes.slice(1) }),
  'no hashes': (o) => ({ ...o, hashes: [] }),
  'a hash too many': (o) => ({ ...o, hashes: [...o.hashes, new Uint8Array(32)] }),
  'a hash of 31 bytes': (o) => ({ ...o, hashes: o.hashes.map((h, i) => (i === 0 ? h.subarray(1) : h)) }),
  'a hash too many for a chunk of no bytes': (o) => ({ chunks: o.chunks.map((c, i) => (i === 3 ? new Uint8Array() : c)), hashes: [...o.hashes, new Uint8Array(32)] }),
  'another range of the same tensor': () => openRange(big, 5, MAX_CHUNKS),
};

for (const [name, lie] of Object.entries(lies))
  test(`${name}: the source is left at once, and nothing of it is written`, async () => {
    const liar = await source((range, response, n) => {
      if (n !== 2) return false;
      reply(response, lie(openRange(big, range.first, range.count)));
      return true;
    });
    const client = new BlobClient(await newStore(), local);
    await assert.rejects(client.tensor([liar.url], bigRoot, big.length), (e) => code('BLOB_UNAVAILABLE')(e) && /BLOB_(DIGEST|TOO_LARGE)/.test(String(((e as Error).cause as AssayError).code)));
    assert.equal(liar.asked.length, 2, 'the rest was not asked for');
    const partial = await readFile(client.store.partialPath(bigRoot));
    assert.deepEqual(partial, Buffer.from(big.subarray(0, RANGE)), 'what is on disk was verified');
    assert.equal(await client.store.has('tensor', bigRoot), false);
  });

test('content that changes between requests is a lie; what came before it is kept', async () => {
  const other = noise(big.length);
  const changing = await source((range, response, n) => {
    if (n === 1) return false;
    reply(response, openRange(other, range.first, range.count));
    return true;
  });
  const honest = await source();
  const client = new BlobClient(await newStore(), local);
  await client.tensor([changing.url, honest.url], bigRoot, big.length);
  assert.equal(changing.asked.length, 2);
  assert.deepEqual(honest.asked.map((r) => r.first), [MAX_CHUNKS, 2 * MAX_CHUNKS], 'the next source goes on where the first was left');
  assert.deepEqual(Buffer.from(await client.store.tensor(bigRoot)), Buffer.from(big));
});

test('replies that are cut, endless, silent, dripping or no openings', async () => {
  const headers = { 'content-type': OPENING_TYPE };
  const cases: [string, string, (response: ServerResponse, range: { first: number; count: number }) => void][] = [
    ['cut', 'BLOB_TRUNCATED', (r) => r.writeHead(200, { ...headers, 'content-length': 5000 }).write(Buffer.alloc(1000), () => r.destroy())],
    ['endless', 'BLOB_TOO_LARGE', (r) => {
      const pump = (): void => void (!r.destroyed && r.write(Buffer.alloc(1 << 20), pump));
      r.writeHead(200, headers);
      pump();
    }],
    ['stated too large', 'BLOB_TOO_LARGE', (r) => r.writeHead(200, { ...headers, 'content-length': 10 ** 12 }).write('x')],
    ['silent', 'BLOB_TOO_SLOW', () => {}],
    ['dripping', 'BLOB_TOO_SLOW', (r) => {
      r.writeHead(200, headers);
      const timer = setInterval(() => r.write('x'), 50);
      r.on('close', () => clearInterval(timer));
    }],
    ['noise', 'BLOB_DIGEST', (r) => r.writeHead(200, headers).end(Buffer.from(noise(5000)))],
    ['nothing', 'BLOB_DIGEST', (r) => r.writeHead(200, headers).end()],
    ['one byte too many', 'BLOB_TOO_LARGE', (r, { first, count }) => {
      const { chunks, hashes } = openRange(big, first, count);
      r.writeHead(200, headers).end(Buffer.concat([TensorOpening.encode({ chunks: [...chunks], hashes: [...hashes] }).finish(), Buffer.of(0)]));
    }],
  ];
  for (const [name, expected, misbehave] of cases) {
    const bad = await source((range, response) => {
      misbehave(response, range);
      return true;
    });
    const client = new BlobClient(await newStore(), { ...local, attempts: 1, ...(name === 'silent' && { idleMs: 300 }), ...(name === 'dripping' && { totalMs: 500 }) });
    await assert.rejects(client.tensor([bad.url], bigRoot, big.length), code(expected), name);
    assert.equal((await stat(client.store.partialPath(bigRoot))).size, 0, name);
  }
});

test('a source that cuts long replies is asked for shorter ones', async () => {
  const cutting = await source((range, response) => {
    if (range.count <= 1024) return false;
    response.writeHead(200, { 'content-type': OPENING_TYPE }).write(Buffer.alloc(100_000), () => response.destroy());
    return true;
  });
  const client = new BlobClient(await newStore(), { ...local, attempts: 3 });
  await client.tensor([cutting.url], bigRoot, big.length);
  assert.ok(cutting.asked.filter((r) => r.count > 1024).length <= 2);
});

test('a source that is honest and too slow is given up; the next one goes on with the rest', async () => {
  const slow = await source(async (_, response, n) => {
    if (n === 1) return false;
    await once(response, 'close');
    return true;
  });
  const honest = await source();
  const client = new BlobClient(await newStore(), { ...local, attempts: 9, totalMs: 6_000 });
  await client.tensor([slow.url, honest.url], bigRoot, big.length);
  assert.ok(slow.asked.length < 9, `${slow.asked.length} requests`);
  assert.deepEqual(honest.asked.map((r) => r.first), [MAX_CHUNKS, 2 * MAX_CHUNKS]);
});

test('a source without the route is asked for the whole, after those that have it', async () => {
  const older = createServer((request, response) => {
    const isPlain = request.url === `/v1/tensor/${hexRoot(bigRoot)}`;
    if (isPlain) response.end(big);
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"NOT_FOUND","message":"no such route"}');
  });
  // A page for everything, as some hosts of files answer.
  const pages = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'));
  const urls: string[] = [];
  for (const server of [older, pages]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  const client = new BlobClient(await newStore(), local);
  await client.tensor([urls[1]!, urls[0]!], bigRoot, big.length);
  assert.deepEqual(Buffer.from(await client.store.tensor(bigRoot)), Buffer.from(big));
  assert.deepEqual(await readdir(join(client.store.dir, 'partial')), []);
  const honest = await source();
  const second = new BlobClient(await newStore(), local);
  await second.tensor([urls[0]!, honest.url], bigRoot, big.length);
  assert.equal(honest.asked.length, ranges);
});

test('damaged bytes of an interrupted fetch are fetched again, and no others; a hostile journal says nothing', async () => {
  const liar = await source((_, response, n) => n === 3 && (response.writeHead(200, { 'content-type': OPENING_TYPE }).end(), true));
  const client = new BlobClient(await newStore(), local);
  await assert.rejects(client.tensor([liar.url], bigRoot, big.length), code('BLOB_DIGEST'));
  const path = client.store.partialPath(bigRoot);
  const file = await open(path, 'r+');
  await file.write(Uint8Array.of(big[9]! ^ 4), 0, 1, 9);
  await file.close();
  const journal = await readFile(`${path}.ranges`, 'utf8');
  const { hashes } = JSON.parse(journal.trim().split('\n')[0]!) as { hashes: string[] };
  const claims = [{ first: 2 * MAX_CHUNKS, count: 4, hashes }, { first: 0, count: 1e9, hashes }, { first: -1, count: 1, hashes }, { first: 1, count: 1, hashes: [7, null] }];
  await writeFile(`${path}.ranges`, `${journal}\n${claims.map((c) => JSON.stringify(c)).join('\n')}\nnull\n{"first":0,"cou`);
  const honest = await source();
  await client.tensor([honest.url], bigRoot, big.length);
  assert.deepEqual(honest.asked.map((r) => r.first), [0, 2 * MAX_CHUNKS]);
  assert.deepEqual(Buffer.from(await client.store.tensor(bigRoot)), Buffer.from(big));
});

/** Another process that fetches `big` into a store; prints its error's code, or "fetched". */
function child(dir: string, url: string, limit = 'unlimited'): ChildProcess {
  const script = `
    import { BlobClient, BlobStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
    const client = new BlobClient(await BlobStore.open(${JSON.stringify(dir)}), { allowPrivate: true, attempts: 2 });
    await client.tensor([${JSON.stringify(url)}], Buffer.from('${hexRoot(bigRoot)}', 'hex'), ${big.length}).then(() => console.log('fetched'), (e) => console.log(e.code));`;
  return spawn('bash', ['-c', `ulimit -f ${limit}; exec "$0" --input-type=module -e "$1"`, process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function said(process: ChildProcess): Promise<string> {
  let text = '';
  process.stdout!.on('data', (d: Buffer) => (text += d.toString()));
  await once(process, 'close');
  return text.trim();
}

test('a client that is killed goes on where it was: no verified byte is fetched twice', async () => {
  const store = await newStore();
  const victims: ChildProcess[] = [];
  const slow = await source(async (_, response, n) => {
    if (n < 3) return false;
    victims[0]!.kill('SIGKILL');
    await once(victims[0]!, 'close');
    response.destroy();
    return true;
  });
  victims.push(child(store.dir, slow.url));
  assert.equal(await said(victims[0]!), '');
  const again = await BlobStore.open(store.dir);
  const honest = await source();
  await new BlobClient(again, local).tensor([honest.url], bigRoot, big.length);
  assert.deepEqual(honest.asked, [{ first: 2 * MAX_CHUNKS, count: chunkCount(big.length) - 2 * MAX_CHUNKS }]);
  assert.deepEqual(Buffer.from(await again.tensor(bigRoot)), Buffer.from(big));
});

test('two clients at once on one store: in one process the bytes come once, in two both end well', async () => {
  const honest = await source();
  const store = await newStore();
  await Promise.all([1, 2, 3].map(() => new BlobClient(store, local).tensor([honest.url], bigRoot, big.length)));
  assert.equal(honest.asked.length, ranges);
  const shared = await newStore();
  assert.deepEqual(await Promise.all([child(shared.dir, honest.url), child(shared.dir, honest.url)].map(said)), ['fetched', 'fetched']);
  assert.deepEqual(Buffer.from(await shared.tensor(bigRoot)), Buffer.from(big));
  assert.deepEqual(await readdir(join(shared.dir, 'partial')), []);
});

test('a full disk is told with a code; nothing half is taken for whole, and the fetch goes on when there is room', async () => {
  const store = await newStore();
  const honest = await source();
  const KIB = RANGE / 1024 + 1000;
  assert.equal(await said(child(store.dir, honest.url, String(KIB))), 'DISK_FULL');
  assert.equal(await store.has('tensor', bigRoot), false);
  assert.equal(honest.asked.length, 2, 'no other source and no other attempt can help');
  const again = await source();
  await new BlobClient(store, local).tensor([again.url], bigRoot, big.length);
  assert.deepEqual(again.asked.map((r) => r.first), [MAX_CHUNKS, 2 * MAX_CHUNKS]);
});

test('an auditor fetches only the chunks that a proof opens', async () => {
  const store = await newStore();
  const server = await createBlobServer({ store });
  closers.push(() => server.close());
  await store.putTensor(big);
  const client = new BlobClient(await newStore(), local);
  const some = await client.chunks([server.url], bigRoot, big.length, 5000, 7);
  assert.deepEqual(Buffer.from(some), Buffer.from(big.subarray(5000 * CHUNK_BYTES, 5007 * CHUNK_BYTES)));
  const most = await client.chunks([server.url], bigRoot, big.length, 100, MAX_CHUNKS + 50);
  assert.deepEqual(Buffer.from(most), Buffer.from(big.subarray(100 * CHUNK_BYTES, (MAX_CHUNKS + 150) * CHUNK_BYTES)));
  assert.equal(await client.store.has('tensor', bigRoot), false);
  const liar = await source((range, response) => (reply(response, openRange(big, range.first + 1, range.count)), true));
  await assert.rejects(client.chunks([liar.url], bigRoot, big.length, 3, 2), code('BLOB_DIGEST'));
  assert.deepEqual(Buffer.from(await client.chunks([liar.url, server.url], bigRoot, big.length, 3, 2)), Buffer.from(big.subarray(3072, 5120)));
  await assert.rejects(client.chunks([server.url], bigRoot, big.length, chunkCount(big.length), 1), /chunks/);
  assert.throws(() => verifyRange(bigRoot, big.length, 0, 1, openRange(big, 1, 1)));
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BlobStore, createBlobServer, hexRoot } from '../src/blobs/index.js';
import { EXIT, run } from './run.js';

const dir = await mkdtemp(join(tmpdir(), 'assay-tensor-'));
const store = await BlobStore.open(join(dir, 'served'));
const server = await createBlobServer({ store });
after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});
const bytes = randomBytes(40 * 1024 + 100);
const root = hexRoot(await store.putTensor(bytes));
const out = join(dir, 'out', 'tensor.bin');

async function assay(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const settings = ['--set', `client.dir=${join(dir, 'client')}`, '--set', 'blobs.allow_private=true'];
  const code = await run([...settings, 'tensor', server.url, ...args, '--out', out], { out: (l) => lines.push(l), err: (l) => lines.push(l) });
  return { code, text: lines.join('\n') };
}

test('an auditor fetches some chunks of a tensor, or all, and gets verified bytes or none', async () => {
  const some = await assay(root, '--size', `${bytes.length}`, '--chunks', '3-5,12,40');
  assert.equal(some.code, EXIT.ok, some.text);
  assert.deepEqual(await readFile(out), Buffer.concat([bytes.subarray(3072, 6144), bytes.subarray(12_288, 13_312), bytes.subarray(40_960)]));
  const whole = await assay(root, '--size', `${bytes.length}`);
  assert.equal(whole.text, `41 of 41 chunks, verified: ${out}`);
  assert.deepEqual(await readFile(out), bytes);
  await rm(out);
  const other = hexRoot(randomBytes(32));
  for (const [expected, code, ...args] of [
    ['BLOB_UNAVAILABLE', EXIT.failed, other, '--size', '5000', '--chunks', '1'],
    ['CLI_ARGUMENT', EXIT.usage, root, '--size', `${bytes.length}`, '--chunks', '41'],
    ['CLI_ARGUMENT', EXIT.usage, root, '--size', '5000', '--chunks', '3-1'],
    ['CLI_ARGUMENT', EXIT.usage, root, '--size', '5000', '--chunks', '3,3'],
    ['CLI_ARGUMENT', EXIT.usage, root, '--size', '0'],
    ['ROOT_INVALID', EXIT.failed, 'xx', '--size', '5000'],
    ['CLI_USAGE', EXIT.usage, root],
  ] as const) {
    const refused = await assay(...args);
    assert.match(refused.text, new RegExp(`^${expected}: `), args.join(' '));
    assert.equal(refused.code, code);
    assert.ok(!existsSync(out) && !existsSync(`${out}.part`));
  }
});

test('with a wrong size nothing is believed that could stand elsewhere', async () => {
  await rm(join(dir, 'client'), { recursive: true });
  for (const args of [['--size', `${bytes.length - 1}`], ['--size', `${bytes.length - 1}`, '--chunks', '40'], ['--size', `${30 * 1024}`, '--chunks', '3']])
    assert.match((await assay(root, ...args)).text, /^BLOB_UNAVAILABLE: /, args.join(' '));
});

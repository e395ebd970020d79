import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlobStore, type JobRoots } from '../src/blobs/index.js';
import { Demand } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgServeChunks } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { hasCode } from '../src/errors.js';
import { dataRoot, open, rootLeaf, rootOfRoots, verifyRange } from '../src/merkle/index.js';
import { Results } from './results.js';
import { serveChunks } from './serve.js';

async function result(jobId: bigint, values: readonly Uint8Array[], dir?: string): Promise<{ results: Results; store: BlobStore; roots: JobRoots; dir: string }> {
  const at = dir ?? (await mkdtemp(join(tmpdir(), 'assay-worker-')));
  const store = await BlobStore.open(join(at, 'blobs'));
  const results = new Results(at, store);
  const put = (bytes: Uint8Array) => store.putTensor(bytes);
  const trace = results.traceDirectory(jobId);
  await mkdir(join(trace, 'value'), { recursive: true });
  for (const [i, v] of values.entries()) await writeFile(join(trace, 'value', `${i}.bin`), v);
  const value = values.map(dataRoot);
  await results.shareTrace(trace, value);
  const roots: JobRoots = { chainId: 'c', jobId, programRoot: new Uint8Array(32), input: [await put(randomBytes(3000))], weight: [], output: [await put(values.at(-1)!)], value };
  await results.put(roots);
  return { results, store, roots, dir: at };
}

test('served chunks open the demanded range, and its root in the tree of its kind', async () => {
  const values = [randomBytes(5000), randomBytes(10_240), randomBytes(100)];
  const { roots, store } = await result(1n, values);
  const demand = Demand.fromPartial({
    id: 9n,
    tensors: [
      { item: { kind: TensorKind.TENSOR_KIND_INPUT, index: 0, first: 1n, count: 2n }, dtype: 1, size: 3000n },
      { item: { kind: TensorKind.TENSOR_KIND_VALUE, index: 1, first: 3n, count: 4n }, dtype: 1, size: 10_240n },
      { item: { kind: TensorKind.TENSOR_KIND_OUTPUT, index: 0, first: 0n, count: 1n }, dtype: 1, size: 100n },
    ],
  });
  const { value: msg } = (await serveChunks('assay1w', demand, roots, store)) as { value: MsgServeChunks };
  assert.equal(msg.demandId, 9n);
  const [input, value, output] = msg.tensors;
  verifyRange(roots.input[0]!, 3000, 1, 2, input!.opening!);
  assert.deepEqual(Buffer.from(verifyRange(roots.value![1]!, 10_240, 3, 4, value!.opening!)), values[1]!.subarray(3072, 7168));
  assert.deepEqual(open(3, [1], [rootLeaf(roots.value![1]!)], value!.rootHashes), rootOfRoots(roots.value!));
  assert.deepEqual(open(1, [0], [rootLeaf(roots.output[0]!)], output!.rootHashes), rootOfRoots(roots.output));
  const beyond = Demand.fromPartial({ id: 1n, tensors: [{ item: { kind: TensorKind.TENSOR_KIND_VALUE, index: 3, first: 0n, count: 1n } }] });
  await assert.rejects(serveChunks('assay1w', beyond, roots, store), (e) => hasCode(e, 'DEMAND_UNKNOWN'));
});

test('dropping a trace keeps what other results need, and the output', async () => {
  const shared = randomBytes(2000);
  const last = randomBytes(500);
  const first = await result(1n, [randomBytes(1500), shared, last]);
  const second = await result(2n, [shared, randomBytes(700)], first.dir);
  assert.deepEqual((await first.results.traced()).sort(), [1n, 2n]);
  await first.results.dropTrace(1n);
  assert.deepEqual(await first.results.traced(), [2n]);
  const has = (root: Uint8Array) => first.store.has('tensor', root);
  assert.equal(await has(first.roots.value![0]!), false, 'its own value is gone');
  assert.equal(await has(second.roots.value![0]!), true, 'the shared one is not');
  assert.equal(await has(first.roots.output[0]!), true, 'nor the output');
  assert.equal((await first.results.get(1n))?.value, undefined);
  assert.equal(existsSync(join(first.dir, 'traces', '1')), false);
  assert.equal((await second.results.get(2n))?.value?.length, 2);
  await mkdir(join(first.results.traceDirectory(3n), 'value'), { recursive: true });
  assert.deepEqual((await first.results.traced()).sort(), [2n, 3n], 'an interrupted one counts too');
  await first.results.dropTrace(3n);
  assert.deepEqual(await first.results.traced(), [2n]);
  assert.equal(existsSync(join(first.dir, 'traces', '3')), false);
});

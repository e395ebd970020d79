import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BlobStore, createBlobServer, hexRoot, type JobRoots } from '../src/blobs/index.js';
import { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { rootOfRoots } from '../src/merkle/index.js';
import { float32, floats, prepare, runNodes, Runtime, type Tensor } from '../src/onnx/index.js';
import { node, onnxFile } from '../src/onnx/testing.js';
import { examinerBefore, viewOf } from './testing.js';
import { withheldTensor } from './withheld.js';

// What a challenger asks a worker for: the roots first, then only tensors that differ from its own.

const scratch = await mkdtemp(join(tmpdir(), 'assay-examiner-'));
const runtime = new Runtime();
const closers: (() => unknown)[] = [() => rm(scratch, { recursive: true }), () => runtime.close()];
after(async () => {
  for (const close of closers.reverse()) await close();
});

// Every tensor has 6 MiB: two ranges of chunks.
const DIMS = [1536, 1024];
const prepared = await prepare(
  onnxFile({
    nodes: [node('Sigmoid', 'x', 'a'), node('Tanh', 'a', 'b'), node('Add', 'b a', 'c'), node('Mul', 'c b', 'y')],
    inputs: { x: DIMS },
    outputs: ['y'],
  }),
  { runtime },
);
const { program, weights } = prepared;
const x = float32(DIMS, Float32Array.from({ length: DIMS[0]! * DIMS[1]! }, (_, i) => Math.sin(i)));
const honest = await runNodes(program, weights, [x], new Map(), 0, 4, { runtime });
const WRONG = 1;
const forged = new Map(honest);
forged.set(WRONG, { ...honest.get(WRONG)!, data: honest.get(WRONG)!.data.slice() });
floats(forged.get(WRONG)!)[1_000_000]! += 1;
for (const [v, t] of await runNodes(program, weights, [x], forged, WRONG + 1, 4, { runtime })) forged.set(v, t);

/** A worker's endpoint with a trace, and the paths that it is asked for; `before` is told of each and may hold it up. */
async function worker(values: ReadonlyMap<number, Tensor>, before: (path: string, asked: readonly string[]) => Promise<void> | void = () => {}) {
  const store = await BlobStore.open(join(scratch, `worker-${closers.length}`));
  const list: Uint8Array[] = [];
  for (let v = 0; v < program.values; v++) list.push(await store.putTensor(values.get(v)!.data));
  const input = [await store.putTensor(x.data)];
  const output = [list[program.outputs[0]!.index]!];
  const roots: JobRoots = { chainId: 'test-1', jobId: 1n, programRoot: prepared.programRoot, input, weight: [], output, value: list };
  const server = await createBlobServer({ store, jobRoots: () => roots });
  const asked: string[] = [];
  const front = createServer((request, response) => {
    void (async () => {
      asked.push(request.url!);
      await before(request.url!, asked);
      const reply = await fetch(server.url + request.url!);
      response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' }).end(Buffer.from(await reply.arrayBuffer()));
    })();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close(), () => front.closeAllConnections(), () => front.close());
  const job = Job.fromPartial({
    id: 1n, worker: 'assay1w', artifactId: 1n, artifactDigest: new Uint8Array(32), profile: 'ieee-fp32', paramsVersion: 1n, tolerance: { abs: '0.00001', rel: '0.001' },
    program: { root: prepared.programRoot, inputs: 1, weights: 0, values: program.values, nodes: program.nodes.length, outputs: 1 },
    inputRoot: rootOfRoots(input), inputDataRoots: input, weightsRoot: prepared.weightsRoot, outputRoot: rootOfRoots(output), outputDataRoots: output, traceRoot: rootOfRoots(list),
  });
  return { url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, asked, job, list };
}

/** A directory of an examiner that has program and input already, as after its own run. */
async function examinerDir(): Promise<string> {
  const dir = await mkdtemp(join(scratch, 'examiner-'));
  const store = await BlobStore.open(join(dir, 'blobs'));
  await store.putProgram(prepared.programRoot, prepared.record);
  await store.putTensor(x.data);
  return dir;
}

const ranges = (root: Uint8Array): string[] => ['0-4095', '4096-6143'].map((r) => `/v1/tensor/${hexRoot(root)}/chunks/${r}`);

test('a challenger fetches roots first, then the output and the first value that differ, and nothing else', async () => {
  const { url, asked, job, list } = await worker(forged);
  const { examiner, close } = await examinerBefore(await examinerDir(), url, WRONG);
  closers.push(close);
  assert.equal(await examiner.check(viewOf(job)), 'differs');
  const [out, wrong] = [list[program.outputs[0]!.index]!, list[WRONG]!];
  assert.deepEqual(asked, ranges(out), 'a check needs the output alone');
  const fault = await examiner.inspect(viewOf(job));
  assert.equal(fault?.accusation.node, WRONG);
  assert.deepEqual(asked.slice(2), ['/v1/job/1/roots', ...ranges(wrong)], 'the operand, equal to its own, comes from its own trace');
});

test('of an honest trace nothing but the roots is fetched', async () => {
  const { url, asked, job } = await worker(honest);
  const { examiner, close } = await examinerBefore(await examinerDir(), url, -1);
  closers.push(close);
  assert.equal(await examiner.check(viewOf(job)), 'equal');
  assert.equal(await examiner.inspect(viewOf(job)), undefined);
  assert.deepEqual(asked, ['/v1/job/1/roots']);
});

test('a challenger that is killed in the middle of a fetch keeps what it verified: those bytes are not fetched again', async () => {
  const victims: ChildProcess[] = [];
  const { url, asked, job, list } = await worker(forged, async (path) => {
    if (!path.endsWith(ranges(list[WRONG]!)[1]!) || victims.length === 0) return;
    const victim = victims.pop()!;
    victim.kill('SIGKILL');
    if (victim.exitCode === null && victim.signalCode === null) await once(victim, 'close');
  });
  const dir = await examinerDir();
  const jobFile = join(dir, 'job.bin');
  await writeFile(jobFile, Job.encode(job).finish());
  const script = `
    import { readFile } from 'node:fs/promises';
    import { Job } from ${JSON.stringify(new URL('../src/chain/generated/assay/compute/v1/compute.js', import.meta.url).href)};
    import { examinerBefore, viewOf } from ${JSON.stringify(new URL('./testing.js', import.meta.url).href)};
    const { examiner } = await examinerBefore(${JSON.stringify(dir)}, ${JSON.stringify(url)}, ${WRONG});
    await examiner.inspect(viewOf(Job.decode(await readFile(${JSON.stringify(jobFile)}))));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'inherit', 'inherit'] });
  victims.push(child);
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL');
  const out = list[program.outputs[0]!.index]!;
  assert.deepEqual(asked, ['/v1/job/1/roots', ...ranges(out), ...ranges(list[WRONG]!)]);
  asked.length = 0;
  const { examiner, close } = await examinerBefore(dir, url, WRONG);
  closers.push(close);
  assert.equal((await examiner.inspect(viewOf(job)))?.accusation.node, WRONG);
  assert.deepEqual(asked, ['/v1/job/1/roots', ranges(list[WRONG]!)[1]]);
});

test('a worker that drips is followed by demands once it had its time; where those find nothing, what comes off chain is searched', async () => {
  let dripping = true;
  const { url, asked, job, list } = await worker(forged, (path) => (dripping && path === ranges(list[WRONG]!)[1] ? new Promise(() => {}) : undefined));
  const dir = await examinerDir();
  const output = program.outputs[0]!.index;
  const chunks = [7];
  const acquits = { fault: false, op: '', claimed: '', exact: '', bound: '', ratio: '', undecided: '', macs: 0, exponentials: 0, hashes: 0 };
  const referee = { reads: () => Promise.resolve(chunks.length > 0 ? [{ kind: TensorKind.TENSOR_KIND_VALUE, index: output, chunks }] : []), judge: () => Promise.resolve(acquits) };
  const { examiner, close } = await examinerBefore(dir, url, WRONG, referee);
  closers.push(close);
  assert.equal(await examiner.check(viewOf(job)), 'differs');
  await examiner.prepare(viewOf(job));
  const wanted = async (): Promise<unknown> => withheldTensor(await examiner.inspect(viewOf(job), { fetchMs: 2_000 }).catch((e: unknown) => e));
  const value = { kind: TensorKind.TENSOR_KIND_VALUE };
  assert.deepEqual(await wanted(), { ...value, index: WRONG }, 'its time is over');
  asked.length = 0;
  const item = { ...value, index: output, first: 7n, count: 1n, node: output };
  assert.deepEqual(await wanted(), { ...item, items: [item] }, 'the chunks that an element reads');
  assert.deepEqual(asked, [], 'it had its time');
  // What was demanded came, and is innocent.
  chunks.length = 0;
  dripping = false;
  assert.equal((await examiner.inspect(viewOf(job), { fetchMs: 2_000 }))?.accusation.node, WRONG);
});

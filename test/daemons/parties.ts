import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noise, tinyModel, type TinyModel } from '../../devnet/tiny-model.js';
import { BlobClient, BlobStore, createBlobServer } from '../../src/blobs/index.js';
import { keyFromPrivate, operatorGrants, Sender, type ChainClient } from '../../src/chain/index.js';
import { createExecutor, Journal, MaterialsLoader, type Executor } from '../../src/jobs/index.js';
import { createLogger } from '../../src/log.js';
import { Metrics } from '../../src/metrics/index.js';
import { prepareModel } from '../../src/ocr/index.js';
import { float32, Runtime } from '../../src/onnx/index.js';
import { publishProgram, submitJob } from '../../src/requester/index.js';
import { createReferee, Examiner, relayBeacons, Sidecar } from '../../validator/index.js';
import { createWorker, type WorkerOptions } from '../../worker/index.js';
import type { TestNetwork } from './network.js';

const fetchOptions = { allowPrivate: true, attempts: 2, idleMs: 3_000 };
const level = process.env['ASSAY_LOG'] ?? 'silent';

/** Things to undo when a test is over, last first. */
export class Undo {
  readonly #controller = new AbortController();
  readonly #steps: (() => unknown)[] = [];
  readonly signal: AbortSignal = this.#controller.signal;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async all(): Promise<void> {
    this.#controller.abort(new Error('test over'));
    for (const step of this.#steps.reverse()) await step();
  }
}

/** A requester that published the tiny model and submits jobs on it, serving model and inputs. @param rows of its input: another number is another program */
export async function startRequester(net: TestNetwork, undo: Undo, rows = 4): Promise<{ artifactId: bigint; submit(seed: number, tolerance?: { abs: string; rel: string }): Promise<bigint> }> {
  const sender = await net.sender('requester');
  const runtime = new Runtime();
  undo.add(() => runtime.close());
  const store = await BlobStore.open(mkdtempSync(join(net.dir, 'requester-')));
  const server = await createBlobServer({ store });
  undo.add(() => server.close());
  const model = process.env['TEST_MODEL'] ? await ocrModel(process.env['TEST_MODEL'], runtime) : await tinyModel(7, runtime, rows);
  const { prepared } = model;
  await store.putProgram(prepared.programRoot, prepared.record);
  for (const weight of prepared.weights) await store.putTensor(weight);
  await store.putRoots(prepared.weightRoots);
  const { artifactId } = await publishProgram(sender, {
    name: 'tiny', licence: 'Apache-2.0', uris: [server.url], record: prepared.record, weightsRoot: prepared.weightsRoot, tolerance: { abs: '0.00001', rel: '0.001' },
  });
  return {
    artifactId,
    async submit(seed, tolerance) {
      const dataRoot = await store.putTensor(model.input(seed).data);
      return (await submitJob(sender, { artifactId, inputs: [{ dataRoot, uris: [server.url] }], ...(tolerance && { tolerance }) })).jobId;
    },
  };
}

// The same paths at full size, by hand: TEST_MODEL=recognition.
async function ocrModel(name: string, runtime: Runtime): Promise<TinyModel> {
  if (name !== 'recognition' && name !== 'orientation') throw new Error(`TEST_MODEL: recognition or orientation, found ${name}`);
  const prepared = await prepareModel(name, { runtime, cache: join(tmpdir(), 'assay-test-models') });
  const { dims } = prepared.program.inputs[0]!;
  return { prepared, input: (seed) => float32(dims, noise(seed, dims.reduce((a, b) => a * b, 1))) };
}

/** A worker in this process; `wrap` puts another executor in the place of the honest one. */
export async function startWorker(
  net: TestNetwork,
  undo: Undo,
  name: string,
  options: { wrap?: (own: Executor) => Executor; dir?: string } & Partial<Pick<WorkerOptions, 'answers' | 'accepts' | 'endpoint' | 'fitness' | 'metrics'>> = {},
): Promise<{ address: string; endpoint: string; dir: string; stop(): Promise<void> }> {
  const { wrap, dir = mkdtempSync(join(net.dir, `${name}-`)), ...rest } = options;
  const store = await BlobStore.open(join(dir, 'blobs'));
  const own = await createExecutor({ profile: 'ieee-fp32' });
  const worker = await createWorker({
    chain: net.client, sender: await net.sender(name), store, blobs: new BlobClient(store, fetchOptions), dir, executor: wrap?.(own) ?? own,
    policy: { artifacts: [], minFee: 0n, maxBond: 10n ** 18n, profile: 'ieee-fp32' },
    listen: { host: '127.0.0.1', port: 0 }, log: createLogger({ name, level }), metrics: new Metrics(name), ...rest,
  });
  const stopper = new AbortController();
  const run = worker.run(AbortSignal.any([undo.signal, stopper.signal]));
  run.catch((error: unknown) => createLogger({ name }).error({ err: error }, 'worker ended'));
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    stopper.abort(new Error('stopped'));
    await run.catch(() => {});
    await worker.close();
  };
  undo.add(stop);
  return { address: worker.address, endpoint: worker.endpoint, dir, stop };
}

/** An examiner of one's own, as auditors and challengers use it. */
export async function newExaminer(net: TestNetwork, undo: Undo, chain: ChainClient = net.client, wrap: (own: Executor) => Executor = (own) => own): Promise<{ examiner: Examiner; loader: MaterialsLoader; dir: string }> {
  const dir = mkdtempSync(join(net.dir, 'examiner-'));
  const store = await BlobStore.open(join(dir, 'blobs'));
  const loader = new MaterialsLoader(chain, new BlobClient(store, fetchOptions));
  const own = await createExecutor({ profile: 'ieee-fp32' });
  undo.add(() => own.close());
  const executor = wrap(own);
  const referee = await createReferee(net.assayd);
  return { examiner: new Examiner({ chain, loader, executor, referee, dir: join(dir, 'cases'), fetch: fetchOptions }), loader, dir };
}

/** A sidecar of validator `index` on a fresh hot key, granted by its operator, relaying the beacon; `wrap` as for workers. */
export async function startSidecar(
  net: TestNetwork, undo: Undo, index: number, options: { wrap?: (own: Executor) => Executor } = {},
): Promise<{ operator: string; metrics: Metrics; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(net.dir, 'sidecar-'));
  const operator = await net.sender(`validator-${index}`);
  const key = await keyFromPrivate(new Uint8Array(32).fill(101 + index));
  await operator.send(
    operatorGrants({ operator: operator.address, hotKey: key.address, expiresMs: Date.now() + 3_600_000, spendLimit: { amount: '1000000', denom: 'uassay' } }),
  );
  const sender = new Sender(net.client, { key, principal: operator.address });
  const { examiner, loader } = await newExaminer(net, undo, net.client, options.wrap);
  const metrics = new Metrics('sidecar');
  const journal = await Journal.open(join(dir, 'journal.jsonl'));
  const log = createLogger({ name: `sidecar-${index}`, level });
  const sidecar = new Sidecar({ chain: net.client, sender, examiner, loader, journal, dir, mode: 'challenge', log, metrics });
  const stopper = new AbortController();
  const signal = AbortSignal.any([undo.signal, stopper.signal]);
  const relay = relayBeacons({ chain: net.client, sender, sources: [net.beacon.url], allowPrivate: true, log }, signal);
  const run = Promise.all([sidecar.run(signal), relay]);
  run.catch((error: unknown) => createLogger({ name: 'sidecar' }).error({ err: error }, 'sidecar ended'));
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    stopper.abort(new Error('stopped'));
    await run.catch(() => {});
    await journal.close();
  };
  undo.add(stop);
  return { operator: operator.address, metrics, stop };
}

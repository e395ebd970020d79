import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { BlobClient, BlobStore } from '../src/blobs/index.js';
import { ChainClient, keyFromFile, Sender } from '../src/chain/index.js';
import { blobKeys, chainKeys, keyKeys, metricsKeys, required, runtimeKeys, workerKeys, type Values } from '../src/config/index.js';
import { createExecutor, type Executor } from '../src/jobs/index.js';
import { createLogger } from '../src/log.js';
import { Metrics } from '../src/metrics/index.js';
import type { Shutdown } from '../src/shutdown.js';
import { createFitness } from './fitness.js';
import { createWorker, type WorkerOptions } from './worker.js';

/** Every key of `assay worker`. */
export const workerSchema = { ...chainKeys, ...keyKeys, ...workerKeys, ...blobKeys, ...runtimeKeys, ...metricsKeys } as const;

/** What a caller may put in the place of the daemon's own parts. */
export interface WorkerOverrides extends Pick<WorkerOptions, 'accepts' | 'answers'> {
  /** wraps the executor */
  readonly executor?: (own: Executor) => Executor;
}

/**
 * Starts the worker daemon from its configuration and registers it for the stop.
 *
 * @returns addresses that it answers at, and the end of its run
 */
export async function startWorker(
  config: Values<typeof workerSchema>,
  shutdown: Shutdown,
  overrides: WorkerOverrides = {},
): Promise<{ address: string; endpoint: string; metricsUrl: string; done: Promise<void> }> {
  const log = createLogger({ name: 'worker' });
  const key = await keyFromFile(required('key.file', config['key.file']), config['chain.prefix']);
  const chain = await ChainClient.connect({
    chainId: required('chain.id', config['chain.id']),
    rpc: config['chain.rpc'],
    gasPrice: config['chain.gas_price'],
    pollMs: config['chain.poll_ms'],
  });
  shutdown.add(() => chain.close());
  const dir = config['worker.dir'];
  const store = await BlobStore.open(config['blobs.dir'] || join(dir, 'blobs'));
  const own = await createExecutor({
    profile: config['worker.profile'],
    backend: config['runtime.backend'],
    threads: config['runtime.threads'],
    optimised: config['worker.optimised'],
    memoryMiB: config['runtime.memory_mib'],
    timeoutMs: config['runtime.timeout_ms'],
  });
  const metrics = new Metrics('worker');
  const operators = metrics.gauge('worker_operators', 'Operators that were tried on this machine, by verdict; wrong ones are not worked on.', ['verdict']);
  const seed = randomInt(2 ** 31);
  const { params } = await chain.query.compute.Params({ version: 0n });
  const fitness = await createFitness({
    executor: own,
    assayd: config['worker.assayd'],
    profiles: params?.params?.profiles ?? [],
    seed,
    onFinding: (finding) => {
      operators.inc({ verdict: finding.verdict });
      log[finding.verdict === 'wrong' ? 'error' : 'debug']({ ...finding, seed }, 'operator tried on this machine');
    },
  });
  await fitness.start();
  const { executor, ...rest } = overrides;
  const worker = await createWorker({
    chain,
    sender: new Sender(chain, { key }),
    store,
    blobs: new BlobClient(store, { allowPrivate: config['blobs.allow_private'], idleMs: config['blobs.idle_ms'], signal: shutdown.signal }),
    dir,
    executor: executor?.(own) ?? own,
    fitness,
    policy: {
      artifacts: config['worker.artifacts'],
      minFee: config['worker.min_fee'],
      maxBond: config['worker.max_bond'],
      profile: config['worker.profile'],
    },
    listen: { host: config['worker.host'], port: config['worker.port'] },
    endpoint: config['worker.endpoint'],
    owner: config['worker.owner'],
    maxJobs: config['worker.max_jobs'],
    log,
    metrics,
    ...rest,
  });
  shutdown.add(() => worker.close());
  const monitor = await metrics.serve({
    host: config['metrics.host'],
    port: config['metrics.port'],
    readiness: () => (worker.ready() ? { ready: true } : { ready: false, reason: 'the chain is not followed yet' }),
  });
  shutdown.add(() => monitor.close());
  log.info({ address: worker.address, endpoint: worker.endpoint, metrics: monitor.url }, 'worker started');
  const done = worker.run(shutdown.signal);
  return { address: worker.address, endpoint: worker.endpoint, metricsUrl: monitor.url, done };
}

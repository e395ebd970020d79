import { join } from 'node:path';
import { BlobClient, BlobStore } from '../src/blobs/index.js';
import { ChainClient, checkGrants, keyFromFile, Sender } from '../src/chain/index.js';
import { blobKeys, chainKeys, keyKeys, metricsKeys, required, runtimeKeys, sidecarKeys, type Values } from '../src/config/index.js';
import { AssayError, hasCode } from '../src/errors.js';
import { createExecutor, Journal, MaterialsLoader } from '../src/jobs/index.js';
import { createLogger } from '../src/log.js';
import { Metrics } from '../src/metrics/index.js';
import type { Shutdown } from '../src/shutdown.js';
import { Examiner } from './examiner.js';
import { createReferee } from '../src/referee/index.js';
import { relayBeacons } from './relay.js';
import { Sidecar } from './sidecar.js';

/** Every key of `assay sidecar`. */
export const sidecarSchema = { ...chainKeys, ...keyKeys, ...sidecarKeys, ...blobKeys, ...runtimeKeys, ...metricsKeys } as const;

/**
 * Starts the sidecar from its configuration and registers it for the stop.
 *
 * @throws AssayError OPERATOR_KEY_HERE, GRANTS_MISSING, VERIFIER_UNKNOWN, REFEREE_MISSING, JOURNAL_HELD
 */
export async function startSidecar(
  config: Values<typeof sidecarSchema>,
  shutdown: Shutdown,
): Promise<{ operator: string; hotKey: string; metricsUrl: string; done: Promise<void> }> {
  const log = createLogger({ name: 'sidecar' });
  const operator = required('sidecar.operator', config['sidecar.operator']);
  const key = await keyFromFile(required('key.file', config['key.file']), config['chain.prefix']);
  if (key.address === operator)
    throw new AssayError('OPERATOR_KEY_HERE', `the key in ${config['key.file']} is the operator's own`, {
      hint: 'A sidecar runs on a hot key that the operator grants a few messages; keep the operator’s key on another machine.',
    });
  const chain = await ChainClient.connect({
    chainId: required('chain.id', config['chain.id']),
    rpc: config['chain.rpc'],
    gasPrice: config['chain.gas_price'],
    pollMs: config['chain.poll_ms'],
  });
  shutdown.add(() => chain.close());
  await checkVerifier(chain, operator);
  const { 'sidecar.mode': mode, 'sidecar.dir': dir } = config;
  if (mode !== 'watch') await checkGrants(chain, operator, key.address);

  const journal = await Journal.open(join(dir, 'journal.jsonl'));
  shutdown.add(() => journal.close());
  const store = await BlobStore.open(config['blobs.dir'] || join(dir, 'blobs'));
  const fetch = { allowPrivate: config['blobs.allow_private'], idleMs: config['blobs.idle_ms'], signal: shutdown.signal };
  const executor = await createExecutor({
    profile: 'ieee-fp32',
    backend: config['runtime.backend'],
    threads: config['runtime.threads'],
    memoryMiB: config['runtime.memory_mib'],
    timeoutMs: config['runtime.timeout_ms'],
  });
  shutdown.add(() => executor.close());
  const metrics = new Metrics('sidecar');
  const sender = new Sender(chain, { key, principal: operator });
  const loader = new MaterialsLoader(chain, new BlobClient(store, fetch));
  const referee = await createReferee(config['sidecar.assayd']);
  const examiner = new Examiner({ chain, loader, executor, referee, dir: join(dir, 'cases'), fetch });
  const sidecar = new Sidecar({ chain, sender, examiner, loader, journal, dir, mode, maxJobs: config['sidecar.max_jobs'], log, metrics });
  const monitor = await metrics.serve({
    host: config['metrics.host'],
    port: config['metrics.port'],
    readiness: () => (sidecar.ready() ? { ready: true } : { ready: false, reason: 'the chain is not followed yet' }),
  });
  shutdown.add(() => monitor.close());
  log.info({ operator, hot_key: key.address, mode, metrics: monitor.url }, 'sidecar started');
  const posted = metrics.counter('sidecar_rounds_total', 'Rounds of randomness that this sidecar posted.');
  const relaying =
    config['sidecar.beacon'].length > 0 && mode !== 'watch'
      ? relayBeacons({ chain, sender, sources: config['sidecar.beacon'], allowPrivate: fetch.allowPrivate, log, onPosted: () => posted.inc() }, shutdown.signal)
      : Promise.resolve();
  const done = Promise.all([sidecar.run(shutdown.signal), relaying]).then(() => {});
  return { operator, hotKey: key.address, metricsUrl: monitor.url, done };
}

async function checkVerifier(chain: ChainClient, operator: string): Promise<void> {
  await chain.query.compute.Verifier({ operator }).catch((error: unknown) => {
    if (!hasCode(error, 'CHAIN_NOT_FOUND')) throw error;
    throw new AssayError('VERIFIER_UNKNOWN', `${operator} is not registered as a verifier`, { hint: 'Register it with MsgRegisterVerifier, signed by the operator.' });
  });
}

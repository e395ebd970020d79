import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { BlobClient, BlobStore } from '../src/blobs/index.js';
import { ChainClient, keyFromFile, Sender, type Key } from '../src/chain/index.js';
import { amount, blobKeys, chainKeys, integer, keyKeys, loadConfig, required, text, type Schema, type Values } from '../src/config/index.js';
import { devnetDirectory, findState } from '../devnet/state.js';
import { globals } from './context.js';

/** Every key of the commands that act for one account: publish, infer, job, challenge. */
export const clientSchema = {
  ...chainKeys,
  ...keyKeys,
  ...blobKeys,
  'client.dir': text('client-data', 'Data directory: blobs that were fetched, inputs that are served.'),
  'client.host': text('127.0.0.1', 'Address on which inputs are served until a worker has claimed the job.'),
  'client.port': integer(0, 'Port on which inputs are served; 0 lets the system choose.', { max: 65_535 }),
  'client.endpoint': text('', 'URL under which workers reach that port; default: the address itself.'),
  'client.fee': amount(0n, 'Fee of a job, in the smallest unit; 0 takes the least that the chain accepts. Workers may ask for more.'),
  'client.assayd': text('assayd', 'The assayd binary, for the referee.'),
  'client.artifact': text('', 'Artifact that `assay infer` runs unless told otherwise.', /^([1-9][0-9]{0,19})?$/),
} as const;

export type ClientConfig = Values<typeof clientSchema>;

/** Loads a schema for a command: defaults, then --config, then the environment, then `--set name=value`. */
export function configFor<S extends Schema>(schema: S, command: Command): Values<S> {
  const { config: given, set } = globals(command);
  const file = given ?? keptConfig(schema);
  return loadConfig(schema, { ...(file && { file }), flags: set ?? {} });
}

// Where a devnet was left up, a visitor's commands use it without being told.
function keptConfig(schema: Schema): string | undefined {
  return 'client.dir' in schema ? findState(devnetDirectory())?.clientConfig : undefined;
}

/** A connection for reading. @throws AssayError CONFIG_MISSING, CHAIN_UNREACHABLE, CHAIN_WRONG_ID */
export async function connect(config: Values<typeof chainKeys>): Promise<ChainClient> {
  return ChainClient.connect({
    chainId: required('chain.id', config['chain.id']),
    rpc: config['chain.rpc'],
    gasPrice: config['chain.gas_price'],
    pollMs: config['chain.poll_ms'],
  });
}

/** Runs an action with a connection, and closes it. */
export async function withChain<T>(config: Values<typeof chainKeys>, action: (chain: ChainClient) => Promise<T>): Promise<T> {
  const chain = await connect(config);
  try {
    return await action(chain);
  } finally {
    chain.close();
  }
}

/** The account that a command acts for. @throws AssayError CONFIG_MISSING, KEY_* */
export async function accountOf(config: Values<typeof keyKeys> & Values<typeof chainKeys>, chain: ChainClient): Promise<{ key: Key; sender: Sender }> {
  const key = await keyFromFile(required('key.file', config['key.file']), config['chain.prefix']);
  return { key, sender: new Sender(chain, { key }) };
}

/** Store and client of a command's blobs. */
export async function blobsOf(config: ClientConfig, signal?: AbortSignal): Promise<{ store: BlobStore; blobs: BlobClient }> {
  const dir = config['blobs.dir'] || join(config['client.dir'], 'blobs');
  await mkdir(dir, { recursive: true });
  const store = await BlobStore.open(dir);
  return { store, blobs: new BlobClient(store, { allowPrivate: config['blobs.allow_private'], idleMs: config['blobs.idle_ms'], ...(signal && { signal }) }) };
}

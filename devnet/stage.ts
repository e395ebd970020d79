import { BlobStore } from '../src/blobs/index.js';
import { ChainClient, keyFromMnemonic, Sender } from '../src/chain/index.js';
import { EndReason, JobState, type Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../src/errors.js';
import type { Network } from './network.js';
import type { ProcessSet } from './processes.js';
import type { DevnetPaths, Settings } from './services.js';
import type { Story } from './story.js';

/** Price of gas on the demo's network: small, but the balance sheet shows it. */
export const GAS_PRICE = '0.01uassay';

/** Everything that the acts of the demo share. */
export interface Stage {
  readonly story: Story;
  readonly paths: DevnetPaths;
  readonly processes: ProcessSet;
  readonly network: Network;
  readonly chain: ChainClient;
  /** file with the key of each party whose key a process of its own uses */
  keyFile(name: string): string;
  /** address of an account by name */
  address(name: string): string;
  /** sends for an account by name */
  sender(name: string): Sender;
  /** configuration that every daemon of node `i` shares */
  settings(i?: number): Settings;
  /** part that is broken on purpose, if any */
  readonly sabotage: Sabotage | undefined;
}

/** Parts that `SABOTAGE=…` breaks; each must make the demo fail. */
export const SABOTAGES = ['prover', 'beacon', 'payment'] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** Reads SABOTAGE. @throws `SABOTAGE_UNKNOWN` */
export function sabotageOf(text: string | undefined): Sabotage | undefined {
  if (text === undefined || text === '') return undefined;
  const found = SABOTAGES.find((s) => s === text);
  if (found === undefined) throw new AssayError('SABOTAGE_UNKNOWN', `SABOTAGE: expected one of ${SABOTAGES.join(', ')}, found "${text}"`);
  return found;
}

/** Connects the stage to a running network. */
export async function createStage(
  story: Story, paths: DevnetPaths, processes: ProcessSet, network: Network, keyFile: (name: string, mnemonic: string) => string, sabotage?: Sabotage,
): Promise<Stage> {
  const chain = await ChainClient.connect({ rpc: [network.nodes[0]!.rpc], chainId: network.chainId, gasPrice: GAS_PRICE, pollMs: 150 });
  const accountOf = (name: string): { address: string; mnemonic: string } => {
    const found = network.accounts.get(name);
    if (found === undefined) throw new AssayError('ACCOUNT_UNKNOWN', `the network has no account "${name}"`, { decision: 'bug' });
    return found;
  };
  const senders = new Map<string, Sender>();
  for (const [name, { mnemonic }] of network.accounts) senders.set(name, new Sender(chain, { key: await keyFromMnemonic(mnemonic) }));
  return {
    story, paths, processes, network, chain, sabotage,
    keyFile: (name) => keyFile(name, accountOf(name).mnemonic),
    address: (name) => accountOf(name).address,
    sender: (name) => senders.get(name)!,
    settings: (i = 0) => ({
      'chain.id': network.chainId,
      'chain.rpc': [network.nodes[i]!.rpc],
      'chain.rest': network.nodes[i]!.rest,
      'chain.gas_price': GAS_PRICE,
      'chain.poll_ms': 150,
      'blobs.allow_private': true,
    }),
  };
}

/** Opens a blob store in the stage's data folder. */
export function storeOf(stage: Stage, name: string): Promise<BlobStore> {
  return BlobStore.open(`${stage.paths.data}/${name}`);
}

/** `FINAL`, `FAULTED ARITHMETIC`, `EXPIRED UNCLAIMED`, … of a job's record. */
export function stateOf(job: Job): string {
  const state = JobState[job.state].replace('JOB_STATE_', '');
  const reason = EndReason[job.reason].replace('END_REASON_', '');
  return job.reason === EndReason.END_REASON_UNSPECIFIED ? state : `${state} ${reason}`;
}

/** Reads a job's record from the chain. */
export async function jobOf(stage: Stage, id: bigint): Promise<Job> {
  const { job } = await stage.chain.query.compute.Job({ id });
  if (job === undefined) throw new AssayError('JOB_UNKNOWN', `the chain has no job ${id}`, { decision: 'bug' });
  return job;
}

/** Waits until a job satisfies a condition. @throws `DEMO_FAILED` */
export function untilJob(stage: Stage, id: bigint, what: string, done: (job: Job) => boolean, seconds = 180): Promise<Job> {
  return stage.story.until(`job ${id} to be ${what}`, async () => {
    const job = await jobOf(stage, id);
    return done(job) ? job : undefined;
  }, { seconds, alive: () => stage.processes.assertAlive() });
}

/** Waits until a job has ended. */
export function untilEnded(stage: Stage, id: bigint, seconds = 300): Promise<Job> {
  return untilJob(stage, id, 'ended', (job) => job.state >= JobState.JOB_STATE_FINAL, seconds);
}

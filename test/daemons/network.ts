import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startBeaconSigner, type BeaconSigner } from '../../devnet/beacon-signer.js';
import { freeBasePort } from '../../devnet/checks.js';
import { ChainClient, keyFromMnemonic, Sender } from '../../src/chain/index.js';
import { sleep } from '../../src/shutdown.js';

/** A real chain for tests of daemons: one process a validator, its own ports, gone with the test. */
export interface TestNetwork {
  readonly chainId: string;
  readonly rpc: string;
  readonly rest: string;
  readonly assayd: string;
  readonly dir: string;
  readonly operators: readonly string[];
  readonly beacon: BeaconSigner;
  readonly client: ChainClient;
  /** a sender for a funded account or `validator-0`, … */
  sender(name: string): Promise<Sender>;
  mnemonic(name: string): string;
  stop(): Promise<void>;
}

interface NetworkFile {
  readonly chain_id: string;
  readonly nodes: readonly { readonly home: string; readonly rpc: string; readonly rest: string; readonly operator: string }[];
}

interface AccountsFile {
  readonly accounts: readonly { readonly name: string; readonly mnemonic: string }[];
}

interface BeaconFile {
  readonly secret_key: string;
  readonly genesis_time: string;
  readonly period_ms: number;
}

/** The chain's binary: ASSAYD, else what `make build` made. */
export const assaydPath = (): string => resolve(process.env['ASSAYD'] ?? 'build/assayd');

/**
 * Starts a network with funded accounts and its signer of randomness, and waits for its second block.
 *
 * @param edit changes the genesis' text before anything starts, for tests that need other parameters
 */
export async function startTestNetwork(
  accounts: readonly string[], validators = 1, flags: readonly string[] = [], edit?: (genesis: string) => string,
): Promise<TestNetwork> {
  const assayd = assaydPath();
  const dir = mkdtempSync(join(tmpdir(), 'assay-net-'));
  const offsets = [0, 100, 200, 300].flatMap((o) => Array.from({ length: validators }, (_, i) => o + i));
  const base = await freeBasePort(offsets);
  const chainId = `assay-test-${base}`;
  const funded = accounts.map((a) => `${a}=1000000000000`).join(',');
  const made = spawnSync(assayd, ['testnet', join(dir, 'net'), '--validators', `${validators}`, '--base-port', `${base}`, '--chain-id', chainId, '--accounts', funded, ...flags], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`assayd testnet failed (is ${assayd} built?): ${made.stderr || String(made.error)}`);
  const read = <T>(name: string): T => JSON.parse(readFileSync(join(dir, 'net', name), 'utf8')) as T;
  const network = read<NetworkFile>('network.json');
  const words = new Map(read<AccountsFile>('accounts.json').accounts.map((a) => [a.name, a.mnemonic]));
  const { secret_key, genesis_time, period_ms } = read<BeaconFile>('beacon.json');
  for (const node of edit ? network.nodes : []) {
    const file = resolve(dir, 'net', node.home, 'config', 'genesis.json');
    writeFileSync(file, edit!(readFileSync(file, 'utf8')));
  }
  const children: ChildProcess[] = [];
  const killAll = (): void => children.forEach((c) => c.kill('SIGKILL'));
  process.once('exit', killAll);
  for (const [i, node] of network.nodes.entries()) {
    const log = openSync(join(dir, `node-${i}.log`), 'a');
    children.push(spawn(assayd, ['start', '--home', resolve(dir, 'net', node.home)], { stdio: ['ignore', log, log] }));
    closeSync(log);
  }
  const beacon = await startBeaconSigner({ secret: Buffer.from(secret_key, 'hex'), genesisMs: Date.parse(genesis_time), periodMs: period_ms });
  const { rpc, rest } = network.nodes[0]!;
  const client = await firstBlocks(rpc, chainId, join(dir, 'node-0.log'), children).catch(async (error: unknown) => {
    killAll();
    await beacon.close();
    throw error;
  });
  const mnemonic = (name: string): string => words.get(name) ?? fail(`no account ${name}`);
  return {
    chainId,
    rpc,
    rest,
    assayd,
    dir,
    operators: network.nodes.map((n) => n.operator),
    beacon,
    client,
    mnemonic,
    sender: async (name) => new Sender(client, { key: await keyFromMnemonic(mnemonic(name)) }),
    async stop() {
      client.close();
      await beacon.close();
      killAll();
      process.off('exit', killAll);
      await Promise.all(children.map((c) => (c.exitCode === null && c.signalCode === null ? new Promise((r) => c.once('exit', r)) : undefined)));
      if (!process.env['KEEP']) rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function firstBlocks(rpc: string, chainId: string, log: string, nodes: readonly ChildProcess[]): Promise<ChainClient> {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(200)) {
    if (nodes.some((node) => node.exitCode !== null)) break;
    try {
      const client = await ChainClient.connect({ rpc: [rpc], chainId, pollMs: 150, timeoutMs: 5_000 });
      await client.waitForHeight(2);
      return client;
    } catch {
      // Not yet.
    }
  }
  throw new Error(`no blocks; the node said: ${readFileSync(log, 'utf8').slice(-2000)}`);
}

function fail(why: string): never {
  throw new Error(why);
}

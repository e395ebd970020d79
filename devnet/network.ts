import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AssayError } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';
import { freeBasePort, requireDisk, requirePort, requireTool } from './checks.js';
import type { ProcessSet } from './processes.js';

/** A node's addresses, as `assayd testnet` wrote them. */
export interface NetworkNode {
  readonly name: string;
  readonly home: string;
  /** account address of the validator's operator */
  readonly operator: string;
  readonly rpc: string;
  readonly rest: string;
  readonly grpc: string;
}

/** An account with the words that yield its key. Devnets only. */
export interface NetworkAccount {
  readonly name: string;
  readonly address: string;
  readonly mnemonic: string;
}

/** Options of {@link startNetwork}. */
export interface NetworkOptions {
  /** Folder of the network; what it held before is removed. */
  readonly directory: string;
  readonly assayd: string;
  readonly validators: number;
  readonly chainId: string;
  /** funded accounts beside the validators' operators, with amounts in the smallest unit */
  readonly accounts: Readonly<Record<string, bigint>>;
  /** A fixed base; otherwise the first free block of ports is taken. */
  readonly basePort?: number;
  /** more flags of `assayd testnet` */
  readonly flags?: readonly string[];
  /** changes the genesis of every node before the first block */
  readonly editGenesis?: (genesis: Record<string, unknown>) => void;
  /** seconds to the first block; default 60 */
  readonly patience?: number;
}

/** A network whose blocks come. Accounts by name; operators are `validator-0`, `validator-1`, … */
export interface Network {
  readonly chainId: string;
  readonly denom: string;
  readonly directory: string;
  readonly nodes: readonly NetworkNode[];
  readonly accounts: ReadonlyMap<string, NetworkAccount>;
  /** beacon.json: the devnet's secret key of the beacon */
  readonly beaconFile: string;
}

/** Ports of node i from the base: RPC base+i, P2P base+100+i, gRPC base+200+i, REST base+300+i. */
export const PORT_OFFSETS = [0, 100, 200, 300] as const;

/** Where `make build` puts the chain's binary. */
export function assaydPath(): string {
  return resolve(process.env['ASSAYD'] ?? 'build/assayd');
}

/**
 * Writes a fresh N-validator network on this host, starts its processes and waits until blocks come.
 *
 * @throws `TOOL_MISSING`, `DISK_SPACE`, `PORT_BUSY`, `TESTNET_FAILED`, `PROCESS_ENDED`, `NO_BLOCKS`
 */
export async function startNetwork(options: NetworkOptions, processes: ProcessSet): Promise<Network> {
  const { directory, validators } = options;
  const assayd = requireTool(options.assayd, 'Build it with: make build');
  mkdirSync(directory, { recursive: true });
  await requireDisk(directory, Number(process.env['ASSAY_DISK_MB'] ?? 1_500));
  const offsets = PORT_OFFSETS.flatMap((o) => Array.from({ length: validators }, (_, i) => o + i));
  const base = options.basePort ?? (await freeBasePort(offsets));
  for (const offset of offsets) await requirePort(base + offset);

  rmSync(directory, { recursive: true, force: true });
  const args = [
    'testnet', directory, '--validators', String(validators), '--base-port', String(base), '--chain-id', options.chainId,
    '--accounts', Object.entries(options.accounts).map(([name, amount]) => `${name}=${amount}`).join(','), ...(options.flags ?? []),
  ];
  const made = spawnSync(assayd, args, { encoding: 'utf8' });
  if (made.status !== 0) {
    throw new AssayError('TESTNET_FAILED', `assayd testnet failed: ${(made.stderr || String(made.error)).trim().split('\n').at(-1) ?? ''}`, { decision: 'bug' });
  }
  const network = readNetwork(directory);
  if (options.editGenesis) for (const { home } of network.nodes) editJson(join(home, 'config/genesis.json'), options.editGenesis);
  for (const node of network.nodes) {
    processes.start({ name: node.name, command: assayd, args: ['start', '--home', node.home], cwd: directory });
  }
  await Promise.all(network.nodes.map((node) => firstBlock(node, processes, options.patience ?? 60)));
  return network;
}

/** Reads what `assayd testnet` wrote. @throws `TESTNET_FAILED` */
export function readNetwork(directory: string): Network {
  const network = json(join(directory, 'network.json')) as { chain_id: string; denom: string; nodes: NetworkNode[] };
  const { accounts } = json(join(directory, 'accounts.json')) as { accounts: NetworkAccount[] };
  return {
    chainId: network.chain_id,
    denom: network.denom,
    directory,
    nodes: network.nodes.map((n) => ({ ...n, home: join(directory, n.home) })),
    accounts: new Map(accounts.map((a) => [a.name, a])),
    beaconFile: join(directory, 'beacon.json'),
  };
}

function editJson(path: string, edit: (value: Record<string, unknown>) => void): void {
  const value = json(path) as Record<string, unknown>;
  edit(value);
  writeFileSync(path, JSON.stringify(value));
}

function json(path: string): unknown {
  if (!existsSync(path)) throw new AssayError('TESTNET_FAILED', `assayd testnet did not write ${path}`, { decision: 'bug' });
  return JSON.parse(readFileSync(path, 'utf8'));
}

async function firstBlock(node: NetworkNode, processes: ProcessSet, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(100)) {
    processes.assertAlive();
    try {
      const response = await fetch(`${node.rpc}/status`, { signal: AbortSignal.timeout(1_000) });
      const status = (await response.json()) as { result?: { sync_info?: { latest_block_height?: string } } };
      // Height 2: proofs and queries at a height need the header after it.
      if (Number(status.result?.sync_info?.latest_block_height ?? 0) >= 2) return;
    } catch {
      // Not listening yet.
    }
  }
  throw new AssayError('NO_BLOCKS', `${node.name} made no block in ${seconds} s`, { decision: 'bug', hint: 'Read its log.' });
}

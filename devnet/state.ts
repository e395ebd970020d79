import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AssayError } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';
import { isRunning, killGroup, type Child } from './processes.js';

/** A devnet that was left up: what runs, where it answers, and what a visitor needs to use it. */
export interface DevnetState {
  readonly chainId: string;
  readonly rpc: string;
  readonly rest: string;
  readonly graphql: string | undefined;
  /** configuration file of the visitor's own client, for `assay infer` */
  readonly clientConfig: string | undefined;
  /** artifact that `assay infer` runs unless told otherwise */
  readonly artifactId: string | undefined;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly command: string; readonly log: string }[];
}

const FILE = 'state.json';

/** Folder of the devnet's files: the environment's ASSAY_DEVNET, else `.demo` in the current folder. */
export function devnetDirectory(): string {
  return resolve(process.env['ASSAY_DEVNET'] ?? '.demo');
}

/** Writes the state, whole or not at all. */
export function writeState(directory: string, state: DevnetState): void {
  const path = join(directory, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Processes as the state keeps them. */
export function processesOf(children: readonly Child[]): DevnetState['processes'] {
  return children.map(({ name, pid, command, log }) => ({ name, pid, command, log }));
}

/** The state of the devnet in a folder, or undefined where there is none. @throws `DEVNET_STATE` for a file that is none. */
export function findState(directory: string): DevnetState | undefined {
  const path = join(directory, FILE);
  if (!existsSync(path)) return undefined;
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<DevnetState>;
    if (typeof found.chainId === 'string' && typeof found.rpc === 'string' && Array.isArray(found.processes)) return found as DevnetState;
  } catch {
    // Said below.
  }
  throw new AssayError('DEVNET_STATE', `${path} is not the state of a devnet`, { hint: 'Stop its processes by hand and remove the file.' });
}

/** As {@link findState}, but @throws `DEVNET_NONE` where none is. */
export function readState(directory: string): DevnetState {
  const state = findState(directory);
  if (state === undefined) {
    throw new AssayError('DEVNET_NONE', `no devnet was left up in ${directory}`, { hint: 'Start one with: KEEP=1 make demo' });
  }
  return state;
}

/** The processes of a state that still run. */
export function runningOf(state: DevnetState): DevnetState['processes'] {
  return state.processes.filter((p) => isRunning(p.pid, p.command));
}

/**
 * Stops what still runs of the devnet in a folder and forgets it. Only processes whose pid still runs the command that
 * was started are signalled. Returns how many were stopped; 0 also where there was no devnet.
 */
export async function stopDevnet(directory: string, graceMs = 5_000): Promise<number> {
  const state = findState(directory);
  if (state === undefined) return 0;
  const running = runningOf(state);
  for (const p of running) killGroup(p.pid, 'SIGTERM');
  for (let waited = 0; waited < graceMs && runningOf(state).length > 0; waited += 100) await sleep(100);
  for (const p of runningOf(state)) killGroup(p.pid, 'SIGKILL');
  rmSync(join(directory, FILE), { force: true });
  return running.length;
}

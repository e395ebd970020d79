import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'smol-toml';
import { AssayError } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';
import type { Child, ProcessSet } from './processes.js';

/** The `assay` command as `make build` compiled it: daemons of a devnet are the ones that everybody runs. */
const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Configuration keys by dotted name. */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Where a devnet keeps things, made when missing. */
export interface DevnetPaths {
  readonly root: string;
  readonly chain: string;
  readonly logs: string;
  readonly keys: string;
  readonly config: string;
  readonly data: string;
  readonly proofs: string;
}

/** Makes the folders of a devnet. */
export function devnetPaths(root: string): DevnetPaths {
  const at = (name: string): string => resolve(root, name);
  const paths = { root: resolve(root), chain: at('chain'), logs: at('logs'), keys: at('keys'), config: at('config'), data: at('data'), proofs: at('proofs') };
  for (const path of Object.values(paths)) mkdirSync(path, { recursive: true });
  return paths;
}

/** Writes a secret that its owner alone can read, and returns the file. */
export function writeSecret(paths: DevnetPaths, name: string, secret: string): string {
  const file = join(paths.keys, name);
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return file;
}

/** A fresh key in a file: 64 hexadecimal digits. */
export function freshKey(paths: DevnetPaths, name: string): string {
  return writeSecret(paths, name, randomBytes(32).toString('hex'));
}

/** Writes a configuration file. */
export function writeSettings(paths: DevnetPaths, name: string, settings: Settings): string {
  const tables: Record<string, Record<string, unknown>> = {};
  for (const [key, value] of Object.entries(settings)) {
    const [table = '', rest = ''] = [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)];
    (tables[table] ??= {})[rest] = value;
  }
  const file = join(paths.config, `${name}.toml`);
  writeFileSync(file, `${stringify(tables)}\n`, { mode: 0o600 });
  return file;
}

/** Starts `assay …` as a process of the devnet. */
export function startAssay(processes: ProcessSet, name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  return processes.start({ name, command: process.execPath, args: [CLI, ...args], env });
}

/**
 * Waits until a process's log holds a line that matches, and returns the first group.
 * @throws `PROCESS_ENDED` when a process ends before, `SERVICE_SILENT` after `seconds`
 */
export async function waitForLine(processes: ProcessSet, child: Child, pattern: RegExp, seconds = 180): Promise<string> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(50)) {
    const match = existsSync(child.log) ? pattern.exec(readFileSync(child.log, 'utf8')) : null;
    if (match) return match[1] ?? match[0];
    processes.assertAlive();
  }
  throw new AssayError('SERVICE_SILENT', `${child.name} did not say in ${seconds} s that it runs`, { hint: `Its log is ${child.log}.` });
}

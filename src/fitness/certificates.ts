import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuntimeDescription } from '../onnx/index.js';

/** Folder of the certificates that come with this software. */
const CERTIFICATES = fileURLToPath(new URL('../../../certificates', import.meta.url));

/** What certificates say that a check of a machine needs. */
export interface Certificates {
  /** inputs at which some certified runtime errs most, by operator */
  readonly worst: ReadonlyMap<string, readonly number[]>;
  /** functions of which a certificate of this very runtime, version, library and instruction set holds */
  readonly own: ReadonlySet<string>;
}

/**
 * Reads all certificates; a folder that is not there has none.
 *
 * @param own the runtime that is checked
 */
export async function readCertificates(own: Omit<RuntimeDescription, 'threads'>, folder = CERTIFICATES): Promise<Certificates> {
  const worst = new Map<string, number[]>();
  const held = new Set<string>();
  for (const file of (await readdir(folder, { recursive: true }).catch(() => [])).sort()) {
    if (!file.endsWith('.json')) continue;
    const parsed: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
    const [op, name] = [field(parsed, 'op'), field(parsed, 'function')];
    if (typeof op !== 'string' || typeof name !== 'string') continue;
    worst.set(op, [...(worst.get(op) ?? []), ...inputsOf(field(parsed, 'worst')), ...inputsOf(field(field(parsed, 'remainders'), 'worst'))]);
    const same = field(parsed, 'runtime') === own.runtime && field(parsed, 'version') === own.version && field(parsed, 'instruction_set') === own.instructionSet;
    if (same && field(parsed, 'library') === Buffer.from(own.libraryHash).toString('hex') && field(parsed, 'holds') === true) held.add(name);
  }
  return { worst, own: held };
}

/** The finite inputs of a certificate's worst cases: `{ulp: {x: "c0bc1c76", …}, …}`. */
function inputsOf(cases: unknown): number[] {
  if (cases === null || typeof cases !== 'object') return [];
  const xs = Object.values(cases).map((c) => field(c, 'x')).filter((x) => typeof x === 'string');
  return xs.map((x) => Buffer.from(x, 'hex').readFloatBE(0)).filter(Number.isFinite);
}

function field(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, name) : undefined;
}

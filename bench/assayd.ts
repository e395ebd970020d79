import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitmentsOf, type Commitments } from '../src/chain/index.js';
import { Job, Profile } from '../src/chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../src/errors.js';
import { createReferee, type Residual } from '../src/referee/index.js';
import { tensorPath } from '../src/onnx/index.js';

/** Path of the assayd binary: ASSAYD, else build/assayd. @throws AssayError ASSAYD_MISSING */
export function assaydPath(): string {
  const path = process.env['ASSAYD'] ?? fileURLToPath(new URL('../../build/assayd', import.meta.url));
  if (!existsSync(path)) throw new AssayError('ASSAYD_MISSING', `${path} does not exist`, { hint: 'Run make build, or set ASSAYD to the binary.' });
  return path;
}

/** What `assayd referee scan` says of a bundle. */
export interface ScanResult {
  readonly nodes: number;
  readonly elements: number;
  readonly faults: number;
  /** faults of every node that has some */
  readonly faultsByNode: ReadonlyMap<number, number>;
  readonly undecided: number;
  readonly undecidedByCause: Readonly<Record<string, number>>;
  /** chunks whose content is malformed */
  readonly malformed: number;
  /** elements that were moved beyond their bound, and how many of them were convicted */
  readonly moved: number;
  readonly movedCaught: number;
  /** outputs of which no element can be moved beyond its bound: special or undecided values */
  readonly notMoved: number;
  /** sides of bounds that were tried: the last number within must be acquitted, the next one convicted */
  readonly edges: number;
  readonly insideAcquitted: number;
  readonly beyondCaught: number;
  /** largest distance over bound, by operator; empty after a fast scan */
  readonly worstRatio: Readonly<Record<string, number>>;
  /** the tool's explanation of the first fault, for people */
  readonly firstFault: unknown;
  /** the fault that is furthest beyond its bound */
  readonly largestFault: { readonly node: number; readonly slot: number; readonly element: bigint } | undefined;
}

/** What to scan, and how. */
export interface ScanOptions {
  /** default all */
  readonly nodes?: readonly number[];
  /** also move one element of each output: to twice its bound, to the last number within it and to the first beyond */
  readonly move?: boolean;
  /** let the float64 pre-check acquit most elements: the same faults, no worst ratios */
  readonly fast?: boolean;
  /** whose constants apply; default the referee's */
  readonly commitments?: Commitments;
}

/**
 * Judges every element of nodes of a bundle with the chain's referee.
 *
 * @throws AssayError SCAN_FAILED when the tool fails or says something else than expected
 */
export async function scan(dir: string, options: ScanOptions = {}): Promise<ScanResult> {
  const args = ['referee', 'scan', dir];
  if (options.move) args.push('--move');
  if (options.fast) args.push('--fast');
  if (options.nodes) args.push('--nodes', options.nodes.join(','));
  if (options.commitments) args.push('--commitments', await commitmentsFile(dir, options.commitments));
  const { code, stdout, stderr } = await output(assaydPath(), args);
  const text = stdout.trim();
  return resultOf(parse(text.startsWith('{') ? text : (text.split('\n').at(-1) ?? ''), `assayd referee scan ended with ${code}: ${(stderr || text).slice(-500)}`));
}

async function commitmentsFile(dir: string, commitments: Commitments): Promise<string> {
  const file = join(dir, 'commitments.json');
  await writeFile(file, JSON.stringify(commitments));
  return file;
}

/**
 * Moves every element of an output of a bundle as far as its bound lets it go, and writes the VALUE anew.
 *
 * @param directions float32s in the layout of the output: up, down or 0
 * @throws AssayError SCAN_FAILED
 */
export async function spend(dir: string, { node, slot, value }: { node: number; slot: number; value: number }, directions: Uint8Array, commitments: Commitments): Promise<void> {
  const file = join(dir, 'directions.bin');
  await writeFile(file, directions);
  const args = ['referee', 'spend', dir, '--node', String(node), '--slot', String(slot), '--directions', file, '--out', tensorPath(dir, 'value', value)];
  const { code, stderr } = await output(assaydPath(), [...args, '--commitments', await commitmentsFile(dir, commitments)]);
  if (code !== 0) throw new AssayError('SCAN_FAILED', `assayd referee spend ended with ${code}: ${stderr.slice(-500)}`);
}

/**
 * Judges several bundles in one process, as `scan` does with `move`.
 *
 * @returns for each bundle what was found, or the tool's error for a bundle that it refuses
 * @throws AssayError SCAN_FAILED when the tool fails or says something else than expected
 */
export async function scanAll(dirs: readonly string[]): Promise<(ScanResult | string)[]> {
  if (dirs.length === 1) return [await scan(dirs[0]!, { move: true })];
  const { code, stdout, stderr } = await output(assaydPath(), ['referee', 'scan', ...dirs, '--move']);
  const lines = stdout.trim().split('\n').filter((line) => line.startsWith('{'));
  if (lines.length !== dirs.length) throw new AssayError('SCAN_FAILED', `${lines.length} results for ${dirs.length} bundles (exit code ${code}): ${stderr.slice(-500)}`);
  return lines.map((line) => {
    const said = parse(line, 'a line of assayd referee scan is not JSON');
    const error = field(said, 'error');
    return typeof error === 'string' ? error : resultOf(field(said, 'result'));
  });
}

function parse(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AssayError('SCAN_FAILED', otherwise, { cause });
  }
}

function resultOf(parsed: unknown): ScanResult {
  const number = (key: string, from: unknown = parsed): number => {
    const value = field(from, key);
    if (typeof value !== 'number') throw new AssayError('SCAN_FAILED', `the scan's ${key} is ${JSON.stringify(value)}, expected a number`);
    return value;
  };
  const table = (key: string): Record<string, number> => {
    const value = field(parsed, key) ?? {};
    if (typeof value !== 'object') throw new AssayError('SCAN_FAILED', `the scan's ${key} is no table`);
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, Number(v)]));
  };
  const list = (key: string): readonly unknown[] => {
    const value = field(parsed, key) ?? [];
    return Array.isArray(value) ? value : [];
  };
  const largest = field(parsed, 'largest_fault') ?? undefined;
  return {
    nodes: number('nodes'),
    elements: number('elements'),
    faults: number('faults'),
    faultsByNode: new Map(Object.entries(table('faults_by_node')).map(([node, count]) => [Number(node), count])),
    undecided: number('undecided'),
    undecidedByCause: table('undecided_by_cause'),
    malformed: number('malformed'),
    moved: number('moved'),
    notMoved: list('not_moved').length,
    movedCaught: number('moved_caught'),
    edges: number('edges'),
    insideAcquitted: number('inside_acquitted'),
    beyondCaught: number('beyond_caught'),
    worstRatio: table('worst_ratio'),
    firstFault: field(parsed, 'first_fault'),
    largestFault: largest === undefined ? undefined : { node: number('node', largest), slot: number('slot', largest), element: BigInt(number('element', largest)) },
  };
}

/** What a proof about a program can cost at most, as `assayd program inspect` says: bytes, and gas at default prices. */
export interface Limits {
  readonly proof: number;
  readonly gas: number;
  /** the same of the dearest node of each operator */
  readonly operators: Readonly<Record<string, { readonly proof: number; readonly gas: number }>>;
}

/**
 * Validates a record as the chain does when it is published.
 *
 * @param file path of the record
 * @throws AssayError INSPECT_FAILED when the chain would refuse it
 */
export async function limitsOf(file: string): Promise<Limits> {
  const { code, stdout, stderr } = await output(assaydPath(), ['program', 'inspect', file]);
  if (code !== 0) throw new AssayError('INSPECT_FAILED', `assayd program inspect ended with ${code}: ${stderr.slice(-500)}`);
  const said = JSON.parse(stdout) as { worst_proof: number; worst_gas: number; operators: Limits['operators'] }; // our own tool
  return { proof: said.worst_proof, gas: said.worst_gas, operators: said.operators };
}

/** Commitments to scan under: the usual constants, and sums by weights in blocks of this many; 0: in any order. */
export function inBlocksOf(weightBlock: number): Commitments {
  const job = Job.fromPartial({ id: 1n, profile: 'p', program: { root: new Uint8Array(32) } });
  return commitmentsOf(job, [Profile.fromPartial({ name: 'p', weightBlock })]);
}

/**
 * Draws elements of a bundle's contractions, as for job 1, and measures their residuals.
 *
 * @param randomness 32 bytes
 * @throws AssayError REFEREE_FAILED
 */
export async function residual(dir: string, randomness: Uint8Array, count: number): Promise<Residual> {
  return (await createReferee(assaydPath())).residual(dir, { randomness, jobId: 1n, count });
}

function field(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined;
}

async function output(command: string, args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-10_000);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

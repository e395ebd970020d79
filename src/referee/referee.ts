import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commitments } from '../chain/index.js';
import { tensorKindFromJSON, type TensorKind } from '../chain/generated/assay/referee/v1/proof.js';
import { AssayError } from '../errors.js';
import { writeWhole } from '../jobs/journal.js';

/** What a proof is to be about; the fields are those of the proof. */
export interface Accusation {
  readonly kind: 'ARITHMETIC' | 'OUTPUT' | 'FORMAT';
  readonly node: number;
  readonly slot: number;
  /** logical row-major element; for FORMAT the chunk */
  readonly element: bigint;
  /** FORMAT only */
  readonly tensor?: 'INPUT' | 'WEIGHT' | 'VALUE' | 'OUTPUT';
}

/** What the referee said of a proof: who claimed what, what is exact, and the work that gas pays for. */
export interface Judgement {
  readonly fault: boolean;
  readonly op: string;
  readonly claimed: string;
  readonly exact: string;
  readonly bound: string;
  readonly ratio: string;
  readonly undecided: string;
  readonly macs: number;
  readonly exponentials: number;
  readonly hashes: number;
}

/** What a proof opens of one tensor. */
export interface Reading {
  readonly kind: TensorKind;
  readonly index: number;
  /** strictly ascending */
  readonly chunks: readonly number[];
}

/** What judging every element of some nodes showed. */
export interface Scan {
  /** the first fault; the scan stops after its node */
  readonly fault: Accusation | undefined;
  readonly nodes: number;
  readonly elements: number;
  /** elements that the float64 pre-check acquitted; the others were judged exactly */
  readonly acquitted: number;
  /** elements that nobody can judge, by cause; they convict nobody */
  readonly undecided: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The exact judge, offline: the very code that the chain runs. */
export interface Referee {
  /**
   * Judges every element of some nodes of a bundle, in order.
   *
   * @param nodes default all
   * @param commitments whose constants apply; default the referee's own, those of the profile ieee-fp32
   */
  scan(bundle: string, nodes?: readonly number[], commitments?: Commitments): Promise<Scan>;
  /** Builds the proof of an accusation from a bundle and judges it as the chain will. */
  prove(bundle: string, accusation: Accusation, commitments: Commitments): Promise<{ proof: Uint8Array; judgement: Judgement }>;
  /**
   * What a proof of an ARITHMETIC or OUTPUT accusation opens, ascending by (kind, index). The bundle needs the record alone,
   * and the integer operands of nodes that read where another operand says.
   */
  reads(bundle: string, accusation: Accusation): Promise<Reading[]>;
  /** Judges a proof. */
  judge(proofFile: string, commitments: Commitments, dir: string): Promise<Judgement>;
}

const SCAN_MS = 10 * 60_000;

/**
 * The referee in an `assayd` binary. With `fast`, a float64 pre-check acquits what is surely honest before a scan judges the
 * rest exactly: the same faults, sooner.
 *
 * @throws AssayError REFEREE_MISSING
 */
export async function createReferee(binary: string, { fast = false }: { readonly fast?: boolean } = {}): Promise<Referee> {
  await run(binary, ['referee', '--help']).catch((cause: unknown) => {
    throw new AssayError('REFEREE_MISSING', `${binary} cannot be run as a referee`, { cause, hint: 'Build it with `make build`, and set sidecar.assayd, client.assayd or worker.assayd.' });
  });
  const withCommitments = async (dir: string, commitments: Commitments): Promise<string> => {
    const path = join(dir, 'commitments.json');
    await writeWhole(path, JSON.stringify(commitments));
    return path;
  };
  return {
    async scan(bundle, nodes, commitments) {
      const args = ['referee', 'scan', bundle, '--first'];
      if (fast) args.push('--fast');
      if (nodes) args.push('--nodes', nodes.join(','));
      if (commitments) args.push('--commitments', await withCommitments(bundle, commitments));
      return scanOf(await run(binary, args));
    },
    async prove(bundle, accusation, commitments) {
      const file = await withCommitments(bundle, commitments);
      const out = join(bundle, 'proof.bin');
      const { kind, node, slot, element, tensor } = accusation;
      const args = ['--kind', kind.toLowerCase(), '--node', `${node}`, '--slot', `${slot}`, '--element', `${element}`];
      if (tensor) args.push('--tensor', tensor.toLowerCase());
      const result = await run(binary, ['referee', 'prove', bundle, ...args, '--out', out, '--commitments', file]);
      return { proof: new Uint8Array(await readFile(out)), judgement: judgementOf(field(result, 'explanation')) };
    },
    async reads(bundle, { kind, node, slot, element }) {
      const result = await run(binary, ['referee', 'reads', bundle, '--kind', kind.toLowerCase(), '--node', `${node}`, '--slot', `${slot}`, '--element', `${element}`]);
      return list(field(result, 'tensors')).map((tensor) => ({
        kind: tensorKindFromJSON(`TENSOR_KIND_${text(tensor, 'kind')}`),
        index: number(tensor, 'index'),
        chunks: list(field(tensor, 'runs')).flatMap((r) => Array.from({ length: number(r, 'count') }, (_, i) => number(r, 'first') + i)),
      }));
    },
    async judge(proofFile, commitments, dir) {
      const file = await withCommitments(dir, commitments);
      return judgementOf(await run(binary, ['referee', 'judge', '--proof', proofFile, '--commitments', file]));
    },
  };
}

function run(binary: string, args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile(binary, [...args], { timeout: SCAN_MS, maxBuffer: 16 << 20, env: { HOME: process.env['HOME'] ?? '/' } }, (error, stdout, stderr) => {
      if (error) {
        const why = stderr.trim().split('\n').at(-1)?.slice(0, 400) || error.message;
        reject(new AssayError('REFEREE_FAILED', `${args.slice(0, 2).join(' ')}: ${why}`, { decision: 'bug', cause: error }));
        return;
      }
      if (args.includes('--help')) return resolve(undefined);
      try {
        resolve(JSON.parse(stdout));
      } catch (cause) {
        reject(new AssayError('REFEREE_FAILED', `${args.slice(0, 2).join(' ')} printed something else than JSON`, { decision: 'bug', cause }));
      }
    });
  });
}

function scanOf(result: unknown): Scan {
  const first = field(result, 'first_fault') ?? undefined;
  const seconds = Number(field(result, 'seconds'));
  if (!Number.isFinite(seconds)) throw new AssayError('REFEREE_FAILED', `the referee's result has no number "seconds"`, { decision: 'bug' });
  return {
    fault: first === undefined ? undefined : { kind: 'ARITHMETIC', node: number(first, 'node'), slot: number(first, 'slot'), element: BigInt(number(first, 'element')) },
    nodes: number(result, 'nodes'),
    elements: number(result, 'elements'),
    acquitted: number(result, 'acquitted'),
    undecided: Object.fromEntries(Object.entries(field(result, 'undecided_by_cause') ?? {}).map(([cause, count]) => [cause, Number(count)])),
    seconds,
  };
}

function judgementOf(explanation: unknown): Judgement {
  return {
    fault: field(explanation, 'fault') === true,
    op: text(explanation, 'op'),
    claimed: text(explanation, 'claimed'),
    exact: text(explanation, 'exact'),
    bound: text(explanation, 'bound'),
    ratio: text(explanation, 'ratio'),
    undecided: text(explanation, 'undecided'),
    macs: number(explanation, 'macs'),
    exponentials: number(explanation, 'exponentials'),
    hashes: number(explanation, 'hashes'),
  };
}

function field(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(object: unknown, name: string): string {
  const value = field(object, name);
  return typeof value === 'string' ? value : '';
}

function number(object: unknown, name: string): number {
  const value = Number(field(object, name));
  if (!Number.isSafeInteger(value)) throw new AssayError('REFEREE_FAILED', `the referee's result has no number "${name}"`, { decision: 'bug' });
  return value;
}

// A certificate: what a runtime's kernel does over all float32 inputs, and for which runtime this was seen.
import { cpus } from 'node:os';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import type { EngineOptions } from '../src/onnx/engine.js';
import { describeRuntime } from '../src/onnx/profile.js';
import type { Certifiable, Claim } from './functions.js';
import { REFERENCE_ERROR } from './reference.js';
import type { Count, Measure, TallyState, Worst } from './tally.js';

export const FORMAT = 'assay/certificate/1';

/** What must stay the same from the first input to the last, and what a certificate is valid for. */
export interface Identity {
  readonly function: string;
  /** the referee's bound, that errors are compared with */
  readonly bound: string;
  readonly runtime: string;
  readonly version: string;
  /** SHA-256 of the shared library, or of the WebAssembly module */
  readonly library: string;
  readonly instruction_set: string;
  readonly threads: number;
  /** the C library, whose functions a kernel may call; null for WebAssembly */
  readonly libc: string | null;
}

/** What was seen of vectors too short to fill a register. */
export interface Remainders {
  /** lengths of the short vectors that a stratified sample went through */
  readonly lengths: readonly number[];
  /** inputs of the sample, for each length */
  readonly inputs: number;
  readonly seed: number;
  /** results of the sample with other bits than in whole registers */
  readonly differing: number;
  /** what all 2³² inputs went through: SHORT, or the operator that `twin` of a function names; null: nothing but the sample */
  readonly swept_by: string | null;
  /** of the sweep, else of the sample */
  readonly counts: Readonly<Record<Count, number>>;
  readonly worst: Readonly<Partial<Record<Measure, Worst>>>;
  /** of the sweep, as `digest` of the certificate */
  readonly digest: string | null;
}

/** Keys are in the order of the file. */
export interface Certificate extends Identity {
  readonly format: typeof FORMAT;
  readonly op: string;
  readonly attributes: Certifiable['attributes'];
  readonly cpu: string;
  /** ρ and α that the referee grants (α in units of 2⁻⁴⁰); null where its bound is derived */
  readonly claim: Claim | null;
  /** whether every measured error lies within the bound and no special value is wrong */
  readonly holds: boolean;
  /** 2³² */
  readonly inputs: number;
  /** relative error of the float64 reference; every figure below contains it */
  readonly reference_error: number;
  readonly counts: Readonly<Record<Count, number>>;
  readonly worst: Readonly<Partial<Record<Measure, Worst>>>;
  readonly infinities: TallyState['infinities'];
  readonly remainders: Remainders;
  readonly seconds: number;
  /** SHA-256 of the digests of the segments: one hash to compare two runtimes by */
  readonly digest: string;
  /** SHA-256 of the output bits (little-endian, NaNs canonical) of the inputs whose first byte is 0, 1, … 255 */
  readonly segments: readonly string[];
}

/** Describes what would be certified on this machine now. @throws OnnxError RUNTIME_FAILED */
export async function identify(f: Certifiable, options: EngineOptions): Promise<Identity> {
  const { runtime, version, libraryHash, instructionSet, threads } = await describeRuntime(options);
  return {
    function: f.name,
    bound: f.boundText,
    runtime,
    version,
    library: Buffer.from(libraryHash).toString('hex'),
    instruction_set: instructionSet,
    threads,
    libc: options.backend === 'ort-wasm' ? null : libc(),
  };
}

function libc(): string {
  const report: unknown = process.report.getReport();
  const header: unknown = report !== null && typeof report === 'object' && 'header' in report ? report.header : undefined;
  const version: unknown = header !== null && typeof header === 'object' && 'glibcVersionRuntime' in header ? header.glibcVersionRuntime : undefined;
  return typeof version === 'string' ? `glibc ${version}` : `${process.platform} ${process.arch}`;
}

/** The first field in which two identities differ, for messages; undefined when they are the same. */
export function difference(expected: Identity, found: Identity): { field: string; expected: string; found: string } | undefined {
  for (const key of Object.keys(found) as (keyof Identity)[])
    if (expected[key] !== found[key]) return { field: key, expected: String(expected[key]), found: String(found[key]) };
  return undefined;
}

/** One hash for all output bits. */
export function digestOf(segments: readonly string[]): string {
  const hash = createHash('sha256');
  for (const segment of segments) hash.update(Buffer.from(segment, 'hex'));
  return hash.digest('hex');
}

/** A certificate with its keys in order. */
export function certificate(
  f: Certifiable,
  identity: Identity,
  body: { readonly tally: TallyState; readonly digests: readonly string[]; readonly seconds: number },
  remainders: Remainders,
  holds: boolean,
): Certificate {
  return {
    format: FORMAT,
    function: identity.function,
    op: f.op,
    attributes: f.attributes,
    runtime: identity.runtime,
    version: identity.version,
    library: identity.library,
    instruction_set: identity.instruction_set,
    threads: identity.threads,
    libc: identity.libc,
    cpu: cpus()[0]?.model ?? 'unknown',
    bound: identity.bound,
    claim: f.claim ?? null,
    holds,
    inputs: 2 ** 32,
    reference_error: REFERENCE_ERROR,
    counts: body.tally.counts,
    worst: sorted(body.tally.worst),
    infinities: body.tally.infinities,
    remainders: { ...remainders, worst: sorted(remainders.worst) },
    seconds: Math.round(body.seconds),
    digest: digestOf(body.digests),
    segments: body.digests,
  };
}

function sorted<T>(record: Readonly<Partial<Record<Measure, T>>>): Partial<Record<Measure, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The canonical text of a certificate. */
export function print(c: Certificate): string {
  return `${JSON.stringify(c, null, 1)}\n`;
}

/** Where a certificate belongs: a folder for each runtime and instruction set. */
export function certificatePath(folder: string, identity: Identity): string {
  return join(folder, `${identity.runtime}-${identity.version}-${identity.instruction_set}`, `${identity.function}.json`);
}

/**
 * Reads a certificate that {@link print} wrote.
 *
 * @throws AssayError CERTIFICATE_FORMAT when it is none, or not in canonical form
 */
export function parse(text: string, what: string): Certificate {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AssayError('CERTIFICATE_FORMAT', `${what} is not JSON`, { cause });
  }
  const c = value as Certificate; // checked by format and canonical text: only `print` writes these
  if (value === null || typeof value !== 'object' || c.format !== FORMAT || print(c) !== text)
    throw new AssayError('CERTIFICATE_FORMAT', `${what} is not a certificate in canonical form`, { facts: { expected: FORMAT } });
  return c;
}

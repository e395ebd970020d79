import { readFile, writeFile } from 'node:fs/promises';
import { AssayError } from '../src/errors.js';
import type { Prepared } from '../src/onnx/index.js';

/** What `assay program prepare` writes beside the blob store, and `assay publish` reads. Roots are 64 hex digits. */
export interface PreparedFile {
  readonly format: 'assay/prepared/1';
  readonly program_root: string;
  readonly weights_root: string;
  readonly digest: string;
  readonly source_digest: string;
  /** default output tolerance, decimals */
  readonly tolerance: { readonly abs: string; readonly rel: string };
  readonly summary: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

/** The file's content for a prepared program. */
export function preparedFile(p: Prepared): PreparedFile {
  return {
    format: 'assay/prepared/1',
    program_root: hex(p.programRoot),
    weights_root: hex(p.weightsRoot),
    digest: hex(p.digest),
    source_digest: hex(p.sourceDigest),
    tolerance: { abs: decimal(p.calibration.tolerance.abs), rel: decimal(p.calibration.tolerance.rel) },
    summary: { ...p.summary },
    warnings: p.warnings,
  };
}

/** Writes a {@link PreparedFile}. */
export async function writePrepared(path: string, file: PreparedFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(file, null, 2)}\n`);
}

/** Reads a {@link PreparedFile}. @throws `PREPARED_FILE` */
export async function readPrepared(path: string): Promise<PreparedFile> {
  let found: Partial<PreparedFile>;
  try {
    found = JSON.parse(await readFile(path, 'utf8')) as Partial<PreparedFile>;
  } catch (cause) {
    throw new AssayError('PREPARED_FILE', `${path} cannot be read as JSON`, { hint: 'Make it with: assay program prepare', cause });
  }
  const roots = [found.program_root, found.weights_root, found.digest, found.source_digest];
  const fine = found.format === 'assay/prepared/1' && roots.every((r) => typeof r === 'string' && /^[0-9a-f]{64}$/.test(r))
    && /^[0-9]+(\.[0-9]{1,18})?$/.test(found.tolerance?.abs ?? '') && /^[0-9]+(\.[0-9]{1,18})?$/.test(found.tolerance?.rel ?? '');
  if (!fine) throw new AssayError('PREPARED_FILE', `${path} is not of format assay/prepared/1`, { hint: 'Make it with: assay program prepare' });
  return found as PreparedFile;
}

/** A non-negative number as a decimal of at most 18 places: its shortest text, rounded up where that is longer. */
export function decimal(value: number): string {
  if (!(value >= 0) || value > 1e18) throw new AssayError('PREPARED_FILE', `a tolerance is a non-negative number, found ${value}`, { decision: 'bug' });
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const places = (mantissa.split('.')[1] ?? '').length;
  const digits = BigInt(mantissa.replace('.', ''));
  const shift = Number(exponent) - places + 18; // value = digits * 10^(shift - 18)
  const divisor = 10n ** BigInt(Math.max(0, -shift));
  const scaled = (digits * 10n ** BigInt(Math.max(0, shift)) + divisor - 1n) / divisor;
  const text = scaled.toString().padStart(19, '0');
  return `${text.slice(0, -18)}.${text.slice(-18)}`.replace(/0+$/, '').replace(/\.$/, '');
}

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataRoot } from '../merkle/index.js';
import { OnnxError, refuse } from './errors.js';
import './sha256.js';

// A bundle is a directory that holds everything about one execution, shared with the Go tool:
// DIR/program.bin, DIR/{input,weight,value,output}/<i>.bin (raw bytes in the tensor's layout) and
// DIR/roots.json {"input":[hex],"weight":[hex],"value":[hex],"output":[hex]}. The tracer's own DIR/trace.jsonl says how far it came.

/** The four kinds of tensors in a bundle, which are also its directories. */
export const BUNDLE_KINDS = ['input', 'weight', 'value', 'output'] as const;
export type BundleKind = (typeof BUNDLE_KINDS)[number];

/** Data roots (32 bytes each) of all tensors of a bundle, in order. */
export type BundleRoots = Readonly<Record<BundleKind, readonly Uint8Array[]>>;

/** Path of a tensor's bytes. */
export function tensorPath(dir: string, kind: BundleKind, index: number): string {
  return join(dir, kind, `${index}.bin`);
}

/** Makes the directories of a bundle and writes its program record; until `writeRoots` it is unfinished. */
export async function createBundle(dir: string, record: Uint8Array): Promise<void> {
  for (const kind of BUNDLE_KINDS) await mkdir(join(dir, kind), { recursive: true });
  await rm(join(dir, 'roots.json'), { force: true });
  await replaceFile(join(dir, 'program.bin'), record);
}

/** Writes a tensor's bytes (in its layout) and returns their data root. */
export async function writeTensor(dir: string, kind: BundleKind, index: number, data: Uint8Array): Promise<Uint8Array> {
  const written = replaceFile(tensorPath(dir, kind, index), data);
  const root = dataRoot(data); // hashed while the file is written
  await written;
  return root;
}

/**
 * Writes a file whole or not at all. What lay there is replaced and not written over: a blob store may hold a link to it.
 * Not synced: whoever reads a bundle hashes it.
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(`${path}.part`, content);
    await rename(`${path}.part`, path);
  } catch (error) {
    await rm(`${path}.part`, { force: true });
    throw error;
  }
}

/** Writes roots.json, last and atomically: a bundle without it is unfinished. */
export async function writeRoots(dir: string, roots: BundleRoots): Promise<void> {
  const text = Object.fromEntries(BUNDLE_KINDS.map((kind) => [kind, roots[kind].map((r) => Buffer.from(r).toString('hex'))]));
  await replaceFile(join(dir, 'roots.json'), JSON.stringify(text));
}

/** Reads roots.json. @throws OnnxError DIGEST_MISMATCH when it is missing or malformed */
export async function readRoots(dir: string): Promise<BundleRoots> {
  const path = join(dir, 'roots.json');
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new OnnxError('DIGEST_MISMATCH', `${path} is missing or not JSON: the bundle is unfinished`, { cause });
  }
  const list = (kind: BundleKind): Uint8Array[] => {
    const value: unknown = parsed !== null && typeof parsed === 'object' ? Reflect.get(parsed, kind) : undefined;
    if (!Array.isArray(value)) return refuse('DIGEST_MISMATCH', `${path} has no list "${kind}"`);
    return value.map((root: unknown) =>
      typeof root === 'string' && /^[0-9a-f]{64}$/.test(root)
        ? new Uint8Array(Buffer.from(root, 'hex'))
        : refuse('DIGEST_MISMATCH', `${path}: "${kind}" holds a root that is not 64 hexadecimal digits`),
    );
  };
  return { input: list('input'), weight: list('weight'), value: list('value'), output: list('output') };
}

/**
 * Bytes of a tensor of a bundle, checked against its data root.
 *
 * @throws OnnxError DIGEST_MISMATCH
 */
export async function readTensor(dir: string, kind: BundleKind, index: number, root: Uint8Array): Promise<Uint8Array> {
  const path = tensorPath(dir, kind, index);
  let data: Uint8Array;
  try {
    data = new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new OnnxError('DIGEST_MISMATCH', `${path} cannot be read`, { cause });
  }
  if (Buffer.compare(dataRoot(data), root) !== 0) refuse('DIGEST_MISMATCH', `${path} does not have the data root that was stated`);
  return data;
}

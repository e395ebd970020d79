import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AssayError } from '../src/errors.js';

/** Releases of onnxruntime-node beside the pinned one that honest workers may run. */
export const OLDER_RELEASES = ['1.17.0', '1.20.1'] as const;

const root = fileURLToPath(new URL('../../build/runtimes/', import.meta.url));

/**
 * Directory of a release of onnxruntime-node, fetched from the npm registry the first time (about 100 MB each).
 *
 * @throws AssayError RELEASE_MISSING when npm cannot install it
 */
export async function releaseOf(version: string): Promise<string> {
  const home = join(root, version);
  const module = join(home, 'node_modules', 'onnxruntime-node');
  if (existsSync(module)) return module;
  const part = `${home}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  try {
    // its install script downloads CUDA libraries; the CPU library lies in the package
    await promisify(execFile)('npm', ['install', '--prefix', part, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `onnxruntime-node@${version}`]);
  } catch (cause) {
    throw new AssayError('RELEASE_MISSING', `npm cannot install onnxruntime-node ${version}`, { cause, hint: 'Check the connection to the npm registry and run the bench again.' });
  }
  await rename(part, home);
  return module;
}

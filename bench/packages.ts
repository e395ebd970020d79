import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AssayError } from '../src/errors.js';

const root = fileURLToPath(new URL('../../build/packages/', import.meta.url));

/**
 * Directory of an npm package that a bench measures and the project does not ship; fetched from the registry the first
 * time, without running its install script and without what it depends on.
 *
 * @throws AssayError PACKAGE_MISSING when npm cannot install it
 */
export async function packageOf(name: string, version: string): Promise<string> {
  const home = join(root, `${name.replace('/', '+')}@${version}`);
  const module = join(home, 'node_modules', name);
  if (existsSync(module)) return module;
  console.error(`fetching ${name}@${version}`);
  const part = `${home}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  try {
    await promisify(execFile)('npm', ['install', '--prefix', part, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`]);
  } catch (cause) {
    throw new AssayError('PACKAGE_MISSING', `npm cannot install ${name}@${version}`, { cause, hint: 'Check the connection to the npm registry and run the bench again.' });
  }
  await rename(part, home);
  return module;
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AssayError } from '../errors.js';

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a data directory for this process. PGlite does not, and two of them in one directory destroy it.
 *
 * A lock left by a killed process is taken over, also when the process is this one (its number can come again).
 *
 * @returns releases it
 * @throws AssayError DATABASE_IN_USE
 */
export function lockDirectory(dataDir: string): () => void {
  const path = `${dataDir.replace(/\/+$/, '')}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(path, 'utf8'));
      if (attempt > 0 || held.has(path) || (owner !== process.pid && isAlive(owner))) {
        throw new AssayError('DATABASE_IN_USE', `process ${owner} uses this data directory`, {
          facts: { dataDir },
          hint: 'Stop it, use another directory, or give a Postgres URL, which many processes can share.',
        });
      }
      rmSync(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AssayError } from '../errors.js';
import { lockDirectory } from './lock.js';

test('a data directory has one owner; a dead one’s lock is taken over', () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-lock-'));
  const path = join(dir, 'db');
  try {
    const release = lockDirectory(path);
    assert.throws(() => lockDirectory(path), (e) => e instanceof AssayError && e.code === 'DATABASE_IN_USE');
    release();
    lockDirectory(path)();
    writeFileSync(`${path}.lock`, '1'); // Lives, and is not us.
    assert.throws(() => lockDirectory(path), (e) => e instanceof AssayError && e.code === 'DATABASE_IN_USE');
    writeFileSync(`${path}.lock`, '999999999'); // Cannot live.
    lockDirectory(path)();
    writeFileSync(`${path}.lock`, String(process.pid)); // Left by an earlier process of our number.
    lockDirectory(path)();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

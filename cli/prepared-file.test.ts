import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasCode } from '../src/errors.js';
import { decimal, readPrepared, writePrepared, type PreparedFile } from './prepared-file.js';

const dir = mkdtempSync(join(tmpdir(), 'assay-prepared-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const good: PreparedFile = {
  format: 'assay/prepared/1', program_root: 'a'.repeat(64), weights_root: 'b'.repeat(64), digest: 'c'.repeat(64), source_digest: 'd'.repeat(64),
  tolerance: { abs: '0.00001', rel: '0.001' }, summary: {}, warnings: [],
};

test('tolerances are written without exponent, never smaller than they are', () => {
  const cases: [number, string][] = [[0, '0'], [1, '1'], [0.001, '0.001'], [3e-5, '0.00003'], [1e-18, '0.000000000000000001'], [1.5e-18, '0.000000000000000002'], [1e-30, '0.000000000000000001'], [12.5, '12.5'], [1e6, '1000000']];
  for (const [value, text] of cases) assert.equal(decimal(value), text, String(value));
  for (const bad of [-1, NaN, Infinity]) assert.throws(() => decimal(bad), (e) => hasCode(e, 'PREPARED_FILE'));
});

test('a prepared file is read back, and anything else is refused', async () => {
  const path = join(dir, 'x.json');
  await writePrepared(path, good);
  assert.deepEqual(await readPrepared(path), good);
  const bad: unknown[] = [{ ...good, format: 'other' }, { ...good, digest: 'short' }, { ...good, tolerance: { abs: '1e-5', rel: '0' } }, [], 1, null];
  for (const value of bad.slice(0, -1)) {
    writeFileSync(path, JSON.stringify(value));
    await assert.rejects(readPrepared(path), (e) => hasCode(e, 'PREPARED_FILE'), JSON.stringify(value));
  }
  writeFileSync(path, 'not json');
  await assert.rejects(readPrepared(path), (e) => hasCode(e, 'PREPARED_FILE'));
  await assert.rejects(readPrepared(join(dir, 'none')), (e) => hasCode(e, 'PREPARED_FILE'));
});

// Golden vectors that TypeScript writes for Go (test/vectors/README.md). Tests compare; UPDATE_VECTORS=1 rewrites.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** A record that `prepare` derived. */
export interface GoldenRecord {
  readonly name: string;
  /** canonical bytes, hexadecimal */
  readonly record: string;
  /** program root, hexadecimal */
  readonly root: string;
}

/**
 * Asserts that these records are those of test/vectors/<file>.json, or writes them there when UPDATE_VECTORS is set. A change
 * is a change of the protocol: every published program would get another root.
 */
export function checkGoldenRecords(file: string, note: string, records: readonly GoldenRecord[]): void {
  const path = new URL(`../../../test/vectors/${file}.json`, import.meta.url);
  const text = `${JSON.stringify({ note, records }, null, 1)}\n`;
  if (process.env['UPDATE_VECTORS'] !== undefined) writeFileSync(path, text);
  const golden = JSON.parse(readFileSync(path, 'utf8')) as { records: GoldenRecord[] };
  assert.deepEqual(records.map((r) => r.name), golden.records.map((r) => r.name));
  for (const [i, r] of records.entries()) assert.deepEqual(r, golden.records[i], `${r.name} became another program`);
}

import { sql } from 'drizzle-orm';
import { createLogger } from '../../src/log.js';
import { openDatabase, schema, type Database, type DatabaseOptions } from '../../src/db/index.js';
import { startIndexer, type Indexer, type IndexerConfig } from '../../indexer/index.js';

/** A silent indexer that polls fast. */
export function quickIndexer(database: Database, rpc: readonly string[], over: Partial<IndexerConfig> = {}): Promise<Indexer> {
  return startIndexer({ database, rpc, pollMs: 10, timeoutMs: 2_000, logger: createLogger({ name: 'test', level: process.env['ASSAY_LOG'] ?? 'silent' }), ...over });
}

/** An empty database in memory, or in what the options name. */
export function emptyDatabase(options: DatabaseOptions = { dataDir: 'memory://' }): Promise<Database> {
  return openDatabase(options);
}

/** Empties every table, so that tests can share a database: making one takes a second of computing. */
export async function emptyTables({ db }: Database): Promise<void> {
  const tables = Object.values(schema).map((table) => sql`${table}`);
  await db.execute(sql`truncate table ${sql.join(tables, sql`, `)}`);
}

/** The first row that two dumps do not share, or undefined: short enough for a failure's message. */
export function firstDifference(a: readonly string[], b: readonly string[]): string | undefined {
  const i = Array.from({ length: Math.max(a.length, b.length) }, (_, k) => k).find((k) => a[k] !== b[k]);
  return i === undefined ? undefined : `${a[i]?.slice(0, 300)} | ${b[i]?.slice(0, 300)}`;
}

/**
 * Every row of every projected table, in a fixed order, as text: two indexes of one chain must be equal.
 *
 * @param upTo what the index said at this height; absent: all of it, the cursor too
 */
export async function dump({ db }: Database, upTo?: number): Promise<string[]> {
  const tables = Object.entries(schema).filter(([name]) => !['archive', 'tip', ...(upTo === undefined ? [] : ['cursor'])].includes(name));
  const parts: string[] = [];
  for (const [name, table] of tables) {
    const rows: Record<string, unknown>[] = await db.select().from(table);
    const seen = upTo === undefined ? rows : rows.flatMap((row) => asOf(row, upTo));
    parts.push(name, ...seen.map((row) => JSON.stringify(row, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))).sort());
  }
  return parts;
}

function asOf(row: Record<string, unknown>, height: number): Record<string, unknown>[] {
  if ('validFrom' in row) return Number(row['validFrom']) > height ? [] : [{ ...row, validTo: row['validTo'] !== null && Number(row['validTo']) > height ? null : row['validTo'] }];
  return Number(row['height'] ?? 0) > height ? [] : [row];
}

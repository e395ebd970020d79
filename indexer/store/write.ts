import { and, getColumns, isNull, or } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { DbTransaction } from '../../src/db/index.js';
import { clean } from './clean.js';
import { keyIs } from './current.js';
import { ENTITIES, FACTS, type EntityName, type FactName, type Row } from './entities.js';
import type { Writes } from './fold.js';

/** Postgres binds at most 65,535 parameters a statement. */
const MAX_PARAMETERS = 60_000;

/** Writes what a batch folded to. Ends come first: one version at most is current at any time. */
export async function write(tx: DbTransaction, writes: Writes): Promise<number> {
  for (const [entity, ends] of groupBy(writes.ends, (e) => e.entity)) {
    for (const [at, group] of groupBy(ends, (e) => e.at)) await endVersions(tx, entity, group.map((e) => e.key), at);
  }
  let rows = 0;
  for (const [entity, versions] of groupBy(writes.versions, (v) => v.entity)) {
    const table: PgTable = ENTITIES[entity].table;
    rows += await insert(tx, table, versions.map(({ version }) => ({ ...version.row, validFrom: version.validFrom, validTo: version.validTo })), 'refuse');
  }
  for (const [name, facts] of groupBy(writes.facts, (f) => f.table)) {
    const table: PgTable = FACTS[name];
    rows += await insert(tx, table, facts.map((f) => f.row), REPEATABLE.has(name) ? 'keep' : 'refuse');
  }
  return rows;
}

/** Facts whose key is content, not place: the same edge may be told twice. Any other conflict is a bug and must fail. */
const REPEATABLE: ReadonlySet<FactName> = new Set(['lineageEdges', 'jobInputs', 'beaconRounds']);

async function endVersions(tx: DbTransaction, entity: EntityName, keys: readonly Row[], at: number): Promise<void> {
  const table: PgTable = ENTITIES[entity].table;
  for (const part of chunks(keys, 500)) {
    await tx.update(table).set({ validTo: at } as Row).where(and(or(...part.map((key) => keyIs(entity, key))), isNull(ENTITIES[entity].table.validTo)));
  }
}

async function insert(tx: DbTransaction, table: PgTable, rows: readonly Row[], onConflict: 'refuse' | 'keep'): Promise<number> {
  const width = Object.keys(getColumns(table)).length;
  for (const part of chunks(rows, Math.floor(MAX_PARAMETERS / width))) {
    const statement = tx.insert(table).values(part.map((row) => clean(row) as Record<string, never>));
    await (onConflict === 'keep' ? statement.onConflictDoNothing() : statement);
  }
  return rows.length;
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

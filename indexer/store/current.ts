import { and, eq, getColumns, isNull, or, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { DbTransaction } from '../../src/db/index.js';
import type { Change } from '../project/changes.js';
import { ENTITIES, keyOf, type EntityName, type Row } from './entities.js';
import type { CurrentRows } from './fold.js';

/** Keys of one query. */
const CHUNK = 500;

/**
 * Current versions, read inside the transaction that will end them. What the changes name is read at once, an entity a
 * query; what an `edit` leads to is read when it comes.
 */
export async function currentRows(tx: DbTransaction, changes: readonly Change[]): Promise<CurrentRows> {
  const wanted = new Map<EntityName, Map<string, Row>>();
  for (const change of changes) {
    if (change.op === 'fact' || change.op === 'endAll') continue;
    const key = change.op === 'put' ? change.row : change.key;
    const keys = wanted.get(change.entity) ?? new Map<string, Row>();
    wanted.set(change.entity, keys.set(keyOf(change.entity, key), key));
  }
  const read = new Map<string, Row | undefined>();
  for (const [entity, keys] of wanted) {
    for (const key of keys.keys()) read.set(`${entity}\u0001${key}`, undefined);
    const rows = [...keys.values()];
    for (let i = 0; i < rows.length; i += CHUNK) {
      for (const row of await select(tx, entity, or(...rows.slice(i, i + CHUNK).map((key) => keyIs(entity, key)))!)) {
        read.set(`${entity}\u0001${keyOf(entity, row)}`, row);
      }
    }
  }
  return {
    async one(entity, key) {
      const name = `${entity}\u0001${keyOf(entity, key)}`;
      if (!read.has(name)) read.set(name, (await select(tx, entity, keyIs(entity, key)))[0]);
      return read.get(name);
    },
    all: (entity, where) => select(tx, entity, columnsAre(entity, Object.entries(where))),
  };
}

async function select(tx: DbTransaction, entity: EntityName, where: SQL): Promise<Row[]> {
  const table: PgTable = ENTITIES[entity].table;
  const rows: Row[] = await tx.select().from(table).where(and(where, isNull(ENTITIES[entity].table.validTo)));
  return rows.map(({ validFrom: _from, validTo: _to, ...row }) => row);
}

/** The condition that names one thing. */
export function keyIs(entity: EntityName, key: Row): SQL {
  return columnsAre(entity, ENTITIES[entity].key.map((column) => [column, key[column]]));
}

function columnsAre(entity: EntityName, entries: readonly (readonly [string, unknown])[]): SQL {
  const columns: Record<string, PgColumn> = getColumns(ENTITIES[entity].table as PgTable);
  return and(...entries.map(([column, value]) => eq(columns[column]!, value)))!;
}

import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../project/changes.js';
import { keyOf, type EntityName, type FactName, type Row } from './entities.js';

/** A new version of an entity. `validTo` is set when a later block of the same batch ended it. */
export interface Version {
  readonly row: Row;
  readonly validFrom: number;
  readonly validTo: number | null;
}

/** What a batch of blocks writes. */
export interface Writes {
  /** Current versions in the database that end, by entity: key columns and height. */
  readonly ends: readonly { readonly entity: EntityName; readonly key: Row; readonly at: number }[];
  readonly versions: readonly { readonly entity: EntityName; readonly version: Version }[];
  readonly facts: readonly { readonly table: FactName; readonly row: Row }[];
}

/** Current versions as the database holds them. */
export interface CurrentRows {
  /** The current version of one thing, without its life, or undefined. */
  one(entity: EntityName, key: Row): Promise<Row | undefined>;
  /** All current versions with these columns. */
  all(entity: EntityName, where: Row): Promise<readonly Row[]>;
}

interface Thing {
  readonly entity: EntityName;
  /** What the database holds now; `endedAt` once this batch ends it. */
  readonly stored: Row | undefined;
  endedAt: number | null;
  /** Versions of this batch, oldest first; the last is current while its validTo is null. */
  readonly versions: { row: Row; validFrom: number; validTo: number | null }[];
}

/**
 * Folds the changes of a batch into the fewest writes: a job that a block touches five times gets one version, an
 * update that changes nothing none.
 */
export async function fold(blocks: readonly { height: number; changes: readonly Change[] }[], current: CurrentRows): Promise<Writes> {
  const things = new Map<string, Thing>();
  const facts: Writes['facts'][number][] = [];
  const thing = async (entity: EntityName, key: Row): Promise<Thing> => {
    const name = `${entity}\u0001${keyOf(entity, key)}`;
    let found = things.get(name);
    if (!found) {
      found = { entity, stored: await current.one(entity, key), endedAt: null, versions: [] };
      things.set(name, found);
    }
    return found;
  };
  const apply = async (change: Change, height: number): Promise<void> => {
    switch (change.op) {
      case 'fact':
        facts.push({ table: change.table, row: change.row });
        return;
      case 'put':
        return replace(await thing(change.entity, change.row), change.row, height);
      case 'end':
        return finish(await thing(change.entity, change.key), height);
      case 'endAll': {
        for (const row of await current.all(change.entity, change.where)) await thing(change.entity, row);
        for (const each of things.values()) {
          const row = holding(each);
          if (each.entity === change.entity && row && matches(row, change.where)) finish(each, height);
        }
        return;
      }
      case 'edit': {
        const each = await thing(change.entity, change.key);
        const row = holding(each);
        if (!row) return;
        const edited = change.edit(row);
        replace(each, edited, height);
        for (const next of change.then(edited)) await apply(next, height);
      }
    }
  };
  for (const { height, changes } of blocks) for (const change of changes) await apply(change, height);
  const all = [...things.values()];
  return {
    ends: all.flatMap((t) => (t.stored && t.endedAt !== null ? [{ entity: t.entity, key: t.stored, at: t.endedAt }] : [])),
    versions: all.flatMap((t) => t.versions.map((version) => ({ entity: t.entity, version }))),
    facts,
  };
}

/** The row that holds now, or undefined. */
function holding(thing: Thing): Row | undefined {
  const last = thing.versions.at(-1);
  if (last) return last.validTo === null ? last.row : undefined;
  return thing.endedAt === null ? thing.stored : undefined;
}

function replace(thing: Thing, row: Row, height: number): void {
  const now = holding(thing);
  if (now && sameRow(now, row)) return;
  finish(thing, height);
  thing.versions.push({ row, validFrom: height, validTo: null });
}

function finish(thing: Thing, height: number): void {
  if (!holding(thing)) return;
  const last = thing.versions.at(-1);
  if (!last) thing.endedAt = height;
  else if (last.validFrom === height) thing.versions.pop(); // It never held after a block.
  else last.validTo = height;
}

function matches(row: Row, where: Row): boolean {
  return Object.entries(where).every(([column, value]) => row[column] === value);
}

/** Whether a stored row and a new one say the same; columns that the new one leaves out count as null. */
function sameRow(a: Row, b: Row): boolean {
  const columns = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...columns].every((column) => isDeepStrictEqual(plain(a[column]), plain(b[column])));
}

/** Buffers differ from Uint8Arrays and undefined from null only by name here. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : (value ?? null);
}

import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator';
import type { PgAsyncDatabase, PgAsyncTransaction } from 'drizzle-orm/pg-core/async';
import type { PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import { AssayError } from '../errors.js';
import { lockDirectory } from './lock.js';
import { relations } from './relations.js';

/** A database with our tables, whatever runs it. */
export type Db = PgAsyncDatabase<PgQueryResultHKT, typeof relations>;

/** A transaction of it. */
export type DbTransaction = PgAsyncTransaction<PgQueryResultHKT, typeof relations>;

/** Where the rows live: a directory of an embedded PGlite (`memory://` for none), or a Postgres server. */
export type DatabaseOptions = { readonly dataDir: string } | { readonly url: string };

/** An open database, migrated. */
export interface Database {
  readonly db: Db;
  readonly kind: 'pglite' | 'postgres';
  close(): Promise<void>;
}

/** Committed SQL, found from the compiled file's place in `dist/src/db/`. */
const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url));

/**
 * Opens a database and applies the committed migrations that it lacks.
 *
 * @throws AssayError DATABASE_IN_USE, DATABASE_UNREACHABLE, DATABASE_MIGRATION
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return 'url' in options ? openPostgres(options.url) : openPglite(options.dataDir);
}

async function openPglite(dataDir: string): Promise<Database> {
  const release = dataDir.startsWith('memory://') ? () => undefined : lockDirectory(dataDir);
  try {
    const client = await PGlite.create(dataDir);
    const db = drizzlePglite({ client, relations });
    await migrating(() => migratePglite(db, { migrationsFolder: MIGRATIONS }));
    const close = async () => {
      await client.close();
      release();
    };
    return { db: db as unknown as Db, kind: 'pglite', close };
  } catch (error) {
    release();
    throw error instanceof AssayError ? error : new AssayError('DATABASE_UNREACHABLE', 'the data directory cannot be opened', { facts: { dataDir }, cause: error });
  }
}

async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw new AssayError('DATABASE_UNREACHABLE', 'the Postgres server does not answer', { decision: 'retry', cause: error, hint: 'Check DATABASE_URL.' });
  }
  const db = drizzlePg({ client: pool, relations });
  try {
    await migrating(() => migratePg(db, { migrationsFolder: MIGRATIONS }));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { db: db as unknown as Db, kind: 'postgres', close: () => pool.end() };
}

async function migrating(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new AssayError('DATABASE_MIGRATION', 'a migration failed; nothing of it was kept', { cause: error, hint: 'Is the database of another program or version?' });
  }
}

// Tables, migrations and connections. PGlite by default, Postgres by URL; the SQL is the same.
export { validAt, whereValidAt } from './at.js';
export { openDatabase, type Database, type DatabaseOptions, type Db, type DbTransaction } from './open.js';
export { relations } from './relations.js';
export * as schema from './schema.js';
export type { ExecutionRow, ProgramRow } from './entities.js';

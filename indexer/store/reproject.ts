import { eq, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { AssayError } from '../../src/errors.js';
import { schema, type Db } from '../../src/db/index.js';
import { projectGenesis } from '../project/genesis.js';
import { readGenesis } from './archive.js';
import { currentRows } from './current.js';
import { ENTITIES, FACTS } from './entities.js';
import { fold } from './fold.js';
import { PROJECTION_VERSION, readCursor, type Cursor } from './store.js';
import { write } from './write.js';

/**
 * Empties every projected table and puts the cursor before the first block, in one transaction. The pipeline then finds
 * the blocks in the archive, verifies them again and needs no network for them.
 *
 * @returns the new cursor
 * @throws AssayError ARCHIVE_EMPTY when there is no genesis in the archive
 */
export async function reproject(db: Db, cursor: Cursor): Promise<Cursor> {
  const genesis = await readGenesis(db);
  if (!genesis) throw new AssayError('ARCHIVE_EMPTY', 'the archive holds no genesis', { hint: 'Index into a new database.' });
  const changes = projectGenesis(genesis);
  await db.transaction(async (tx) => {
    const tables: PgTable[] = [...Object.values(ENTITIES).map((e) => e.table), ...Object.values(FACTS)];
    for (const table of tables) await tx.execute(sql`truncate table ${table}`);
    await write(tx, await fold([{ height: 0, changes }], await currentRows(tx, changes)));
    await tx.update(schema.cursor).set({ height: cursor.initialHeight - 1, hash: null, partsTotal: null, partsHash: null, projection: PROJECTION_VERSION }).where(eq(schema.cursor.id, 1));
  });
  return (await readCursor(db))!;
}

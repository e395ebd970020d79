import { eq } from 'drizzle-orm';
import { AssayError } from '../../src/errors.js';
import { schema, type Db, type DbTransaction } from '../../src/db/index.js';
import type { BlockId } from '../../src/light/index.js';
import type { Change } from '../project/changes.js';
import type { AppState } from '../project/genesis.js';
import { keepGenesis, type Packed } from './archive.js';
import { currentRows } from './current.js';
import { fold } from './fold.js';
import { write } from './write.js';

/** Version of the projection. Raise it when `project` gives other rows: they are then made anew from the archive. */
export const PROJECTION_VERSION = 1;

/** How far the index is, as its own tables say. */
export interface Cursor {
  readonly chainId: string;
  readonly genesisHash: Uint8Array;
  readonly initialHeight: number;
  /** Last height in the index; initial height - 1 when there is only genesis. */
  readonly height: number;
  /** Its block id, undefined when there is only genesis. */
  readonly blockId: BlockId | undefined;
  readonly projection: number;
}

/** One projected block on its way into the tables. */
export interface StoredBlock {
  readonly height: number;
  readonly blockId: BlockId;
  readonly changes: readonly Change[];
  /** Its answers for the archive; undefined when they are there already. */
  readonly packed: Packed | undefined;
}

const { cursor, archive, tip } = schema;

/** The cursor, or undefined when nothing is indexed. */
export async function readCursor(db: Db | DbTransaction): Promise<Cursor | undefined> {
  const [row] = await db.select().from(cursor).where(eq(cursor.id, 1));
  if (!row) return undefined;
  const blockId = row.hash && row.partsHash ? { hash: row.hash, parts: { total: row.partsTotal ?? 0, hash: row.partsHash } } : undefined;
  return { chainId: row.chainId, genesisHash: row.genesisHash, initialHeight: row.initialHeight, height: row.height, blockId, projection: row.projection };
}

/** Begins the index of a chain: genesis rows, genesis archive and cursor in one transaction. */
export async function storeGenesis(db: Db, genesis: { chainId: string; genesisHash: Uint8Array; initialHeight: number; state: AppState }, changes: readonly Change[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(cursor).values({
      id: 1, chainId: genesis.chainId, genesisHash: Buffer.from(genesis.genesisHash), initialHeight: genesis.initialHeight,
      height: genesis.initialHeight - 1, projection: PROJECTION_VERSION,
    });
    await keepGenesis(tx, genesis.state);
    await write(tx, await fold([{ height: 0, changes }], await currentRows(tx, changes)));
  });
}

/**
 * Writes a batch of consecutive blocks and moves the cursor, in one transaction: after a crash either all of it is
 * there or nothing, and a height can neither be lost nor written twice.
 *
 * @returns rows written
 * @throws AssayError CURSOR_MOVED when another process wrote meanwhile
 */
export async function storeBlocks(db: Db, batch: readonly StoredBlock[]): Promise<number> {
  const [first, last] = [batch[0], batch.at(-1)];
  if (!first || !last) return 0;
  return db.transaction(async (tx) => {
    // Takes the row's lock, so that two indexers of one database wait for each other instead of mixing.
    const [held] = await tx.select({ height: cursor.height }).from(cursor).where(eq(cursor.id, 1)).for('update');
    if (held?.height !== first.height - 1) {
      throw new AssayError('CURSOR_MOVED', `expected the index to stand at height ${first.height - 1}, found ${held?.height ?? 'nothing'}`, {
        hint: 'Another indexer writes to this database; run one.',
      });
    }
    const rows = await write(tx, await fold(batch, await currentRows(tx, batch.flatMap((b) => b.changes))));
    const packed = batch.flatMap((b) => (b.packed ? [{ height: b.height, ...b.packed }] : []));
    if (packed.length > 0) await tx.insert(archive).values(packed);
    await tx.update(cursor).set({
      height: last.height,
      hash: Buffer.from(last.blockId.hash),
      partsTotal: last.blockId.parts.total,
      partsHash: Buffer.from(last.blockId.parts.hash),
    }).where(eq(cursor.id, 1));
    return rows;
  });
}

/** Notes what the endpoints say the chain's height is. */
export async function storeTip(db: Db, height: number): Promise<void> {
  const row = { height, seenAt: new Date() };
  await db.insert(tip).values({ id: 1, ...row }).onConflictDoUpdate({ target: tip.id, set: row });
}

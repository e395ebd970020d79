import { eq } from 'drizzle-orm';
import { schema, type Db } from '../src/db/index.js';
import { notIndexed } from './errors.js';

/** What every resolver gets. A request sees the world after exactly one block. */
export interface Context {
  readonly db: Db;
  /** The index as it stood when the request came. */
  readonly index: IndexState;
  /** The block whose world this request sees: the newest, or what its `at` arguments say. Set before execution. */
  height: number;
}

/** Where the index stands. */
export interface IndexState {
  readonly chainId: string;
  readonly initialHeight: number;
  /** Last height in the tables; every block up to it was verified. */
  readonly head: number;
}

/**
 * The index as it stands now. Rows of later blocks are invisible to a request that holds this: entities say from and to
 * which height they hold, facts say theirs. So a request is a snapshot without a database transaction, on any database.
 *
 * @throws AssayError NOTHING_INDEXED
 */
export async function readIndex(db: Db): Promise<IndexState> {
  const [row] = await db.select({ chainId: schema.cursor.chainId, initialHeight: schema.cursor.initialHeight, head: schema.cursor.height }).from(schema.cursor).where(eq(schema.cursor.id, 1));
  if (!row) throw notIndexed();
  return row;
}

import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { CometClient, Genesis } from '../src/comet/index.js';
import { schema, type Db } from '../src/db/index.js';
import { AssayError, hasCode } from '../src/errors.js';
import type { Cursor } from './store/store.js';

/** Names a chain's beginning: SHA-256 over chain id, initial height and the application's state as JSON. */
export function genesisHash(genesis: Genesis): Uint8Array {
  return createHash('sha256').update(JSON.stringify([genesis.chainId, genesis.initialHeight, genesis.appState])).digest();
}

/**
 * Checks that an endpoint still tells the chain that the index holds: same id, same genesis, and the block at the
 * index's height (or at the endpoint's, when it is behind) is the same block.
 *
 * @throws AssayError CHAIN_ID_MISMATCH, CHAIN_RESTARTED (decision `peer`, endpoint among the facts)
 */
export async function checkContinuity(client: CometClient, db: Db, cursor: Cursor, signal: AbortSignal): Promise<void> {
  const status = await client.status(signal);
  sameChain(cursor.chainId, status.chainId, status.endpoint);
  const genesis = Buffer.from(genesisHash(await client.genesis(signal))).toString('hex');
  const expected = Buffer.from(cursor.genesisHash).toString('hex');
  if (genesis !== expected) throw restarted(0, expected, genesis, status.endpoint);
  await checkBlock(client, db, Math.min(cursor.height, status.latestHeight), signal);
}

/** Checks that the endpoint's block at an indexed height is the index's. A pruned one proves nothing and passes. */
export async function checkBlock(client: CometClient, db: Db, height: number, signal: AbortSignal): Promise<void> {
  const [own] = await db.select({ hash: schema.blocks.hash }).from(schema.blocks).where(eq(schema.blocks.height, height));
  if (!own) return;
  try {
    const block = await client.block(height, signal);
    const [expected, found] = [own.hash.toString('hex'), Buffer.from(block.blockId.hash).toString('hex')];
    if (expected !== found) throw restarted(height, expected, found, block.endpoint);
  } catch (error) {
    if (!hasCode(error, 'RPC_NOT_AVAILABLE')) throw error;
  }
}

/** @throws AssayError CHAIN_ID_MISMATCH */
export function sameChain(expected: string, found: string, endpoint: string): void {
  if (expected === found) return;
  throw new AssayError('CHAIN_ID_MISMATCH', 'the endpoint serves another chain', {
    decision: 'peer', facts: { expected, found, endpoint }, hint: 'Check the RPC URL; an index belongs to one chain.',
  });
}

function restarted(height: number, expected: string, found: string, endpoint: string): AssayError {
  return new AssayError('CHAIN_RESTARTED', 'the endpoint tells another past than the index holds', {
    decision: 'peer', facts: { height, expected, found, endpoint }, hint: 'If the chain began anew, use a new database.',
  });
}

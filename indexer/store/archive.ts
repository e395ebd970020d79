import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { asc, eq, gte } from 'drizzle-orm';
import { decodeBlock, decodeBlockResults, type FetchedBlock } from '../../src/comet/index.js';
import { schema, type Db, type DbTransaction } from '../../src/db/index.js';
import type { AppState } from '../project/genesis.js';
import { NO_WITNESS, type Witness } from '../witness.js';

const [zip, unzip] = [promisify(gzip), promisify(gunzip)];
const { archive, genesisArchive } = schema;

/** A block's answers, packed for the archive. */
export interface Packed {
  readonly block: Buffer;
  readonly results: Buffer;
  readonly witness: Buffer | null;
}

/** Packs answers outside the transaction: compressing takes longer than writing. */
export async function pack(raw: { block: string; results: string }, witness: Witness): Promise<Packed> {
  const [block, results] = await Promise.all([zip(raw.block), zip(raw.results)]);
  return { block, results, witness: Object.keys(witness.proposals).length > 0 ? await zip(JSON.stringify(witness)) : null };
}

/** Keeps genesis as projected. */
export async function keepGenesis(tx: DbTransaction, state: AppState): Promise<void> {
  await tx.insert(genesisArchive).values({ id: 1, document: await zip(JSON.stringify(state)) });
}

/** Genesis as kept. */
export async function readGenesis(db: Db): Promise<AppState | undefined> {
  const [row] = await db.select().from(genesisArchive).where(eq(genesisArchive.id, 1));
  return row && (JSON.parse((await unzip(row.document)).toString('utf8')) as AppState);
}

/**
 * Archived blocks from `from` on, in order, a page at a time, in the form in which a node told them: they pass the same
 * verification again, so a damaged archive is noticed.
 */
export async function* readArchive(db: Db, from: number, page = 50): AsyncGenerator<FetchedBlock & { witness: Witness }> {
  for (let next = from; ; ) {
    const rows = await db.select().from(archive).where(gte(archive.height, next)).orderBy(asc(archive.height)).limit(page);
    for (const row of rows) {
      if (row.height !== next) return; // A gap: the network tells the rest.
      const raw = { block: (await unzip(row.block)).toString('utf8'), results: (await unzip(row.results)).toString('utf8') };
      yield {
        height: row.height,
        block: decodeBlock(JSON.parse(raw.block)),
        results: decodeBlockResults(JSON.parse(raw.results)),
        raw,
        endpoint: ARCHIVE,
        witness: row.witness ? (JSON.parse((await unzip(row.witness)).toString('utf8')) as Witness) : NO_WITNESS,
      };
      next++;
    }
    if (rows.length < page) return;
  }
}

/** Stands for an endpoint in blocks that come from the archive. */
export const ARCHIVE = 'archive';

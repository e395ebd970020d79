import { integer, snakeCase, text, timestamp } from 'drizzle-orm/pg-core';
import { digest, height } from './columns.js';

/** How far the projection is. One row; written in the transaction that writes the rows it speaks of. */
export const cursor = snakeCase.table('cursor', {
  /** Always 1. */
  id: integer().primaryKey(),
  chainId: text().notNull(),
  /** SHA-256 of the genesis document's projection input; another one is another chain. */
  genesisHash: digest().notNull(),
  initialHeight: height().notNull(),
  /** Last projected and verified height; initial height - 1 when only genesis is in. */
  height: height().notNull(),
  /** Block id of that height, hash and parts; null when only genesis is in. */
  hash: digest(),
  partsTotal: integer(),
  partsHash: digest(),
  /** Version of the projection that wrote the rows; another one is projected anew from the archive. */
  projection: integer().notNull(),
});

/** What the endpoints say the chain's height is. One row, unverified, written apart from the cursor. */
export const tip = snakeCase.table('tip', {
  /** Always 1. */
  id: integer().primaryKey(),
  height: height().notNull(),
  seenAt: timestamp({ withTimezone: true, precision: 3, mode: 'date' }).notNull(),
});

/** Answers of the node as told, verified before they came here: re-projection needs no network. Gzip of JSON. */
export const archive = snakeCase.table('archive', {
  height: height().primaryKey(),
  block: digest().notNull(),
  results: digest().notNull(),
  /** Values of provable stores read along with the block, or null. */
  witness: digest(),
});

/** Genesis as projected (the modules' states, gzip of JSON). One row. */
export const genesisArchive = snakeCase.table('genesis_archive', {
  /** Always 1. */
  id: integer().primaryKey(),
  document: digest().notNull(),
});

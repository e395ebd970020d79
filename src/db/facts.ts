import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, primaryKey, snakeCase, text, timestamp } from 'drizzle-orm/pg-core';
import { address, amount, digest, height, sequence, uint32 } from './columns.js';

// Facts: rows that a block adds and nothing ever changes. `position` numbers what one block added, from 0.

/** A verified block: its header's hash is its id, its transactions are the header's. */
export const blocks = snakeCase.table('blocks', {
  height: height().primaryKey(),
  hash: digest().notNull(),
  time: timestamp({ withTimezone: true, precision: 6, mode: 'date' }).notNull(),
  proposer: digest().notNull(),
  txCount: integer().notNull(),
  eventCount: integer().notNull(),
  dataHash: digest().notNull(),
  /** State after this block, from the next header. */
  appHash: digest().notNull(),
  /** Results of this block, from the next header. */
  resultsHash: digest().notNull(),
});

/** A transaction as executed. Log and codespace are the node's word: no header commits to them. */
export const transactions = snakeCase.table('transactions', {
  height: height().notNull(),
  index: integer().notNull(),
  hash: digest().notNull(),
  code: uint32().notNull(),
  codespace: text().notNull(),
  log: text().notNull(),
  gasWanted: sequence().notNull(),
  gasUsed: sequence().notNull(),
  fee: jsonb().$type<readonly { denom: string; amount: string }[]>().notNull(),
  memo: text().notNull(),
  /** False when the bytes are no cosmos transaction: then it has no messages. */
  decoded: boolean().notNull(),
}, (t) => [primaryKey({ columns: [t.height, t.index] }), index().on(t.hash)]);

/**
 * A message, also inside authz MsgExec and governance proposals. `path` is its place: `0` the first of the transaction,
 * `0.2` the third inside it. A type that the codec does not know keeps its bytes in `raw`.
 */
export const messages = snakeCase.table('messages', {
  height: height().notNull(),
  txIndex: integer().notNull(),
  path: text().notNull(),
  typeUrl: text().notNull(),
  /** Whether it ran in this transaction: false for a failed one, and for messages of a proposal. */
  executed: boolean().notNull(),
  value: jsonb().$type<unknown>(),
  raw: digest(),
  /** Bytes of its Msg response; committed to by the next header. */
  response: digest(),
}, (t) => [primaryKey({ columns: [t.height, t.txIndex, t.path] }), index().on(t.typeUrl, t.height)]);

/** An ABCI event as told. No header commits to events; the state they speak of is provable. */
export const events = snakeCase.table('events', {
  height: height().notNull(),
  position: integer().notNull(),
  /** Null for events of the block itself. */
  txIndex: integer(),
  msgIndex: integer(),
  type: text().notNull(),
  attributes: jsonb().$type<readonly { key: string; value: string }[]>().notNull(),
}, (t) => [primaryKey({ columns: [t.height, t.position] }), index().on(t.type, t.height)]);

/** One movement of money out of a job's escrow. */
export const payments = snakeCase.table('payments', {
  height: height().notNull(),
  position: integer().notNull(),
  jobId: sequence().notNull(),
  recipient: text().notNull(),
  amount: amount().notNull(),
  purpose: text().notNull(),
}, (t) => [primaryKey({ columns: [t.height, t.position] }), index().on(t.jobId), index().on(t.recipient, t.height)]);

/** A tensor that a requester supplied. */
export const jobInputs = snakeCase.table('job_inputs', {
  jobId: sequence().notNull(),
  index: integer().notNull(),
  height: height().notNull(),
  dataRoot: digest().notNull(),
  uris: jsonb().$type<readonly string[]>().notNull(),
  datasetId: sequence(),
  path: text(),
}, (t) => [primaryKey({ columns: [t.jobId, t.index] })]);

/** What the referee said of a revealed proof. */
export const judgements = snakeCase.table('judgements', {
  height: height().notNull(),
  position: integer().notNull(),
  jobId: sequence().notNull(),
  commitmentId: sequence().notNull(),
  prover: address().notNull(),
  convicted: boolean().notNull(),
  code: text(),
  message: text(),
  explanation: jsonb().$type<unknown>(),
  proofHash: digest(),
}, (t) => [primaryKey({ columns: [t.height, t.position] }), index().on(t.jobId)]);

/** The reward of a conviction. */
export const rewards = snakeCase.table('rewards', {
  height: height().notNull(),
  position: integer().notNull(),
  jobId: sequence().notNull(),
  commitmentId: sequence().notNull(),
  prover: address().notNull(),
  amount: amount().notNull(),
}, (t) => [primaryKey({ columns: [t.height, t.position] }), index().on(t.jobId)]);

/** Recorded public randomness. */
export const beaconRounds = snakeCase.table('beacon_rounds', {
  round: sequence().primaryKey(),
  height: height().notNull(),
  randomness: digest().notNull(),
  signature: digest().notNull(),
  poster: address().notNull(),
});

/** A poster was paid for a round, out of a job's pool share. */
export const relayPayments = snakeCase.table('relay_payments', {
  height: height().notNull(),
  position: integer().notNull(),
  round: sequence().notNull(),
  jobId: sequence().notNull(),
  poster: address().notNull(),
  amount: amount().notNull(),
}, (t) => [primaryKey({ columns: [t.height, t.position] }), index().on(t.round)]);

/** A deposit on a proposal, as its event tells it. */
export const deposits = snakeCase.table('deposits', {
  height: height().notNull(),
  position: integer().notNull(),
  proposalId: sequence().notNull(),
  depositor: address().notNull(),
  amount: text().notNull(),
}, (t) => [primaryKey({ columns: [t.height, t.position] }), index().on(t.proposalId)]);

/**
 * An edge of the provenance graph, from what something came from to what came of it. Keys name things:
 * `artifact:3`, `job:7`, `input:7/0`, `output:7`.
 */
export const lineageEdges = snakeCase.table('lineage_edges', {
  source: text().notNull(),
  target: text().notNull(),
  role: text().notNull(),
  height: height().notNull(),
  /** Set by the chain; null where it follows from the job's state (a result is JUDGED once its job is FINAL). */
  evidence: text(),
  /** File in a manifest that matched, or ''. */
  path: text().notNull().default(sql`''`),
}, (t) => [primaryKey({ columns: [t.source, t.target, t.role, t.path] }), index().on(t.target)]);

import { schema } from '../../src/db/index.js';

/** The versioned tables and what identifies a thing in each. */
export const ENTITIES = {
  jobs: { table: schema.jobs, key: ['id'] },
  duties: { table: schema.duties, key: ['jobId', 'operator'] },
  disputes: { table: schema.disputes, key: ['jobId'] },
  demands: { table: schema.demands, key: ['id'] },
  faultCommitments: { table: schema.faultCommitments, key: ['id'] },
  artifacts: { table: schema.artifacts, key: ['id'] },
  policies: { table: schema.policies, key: ['digest'] },
  workers: { table: schema.workers, key: ['address'] },
  verifiers: { table: schema.verifiers, key: ['operator'] },
  snapshots: { table: schema.snapshots, key: ['number'] },
  params: { table: schema.params, key: ['module'] },
  proposals: { table: schema.proposals, key: ['id'] },
  votes: { table: schema.votes, key: ['proposalId', 'voter'] },
} as const;

/** Name of a versioned table. */
export type EntityName = keyof typeof ENTITIES;

/** A version of an entity without its life. */
export type EntityRow<E extends EntityName> = Omit<(typeof ENTITIES)[E]['table']['$inferInsert'], 'validFrom' | 'validTo'>;

/** The tables of facts. */
export const FACTS = {
  blocks: schema.blocks,
  transactions: schema.transactions,
  messages: schema.messages,
  events: schema.events,
  payments: schema.payments,
  jobInputs: schema.jobInputs,
  judgements: schema.judgements,
  rewards: schema.rewards,
  beaconRounds: schema.beaconRounds,
  relayPayments: schema.relayPayments,
  deposits: schema.deposits,
  lineageEdges: schema.lineageEdges,
} as const;

/** Name of a table of facts. */
export type FactName = keyof typeof FACTS;

/** A fact as inserted. */
export type FactRow<F extends FactName> = (typeof FACTS)[F]['$inferInsert'];

/** A row whose table is known only at run time. */
export type Row = Readonly<Record<string, unknown>>;

/** Text that names one thing of an entity; equal for equal keys, whatever the columns' types. */
export function keyOf(entity: EntityName, row: Row): string {
  return ENTITIES[entity].key.map((column) => keyPart(row[column])).join('\u0000');
}

function keyPart(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'number') return String(value);
  throw new TypeError(`a key column holds ${typeof value}`);
}

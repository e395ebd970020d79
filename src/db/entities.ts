import { isNull } from 'drizzle-orm';
import { boolean, index, jsonb, primaryKey, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { address, amount, digest, height, sequence, uint32, uint64, versioned } from './columns.js';

// Entities: one row for each version of a thing, see `versioned`; the unique index says that one version at most is current.
// Absent heights, addresses and roots are null.

/** What the chain keeps of a program. Counts are uint64, written as decimal strings in JSON. */
export interface ProgramRow {
  root: string; inputs: number; weights: number; values: number; nodes: number; outputs: number;
  macs: string; exponentials: string; elementsRead: string; inputBytes: string; weightBytes: string;
  outputBytes: string; traceBytes: string; depth: number; worstProof: string; quantised: boolean;
}

/** What a worker says it ran. */
export interface ExecutionRow {
  profile: string; runtime: string; version: string; libraryHash: string; instructionSet: string; threads: number;
}

export const jobs = snakeCase.table('jobs', {
  id: sequence().notNull(),
  ...versioned,
  cause: text().notNull(),
  requester: address().notNull(),
  artifactId: sequence().notNull(),
  artifactDigest: digest().notNull(),
  program: jsonb().$type<ProgramRow>().notNull(),
  weightsRoot: digest().notNull(),
  inputRoot: digest().notNull(),
  fee: amount().notNull(),
  profile: text().notNull(),
  toleranceAbs: text().notNull(),
  toleranceRel: text().notNull(),
  eager: boolean().notNull(),
  state: text().notNull(),
  reason: text(),
  submitHeight: height().notNull(),
  deadline: height(),
  worker: address(),
  bond: amount().notNull(),
  deposit: amount().notNull(),
  claimHeight: height(),
  paramsVersion: uint64(),
  disputeParamsVersion: uint64(),
  refereeVersion: uint32(),
  snapshotEpoch: uint64(),
  lambdaPpm: uint64(),
  outputRoot: digest(),
  outputDataRoots: jsonb().$type<readonly string[]>().notNull(),
  traceRoot: digest(),
  commitment: digest(),
  execution: jsonb().$type<ExecutionRow>(),
  commitHeight: height(),
  beaconRound: sequence(),
  beaconTries: uint32().notNull(),
  drawnHeight: height(),
  ready: height(),
  duties: uint32().notNull(),
  fulfilled: uint32().notNull(),
  endHeight: height(),
}, (t) => [
  primaryKey({ columns: [t.id, t.validFrom] }), uniqueIndex().on(t.id).where(isNull(t.validTo)),
  index('jobs_current_state').on(t.state, t.id).where(isNull(t.validTo)),
  index('jobs_requester').on(t.requester, t.id),
  index('jobs_worker').on(t.worker, t.id),
  index('jobs_artifact').on(t.artifactId, t.id),
]);

export const duties = snakeCase.table('duties', {
  jobId: sequence().notNull(),
  operator: address().notNull(),
  ...versioned,
  rank: uint32().notNull(),
  verdict: text(),
  attestedHeight: height(),
}, (t) => [primaryKey({ columns: [t.jobId, t.operator, t.validFrom] }), uniqueIndex().on(t.jobId, t.operator).where(isNull(t.validTo)), index('duties_operator').on(t.operator, t.jobId)]);

export const disputes = snakeCase.table('disputes', {
  jobId: sequence().notNull(),
  ...versioned,
  cause: text().notNull(),
  phase: text().notNull(),
  challenger: address(),
  drawn: boolean().notNull(),
  joined: jsonb().$type<readonly string[]>().notNull(),
  fee: amount().notNull(),
  openedHeight: height(),
  worker: address().notNull(),
  traceClockRunning: boolean().notNull(),
  traceDeadline: height(),
  traceRoot: digest(),
  publishedHeight: height(),
  proveDeadline: height(),
  proveLeft: uint64().notNull(),
  demandCount: uint64().notNull(),
  openDemands: uint64().notNull(),
  liveCommitments: uint64().notNull(),
  reason: text(),
  prover: address(),
  explanation: jsonb().$type<unknown>(),
  proofHash: digest(),
  proofHeight: height(),
  proofSize: uint64(),
  endHeight: height(),
}, (t) => [primaryKey({ columns: [t.jobId, t.validFrom] }), uniqueIndex().on(t.jobId).where(isNull(t.validTo)), index('disputes_current_phase').on(t.phase).where(isNull(t.validTo))]);

export const demands = snakeCase.table('demands', {
  id: sequence().notNull(),
  ...versioned,
  jobId: sequence().notNull(),
  sender: address().notNull(),
  drawn: boolean().notNull(),
  tensors: jsonb().$type<readonly unknown[]>().notNull(),
  bytes: uint64().notNull(),
  serveFee: amount().notNull(),
  demandFee: amount().notNull(),
  state: text().notNull(),
  height: height().notNull(),
  deadline: height(),
  servedBy: address(),
  servedHeight: height(),
}, (t) => [primaryKey({ columns: [t.id, t.validFrom] }), uniqueIndex().on(t.id).where(isNull(t.validTo)), index('demands_job').on(t.jobId)]);

export const faultCommitments = snakeCase.table('fault_commitments', {
  id: sequence().notNull(),
  ...versioned,
  jobId: sequence().notNull(),
  sender: address().notNull(),
  hash: digest().notNull(),
  height: height().notNull(),
  deadline: height().notNull(),
  bond: amount().notNull(),
  state: text().notNull(),
  fromDeposit: boolean().notNull(),
}, (t) => [primaryKey({ columns: [t.id, t.validFrom] }), uniqueIndex().on(t.id).where(isNull(t.validTo)), index('fault_commitments_job').on(t.jobId)]);

export const artifacts = snakeCase.table('artifacts', {
  id: sequence().notNull(),
  ...versioned,
  kind: text().notNull(),
  digest: digest().notNull(),
  publisher: address().notNull(),
  name: text().notNull(),
  licence: text().notNull(),
  sourceDigest: digest(),
  uris: jsonb().$type<readonly string[]>().notNull(),
  program: jsonb().$type<ProgramRow>(),
  weightsRoot: digest(),
  toleranceAbs: text().notNull(),
  toleranceRel: text().notNull(),
  manifestRoot: digest(),
  entries: uint64().notNull(),
  status: text().notNull(),
  statusReason: text(),
  height: height().notNull(),
}, (t) => [primaryKey({ columns: [t.id, t.validFrom] }), uniqueIndex().on(t.id).where(isNull(t.validTo)), index('artifacts_digest').on(t.digest), index('artifacts_current_kind').on(t.kind, t.id).where(isNull(t.validTo))]);

export const policies = snakeCase.table('policies', {
  digest: digest().notNull(),
  ...versioned,
  status: text().notNull(),
  lambdaPpm: uint64().notNull(),
  toleranceAbs: text(),
  toleranceRel: text(),
  reason: text().notNull(),
}, (t) => [primaryKey({ columns: [t.digest, t.validFrom] }), uniqueIndex().on(t.digest).where(isNull(t.validTo))]);

export const workers = snakeCase.table('workers', {
  address: address().notNull(),
  ...versioned,
  endpoint: text().notNull(),
  owner: address(),
  height: height().notNull(),
  activeJobs: uint64().notNull(),
}, (t) => [primaryKey({ columns: [t.address, t.validFrom] }), uniqueIndex().on(t.address).where(isNull(t.validTo))]);

export const verifiers = snakeCase.table('verifiers', {
  operator: address().notNull(),
  ...versioned,
  cause: text().notNull(),
  deposit: amount().notNull(),
  owner: address(),
  height: height().notNull(),
  leaving: boolean().notNull(),
  leaveJob: uint64().notNull(),
  dutyCount: uint64().notNull(),
  attested: uint64().notNull(),
}, (t) => [primaryKey({ columns: [t.operator, t.validFrom] }), uniqueIndex().on(t.operator).where(isNull(t.validTo))]);

export const snapshots = snakeCase.table('snapshots', {
  number: sequence().notNull(),
  ...versioned,
  height: height().notNull(),
  totalPower: uint64().notNull(),
  entries: jsonb().$type<readonly { operator: string; power: string; owner: string }[]>().notNull(),
}, (t) => [primaryKey({ columns: [t.number, t.validFrom] }), uniqueIndex().on(t.number).where(isNull(t.validTo))]);

/** The parameters of one module, as its JSON codec writes them. */
export const params = snakeCase.table('params', {
  module: text().notNull(),
  ...versioned,
  version: uint64(),
  value: jsonb().$type<{ readonly [key: string]: unknown }>().notNull(),
  /** The proposal that set them; null at genesis. */
  proposalId: sequence(),
}, (t) => [primaryKey({ columns: [t.module, t.validFrom] }), uniqueIndex().on(t.module).where(isNull(t.validTo)), index('params_proposal').on(t.proposalId)]);

export const proposals = snakeCase.table('proposals', {
  id: sequence().notNull(),
  ...versioned,
  proposer: address().notNull(),
  title: text().notNull(),
  summary: text().notNull(),
  metadata: text().notNull(),
  expedited: boolean().notNull(),
  messages: jsonb().$type<readonly { typeUrl: string; value: unknown }[]>().notNull(),
  status: text().notNull(),
  submitHeight: height().notNull(),
  votingStartHeight: height(),
  endHeight: height(),
  log: text(),
  /** The chain's own tally by stake, read from its state when voting ended; null before, or if no node could tell. */
  tally: jsonb().$type<{ yes: string; no: string; abstain: string; noWithVeto: string }>(),
}, (t) => [primaryKey({ columns: [t.id, t.validFrom] }), uniqueIndex().on(t.id).where(isNull(t.validTo)), index('proposals_current_status').on(t.status, t.id).where(isNull(t.validTo))]);

/** A voter's vote. A later one replaces it; an expedited proposal that turns regular erases it. The chain deletes votes at the tally, we do not. */
export const votes = snakeCase.table('votes', {
  proposalId: sequence().notNull(),
  voter: address().notNull(),
  ...versioned,
  options: jsonb().$type<readonly { option: string; weight: string }[]>().notNull(),
}, (t) => [primaryKey({ columns: [t.proposalId, t.voter, t.validFrom] }), uniqueIndex().on(t.proposalId, t.voter).where(isNull(t.validTo))]);

import { and } from 'drizzle-orm';
import { schema, validAt, whereValidAt } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { VerdictEnum } from '../enums.js';
import { BigIntFilter, conditions, enumFilter, StringFilter } from '../filters.js';
import { globalId } from '../id.js';
import { AT, NEWEST, NEWEST_COST, Node } from './common.js';

export const Worker = builder.drizzleObject('workers', {
  name: 'Worker',
  description: 'Runs jobs and serves their tensors.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (w) => globalId('Worker', w.address) }),
    address: t.exposeString('address', { description: 'Its account.' }),
    endpoint: t.exposeString('endpoint', { description: 'Where it serves tensors, roots and programs.' }),
    owner: t.exposeString('owner', { nullable: true, description: 'The operator behind it, as it declares.' }),
    height: t.exposeInt('height', { description: 'When it registered.' }),
    activeJobs: t.expose('activeJobs', { type: 'BigInt', description: 'Jobs claimed and not ended.' }),
    jobs: t.relation('jobs', { complexity: NEWEST_COST, description: 'Its newest jobs.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { id: 'desc' }, limit: NEWEST }) }),
  }),
});

export const Verifier = builder.drizzleObject('verifiers', {
  name: 'Verifier',
  description: 'An operator that accepts duties.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (v) => globalId('Verifier', v.operator) }),
    operator: t.exposeString('operator', { description: 'Account of the validator’s operator.' }),
    deposit: t.expose('deposit', { type: 'BigInt', description: 'What its hot key can spend from.' }),
    owner: t.exposeString('owner', { nullable: true, description: 'The owner, as it declares.' }),
    height: t.exposeInt('height', { description: 'When it registered.' }),
    leaving: t.exposeBoolean('leaving', { description: 'Whether it is in no later snapshot.' }),
    dutyCount: t.expose('dutyCount', { type: 'BigInt', description: 'Duties drawn so far.' }),
    attested: t.expose('attested', { type: 'BigInt', description: 'Duties attested so far.' }),
    duties: t.relation('duties', { complexity: NEWEST_COST, description: 'Its newest duties.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { jobId: 'desc' }, limit: NEWEST }) }),
  }),
});

export const SnapshotEntry = builder.objectRef<{ operator: string; power: string; owner: string }>('SnapshotEntry').implement({
  description: 'One operator’s weight in a snapshot.',
  fields: (t) => ({
    operator: t.exposeString('operator', { description: 'The operator.' }),
    power: t.field({ type: 'BigInt', description: 'Its weight.', resolve: (e) => BigInt(e.power) }),
    owner: t.string({ nullable: true, description: 'The owner, as it declares.', resolve: (e) => e.owner || null }),
  }),
});

builder.drizzleObject('snapshots', {
  name: 'Snapshot',
  description: 'The set that duties are drawn from, taken at the start of an epoch.',
  fields: (t) => ({
    epoch: t.field({ type: 'BigInt', description: 'The epoch.', resolve: (s) => s.number - 1n }),
    height: t.exposeInt('height', { description: 'When it was taken.' }),
    totalPower: t.expose('totalPower', { type: 'BigInt', description: 'All weights together.' }),
    entries: t.field({ type: [SnapshotEntry], description: 'Its operators.', resolve: (s) => [...s.entries] }),
  }),
});

const DutyFilter = builder.inputType('DutyFilter', {
  description: 'Which duties. All given conditions must hold.',
  fields: (t) => ({
    operator: t.field({ type: StringFilter, description: 'The verifier.' }),
    jobId: t.field({ type: BigIntFilter, description: 'The job.' }),
    verdict: t.field({ type: enumFilter('VerdictFilter', VerdictEnum), description: 'Its verdict.' }),
  }),
});
const dutyConditions = (table: typeof schema.duties, f: typeof DutyFilter.$inferInput | null | undefined, height: number) =>
  and(whereValidAt(table, height), conditions([[f?.operator, table.operator], [f?.jobId, table.jobId], [f?.verdict, table.verdict]]))!;

builder.queryFields((t) => ({
  worker: t.drizzleField({
    type: 'workers', nullable: true, description: 'One worker.',
    args: { address: t.arg.string({ required: true, description: 'Its account.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.workers.findFirst(query({ where: { address: args.address, ...validAt(ctx.height) } })),
  }),
  workers: t.drizzleConnection({
    type: 'workers', description: 'Workers, by address.',
    args: { at: t.arg.int({ description: AT }) },
    totalCount: (_, __, ctx) => ctx.db.$count(schema.workers, whereValidAt(schema.workers, ctx.height)),
    resolve: (query, _, __, ctx) => ctx.db.query.workers.findMany(query({ where: validAt(ctx.height), orderBy: { address: 'asc' } })),
  }, { name: 'WorkerConnection', description: 'A page of workers.' }, { name: 'WorkerEdge', description: 'A worker of a page.' }),
  verifier: t.drizzleField({
    type: 'verifiers', nullable: true, description: 'One verifier.',
    args: { operator: t.arg.string({ required: true, description: 'Account of the operator.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.verifiers.findFirst(query({ where: { operator: args.operator, ...validAt(ctx.height) } })),
  }),
  verifiers: t.drizzleConnection({
    type: 'verifiers', description: 'Verifiers, by operator.',
    args: { at: t.arg.int({ description: AT }) },
    totalCount: (_, __, ctx) => ctx.db.$count(schema.verifiers, whereValidAt(schema.verifiers, ctx.height)),
    resolve: (query, _, __, ctx) => ctx.db.query.verifiers.findMany(query({ where: validAt(ctx.height), orderBy: { operator: 'asc' } })),
  }, { name: 'VerifierConnection', description: 'A page of verifiers.' }, { name: 'VerifierEdge', description: 'A verifier of a page.' }),
  snapshots: t.drizzleConnection({
    type: 'snapshots', description: 'Verifier snapshots that the chain keeps, newest first.',
    args: { at: t.arg.int({ description: AT }) },
    resolve: (query, _, __, ctx) => ctx.db.query.snapshots.findMany(query({ where: validAt(ctx.height), orderBy: { number: 'desc' } })),
  }, { name: 'SnapshotConnection', description: 'A page of snapshots.' }, { name: 'SnapshotEdge', description: 'A snapshot of a page.' }),
  duties: t.drizzleConnection({
    type: 'duties', description: 'Duties, newest job first.',
    args: { filter: t.arg({ type: DutyFilter, description: 'Which ones; default all.' }), at: t.arg.int({ description: AT }) },
    totalCount: (_, args, ctx) => ctx.db.$count(schema.duties, dutyConditions(schema.duties, args.filter, ctx.height)),
    resolve: (query, _, args, ctx) =>
      ctx.db.query.duties.findMany(query({ where: { RAW: (table) => dutyConditions(table, args.filter, ctx.height) }, orderBy: { jobId: 'desc', operator: 'asc' } })),
  }, { name: 'DutyConnection', description: 'A page of duties.' }, { name: 'DutyEdge', description: 'A duty of a page.' }),
}));

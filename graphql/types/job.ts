import { and, asc, count, eq, lte } from 'drizzle-orm';
import { schema, validAt, whereValidAt } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { EndReasonEnum, JobStateEnum, VerdictEnum } from '../enums.js';
import { BigIntFilter, conditions, enumFilter, IntFilter, StringFilter } from '../filters.js';
import { globalId } from '../id.js';
import { orderBy, orderEnum } from '../order.js';
import { AT, Execution, LIST_LIMIT, Node, Program, Tolerance } from './common.js';

export const Job = builder.drizzleObject('jobs', {
  name: 'Job',
  description: 'One execution of a program on committed inputs, for a fee in escrow.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (j) => globalId('Job', j.id) }),
    jobId: t.expose('id', { type: 'BigInt', description: 'The chain’s number of the job, from 1.' }),
    state: t.field({ type: JobStateEnum, description: 'Where it stands.', resolve: (j) => j.state }),
    reason: t.field({ type: EndReasonEnum, nullable: true, description: 'Why it ended other than FINAL.', resolve: (j) => j.reason }),
    cause: t.exposeString('cause', { description: 'What changed it last, for example drawn.' }),
    requester: t.exposeString('requester', { description: 'Who pays.' }),
    worker: t.exposeString('worker', { nullable: true, description: 'Who claimed it.' }),
    artifactId: t.expose('artifactId', { type: 'BigInt', description: 'The publication that it runs.' }),
    artifact: t.relation('artifact', { nullable: true, description: 'The publication that it runs.', query: (_, ctx) => ({ where: validAt(ctx.height) }) }),
    program: t.field({ type: Program, description: 'The program, pinned at submission.', resolve: (j) => j.program }),
    weightsRoot: t.expose('weightsRoot', { type: 'Hex', description: 'Root over the weights’ data roots.' }),
    inputRoot: t.expose('inputRoot', { type: 'Hex', description: 'Root over the inputs’ data roots.' }),
    outputRoot: t.expose('outputRoot', { type: 'Hex', nullable: true, description: 'Root over the outputs’ data roots, once committed.' }),
    outputDataRoots: t.field({ type: ['String'], description: 'Data roots of the outputs in order, hexadecimal.', resolve: (j) => [...j.outputDataRoots] }),
    traceRoot: t.expose('traceRoot', { type: 'Hex', nullable: true, description: 'Root over the data roots of every value, once known.' }),
    commitment: t.expose('commitment', { type: 'Hex', nullable: true, description: 'The worker’s commitment to all of it.' }),
    execution: t.field({ type: Execution, nullable: true, description: 'What the worker says it ran.', resolve: (j) => j.execution }),
    fee: t.expose('fee', { type: 'BigInt', description: 'Fee in escrow.' }),
    bond: t.expose('bond', { type: 'BigInt', description: 'The worker’s bond.' }),
    deposit: t.expose('deposit', { type: 'BigInt', description: 'The worker’s claim deposit.' }),
    profile: t.exposeString('profile', { description: 'Numeric contract that the worker must run under.' }),
    tolerance: t.field({ type: Tolerance, description: 'What the requester signed.', resolve: (j) => j }),
    eager: t.exposeBoolean('eager', { description: 'Whether its trace is committed with the result.' }),
    paramsVersion: t.expose('paramsVersion', { type: 'BigInt', nullable: true, description: 'Version of compute’s parameters, pinned at the claim.' }),
    snapshotEpoch: t.expose('snapshotEpoch', { type: 'BigInt', nullable: true, description: 'Epoch whose verifiers it draws from, pinned at the claim.' }),
    submitHeight: t.exposeInt('submitHeight', { description: 'When it was submitted.' }),
    claimHeight: t.exposeInt('claimHeight', { nullable: true, description: 'When it was claimed.' }),
    commitHeight: t.exposeInt('commitHeight', { nullable: true, description: 'When its result was committed.' }),
    drawnHeight: t.exposeInt('drawnHeight', { nullable: true, description: 'When its verifiers were drawn; the window starts there.' }),
    ready: t.exposeInt('ready', { nullable: true, description: 'FINAL is possible from this height on.' }),
    endHeight: t.exposeInt('endHeight', { nullable: true, description: 'When it ended.' }),
    deadline: t.exposeInt('deadline', { nullable: true, description: 'Last height of the current step.' }),
    beaconRound: t.expose('beaconRound', { type: 'BigInt', nullable: true, description: 'Round whose randomness draws the verifiers.' }),
    beacon: t.relation('beacon', { nullable: true, description: 'That round, once recorded.', query: (_, ctx) => ({ where: { height: { lte: ctx.height } } }) }),
    duties: t.relation('drawn', { description: 'Verifiers drawn for it, by rank.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { rank: 'asc' }, limit: LIST_LIMIT }) }),
    inputs: t.relation('inputs', { description: 'Tensors that the requester supplied.', query: { orderBy: { index: 'asc' }, limit: LIST_LIMIT } }),
    dispute: t.relation('dispute', { nullable: true, description: 'Its dispute, if any.', query: (_, ctx) => ({ where: validAt(ctx.height) }) }),
    demands: t.relation('demands', { description: 'Demands for its chunks.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { id: 'asc' }, limit: LIST_LIMIT }) }),
    commitments: t.relation('commitments', { description: 'Fault commitments against it.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { id: 'asc' }, limit: LIST_LIMIT }) }),
    judgements: t.relation('judgements', { description: 'What the referee said of proofs against it.', query: (_, ctx) => ({ where: { height: { lte: ctx.height } }, orderBy: { height: 'asc', position: 'asc' }, limit: LIST_LIMIT }) }),
    payments: t.relation('payments', { description: 'Every movement of money out of its escrow.', query: (_, ctx) => ({ where: { height: { lte: ctx.height } }, orderBy: { height: 'asc', position: 'asc' }, limit: LIST_LIMIT }) }),
    history: t.field({
      type: [JobStep],
      description: 'Its versions, oldest first.',
      resolve: (j, _, ctx) =>
        ctx.db.select({ height: schema.jobs.validFrom, state: schema.jobs.state, reason: schema.jobs.reason, cause: schema.jobs.cause })
          .from(schema.jobs).where(and(eq(schema.jobs.id, j.id), lte(schema.jobs.validFrom, ctx.height))).orderBy(asc(schema.jobs.validFrom)).limit(LIST_LIMIT),
    }),
  }),
});

export const JobStep = builder.objectRef<{ height: number; state: string; reason: string | null; cause: string }>('JobStep').implement({
  description: 'One version of a job: what held from a height on.',
  fields: (t) => ({
    height: t.exposeInt('height', { description: 'From this height on.' }),
    state: t.field({ type: JobStateEnum, description: 'Its state.', resolve: (s) => s.state }),
    reason: t.field({ type: EndReasonEnum, nullable: true, description: 'Why it ended.', resolve: (s) => s.reason }),
    cause: t.exposeString('cause', { description: 'The last thing that changed it in that block.' }),
  }),
});

builder.drizzleObject('jobInputs', {
  name: 'JobInput',
  description: 'A tensor that a requester supplied.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the inputs.' }),
    dataRoot: t.expose('dataRoot', { type: 'Hex', description: 'Root of its bytes.' }),
    uris: t.field({ type: ['String'], description: 'Where the requester serves it until the claim.', resolve: (i) => [...i.uris] }),
    datasetId: t.expose('datasetId', { type: 'BigInt', nullable: true, description: 'Dataset that it is an entry of.' }),
    path: t.exposeString('path', { nullable: true, description: 'Its path in that dataset.' }),
  }),
});

builder.drizzleObject('duties', {
  name: 'Duty',
  description: 'A verifier was drawn for a job.',
  fields: (t) => ({
    jobId: t.expose('jobId', { type: 'BigInt', description: 'The job.' }),
    operator: t.exposeString('operator', { description: 'The verifier.' }),
    rank: t.exposeInt('rank', { description: '0 has the smallest hash.' }),
    verdict: t.field({ type: VerdictEnum, nullable: true, description: 'Its verdict, once attested.', resolve: (d) => d.verdict }),
    attestedHeight: t.exposeInt('attestedHeight', { nullable: true, description: 'When it attested.' }),
    job: t.relation('job', { nullable: true, description: 'The job.', query: (_, ctx) => ({ where: validAt(ctx.height) }) }),
  }),
});

builder.drizzleObject('payments', {
  name: 'Payment',
  description: 'One movement of money out of a job’s escrow.',
  fields: (t) => ({
    jobId: t.expose('jobId', { type: 'BigInt', description: 'The job.' }),
    recipient: t.exposeString('recipient', { description: 'An address, or burn, or pool.' }),
    amount: t.expose('amount', { type: 'BigInt', description: 'How much, in the chain’s denomination.' }),
    purpose: t.exposeString('purpose', { description: 'For what: fee, bond, reward, refund, verifier, slash, dust, …' }),
    height: t.exposeInt('height', { description: 'When.' }),
  }),
});

builder.drizzleObject('beaconRounds', {
  name: 'BeaconRound',
  description: 'Recorded public randomness.',
  fields: (t) => ({
    round: t.expose('round', { type: 'BigInt', description: 'Its number.' }),
    height: t.exposeInt('height', { description: 'When it was recorded.' }),
    randomness: t.expose('randomness', { type: 'Hex', description: 'SHA-256 of the signature.' }),
    signature: t.expose('signature', { type: 'Hex', description: 'BLS signature, 48 bytes.' }),
    poster: t.exposeString('poster', { description: 'Who relayed it.' }),
  }),
});

const JobFilter = builder.inputType('JobFilter', {
  description: 'Which jobs. All given conditions must hold.',
  fields: (t) => ({
    jobId: t.field({ type: BigIntFilter, description: 'The chain’s number.' }),
    state: t.field({ type: enumFilter('JobStateFilter', JobStateEnum), description: 'Where it stands.' }),
    reason: t.field({ type: enumFilter('EndReasonFilter', EndReasonEnum), description: 'Why it ended.' }),
    requester: t.field({ type: StringFilter, description: 'Who pays.' }),
    worker: t.field({ type: StringFilter, description: 'Who claimed it.' }),
    artifactId: t.field({ type: BigIntFilter, description: 'What it runs.' }),
    fee: t.field({ type: BigIntFilter, description: 'Its fee.' }),
    submitHeight: t.field({ type: IntFilter, description: 'When it was submitted.' }),
    endHeight: t.field({ type: IntFilter, description: 'When it ended.' }),
  }),
});
const JobOrder = orderEnum('JobOrder', { ID: 'id', FEE: 'fee', SUBMIT_HEIGHT: 'submitHeight' });

type JobFilterShape = typeof JobFilter.$inferInput;

const jobConditions = (table: typeof schema.jobs, f: JobFilterShape | null | undefined, height: number) =>
  and(
    whereValidAt(table, height),
    conditions([
      [f?.jobId, table.id], [f?.state, table.state], [f?.reason, table.reason], [f?.requester, table.requester], [f?.worker, table.worker],
      [f?.artifactId, table.artifactId], [f?.fee, table.fee], [f?.submitHeight, table.submitHeight], [f?.endHeight, table.endHeight],
    ]),
  )!;

builder.queryFields((t) => ({
  job: t.drizzleField({
    type: 'jobs',
    nullable: true,
    description: 'One job, null when there is none of that number at that height.',
    args: { jobId: t.arg({ type: 'BigInt', required: true, description: 'The chain’s number.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.jobs.findFirst(query({ where: { id: args.jobId, ...validAt(ctx.height) } })),
  }),
  jobs: t.drizzleConnection({
    type: 'jobs',
    description: 'Jobs.',
    args: {
      filter: t.arg({ type: JobFilter, description: 'Which ones; default all.' }),
      orderBy: t.arg({ type: JobOrder, defaultValue: 'id:desc', required: true, description: 'In which order.' }),
      at: t.arg.int({ description: AT }),
    },
    totalCount: (_, args, ctx) => ctx.db.$count(schema.jobs, jobConditions(schema.jobs, args.filter, ctx.height)),
    resolve: (query, _, args, ctx) =>
      ctx.db.query.jobs.findMany(query({ where: { RAW: (table) => jobConditions(table, args.filter, ctx.height) }, orderBy: orderBy(args.orderBy) })),
  }, { name: 'JobConnection', description: 'A page of jobs.' }, { name: 'JobEdge', description: 'A job of a page.' }),
  jobCounts: t.field({
    type: [JobCount],
    description: 'How many jobs stand in each state.',
    args: { at: t.arg.int({ description: AT }) },
    resolve: (_, __, ctx) =>
      ctx.db.select({ state: schema.jobs.state, count: count() }).from(schema.jobs).where(whereValidAt(schema.jobs, ctx.height)).groupBy(schema.jobs.state).orderBy(asc(schema.jobs.state)),
  }),
}));

export const JobCount = builder.objectRef<{ state: string; count: number }>('JobCount').implement({
  description: 'How many jobs stand in a state.',
  fields: (t) => ({
    state: t.field({ type: JobStateEnum, description: 'The state.', resolve: (c) => c.state }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
});

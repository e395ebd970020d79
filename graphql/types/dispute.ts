import { and } from 'drizzle-orm';
import { schema, validAt, whereValidAt } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { CommitmentStateEnum, DemandStateEnum, DisputePhaseEnum, EndReasonEnum } from '../enums.js';
import { BigIntFilter, conditions, enumFilter, IntFilter, StringFilter } from '../filters.js';
import { globalId } from '../id.js';
import { orderBy, orderEnum } from '../order.js';
import { asExplanation, AT, Explanation, LIST_LIMIT, Node } from './common.js';

export const Dispute = builder.drizzleObject('disputes', {
  name: 'Dispute',
  description: 'One job’s challenge and what followed; also the verdict, if one fell.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (d) => globalId('Dispute', d.jobId) }),
    jobId: t.expose('jobId', { type: 'BigInt', description: 'The job.' }),
    job: t.relation('job', { nullable: true, description: 'The job.', query: (_, ctx) => ({ where: validAt(ctx.height) }) }),
    phase: t.field({ type: DisputePhaseEnum, description: 'Where it stands.', resolve: (d) => d.phase }),
    cause: t.exposeString('cause', { description: 'What changed it last.' }),
    challenger: t.exposeString('challenger', { nullable: true, description: 'Who opened it; null while only demands or proofs exist.' }),
    drawn: t.exposeBoolean('drawn', { description: 'Whether the challenger was a drawn verifier and paid nothing.' }),
    joined: t.field({ type: ['String'], description: 'Drawn verifiers that attested CHALLENGED.', resolve: (d) => [...d.joined] }),
    fee: t.expose('fee', { type: 'BigInt', description: 'Fee held of an outsider’s challenge.' }),
    worker: t.exposeString('worker', { description: 'Who is asked.' }),
    openedHeight: t.exposeInt('openedHeight', { nullable: true, description: 'When it was opened.' }),
    traceDeadline: t.exposeInt('traceDeadline', { nullable: true, description: 'Last height for the trace, once its clock runs.' }),
    traceRoot: t.expose('traceRoot', { type: 'Hex', nullable: true, description: 'Root of the published trace.' }),
    publishedHeight: t.exposeInt('publishedHeight', { nullable: true, description: 'When the trace was published.' }),
    proveDeadline: t.exposeInt('proveDeadline', { nullable: true, description: 'Last height for proofs; null while the clock stands still.' }),
    reason: t.field({ type: EndReasonEnum, nullable: true, description: 'How the job ended.', resolve: (d) => d.reason }),
    prover: t.exposeString('prover', { nullable: true, description: 'Who proved the fault.' }),
    explanation: t.field({ type: Explanation, nullable: true, description: 'What the referee said of the proof that convicted.', resolve: (d) => asExplanation(d.explanation) }),
    proofHash: t.expose('proofHash', { type: 'Hex', nullable: true, description: 'SHA-256 of that proof.' }),
    proofHeight: t.exposeInt('proofHeight', { nullable: true, description: 'Height whose block holds the proof.' }),
    proofSize: t.expose('proofSize', { type: 'BigInt', nullable: true, description: 'Bytes of the proof.' }),
    endHeight: t.exposeInt('endHeight', { nullable: true, description: 'When it ended.' }),
    demands: t.relation('demands', { description: 'Demands for chunks.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { id: 'asc' }, limit: LIST_LIMIT }) }),
    commitments: t.relation('commitments', { description: 'Fault commitments.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { id: 'asc' }, limit: LIST_LIMIT }) }),
    judgements: t.relation('judgements', { description: 'What the referee said of revealed proofs, refused ones too.', query: (_, ctx) => ({ where: { height: { lte: ctx.height } }, orderBy: { height: 'asc', position: 'asc' }, limit: LIST_LIMIT }) }),
    rewards: t.relation('rewards', { description: 'Rewards paid.', query: (_, ctx) => ({ where: { height: { lte: ctx.height } }, orderBy: { height: 'asc', position: 'asc' }, limit: LIST_LIMIT }) }),
  }),
});

builder.drizzleObject('demands', {
  name: 'Demand',
  description: 'A demand for bytes on chain. Served means that they stand in a block.',
  fields: (t) => ({
    demandId: t.expose('id', { type: 'BigInt', description: 'The chain’s number.' }),
    jobId: t.expose('jobId', { type: 'BigInt', description: 'The job.' }),
    sender: t.exposeString('sender', { description: 'Who demands.' }),
    drawn: t.exposeBoolean('drawn', { description: 'Whether the sender is a drawn verifier.' }),
    tensors: t.field({ type: 'JSON', description: 'What is demanded, as the chain’s JSON.', resolve: (d) => d.tensors }),
    bytes: t.expose('bytes', { type: 'BigInt', description: 'How much.' }),
    serveFee: t.expose('serveFee', { type: 'BigInt', description: 'Prepaid for serving.' }),
    demandFee: t.expose('demandFee', { type: 'BigInt', description: 'Prepaid on top.' }),
    state: t.field({ type: DemandStateEnum, description: 'Where it stands.', resolve: (d) => d.state }),
    height: t.exposeInt('height', { description: 'When it was sent.' }),
    deadline: t.exposeInt('deadline', { nullable: true, description: 'Last height to serve it, once active.' }),
    servedBy: t.exposeString('servedBy', { nullable: true, description: 'Who served it.' }),
    servedHeight: t.exposeInt('servedHeight', { nullable: true, description: 'Height whose block holds the bytes.' }),
  }),
});

builder.drizzleObject('faultCommitments', {
  name: 'FaultCommitment',
  description: 'Hides a proof until it is in a block, so that nobody can copy it.',
  fields: (t) => ({
    commitmentId: t.expose('id', { type: 'BigInt', description: 'The chain’s number; older means smaller.' }),
    jobId: t.expose('jobId', { type: 'BigInt', description: 'The job.' }),
    sender: t.exposeString('sender', { description: 'Who committed.' }),
    hash: t.expose('hash', { type: 'Hex', description: 'The commitment.' }),
    height: t.exposeInt('height', { description: 'When.' }),
    deadline: t.exposeInt('deadline', { description: 'Last height to reveal.' }),
    bond: t.expose('bond', { type: 'BigInt', description: 'What a false proof costs.' }),
    state: t.field({ type: CommitmentStateEnum, description: 'Where it stands.', resolve: (c) => c.state }),
    fromDeposit: t.exposeBoolean('fromDeposit', { description: 'Whether the bond came from a verifier’s deposit.' }),
  }),
});

builder.drizzleObject('judgements', {
  name: 'Judgement',
  description: 'What the referee said of a revealed proof.',
  fields: (t) => ({
    jobId: t.expose('jobId', { type: 'BigInt', description: 'The job.' }),
    commitmentId: t.expose('commitmentId', { type: 'BigInt', description: 'The commitment that it reveals.' }),
    prover: t.exposeString('prover', { description: 'Who revealed it.' }),
    convicted: t.exposeBoolean('convicted', { description: 'Whether it convicted.' }),
    code: t.exposeString('code', { nullable: true, description: 'Why it was refused.' }),
    message: t.exposeString('message', { nullable: true, description: 'The same in words.' }),
    explanation: t.field({ type: Explanation, nullable: true, description: 'The judged element.', resolve: (j) => asExplanation(j.explanation) }),
    proofHash: t.expose('proofHash', { type: 'Hex', nullable: true, description: 'SHA-256 of the proof.' }),
    height: t.exposeInt('height', { description: 'When.' }),
  }),
});

builder.drizzleObject('rewards', {
  name: 'Reward',
  description: 'The reward of a conviction.',
  fields: (t) => ({
    commitmentId: t.expose('commitmentId', { type: 'BigInt', description: 'The commitment that won it.' }),
    prover: t.exposeString('prover', { description: 'Who got it.' }),
    amount: t.expose('amount', { type: 'BigInt', description: 'How much.' }),
    height: t.exposeInt('height', { description: 'When.' }),
  }),
});

const DisputeFilter = builder.inputType('DisputeFilter', {
  description: 'Which disputes. All given conditions must hold.',
  fields: (t) => ({
    jobId: t.field({ type: BigIntFilter, description: 'The job.' }),
    phase: t.field({ type: enumFilter('DisputePhaseFilter', DisputePhaseEnum), description: 'Where it stands.' }),
    challenger: t.field({ type: StringFilter, description: 'Who opened it.' }),
    worker: t.field({ type: StringFilter, description: 'Who is asked.' }),
    prover: t.field({ type: StringFilter, description: 'Who proved the fault.' }),
    endHeight: t.field({ type: IntFilter, description: 'When it ended.' }),
  }),
});
const DisputeOrder = orderEnum('DisputeOrder', { JOB_ID: 'jobId', OPENED_HEIGHT: 'openedHeight' });

const disputeConditions = (table: typeof schema.disputes, f: typeof DisputeFilter.$inferInput | null | undefined, height: number) =>
  and(whereValidAt(table, height), conditions([[f?.jobId, table.jobId], [f?.phase, table.phase], [f?.challenger, table.challenger], [f?.worker, table.worker], [f?.prover, table.prover], [f?.endHeight, table.endHeight]]))!;

builder.queryFields((t) => ({
  dispute: t.drizzleField({
    type: 'disputes',
    nullable: true,
    description: 'The dispute of a job, null when there is none at that height.',
    args: { jobId: t.arg({ type: 'BigInt', required: true, description: 'The job.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.disputes.findFirst(query({ where: { jobId: args.jobId, ...validAt(ctx.height) } })),
  }),
  disputes: t.drizzleConnection({
    type: 'disputes',
    description: 'Disputes.',
    args: {
      filter: t.arg({ type: DisputeFilter, description: 'Which ones; default all.' }),
      orderBy: t.arg({ type: DisputeOrder, defaultValue: 'jobId:desc', required: true, description: 'In which order.' }),
      at: t.arg.int({ description: AT }),
    },
    totalCount: (_, args, ctx) => ctx.db.$count(schema.disputes, disputeConditions(schema.disputes, args.filter, ctx.height)),
    resolve: (query, _, args, ctx) =>
      ctx.db.query.disputes.findMany(query({ where: { RAW: (table) => disputeConditions(table, args.filter, ctx.height) }, orderBy: orderBy(args.orderBy) })),
  }, { name: 'DisputeConnection', description: 'A page of disputes.' }, { name: 'DisputeEdge', description: 'A dispute of a page.' }),
}));

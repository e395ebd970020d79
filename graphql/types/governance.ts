import { and, eq, inArray } from 'drizzle-orm';
import { schema, validAt, whereValidAt } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { ProposalStatusEnum, VoteOptionEnum } from '../enums.js';
import { BigIntFilter, conditions, enumFilter, StringFilter } from '../filters.js';
import { globalId } from '../id.js';
import { orderBy, orderEnum } from '../order.js';
import { changedPaths, type ParamChange } from '../param-diff.js';
import { tallyByVoters, type VoterTally } from '../tally.js';
import { AT, LIST_LIMIT, Node } from './common.js';

const WeightedOption = builder.objectRef<{ option: string; weight: string }>('WeightedOption').implement({
  description: 'A share of a vote.',
  fields: (t) => ({
    option: t.field({ type: VoteOptionEnum, description: 'What it is for.', resolve: (o) => o.option as 'YES' }),
    weight: t.exposeString('weight', { description: 'Its share of the vote, a decimal of at most 1.' }),
  }),
});

builder.drizzleObject('votes', {
  name: 'Vote',
  description: 'A vote that counts. The chain deletes votes at the tally; these come from events.',
  fields: (t) => ({
    voter: t.exposeString('voter', { description: 'Who voted.' }),
    options: t.field({ type: [WeightedOption], description: 'For what.', resolve: (v) => [...v.options] }),
    height: t.exposeInt('validFrom', { description: 'When it was cast, or last changed.' }),
  }),
});

builder.drizzleObject('deposits', {
  name: 'Deposit',
  description: 'A deposit on a proposal.',
  fields: (t) => ({
    depositor: t.exposeString('depositor', { description: 'Who paid it.' }),
    amount: t.exposeString('amount', { description: 'Coins, as the chain prints them.' }),
    height: t.exposeInt('height', { description: 'When.' }),
  }),
});

const StakeTally = builder.objectRef<{ yes: string; no: string; abstain: string; noWithVeto: string }>('StakeTally').implement({
  description: 'The chain’s own tally, in units of stake.',
  fields: (t) => ({
    yes: t.field({ type: 'BigInt', description: 'For.', resolve: (x) => BigInt(x.yes) }),
    no: t.field({ type: 'BigInt', description: 'Against.', resolve: (x) => BigInt(x.no) }),
    abstain: t.field({ type: 'BigInt', description: 'Neither.', resolve: (x) => BigInt(x.abstain) }),
    noWithVeto: t.field({ type: 'BigInt', description: 'Against, with veto.', resolve: (x) => BigInt(x.noWithVeto) }),
  }),
});

const VoterTallyType = builder.objectRef<VoterTally>('VoterTally').implement({
  description: 'Accounts that voted, by the option that most of their vote is for. Says nothing of their stake.',
  fields: (t) => ({
    yes: t.exposeInt('yes', { description: 'For.' }),
    no: t.exposeInt('no', { description: 'Against.' }),
    abstain: t.exposeInt('abstain', { description: 'Neither.' }),
    noWithVeto: t.exposeInt('noWithVeto', { description: 'Against, with veto.' }),
    voters: t.exposeInt('voters', { description: 'All of them.' }),
  }),
});

const ProposalMessage = builder.objectRef<{ typeUrl: string; value: unknown }>('ProposalMessage').implement({
  description: 'What a proposal executes.',
  fields: (t) => ({
    typeUrl: t.exposeString('typeUrl', { description: 'Type of the message.' }),
    value: t.field({ type: 'JSON', nullable: true, description: 'The message; null when this program does not know its type.', resolve: (m) => m.value }),
  }),
});

const ParamChangeType = builder.objectRef<ParamChange>('ParamChange').implement({
  description: 'One parameter that changed.',
  fields: (t) => ({
    module: t.exposeString('module', { description: 'Whose it is.' }),
    path: t.exposeString('path', { description: 'Where it stands, for example window_blocks.' }),
    before: t.field({ type: 'JSON', nullable: true, description: 'Its value before; null when there was none, or it is not known.', resolve: (c) => c.before ?? null }),
    after: t.field({ type: 'JSON', nullable: true, description: 'Its value after.', resolve: (c) => c.after ?? null }),
  }),
});

export const Proposal = builder.drizzleObject('proposals', {
  name: 'Proposal',
  description: 'A proposal of governance.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (p) => globalId('Proposal', p.id) }),
    proposalId: t.expose('id', { type: 'BigInt', description: 'The chain’s number.' }),
    proposer: t.exposeString('proposer', { description: 'Who proposed it.' }),
    title: t.exposeString('title', { description: 'Its title.' }),
    summary: t.exposeString('summary', { description: 'Its summary.' }),
    metadata: t.exposeString('metadata', { description: 'Anything else, often a link.' }),
    expedited: t.exposeBoolean('expedited', { description: 'Whether it is expedited.' }),
    messages: t.field({ type: [ProposalMessage], description: 'What it executes when it passes.', resolve: (p) => [...p.messages] }),
    status: t.field({ type: ProposalStatusEnum, description: 'Where it stands.', resolve: (p) => p.status as 'PASSED' }),
    submitHeight: t.exposeInt('submitHeight', { description: 'When it was submitted.' }),
    votingStartHeight: t.exposeInt('votingStartHeight', { nullable: true, description: 'When voting began.' }),
    endHeight: t.exposeInt('endHeight', { nullable: true, description: 'When it was decided.' }),
    log: t.exposeString('log', { nullable: true, description: 'What the chain said of the outcome.' }),
    stakeTally: t.field({ type: StakeTally, nullable: true, description: 'The chain’s tally; null before the end, or when no node could tell it.', resolve: (p) => p.tally }),
    voterTally: t.field({
      type: VoterTallyType, description: 'Votes by account.',
      resolve: async (p, _, ctx) => tallyByVoters(await ctx.db.select({ options: schema.votes.options }).from(schema.votes).where(and(eq(schema.votes.proposalId, p.id), whereValidAt(schema.votes, ctx.height)))),
    }),
    votes: t.relation('votes', { description: 'Votes that count, by voter.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { voter: 'asc' }, limit: LIST_LIMIT }) }),
    deposits: t.relation('deposits', { description: 'Deposits.', query: (_, ctx) => ({ where: { height: { lte: ctx.height } }, orderBy: { height: 'asc', position: 'asc' }, limit: LIST_LIMIT }) }),
    changedParams: t.field({
      type: [ParamChangeType], description: 'Parameters that its execution changed.',
      resolve: async (p, _, ctx) => {
        const after = await ctx.db.query.params.findMany({ where: { proposalId: p.id, validFrom: { lte: ctx.height } } });
        if (after.length === 0) return [];
        const before = await ctx.db.select().from(schema.params).where(and(inArray(schema.params.module, after.map((a) => a.module)), inArray(schema.params.validTo, after.map((a) => a.validFrom))));
        return after.flatMap((a) => changedPaths(a.module, before.find((b) => b.module === a.module && b.validTo === a.validFrom)?.value, a.value));
      },
    }),
  }),
});

builder.drizzleObject('params', {
  name: 'Params',
  description: 'Parameters of one module.',
  fields: (t) => ({
    module: t.exposeString('module', { description: 'Whose they are.' }),
    version: t.expose('version', { type: 'BigInt', nullable: true, description: 'Their version, where the module counts versions.' }),
    value: t.field({ type: 'JSON', description: 'The parameters, as the chain’s JSON.', resolve: (p) => p.value }),
    since: t.exposeInt('validFrom', { description: 'From this height on; 0 is genesis.' }),
    proposalId: t.expose('proposalId', { type: 'BigInt', nullable: true, description: 'The proposal that set them.' }),
  }),
});

const ProposalFilter = builder.inputType('ProposalFilter', {
  description: 'Which proposals. All given conditions must hold.',
  fields: (t) => ({
    proposalId: t.field({ type: BigIntFilter, description: 'The chain’s number.' }),
    status: t.field({ type: enumFilter('ProposalStatusFilter', ProposalStatusEnum), description: 'Where it stands.' }),
    proposer: t.field({ type: StringFilter, description: 'Who proposed it.' }),
  }),
});
const ProposalOrder = orderEnum('ProposalOrder', { ID: 'id' });
const proposalConditions = (table: typeof schema.proposals, f: typeof ProposalFilter.$inferInput | null | undefined, height: number) =>
  and(whereValidAt(table, height), conditions([[f?.proposalId, table.id], [f?.status, table.status], [f?.proposer, table.proposer]]))!;

builder.queryFields((t) => ({
  proposal: t.drizzleField({
    type: 'proposals', nullable: true, description: 'One proposal.',
    args: { proposalId: t.arg({ type: 'BigInt', required: true, description: 'The chain’s number.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.proposals.findFirst(query({ where: { id: args.proposalId, ...validAt(ctx.height) } })),
  }),
  proposals: t.drizzleConnection({
    type: 'proposals', description: 'Proposals.',
    args: {
      filter: t.arg({ type: ProposalFilter, description: 'Which ones; default all.' }),
      orderBy: t.arg({ type: ProposalOrder, defaultValue: 'id:desc', required: true, description: 'In which order.' }),
      at: t.arg.int({ description: AT }),
    },
    totalCount: (_, args, ctx) => ctx.db.$count(schema.proposals, proposalConditions(schema.proposals, args.filter, ctx.height)),
    resolve: (query, _, args, ctx) =>
      ctx.db.query.proposals.findMany(query({ where: { RAW: (table) => proposalConditions(table, args.filter, ctx.height) }, orderBy: orderBy(args.orderBy) })),
  }, { name: 'ProposalConnection', description: 'A page of proposals.' }, { name: 'ProposalEdge', description: 'A proposal of a page.' }),
  params: t.drizzleField({
    type: ['params'], description: 'Parameters of the modules, by name.',
    args: { module: t.arg.string({ description: 'Only this one’s.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.params.findMany(query({ where: { ...validAt(ctx.height), ...(args.module ? { module: args.module } : {}) }, orderBy: { module: 'asc' } }) as never),
  }),
}));

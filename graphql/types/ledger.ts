import { and, lte } from 'drizzle-orm';
import { schema } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { BigIntFilter, conditions, IntFilter, StringFilter } from '../filters.js';
import { globalId } from '../id.js';
import { orderBy, orderEnum } from '../order.js';
import { AT, LIST_LIMIT, Node } from './common.js';

// The plain record of the chain: blocks, transactions, messages, events.

export const Block = builder.drizzleObject('blocks', {
  name: 'Block',
  description: 'A verified block: its header hashes to its id, its transactions and results are those that headers commit to.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (b) => globalId('Block', b.height) }),
    height: t.exposeInt('height', { description: 'Its height.' }),
    hash: t.expose('hash', { type: 'Hex', description: 'Hash of its header.' }),
    time: t.expose('time', { type: 'DateTime', description: 'Its time, by the validators’ clocks.' }),
    proposer: t.expose('proposer', { type: 'Hex', description: 'Consensus address of its proposer.' }),
    txCount: t.exposeInt('txCount', { description: 'Transactions in it.' }),
    eventCount: t.exposeInt('eventCount', { description: 'Events in it.' }),
    dataHash: t.expose('dataHash', { type: 'Hex', description: 'Root over its transactions.' }),
    appHash: t.expose('appHash', { type: 'Hex', description: 'State after it, from the next header.' }),
    resultsHash: t.expose('resultsHash', { type: 'Hex', description: 'Root over its results, from the next header.' }),
    transactions: t.relation('transactions', { description: 'Its transactions in order.', query: { orderBy: { index: 'asc' }, limit: LIST_LIMIT } }),
  }),
});

const Coin = builder.objectRef<{ denom: string; amount: string }>('Coin').implement({
  description: 'An amount of one denomination.',
  fields: (t) => ({
    denom: t.exposeString('denom', { description: 'The denomination.' }),
    amount: t.field({ type: 'BigInt', description: 'How much.', resolve: (c) => BigInt(c.amount) }),
  }),
});

export const Transaction = builder.drizzleObject('transactions', {
  name: 'Transaction',
  description: 'A transaction and what it did.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (x) => globalId('Transaction', `${x.height}/${x.index}`) }),
    hash: t.expose('hash', { type: 'Hex', description: 'SHA-256 of its bytes.' }),
    height: t.exposeInt('height', { description: 'Its block.' }),
    index: t.exposeInt('index', { description: 'Its place in the block.' }),
    code: t.exposeFloat('code', { description: '0 when it succeeded.' }),
    codespace: t.exposeString('codespace', { description: 'Whose code it is. The node’s word: no header commits to it.' }),
    log: t.exposeString('log', { description: 'Why it failed. The node’s word.' }),
    gasWanted: t.expose('gasWanted', { type: 'BigInt', description: 'Gas asked for.' }),
    gasUsed: t.expose('gasUsed', { type: 'BigInt', description: 'Gas used.' }),
    fee: t.field({ type: [Coin], description: 'Fee paid.', resolve: (x) => [...x.fee] }),
    memo: t.exposeString('memo', { description: 'Its memo.' }),
    decoded: t.exposeBoolean('decoded', { description: 'Whether its bytes are a transaction of the SDK.' }),
    block: t.relation('block', { nullable: true, description: 'Its block.' }),
    messages: t.relation('messages', { description: 'Its messages, nested ones after their carrier.', query: { orderBy: { path: 'asc' }, limit: LIST_LIMIT } }),
    events: t.relation('events', { description: 'Its events in order.', query: { orderBy: { position: 'asc' }, limit: LIST_LIMIT } }),
  }),
});

builder.drizzleObject('messages', {
  name: 'Message',
  description: 'A message, also inside authz MsgExec and governance proposals.',
  fields: (t) => ({
    height: t.exposeInt('height', { description: 'Its block.' }),
    txIndex: t.exposeInt('txIndex', { description: 'Its transaction.' }),
    path: t.exposeString('path', { description: 'Its place: 0 is the first, 0.2 the third inside it.' }),
    typeUrl: t.exposeString('typeUrl', { description: 'Its type.' }),
    executed: t.exposeBoolean('executed', { description: 'Whether it ran in this transaction.' }),
    value: t.field({ type: 'JSON', nullable: true, description: 'The message; null when its type is unknown. Long bytes are elided.', resolve: (m) => m.value }),
    raw: t.expose('raw', { type: 'Hex', nullable: true, description: 'Its bytes when its type is unknown.' }),
    response: t.expose('response', { type: 'Hex', nullable: true, description: 'Its Msg response, encoded; the next header commits to it.' }),
  }),
});

const Attribute = builder.objectRef<{ key: string; value: string }>('Attribute').implement({
  description: 'One attribute of an event.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its key.' }),
    value: t.exposeString('value', { description: 'Its value; of a typed event JSON text.' }),
  }),
});

builder.drizzleObject('events', {
  name: 'Event',
  description: 'An event as the node told it. No header commits to events.',
  fields: (t) => ({
    height: t.exposeInt('height', { description: 'Its block.' }),
    position: t.exposeInt('position', { description: 'Its place among all events of the block.' }),
    txIndex: t.exposeInt('txIndex', { nullable: true, description: 'Its transaction; null for events of the block itself.' }),
    msgIndex: t.exposeInt('msgIndex', { nullable: true, description: 'The message that emitted it.' }),
    type: t.exposeString('type', { description: 'Its type.' }),
    attributes: t.field({ type: [Attribute], description: 'Its attributes in order.', resolve: (e) => [...e.attributes] }),
  }),
});

const LedgerOrder = orderEnum('LedgerOrder', { HEIGHT: 'height' });
const ORDER = 'height:desc';

const MessageFilter = builder.inputType('MessageFilter', {
  description: 'Which messages. All given conditions must hold.',
  fields: (t) => ({ typeUrl: t.field({ type: StringFilter, description: 'Their type.' }), height: t.field({ type: IntFilter, description: 'Their block.' }) }),
});
const EventFilter = builder.inputType('EventFilter', {
  description: 'Which events. All given conditions must hold.',
  fields: (t) => ({ type: t.field({ type: StringFilter, description: 'Their type.' }), height: t.field({ type: IntFilter, description: 'Their block.' }) }),
});
const PaymentFilter = builder.inputType('PaymentFilter', {
  description: 'Which payments. All given conditions must hold.',
  fields: (t) => ({
    jobId: t.field({ type: BigIntFilter, description: 'Their job.' }),
    recipient: t.field({ type: StringFilter, description: 'An address, or burn, or pool.' }),
    purpose: t.field({ type: StringFilter, description: 'For what.' }),
  }),
});
const TransactionFilter = builder.inputType('TransactionFilter', {
  description: 'Which transactions. All given conditions must hold.',
  fields: (t) => ({ hash: t.field({ type: 'Hex', description: 'Their hash.' }), code: t.field({ type: IntFilter, description: '0 for those that succeeded.' }), height: t.field({ type: IntFilter, description: 'Their block.' }) }),
});

builder.queryFields((t) => {
  const order = () => t.arg({ type: LedgerOrder, defaultValue: ORDER, required: true, description: 'In which order.' });
  return {
    block: t.drizzleField({
      type: 'blocks', nullable: true, description: 'One block.', args: { height: t.arg.int({ required: true, description: 'Its height.' }) },
      resolve: (query, _, args, ctx) => ctx.db.query.blocks.findFirst(query({ where: { height: args.height, AND: [{ height: { lte: ctx.height } }] } })),
    }),
    blocks: t.drizzleConnection({
      type: 'blocks', description: 'Blocks.', args: { orderBy: order(), at: t.arg.int({ description: AT }) },
      resolve: (query, _, args, ctx) => ctx.db.query.blocks.findMany(query({ where: { height: { lte: ctx.height } }, orderBy: orderBy<'height'>(args.orderBy) })),
    }, { name: 'BlockConnection', description: 'A page of blocks.' }, { name: 'BlockEdge', description: 'A block of a page.' }),
    transactions: t.drizzleConnection({
      type: 'transactions', description: 'Transactions.', args: { filter: t.arg({ type: TransactionFilter, description: 'Which ones; default all.' }), orderBy: order(), at: t.arg.int({ description: AT }) },
      resolve: (query, _, { filter: f, orderBy: o }, ctx) =>
        ctx.db.query.transactions.findMany(query({ where: { RAW: (x) => and(lte(x.height, ctx.height), conditions([[f?.hash ? { eq: f.hash } : null, x.hash], [f?.code, x.code], [f?.height, x.height]]))! }, orderBy: orderBy<'height'>(o) })),
    }, { name: 'TransactionConnection', description: 'A page of transactions.' }, { name: 'TransactionEdge', description: 'A transaction of a page.' }),
    messages: t.drizzleConnection({
      type: 'messages', description: 'Messages.', args: { filter: t.arg({ type: MessageFilter, description: 'Which ones; default all.' }), orderBy: order(), at: t.arg.int({ description: AT }) },
      resolve: (query, _, { filter: f, orderBy: o }, ctx) =>
        ctx.db.query.messages.findMany(query({ where: { RAW: (x) => and(lte(x.height, ctx.height), conditions([[f?.typeUrl, x.typeUrl], [f?.height, x.height]]))! }, orderBy: orderBy<'height'>(o) })),
    }, { name: 'MessageConnection', description: 'A page of messages.' }, { name: 'MessageEdge', description: 'A message of a page.' }),
    events: t.drizzleConnection({
      type: 'events', description: 'Events, but for those that each block repeats for each validator.', args: { filter: t.arg({ type: EventFilter, description: 'Which ones; default all.' }), orderBy: order(), at: t.arg.int({ description: AT }) },
      resolve: (query, _, { filter: f, orderBy: o }, ctx) =>
        ctx.db.query.events.findMany(query({ where: { RAW: (x) => and(lte(x.height, ctx.height), conditions([[f?.type, x.type], [f?.height, x.height]]))! }, orderBy: orderBy<'height'>(o) })),
    }, { name: 'EventConnection', description: 'A page of events.' }, { name: 'EventEdge', description: 'An event of a page.' }),
    payments: t.drizzleConnection({
      type: 'payments', description: 'Movements of money out of escrows.', args: { filter: t.arg({ type: PaymentFilter, description: 'Which ones; default all.' }), orderBy: order(), at: t.arg.int({ description: AT }) },
      totalCount: (_, { filter: f }, ctx) => ctx.db.$count(schema.payments, and(lte(schema.payments.height, ctx.height), conditions([[f?.jobId, schema.payments.jobId], [f?.recipient, schema.payments.recipient], [f?.purpose, schema.payments.purpose]]))),
      resolve: (query, _, { filter: f, orderBy: o }, ctx) =>
        ctx.db.query.payments.findMany(query({ where: { RAW: (x) => and(lte(x.height, ctx.height), conditions([[f?.jobId, x.jobId], [f?.recipient, x.recipient], [f?.purpose, x.purpose]]))! }, orderBy: orderBy<'height'>(o) })),
    }, { name: 'PaymentConnection', description: 'A page of payments.' }, { name: 'PaymentEdge', description: 'A payment of a page.' }),
    beaconRounds: t.drizzleConnection({
      type: 'beaconRounds', description: 'Recorded rounds of the beacon.', args: { orderBy: order(), at: t.arg.int({ description: AT }) },
      resolve: (query, _, args, ctx) => ctx.db.query.beaconRounds.findMany(query({ where: { height: { lte: ctx.height } }, orderBy: orderBy<'height'>(args.orderBy) })),
    }, { name: 'BeaconRoundConnection', description: 'A page of rounds.' }, { name: 'BeaconRoundEdge', description: 'A round of a page.' }),
  };
});

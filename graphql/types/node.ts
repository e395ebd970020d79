import { brandWithType } from '@pothos/core';
import { validAt } from '../../src/db/index.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { parseGlobalId, wholeNumber, type NodeType } from '../id.js';
import { AT, Node } from './common.js';

// Relay's own lookup takes the row of an id; here an id has a row a version, so each type says how it is found.

const FIND: { readonly [T in NodeType]: (key: string, ctx: Context) => Promise<object | undefined> } = {
  Job: (key, { db, height }) => db.query.jobs.findFirst({ where: { id: wholeNumber(key), ...validAt(height) } }),
  Artifact: (key, { db, height }) => db.query.artifacts.findFirst({ where: { id: wholeNumber(key), ...validAt(height) } }),
  Dispute: (key, { db, height }) => db.query.disputes.findFirst({ where: { jobId: wholeNumber(key), ...validAt(height) } }),
  Proposal: (key, { db, height }) => db.query.proposals.findFirst({ where: { id: wholeNumber(key), ...validAt(height) } }),
  Worker: (key, { db, height }) => db.query.workers.findFirst({ where: { address: key, ...validAt(height) } }),
  Verifier: (key, { db, height }) => db.query.verifiers.findFirst({ where: { operator: key, ...validAt(height) } }),
  Block: (key, { db, height }) => db.query.blocks.findFirst({ where: { height: Number(wholeNumber(key)), AND: [{ height: { lte: height } }] } }),
  Transaction(key, { db, height }) {
    const [at = '', index = ''] = key.split('/');
    return db.query.transactions.findFirst({ where: { height: Number(wholeNumber(at)), index: Number(wholeNumber(index)), AND: [{ height: { lte: height } }] } });
  },
};

async function find(id: string, ctx: Context): Promise<object | null> {
  const { type, key } = parseGlobalId(id);
  const row = await FIND[type](key, ctx);
  if (row) brandWithType(row, type as never);
  return row ?? null;
}

builder.queryField('node', (t) =>
  t.field({
    type: Node,
    nullable: true,
    description: 'The thing that an id names, null when it is not there at that height.',
    args: { id: t.arg.id({ required: true, description: 'An id that this API gave.' }), at: t.arg.int({ description: AT }) },
    resolve: (_, args, ctx) => find(String(args.id), ctx),
  }),
);

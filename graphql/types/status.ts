import { eq } from 'drizzle-orm';
import { schema } from '../../src/db/index.js';
import { builder } from '../builder.js';

interface Status {
  readonly chainId: string;
  readonly initialHeight: number;
  readonly head: number;
  readonly target: number | null;
  readonly seenAt: Date | null;
}

const IndexerStatus = builder.objectRef<Status>('IndexerStatus').implement({
  description: 'How far the index is.',
  fields: (t) => ({
    chainId: t.exposeString('chainId', { description: 'The chain that it follows; blocks of another are refused.' }),
    initialHeight: t.exposeInt('initialHeight', { description: 'The chain’s first height.' }),
    head: t.exposeInt('head', { description: 'Last height in the index.' }),
    verifiedHeight: t.int({ description: 'Last height whose header, transactions, results and link were verified: always the head, because nothing else gets in.', resolve: (s) => s.head }),
    target: t.exposeInt('target', { nullable: true, description: 'The chain’s height as its nodes last said.' }),
    seenAt: t.expose('seenAt', { type: 'DateTime', nullable: true, description: 'When they said so.' }),
    lag: t.int({ nullable: true, description: 'Blocks behind. At the tip it is 1: the newest block’s results are verified by the next one.', resolve: (s) => (s.target === null ? null : Math.max(0, s.target - s.head)) }),
  }),
});

builder.queryField('indexer', (t) =>
  t.field({
    type: IndexerStatus,
    description: 'How far the index is.',
    resolve: async (_, __, ctx) => {
      const [tip] = await ctx.db.select().from(schema.tip).where(eq(schema.tip.id, 1));
      return { ...ctx.index, target: tip?.height ?? null, seenAt: tip?.seenAt ?? null };
    },
  }),
);

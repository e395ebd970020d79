import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { EvidenceEnum, LineageRoleEnum } from '../enums.js';
import { apiError } from '../errors.js';
import { readLineage, startExists, type Direction, type Lineage, type LineageEdge, type LineageNode } from '../lineage.js';
import { AT } from './common.js';

const LineageKind = builder.enumType('LineageKind', {
  description: 'What a node of the graph is.',
  values: {
    ARTIFACT: { description: 'A publication.' }, JOB: { description: 'An execution.' },
    INPUT: { description: 'A tensor that a job reads.' }, OUTPUT: { description: 'What a job committed to.' },
  } as const,
});

const LineageDirection = builder.enumType('LineageDirection', {
  description: 'Which way to walk.',
  values: { UPSTREAM: { description: 'What it came from.' }, DOWNSTREAM: { description: 'What came of it.' }, BOTH: { description: 'Both.' } } as const,
});

const Node = builder.objectRef<LineageNode>('LineageNode').implement({
  description: 'A thing in the graph of provenance.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Names it among the edges: artifact:3, job:7, input:7/0, output:7.' }),
    kind: t.field({ type: LineageKind, description: 'What it is.', resolve: (n) => n.kind }),
    artifactId: t.expose('artifactId', { type: 'BigInt', nullable: true, description: 'The publication; of an input the dataset that holds it.' }),
    jobId: t.expose('jobId', { type: 'BigInt', nullable: true, description: 'The job that it is, or belongs to.' }),
    label: t.exposeString('label', { description: 'Name of an artifact, state of a job, path of an input.' }),
    root: t.expose('root', { type: 'Hex', nullable: true, description: 'Digest of an artifact, data root of an input, root of an output.' }),
  }),
});

const Edge = builder.objectRef<LineageEdge>('LineageEdge').implement({
  description: 'One thing came of another.',
  fields: (t) => ({
    source: t.exposeString('source', { description: 'Key of what it came from.' }),
    target: t.exposeString('target', { description: 'Key of what came of it.' }),
    role: t.field({ type: LineageRoleEnum, description: 'How.', resolve: (e) => e.role as 'INPUT' }),
    evidence: t.field({ type: EvidenceEnum, nullable: true, description: 'What stands behind it.', resolve: (e) => e.evidence }),
    path: t.exposeString('path', { nullable: true, description: 'File in the source’s manifest that matched.' }),
    height: t.exposeInt('height', { description: 'Since when.' }),
  }),
});

const LineageType = builder.objectRef<Lineage>('Lineage').implement({
  description: 'A part of the graph of provenance.',
  fields: (t) => ({
    nodes: t.field({ type: [Node], description: 'Its things.', resolve: (l) => [...l.nodes] }),
    edges: t.field({ type: [Edge], description: 'What came of what.', resolve: (l) => [...l.edges] }),
    truncated: t.exposeBoolean('truncated', { description: 'Whether a limit cut it.' }),
  }),
});

const DEPTH = 20;

function walk(ctx: Context, start: string, direction: Direction, depth: number): Promise<Lineage> {
  if (depth < 1 || depth > 30) throw apiError('BAD_USER_INPUT', `expected a depth of 1 to 30, found ${depth}`);
  return readLineage(ctx.db, start, direction, depth, ctx.height);
}

builder.queryField('lineage', (t) =>
  t.field({
    type: LineageType,
    nullable: true,
    description: 'Provenance of a job’s result or of an artifact; null when there is no such thing at that height. Give exactly one of jobId and artifactId.',
    args: {
      jobId: t.arg({ type: 'BigInt', description: 'Of this job’s output.' }),
      artifactId: t.arg({ type: 'BigInt', description: 'Of this artifact.' }),
      direction: t.arg({ type: LineageDirection, defaultValue: 'UPSTREAM', required: true, description: 'Which way to walk.' }),
      depth: t.arg.int({ defaultValue: DEPTH, required: true, description: 'How many edges to walk, 1 to 30.' }),
      at: t.arg.int({ description: AT }),
    },
    complexity: { field: 1, multiplier: 25 },
    resolve: async (_, args, ctx) => {
      const starts = [args.jobId != null ? `job:${args.jobId}` : undefined, args.artifactId != null ? `artifact:${args.artifactId}` : undefined].filter((s) => s !== undefined);
      const [start] = starts;
      if (start === undefined || starts.length > 1) throw apiError('BAD_USER_INPUT', 'expected exactly one of jobId and artifactId');
      return (await startExists(ctx.db, start, ctx.height)) ? walk(ctx, start, args.direction, args.depth) : null;
    },
  }),
);

builder.drizzleObjectField('jobs', 'lineage', (t) =>
  t.field({
    type: LineageType,
    description: 'Where its result came from, from dataset to output.',
    args: { direction: t.arg({ type: LineageDirection, defaultValue: 'UPSTREAM', required: true, description: 'Which way to walk.' }) },
    complexity: { field: 1, multiplier: 25 },
    resolve: (job, args, ctx) => walk(ctx, `job:${job.id}`, args.direction, DEPTH),
  }),
);

builder.drizzleObjectField('artifacts', 'lineage', (t) =>
  t.field({
    type: LineageType,
    description: 'Where it came from, and what came of it.',
    args: { direction: t.arg({ type: LineageDirection, defaultValue: 'UPSTREAM', required: true, description: 'Which way to walk.' }) },
    complexity: { field: 1, multiplier: 25 },
    resolve: (artifact, args, ctx) => walk(ctx, `artifact:${artifact.id}`, args.direction, DEPTH),
  }),
);

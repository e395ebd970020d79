import { and } from 'drizzle-orm';
import { schema, validAt, whereValidAt } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { ArtifactKindEnum, ArtifactStatusEnum, PolicyStatusEnum } from '../enums.js';
import { BigIntFilter, conditions, enumFilter, StringFilter } from '../filters.js';
import { globalId } from '../id.js';
import { orderBy, orderEnum } from '../order.js';
import { AT, NEWEST, NEWEST_COST, Node, Program, Tolerance } from './common.js';

export const Artifact = builder.drizzleObject('artifacts', {
  name: 'Artifact',
  description: 'A content-addressed publication with an owner, parents and a licence.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.field({ type: 'ID', description: 'Unique among all types.', resolve: (a) => globalId('Artifact', a.id) }),
    artifactId: t.expose('id', { type: 'BigInt', description: 'The chain’s number of the publication, from 1.' }),
    kind: t.field({ type: ArtifactKindEnum, description: 'What it is.', resolve: (a) => a.kind }),
    digest: t.expose('digest', { type: 'Hex', description: 'What names its content; publications may repeat it.' }),
    publisher: t.exposeString('publisher', { description: 'Who published it.' }),
    name: t.exposeString('name', { description: 'A name for people; it need not be unique.' }),
    licence: t.exposeString('licence', { description: 'SPDX expression.' }),
    sourceDigest: t.expose('sourceDigest', { type: 'Hex', nullable: true, description: 'SHA-256 of the file that it was prepared from.' }),
    uris: t.field({ type: ['String'], description: 'Where its bytes are served.', resolve: (a) => [...a.uris] }),
    program: t.field({ type: Program, nullable: true, description: 'Program of a MODEL or PROGRAM.', resolve: (a) => a.program }),
    weightsRoot: t.expose('weightsRoot', { type: 'Hex', nullable: true, description: 'Root over the weights’ data roots.' }),
    defaultTolerance: t.field({ type: Tolerance, description: 'Tolerance of jobs that sign none.', resolve: (a) => a }),
    manifestRoot: t.expose('manifestRoot', { type: 'Hex', nullable: true, description: 'Root of the manifest of a DATASET, ADAPTER or REPORT.' }),
    entries: t.expose('entries', { type: 'BigInt', description: 'Entries of that manifest.' }),
    status: t.field({ type: ArtifactStatusEnum, description: 'State of the publication.', resolve: (a) => a.status }),
    statusReason: t.exposeString('statusReason', { nullable: true, description: 'Why it was deprecated or closed.' }),
    height: t.exposeInt('height', { description: 'When it was published.' }),
    policy: t.relation('policy', { nullable: true, description: 'What governance decided about its digest.', query: (_, ctx) => ({ where: validAt(ctx.height) }) }),
    jobs: t.relation('jobs', { complexity: NEWEST_COST, description: 'Its newest jobs.', query: (_, ctx) => ({ where: validAt(ctx.height), orderBy: { id: 'desc' }, limit: NEWEST }) }),
  }),
});

builder.drizzleObject('policies', {
  name: 'Policy',
  description: 'What governance decided about a digest.',
  fields: (t) => ({
    digest: t.expose('digest', { type: 'Hex', description: 'The digest.' }),
    status: t.field({ type: PolicyStatusEnum, description: 'What was decided.', resolve: (p) => p.status }),
    lambdaPpm: t.expose('lambdaPpm', { type: 'BigInt', description: 'Expected verifiers of a job in parts per million; 0 leaves the parameter.' }),
    maxTolerance: t.field({ type: Tolerance, nullable: true, description: 'Cap of tolerances; null leaves the parameter.', resolve: (p) => (p.toleranceAbs === null ? null : p) }),
    reason: t.exposeString('reason', { description: 'Why, for people.' }),
  }),
});

const ArtifactFilter = builder.inputType('ArtifactFilter', {
  description: 'Which artifacts. All given conditions must hold.',
  fields: (t) => ({
    artifactId: t.field({ type: BigIntFilter, description: 'The chain’s number.' }),
    kind: t.field({ type: enumFilter('ArtifactKindFilter', ArtifactKindEnum), description: 'What it is.' }),
    status: t.field({ type: enumFilter('ArtifactStatusFilter', ArtifactStatusEnum), description: 'State of the publication.' }),
    publisher: t.field({ type: StringFilter, description: 'Who published it.' }),
    name: t.field({ type: StringFilter, description: 'Its name.' }),
    licence: t.field({ type: StringFilter, description: 'Its licence.' }),
    digest: t.field({ type: 'Hex', description: 'Its digest.' }),
  }),
});
const ArtifactOrder = orderEnum('ArtifactOrder', { ID: 'id', NAME: 'name' });

const artifactConditions = (table: typeof schema.artifacts, f: typeof ArtifactFilter.$inferInput | null | undefined, height: number) =>
  and(
    whereValidAt(table, height),
    conditions([[f?.artifactId, table.id], [f?.kind, table.kind], [f?.status, table.status], [f?.publisher, table.publisher], [f?.name, table.name], [f?.licence, table.licence], [f?.digest ? { eq: f.digest } : null, table.digest]]),
  )!;

builder.queryFields((t) => ({
  artifact: t.drizzleField({
    type: 'artifacts',
    nullable: true,
    description: 'One artifact, null when there is none of that number at that height.',
    args: { artifactId: t.arg({ type: 'BigInt', required: true, description: 'The chain’s number.' }), at: t.arg.int({ description: AT }) },
    resolve: (query, _, args, ctx) => ctx.db.query.artifacts.findFirst(query({ where: { id: args.artifactId, ...validAt(ctx.height) } })),
  }),
  artifacts: t.drizzleConnection({
    type: 'artifacts',
    description: 'Artifacts.',
    args: {
      filter: t.arg({ type: ArtifactFilter, description: 'Which ones; default all.' }),
      orderBy: t.arg({ type: ArtifactOrder, defaultValue: 'id:desc', required: true, description: 'In which order.' }),
      at: t.arg.int({ description: AT }),
    },
    totalCount: (_, args, ctx) => ctx.db.$count(schema.artifacts, artifactConditions(schema.artifacts, args.filter, ctx.height)),
    resolve: (query, _, args, ctx) =>
      ctx.db.query.artifacts.findMany(query({ where: { RAW: (table) => artifactConditions(table, args.filter, ctx.height) }, orderBy: orderBy(args.orderBy) })),
  }, { name: 'ArtifactConnection', description: 'A page of artifacts.' }, { name: 'ArtifactEdge', description: 'An artifact of a page.' }),
}));

import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm';
import { schema, whereValidAt, type Db } from '../src/db/index.js';

/** A thing in the graph of provenance. */
export interface LineageNode {
  /** `artifact:3`, `job:7`, `input:7/0`, `output:7`. */
  readonly key: string;
  readonly kind: 'ARTIFACT' | 'JOB' | 'INPUT' | 'OUTPUT';
  readonly artifactId: bigint | null;
  readonly jobId: bigint | null;
  /** Name of an artifact, state of a job, path of an input. */
  readonly label: string;
  /** Digest of an artifact, data root of an input, root of an output. */
  readonly root: Uint8Array | null;
}

/** One thing came of another. */
export interface LineageEdge {
  readonly source: string;
  readonly target: string;
  readonly role: string;
  readonly evidence: string | null;
  readonly path: string | null;
  readonly height: number;
}

/** A part of the graph. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Whether a limit cut it. */
  readonly truncated: boolean;
}

/** Most nodes of one answer. */
export const MAX_NODES = 500;

/** Which way to walk from the start. */
export type Direction = 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH';

/**
 * What the start came from and what came of it, as the graph stood at a height.
 *
 * @param start key of a node; a job begins with its output, so that both sides of it are found
 * @param depth edges to walk at most, 1 to 30
 */
export async function readLineage(db: Db, start: string, direction: Direction, depth: number, height: number): Promise<Lineage> {
  const starts = start.startsWith('job:') ? [start, start.replace('job:', 'output:')] : [start];
  const up = direction === 'DOWNSTREAM' ? [] : await walk(db, starts, 'up', depth, height);
  const down = direction === 'UPSTREAM' ? [] : await walk(db, starts, 'down', depth, height);
  const keys = [...new Set([...starts, ...up, ...down])].slice(0, MAX_NODES);
  const t = schema.lineageEdges;
  const edges = await db.select().from(t).where(and(inArray(t.source, keys), inArray(t.target, keys), lte(t.height, height))).orderBy(asc(t.height), asc(t.source), asc(t.target), asc(t.role), asc(t.path));
  const linked = new Set(edges.flatMap((e) => [e.source, e.target]));
  const nodes = await describeNodes(db, keys.filter((key) => linked.has(key) || key === start), height);
  const judged = new Set(nodes.filter((n) => n.judged).map((n) => n.key));
  return {
    nodes: nodes.map(({ judged: _, ...node }) => node),
    edges: edges.map(({ path, evidence, ...edge }) => ({ ...edge, path: path || null, evidence: edge.role === 'OUTPUT' ? (judged.has(edge.source) ? 'JUDGED' : 'DECLARED') : evidence })),
    truncated: up.length >= MAX_NODES || down.length >= MAX_NODES || up.length + down.length >= MAX_NODES,
  };
}

/** Keys reached within `depth` edges: one recursive statement. The union drops what was found at the same depth before. */
async function walk(db: Db, starts: readonly string[], way: 'up' | 'down', depth: number, height: number): Promise<string[]> {
  const e = schema.lineageEdges;
  const [from, to] = way === 'up' ? [e.target, e.source] : [e.source, e.target];
  const begin = sql.join(starts.map((s) => sql`(${s}::text, 0)`), sql`, `);
  const result = await db.execute(sql`
    with recursive reached(key, depth) as (
      select * from (values ${begin}) as start(key, depth)
      union
      select ${to}, reached.depth + 1 from reached join ${e} on ${from} = reached.key
      where reached.depth < ${depth} and ${e.height} <= ${height}
    )
    select key from reached group by key order by min(depth), key limit ${MAX_NODES}`);
  return (result as unknown as { rows: { key: string }[] }).rows.map((row) => row.key);
}

/** Rows of the things that keys name. `judged`: a FINAL job of zero tolerance, the only kind that proves its output. */
async function describeNodes(db: Db, keys: readonly string[], height: number): Promise<(LineageNode & { judged: boolean })[]> {
  const parsed = keys.map((key) => ({ key, ...parseKey(key) }));
  const ids = (kinds: readonly string[]) => [...new Set(parsed.filter((p) => kinds.includes(p.kind)).map((p) => p.id))];
  const { artifacts, jobs, jobInputs } = schema;
  const [artifactIds, jobIds, inputJobs] = [ids(['artifact']), ids(['job', 'output']), ids(['input'])];
  const a = artifactIds.length ? await db.select({ id: artifacts.id, name: artifacts.name, digest: artifacts.digest }).from(artifacts).where(and(inArray(artifacts.id, artifactIds), whereValidAt(artifacts, height))) : [];
  const j = jobIds.length ? await db.select({ id: jobs.id, state: jobs.state, eager: jobs.eager, abs: jobs.toleranceAbs, rel: jobs.toleranceRel, outputRoot: jobs.outputRoot }).from(jobs).where(and(inArray(jobs.id, jobIds), whereValidAt(jobs, height))) : [];
  const inputs = inputJobs.length ? await db.select().from(jobInputs).where(and(inArray(jobInputs.jobId, inputJobs), lte(jobInputs.height, height))) : [];
  return parsed.map(({ key, kind, id, index }) => {
    const job = j.find((row) => row.id === id);
    const judged = job !== undefined && job.state === 'FINAL' && job.eager && Number(job.abs) === 0 && Number(job.rel) === 0;
    switch (kind) {
      case 'artifact': {
        const row = a.find((r) => r.id === id);
        return { key, kind: 'ARTIFACT', artifactId: id, jobId: null, label: row?.name ?? '', root: row?.digest ?? null, judged: false };
      }
      case 'job':
        return { key, kind: 'JOB', artifactId: null, jobId: id, label: job?.state ?? '', root: null, judged };
      case 'output':
        return { key, kind: 'OUTPUT', artifactId: null, jobId: id, label: 'output', root: job?.outputRoot ?? null, judged };
      default: {
        const row = inputs.find((r) => r.jobId === id && r.index === index);
        return { key, kind: 'INPUT', artifactId: row?.datasetId ?? null, jobId: id, label: row?.path ?? `input ${index}`, root: row?.dataRoot ?? null, judged: false };
      }
    }
  });
}

function parseKey(key: string): { kind: string; id: bigint; index: number } {
  const match = /^(\w+):(\d+)(?:\/(\d+))?$/.exec(key);
  return { kind: match?.[1] ?? '', id: BigInt(match?.[2] ?? 0), index: Number(match?.[3] ?? 0) };
}

/** Whether a start exists at a height. */
export async function startExists(db: Db, start: string, height: number): Promise<boolean> {
  const { kind, id } = parseKey(start);
  const table = kind === 'job' ? schema.jobs : schema.artifacts;
  return (await db.select({ id: table.id }).from(table).where(and(eq(table.id, id), whereValidAt(table, height)))).length > 0;
}

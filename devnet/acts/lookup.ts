import { inspect } from 'node:util';
import { exampleQueries } from '../../graphql/index.js';
import { AssayError } from '../../src/errors.js';
import { startAssay, waitForLine, writeSettings } from '../services.js';
import type { Stage } from '../stage.js';

/** A GraphQL endpoint. */
export type Ask = (query: string, variables?: Readonly<Record<string, string>>) => Promise<Record<string, unknown>>;

/** Starts the indexer with GraphQL, from the first block on. Returns its URL. */
export async function startIndex(stage: Stage): Promise<string> {
  const config = writeSettings(stage.paths, 'index', {
    ...withoutBlobs(stage.settings(stage.network.nodes.length - 1)),
    'index.dir': `${stage.paths.data}/index`,
    'graphql.port': 0,
  });
  const child = startAssay(stage.processes, 'index', ['index', '--graphql', '--config', config]);
  return waitForLine(stage.processes, child, /^graphql (\S+)$/m);
}

function withoutBlobs(settings: ReturnType<Stage['settings']>): ReturnType<Stage['settings']> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith('chain.')));
}

/** Asks a GraphQL endpoint. @throws `GRAPHQL` with the first error */
export function asker(url: string): Ask {
  return async (query, variables = {}) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: { message: string }[] };
    if (errors?.[0] || !data) throw new AssayError('GRAPHQL', `${url} answered with an error: ${errors?.[0]?.message ?? response.status}`, { decision: 'peer' });
    return data;
  };
}

/** Waits until the index has a height. */
export async function untilIndexed(stage: Stage, ask: Ask, height: number): Promise<void> {
  await stage.story.until(`the index to reach height ${height}`, async () => {
    const { indexer } = (await ask('{ indexer { head } }')) as { indexer: { head: number | string } | null };
    return Number(indexer?.head ?? 0) >= height ? true : undefined;
  }, { seconds: 60, alive: () => stage.processes.assertAlive() });
}

/** What must be found by asking. */
export interface Expected {
  /** number of jobs that ended in each state */
  readonly states: Readonly<Record<string, number>>;
  readonly faulted: bigint;
  readonly final: bigint;
  readonly proposal: bigint;
}

/** Asks the five example queries, shows query and answer, and checks the answers against what happened. */
export async function lookEverythingUp(stage: Stage, url: string, expected: Expected): Promise<void> {
  const { story } = stage;
  const ask = asker(url);
  const examples = exampleQueries({ faultedJob: expected.faulted.toString(), finalJob: expected.final.toString(), proposal: expected.proposal.toString() });
  const answers: Record<string, unknown>[] = [];
  for (const { title, query, variables } of examples) {
    const answer = await ask(query, variables);
    answers.push(answer);
    story.say(`${title}:`);
    story.show(query.trim().split('\n'));
    story.show(inspect(answer, { depth: 8, breakLength: 140, maxArrayLength: 6, maxStringLength: 100 }).split('\n'));
  }
  const [jobs, dispute, lineage, proposal, indexer] = answers as [
    { jobCounts: { state: string; count: number }[] },
    { dispute: { prover: string; explanation: { ratio: string } | null } },
    { lineage: { edges: { evidence: string | null }[] } },
    { proposal: { status: string; votes: unknown[]; changedParams: { before: unknown; after: unknown }[] } },
    { indexer: { lag: number | string } },
  ];
  const counted = Object.fromEntries(jobs.jobCounts.map((c) => [c.state, Number(c.count)]).filter(([, n]) => n !== 0));
  story.expect('GraphQL counts jobs by state', counted, expected.states);
  story.expect('GraphQL knows who proved the fault', stage.network.nodes.some((n) => n.operator === dispute.dispute.prover), true);
  story.expect('GraphQL has the lineage with its evidence', new Set(lineage.lineage.edges.map((e) => e.evidence)).has('MATCHED'), true);
  story.expect('GraphQL has the proposal and its votes', [proposal.proposal.status, proposal.proposal.votes.length], ['PASSED', stage.network.nodes.length]);
  story.expect('the index has followed all of it, blocks behind', Number(indexer.indexer.lag) <= 5, true);
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import type { Database } from '../src/db/index.js';
import { createLogger } from '../src/log.js';
import { emptyDatabase, quickIndexer } from '../test/support/index-run.js';
import { serveChain, type ScriptedRpc } from '../test/support/rpc.js';
import { ALICE, CHEAT, story, VERIFIER, WORKER } from '../test/support/story.js';
import { exampleQueries, startGraphql, type GraphqlServer } from './index.js';
import { LIMITS } from './limits.js';
import { graphqlSchema, printedSchema } from './schema.js';

type Json = { [key: string]: Json } & { [index: number]: Json } & Iterable<Json>;
interface Answer {
  data: Json;
  errors?: { message: string; path?: unknown[]; extensions: { code: string } & Record<string, unknown> }[];
  extensions: { chain: { height: number; hash: string } };
}

test('the committed schema is the printed one', () => {
  const committed = readFileSync(fileURLToPath(new URL('../../graphql/schema.graphql', import.meta.url)), 'utf8');
  assert.ok(committed === printedSchema(), 'graphql/schema.graphql is stale: run `node dist/graphql/print.js`');
});

test('everything in the schema is described', () => {
  const bare: string[] = [];
  for (const type of Object.values(graphqlSchema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (!type.description && !['String', 'Int', 'Boolean', 'Float', 'ID'].includes(type.name)) bare.push(type.name);
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        if (!field.description) bare.push(`${type.name}.${field.name}`);
      }
    }
    if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) bare.push(...field.args.filter((a) => !a.description).map((a) => `${type.name}.${field.name}(${a.name})`));
    }
    if (isEnumType(type)) bare.push(...type.getValues().filter((v) => !v.description).map((v) => `${type.name}.${v.name}`));
  }
  assert.deepEqual(bare, []);
});

describe('the API over a short chain', () => {
  let rpc: ScriptedRpc, database: Database, indexer: Awaited<ReturnType<typeof quickIndexer>>, server: GraphqlServer;
  const chain = story();
  before(async () => {
    chain.add();
    rpc = await serveChain(chain);
    database = await emptyDatabase();
    server = await startGraphql({ database, port: 0, logger: createLogger({ name: 'test', level: process.env['ASSAY_LOG'] ?? 'silent' }) });
    const empty = await ask('{ indexer { head } }');
    assert.equal(empty.errors?.[0]?.extensions.code, 'NOTHING_INDEXED');
    assert.equal((await fetch(new URL('/readyz', server.url))).status, 503);
    indexer = await quickIndexer(database, [rpc.url]);
    await indexer.reached(14, 20_000);
  });
  after(async () => {
    await server.stop();
    await indexer.stop();
    await database.close();
    await rpc.close();
  });
  const post = (body: string) => fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const ask = async (query: string, variables: object = {}): Promise<Answer> => (await post(JSON.stringify({ query, variables }))).json() as Promise<Answer>;
  const code = async (query: string, variables: object = {}) => (await ask(query, variables)).errors?.[0]?.extensions.code;

  test('the five examples answer as the story went, each naming its block', async () => {
    const answers = [];
    for (const { query, variables } of exampleQueries({ faultedJob: '2', finalJob: '1', proposal: '1' })) {
      const answer = await ask(query, variables);
      assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
      assert.equal(answer.extensions.chain.height, 14);
      assert.match(answer.extensions.chain.hash, /^[0-9a-f]{64}$/);
      answers.push(answer.data);
    }
    const [jobs, dispute, lineage, proposal, status] = answers;
    assert.deepEqual(jobs!['jobCounts'], [{ state: 'FAULTED', count: 1 }, { state: 'FINAL', count: 1 }]);
    assert.equal(Number(jobs!['jobs']!['totalCount']), 2);
    const d = dispute!['dispute']!;
    assert.deepEqual([d['phase'], d['reason'], d['worker'], d['prover']], ['ENDED', 'ARITHMETIC', CHEAT, VERIFIER]);
    assert.deepEqual(d['explanation'], { kind: 'ARITHMETIC', node: 17, op: 'MatMul', element: '42', coordinates: ['0', '42'], claimed: '1.5', exact: '1.25', bound: '0.00001', ratio: '25000' });
    assert.deepEqual(d['job']!['payments'], [{ recipient: ALICE, amount: '123456789012345678901234567890', purpose: 'refund' }, { recipient: VERIFIER, amount: '5000', purpose: 'reward' }, { recipient: 'burn', amount: '5000', purpose: 'slash' }]);
    const edges = [...lineage!['lineage']!['edges']!].map((e) => `${String(e['source'])} ${String(e['role'])} ${String(e['target'])} ${String(e['evidence'])}`).sort();
    assert.deepEqual(edges, ['artifact:1 ENTRY_OF input:1/0 MATCHED', 'artifact:1 TRAINED_ON artifact:2 DECLARED', 'artifact:2 PROGRAM job:1 MATCHED', 'input:1/0 INPUT job:1 MATCHED', 'job:1 OUTPUT output:1 DECLARED']);
    assert.equal([...lineage!['lineage']!['nodes']!].length, 5);
    assert.deepEqual(proposal!['proposal']!['changedParams'], [{ module: 'compute', path: 'window_blocks', before: '20', after: '40' }]);
    assert.deepEqual(proposal!['proposal']!['votes'], [VERIFIER, WORKER].map((voter) => ({ voter, options: [{ option: 'YES', weight: '1' }] })));
    assert.deepEqual(status!['indexer'], { chainId: 'assay-test', head: 14, verifiedHeight: 14, target: 15, lag: 1 });
  });

  test('any height can be asked, and everything below it is of that height', async () => {
    const query = 'query ($at: Int) { job(jobId: 2, at: $at) { state history { height state } dispute { phase commitments { state } } payments { amount } artifact { status } duties { verdict } } jobs(first: 1, filter: { state: { eq: COMMITTED } }, at: $at) { totalCount } }';
    const at8 = await ask(query, { at: 8 });
    assert.deepEqual(at8.data['job'], { state: 'COMMITTED', history: [{ height: 3, state: 'OPEN' }, { height: 4, state: 'CLAIMED' }, { height: 5, state: 'COMMITTED' }, { height: 6, state: 'COMMITTED' }], dispute: { phase: 'PROVING', commitments: [{ state: 'LIVE' }] }, payments: [], artifact: { status: 'ACTIVE' }, duties: [{ verdict: null }] });
    assert.equal(Number(at8.data['jobs']!['totalCount']), 2);
    assert.equal(at8.extensions.chain.height, 8);
    assert.notEqual(at8.extensions.chain.hash, (await ask(query)).extensions.chain.hash);
    assert.deepEqual((await ask(query, { at: 4 })).data['job']!['dispute'], null);
    assert.deepEqual((await ask(query, { at: 2 })).data['job'], null);
    assert.equal((await ask('{ params(module: "compute", at: 12) { value } }')).data['params']![0]!['value']!['window_blocks'] as unknown, '20');
    const early = await ask('{ lineage(jobId: 1, at: 4) { edges { role } } }');
    assert.deepEqual([...early.data['lineage']!['edges']!].map((e) => String(e['role'])), ['TRAINED_ON', 'ENTRY_OF', 'PROGRAM', 'INPUT']);
  });

  test('heights that do not exist, or do not agree, are refused with a code', async () => {
    const future = await ask('{ job(jobId: 1, at: 99) { state } }');
    assert.deepEqual(future.errors?.[0]?.extensions, { code: 'HEIGHT_NOT_INDEXED', want: 99, have: 14 });
    assert.equal(await code('{ a: job(jobId: 1, at: 5) { state } ...F } fragment F on Query { b: job(jobId: 1, at: 6) { state } }'), 'BAD_USER_INPUT');
    assert.equal(await code('{ job(jobId: 1, at: -1) { state } }'), 'BAD_USER_INPUT');
  });

  test('pages follow each other without overlap, in the order asked, and filters hold', async () => {
    const page = 'query ($after: String, $o: JobOrder!) { jobs(first: 1, after: $after, orderBy: $o) { pageInfo { hasNextPage endCursor } edges { node { jobId } } } }';
    for (const [order, wanted] of [['ID_ASC', ['1', '2']], ['FEE_DESC', ['1', '2']], ['ID_DESC', ['2', '1']]] as const) {
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const { data }: Answer = await ask(page, { after, o: order });
        seen.push(...[...data['jobs']!['edges']!].map((e) => String(e['node']!['jobId'])));
        after = data['jobs']!['pageInfo']!['hasNextPage'] ? String(data['jobs']!['pageInfo']!['endCursor']) : null;
      } while (after);
      assert.deepEqual([...seen].sort(), [...wanted].sort());
      if (order !== 'FEE_DESC') assert.deepEqual(seen, wanted);
    }
    const filtered = await ask('{ jobs(filter: { state: { in: [FAULTED] }, worker: { eq: "assay1cheat" }, fee: { gte: "1" } }) { totalCount edges { node { jobId } } } none: jobs(filter: { jobId: { in: [] } }) { totalCount } arts: artifacts(filter: { digest: "0x0202020202020202020202020202020202020202020202020202020202020202" }) { edges { node { name digest } } } }');
    assert.deepEqual(filtered.data['jobs'], { totalCount: 1, edges: [{ node: { jobId: '2' } }] });
    assert.equal(Number(filtered.data['none']!['totalCount']), 0);
    assert.deepEqual(filtered.data['arts'], { edges: [{ node: { name: 'rec', digest: '02'.repeat(32) } }] });
  });

  test('ids lead back to their things', async () => {
    const { data } = await ask('{ job(jobId: 1) { id artifact { id } } dispute(jobId: 2) { id } proposal(proposalId: 1) { id } verifier(operator: "assay1verifier") { id } block(height: 3) { id transactions { id } } }');
    const ids = [data['job']!['id'], data['job']!['artifact']!['id'], data['dispute']!['id'], data['proposal']!['id'], data['verifier']!['id'], data['block']!['id'], data['block']!['transactions']![1]!['id']];
    for (const id of ids) {
      const found = await ask('query ($id: ID!) { node(id: $id) { __typename id ... on Job { state artifact { name } } ... on Transaction { messages { typeUrl } } } }', { id });
      assert.equal(found.errors, undefined, JSON.stringify(found.errors));
      assert.equal(found.data['node']!['id'], id);
    }
    assert.equal(await code('{ node(id: "bm9uc2Vuc2U") { id } }'), 'BAD_USER_INPUT');
  });

  test('the ledger: blocks, transactions, messages inside messages, events, payments, rounds, snapshots', async () => {
    const { data, errors } = await ask(`{
      block(height: 11) { hash txCount transactions { code decoded log fee { denom amount } messages { path typeUrl executed value } events { type attributes { key value } } } }
      messages(filter: { typeUrl: { eq: "/cosmos.gov.v1.MsgVote" } }) { edges { node { path executed } } }
      events(first: 2, filter: { type: { eq: "proposal_vote" } }) { edges { node { height attributes { key value } } } }
      payments(filter: { recipient: { eq: "burn" } }) { totalCount edges { node { amount } } }
      beaconRounds { edges { node { round randomness poster } } }
      snapshots { edges { node { epoch totalPower entries { operator power } } } }
      transactions(filter: { code: { gte: 1 } }) { edges { node { height index log } } }
      workers { totalCount } verifiers { edges { node { operator deposit duties { jobId verdict } } } }
      duties(filter: { verdict: { eq: VALID } }) { edges { node { jobId job { state } } } }
    }`);
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.equal([...data['block']!['transactions']!].length, 3);
    assert.equal(data['snapshots']!['edges']![0]!['node']!['totalPower'] as unknown, '18446744073709551615');
    assert.deepEqual(data['payments'], { totalCount: 1, edges: [{ node: { amount: '5000' } }] });
    assert.deepEqual(data['duties']!['edges'], [{ node: { jobId: '1', job: { state: 'FINAL' } } }]);
  });

  test('limits hold before any row is read: size, tokens, depth, cost, page', async () => {
    assert.equal(await code(`{ jobs(first: 100) { edges { node { artifact { jobs { artifact { jobs { duties { operator } payments { amount } } } } } } } } }`), 'QUERY_TOO_COMPLEX');
    const deep = `{ job(jobId: 1) ${'{ artifact { jobs '.repeat(9)} { state } ${'} }'.repeat(9)} }`;
    assert.ok(['QUERY_TOO_DEEP', 'QUERY_TOO_COMPLEX'].includes(String(await code(deep))));
    assert.equal(await code(`{ ${'a'.repeat(2)}: indexer { head } ${Array.from({ length: 2000 }, (_, i) => `x${i}: indexer { head }`).join(' ')} }`), 'QUERY_TOO_LARGE');
    assert.equal((await post(JSON.stringify({ query: `{ indexer { head } } #${'x'.repeat(LIMITS.bodyBytes)}` }))).status, 413);
    assert.equal(await code(`{ jobs(filter: { jobId: { in: [${Array.from({ length: 101 }, (_, i) => i).join(',')}] } }) { totalCount } }`), 'BAD_USER_INPUT');
    const page = await ask('{ blocks(first: 1000000) { edges { node { height } } } }');
    assert.ok([...page.data['blocks']!['edges']!].length <= LIMITS.pageSize);
  });

  test('mistakes have codes and secrets stay inside', async () => {
    assert.equal(await code('{ nothing }'), 'GRAPHQL_VALIDATION_FAILED');
    assert.equal(await code('{ unclosed'), 'GRAPHQL_PARSE_FAILED');
    assert.equal(await code('{ job(jobId: "one") { state } }'), 'BAD_USER_INPUT');
    assert.equal(await code('query ($j: BigInt!) { job(jobId: $j) { state } }', { j: 'one' }), 'BAD_USER_INPUT');
    assert.equal(await code('{ lineage { truncated } }'), 'BAD_USER_INPUT');
    assert.equal(await code('{ lineage(jobId: 1, depth: 99) { truncated } }'), 'BAD_USER_INPUT');
    assert.equal((await ask('{ job(jobId: 99) { state } lineage(jobId: 99) { truncated } }')).data['job'] as unknown, null);
    const huge = await ask('{ job(jobId: "99999999999999999999999999999") { state } }');
    assert.ok(huge.errors?.every((e) => !/sql|select|jobs\.|postgres/i.test(e.message)), JSON.stringify(huge.errors));
  });

  test('health, readiness, and a page that loads nothing from elsewhere', async () => {
    assert.equal((await fetch(new URL('/healthz', server.url))).status, 200);
    assert.equal((await fetch(new URL('/readyz', server.url))).status, 200);
    assert.equal((await fetch(new URL('/metrics', server.url))).status, 404);
    const response = await fetch(server.url, { headers: { accept: 'text/html' } });
    const html = await response.text();
    assert.equal(response.status, 200);
    assert.doesNotMatch(html, /https?:\/\//);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });
});

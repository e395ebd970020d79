import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { and, asc, eq, isNull } from 'drizzle-orm';
import { schema, validAt, type Database } from '../src/db/index.js';
import { dump, emptyDatabase, firstDifference, quickIndexer } from '../test/support/index-run.js';
import { serveChain, type ScriptedRpc } from '../test/support/rpc.js';
import { CHEAT, story, VERIFIER, WORKER } from '../test/support/story.js';
import type { Indexer } from './index.js';

describe('the projection of a short chain', () => {
  let rpc: ScriptedRpc, database: Database, indexer: Indexer;
  const chain = story();
  before(async () => {
    chain.add(); // The tip's results are verified by the block after it.
    rpc = await serveChain(chain);
    database = await emptyDatabase();
    indexer = await quickIndexer(database, [rpc.url]);
    await indexer.reached(14, 20_000);
  });
  after(async () => {
    await indexer.stop();
    await database.close();
    await rpc.close();
  });

  test('indexes all blocks but the one whose results nothing commits to yet', async () => {
    assert.equal(indexer.head(), 14);
    const blocks = await database.db.select().from(schema.blocks).orderBy(asc(schema.blocks.height));
    assert.deepEqual(blocks.map((b) => b.height), Array.from({ length: 14 }, (_, i) => i + 1));
    chain.add();
    await indexer.reached(15);
  });

  test('a job has one version for each block that changed it, and holds at every height', async () => {
    const versions = await database.db.select().from(schema.jobs).where(eq(schema.jobs.id, 1n)).orderBy(asc(schema.jobs.validFrom));
    assert.deepEqual(versions.map((v) => [v.validFrom, v.validTo, v.state, v.cause]), [
      [3, 4, 'OPEN', 'submit'],
      [4, 5, 'CLAIMED', 'claim'],
      [5, 6, 'COMMITTED', 'commit'],
      [6, 14, 'COMMITTED', 'drawn'], // twice in one block: the last counts
      [14, null, 'FINAL', 'final'],
    ]);
    for (const [height, state] of [[3, 'OPEN'], [5, 'COMMITTED'], [13, 'COMMITTED'], [14, 'FINAL'], [99, 'FINAL']] as const) {
      const row = await database.db.query.jobs.findFirst({ where: { id: 1n, ...validAt(height) } });
      assert.equal(row?.state, state, `at ${height}`);
    }
    assert.equal(await database.db.query.jobs.findFirst({ where: { id: 1n, ...validAt(2) } }), undefined);
  });

  test('numbers larger than JavaScript’s and raw bytes survive, also nested in JSON', async () => {
    const job = await database.db.query.jobs.findFirst({ where: { id: 2n, ...validAt(14) }, with: { payments: true, artifact: { where: validAt(14) } } });
    assert.equal(job?.fee, 123456789012345678901234567890n);
    assert.equal(job?.program.macs, '18000000000000000001');
    assert.deepEqual(job?.payments.map((p) => [p.recipient, p.amount, p.purpose]).sort(), [['assay1alice', 123456789012345678901234567890n, 'refund'], ['assay1verifier', 5000n, 'reward'], ['burn', 5000n, 'slash']]);
    assert.deepEqual([...(job?.artifact?.digest ?? [])], Array<number>(32).fill(2));
    const [snapshot] = await database.db.select().from(schema.snapshots);
    assert.equal(snapshot?.totalPower, 18446744073709551615n);
  });

  test('dispute, explanation, demand, commitment and judgement are there', async () => {
    const dispute = await database.db.query.disputes.findFirst({ where: { jobId: 2n, ...validAt(14) }, with: { demands: { where: validAt(14) }, commitments: { where: validAt(14) }, judgements: true } });
    assert.equal(dispute?.phase, 'ENDED');
    assert.equal(dispute?.reason, 'ARITHMETIC');
    assert.equal(dispute?.worker, CHEAT);
    assert.deepEqual(pick(dispute?.explanation, ['node', 'op', 'element', 'claimed', 'exact', 'bound', 'ratio']), { node: 17, op: 'MatMul', element: '42', claimed: '1.5', exact: '1.25', bound: '0.00001', ratio: '25000' });
    assert.deepEqual(dispute?.commitments.map((c) => c.state), ['PROVED']);
    assert.deepEqual(dispute?.demands.map((d) => d.state), ['SERVED']);
    assert.deepEqual(dispute?.judgements.map((j) => j.convicted), [true]);
    const before = await database.db.query.disputes.findFirst({ where: { jobId: 2n, ...validAt(7) } });
    assert.equal(before?.phase, 'TRACE_DEMANDED');
  });

  test('votes come from events, keep their last word, and a proposal’s parameters name it', async () => {
    const votes = await database.db.select().from(schema.votes).where(isNull(schema.votes.validTo)).orderBy(asc(schema.votes.voter));
    assert.deepEqual(votes.map((v) => [v.voter, v.options]), [[VERIFIER, [{ option: 'YES', weight: '1' }]], [WORKER, [{ option: 'YES', weight: '1' }]]]);
    const proposal = await database.db.query.proposals.findFirst({ where: { id: 1n, ...validAt(14) } });
    assert.deepEqual([proposal?.status, proposal?.title, proposal?.votingStartHeight, proposal?.endHeight], ['PASSED', 'A longer window', 10, 13]);
    const params = await database.db.select().from(schema.params).where(eq(schema.params.module, 'compute')).orderBy(asc(schema.params.validFrom));
    assert.deepEqual(params.map((p) => [p.validFrom, p.validTo, p.version, p.value['window_blocks'], p.proposalId]), [[0, 13, 1n, '20', null], [13, null, 2n, '40', 1n]]);
  });

  test('messages are unwrapped, unknown ones stay raw, a failed or senseless transaction stalls nothing', async () => {
    const at11 = await database.db.select().from(schema.messages).where(eq(schema.messages.height, 11)).orderBy(asc(schema.messages.txIndex), asc(schema.messages.path));
    assert.deepEqual(at11.map((m) => [m.txIndex, m.path, m.typeUrl, m.executed]), [
      [0, '0', '/cosmos.authz.v1beta1.MsgExec', true], [0, '0.0', '/cosmos.gov.v1.MsgVote', true],
      [1, '0', '/cosmos.authz.v1beta1.MsgExec', false], [1, '0.0', '/cosmos.gov.v1.MsgVote', false],
    ]);
    const [unknown] = await database.db.select().from(schema.messages).where(eq(schema.messages.height, 2));
    assert.equal(unknown?.raw?.toString(), 'bytes');
    const proposed = await database.db.select().from(schema.messages).where(and(eq(schema.messages.height, 10), eq(schema.messages.path, '0.0')));
    assert.deepEqual(proposed.map((m) => [m.typeUrl, m.executed]), [['/assay.compute.v1.MsgUpdateParams', false]]);
    const txs = await database.db.select().from(schema.transactions).where(eq(schema.transactions.height, 11)).orderBy(asc(schema.transactions.index));
    assert.deepEqual(txs.map((t) => [t.code, t.decoded, t.log]), [[0, true, ''], [5, true, 'insufficient funds'], [2, false, 'tx parse error']]);
    const [memo] = await database.db.select().from(schema.transactions).where(eq(schema.transactions.height, 2));
    assert.match(memo!.memo, /^a NUL \ufffd and half an emoji \ufffd/);
  });

  test('provenance leads from the dataset to the output, with what stands behind each edge', async () => {
    const edges = await database.db.select().from(schema.lineageEdges);
    assert.deepEqual(edges.map((e) => `${e.source} ${e.role} ${e.target} ${e.evidence ?? '-'}${e.path ? ` ${e.path}` : ''}`).sort(), [
      'artifact:1 ENTRY_OF input:1/0 MATCHED lines/one.png',
      'artifact:1 ENTRY_OF input:2/0 MATCHED lines/one.png',
      'artifact:1 TRAINED_ON artifact:2 DECLARED',
      'artifact:2 PROGRAM job:1 MATCHED',
      'artifact:2 PROGRAM job:2 MATCHED',
      'input:1/0 INPUT job:1 MATCHED',
      'input:2/0 INPUT job:2 MATCHED',
      'job:1 OUTPUT output:1 -',
      'job:2 OUTPUT output:2 -',
    ]);
  });

  test('an edited artifact keeps its other columns', async () => {
    const versions = await database.db.select().from(schema.artifacts).where(eq(schema.artifacts.id, 2n)).orderBy(asc(schema.artifacts.validFrom));
    assert.deepEqual(versions.map((a) => [a.validFrom, a.validTo, a.status, a.statusReason, a.name]), [[2, 14, 'ACTIVE', null, 'rec'], [14, null, 'DEPRECATED', 'a better one exists', 'rec']]);
  });

  test('projecting anew from the archive gives the same rows, without network', async () => {
    await indexer.stop();
    const { height } = (await database.db.select().from(schema.cursor))[0]!;
    const original = await dump(database);
    await database.db.update(schema.cursor).set({ projection: 0 });
    const again = await quickIndexer(database, [rpc.url]);
    const batches = rpc.batches();
    await again.reached(height, 20_000);
    await again.stop();
    assert.equal(firstDifference(await dump(database), original), undefined);
    assert.ok(rpc.batches() - batches < 15, 'only continuity checks and the block after the archive ask the network');
  });
});

function pick(value: unknown, keys: readonly string[]): unknown {
  const record = value as Record<string, unknown>;
  return Object.fromEntries(keys.map((k) => [k, record[k]]));
}

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { eq } from 'drizzle-orm';
import { schema, type Database } from '../src/db/index.js';
import { AssayError } from '../src/errors.js';
import { dump, emptyDatabase, emptyTables, firstDifference, quickIndexer } from '../test/support/index-run.js';
import { HANG, serveChain, TRUNCATE, type Fault, type ScriptedRpc } from '../test/support/rpc.js';
import { story } from '../test/support/story.js';
import type { Indexer } from './index.js';

// An endpoint that lies is met with a typed error at the first block that it changed, and nothing of that block is kept.

type Json = { [key: string]: Json } & { [index: number]: Json };
const change = (result: unknown, edit: (r: Json) => void): unknown => (edit(result as Json), result);
const at = (wanted: number, method: string, edit: (r: Json) => void): Fault => (m, height, result) => (m === method && height === wanted ? change(result, edit) : result);

const LIES: readonly { what: string; code: string; keeps: number; fault: Fault }[] = [
  { what: 'changed transaction', code: 'DATA_HASH_MISMATCH', keeps: 3, fault: at(5, 'block', (r) => (r['block']!['data']!['txs']![0] = 'AAAA' as never)) },
  { what: 'dropped transaction', code: 'DATA_HASH_MISMATCH', keeps: 3, fault: at(5, 'block', (r) => (r['block']!['data']!['txs'] = [] as never)) },
  { what: 'changed header', code: 'HEADER_HASH_MISMATCH', keeps: 3, fault: at(5, 'block', (r) => (r['block']!['header']!['time'] = '2030-01-01T00:00:00Z' as never)) },
  { what: 'changed block id', code: 'HEADER_HASH_MISMATCH', keeps: 3, fault: at(5, 'block', (r) => (r['block_id']!['hash'] = '00'.repeat(32) as never)) },
  { what: 'another height', code: 'HEIGHT_MISMATCH', keeps: 3, fault: (m, h, r) => (m === 'block' && h === 5 ? story().answer('block', { height: '6' }) : r) },
  { what: 'dropped results', code: 'RESULTS_COUNT_MISMATCH', keeps: 4, fault: at(5, 'block_results', (r) => (r['txs_results'] = null as never)) },
  { what: 'failure told as success', code: 'RESULTS_HASH_MISMATCH', keeps: 10, fault: at(11, 'block_results', (r) => (r['txs_results']![1]!['code'] = 0 as never)) },
  { what: 'changed gas', code: 'RESULTS_HASH_MISMATCH', keeps: 4, fault: at(5, 'block_results', (r) => (r['txs_results']![0]!['gas_used'] = '1' as never)) },
  { what: 'changed state root', code: 'APP_HASH_MISMATCH', keeps: 4, fault: at(5, 'block_results', (r) => (r['app_hash'] = Buffer.alloc(32).toString('base64') as never)) },
  { what: 'results of another height', code: 'HEIGHT_MISMATCH', keeps: 3, fault: at(5, 'block_results', (r) => (r['height'] = '6' as never)) },
  { what: 'a block of another chain', code: 'CHAIN_ID_MISMATCH', keeps: 3, fault: (m, h, r) => (m === 'block' && h === 5 ? story('other').answer('block', { height: '5' }) : r) },
  { what: 'a block of the same chain restarted', code: 'BLOCK_NOT_LINKED', keeps: 3, fault: (m, h, r) => (m === 'block' && h >= 5 ? story('assay-test', 'again').answer('block', { height: String(h) }) : r) },
  { what: 'truncated JSON', code: 'RPC_MALFORMED', keeps: 0, fault: (m, h, r) => (m === 'block' && h === 5 ? TRUNCATE : r) },
  { what: 'a number where text belongs', code: 'RPC_MALFORMED', keeps: 0, fault: at(5, 'block_results', (r) => (r['txs_results']![0]!['log'] = 7 as never)) },
  { what: 'events of an older node', code: 'RPC_MALFORMED', keeps: 0, fault: at(5, 'block_results', (r) => (r['end_block_events'] = [] as never)) },
  { what: 'another chain id in its status', code: 'CHAIN_ID_MISMATCH', keeps: -1, fault: (m, _, r) => (m === 'status' ? change(r, (s) => (s['node_info']!['network'] = 'other' as never)) : r) },
];

describe('an endpoint that lies', { timeout: 300_000 }, () => {
  const open: (() => Promise<void>)[] = [];
  let shared: Database;
  let honestRows: string[];
  before(async () => {
    shared = await emptyDatabase();
    const { indexer } = await start([await serve()]);
    await indexer.reached(13);
    honestRows = await dump(shared);
    await cleanUp();
  });
  after(() => shared.close());
  const cleanUp = async (): Promise<void> => {
    for (const close of open.splice(0).reverse()) await close();
    await emptyTables(shared);
  };
  afterEach(cleanUp);
  const start = async (rpcs: readonly ScriptedRpc[], over = {}): Promise<{ database: Database; indexer: Indexer }> => {
    const indexer = await quickIndexer(shared, rpcs.map((r) => r.url), over);
    open.push(() => indexer.stop());
    return { database: shared, indexer };
  };
  const serve = async (fault?: Fault, chain = story()): Promise<ScriptedRpc> => {
    const rpc = await serveChain(chain);
    rpc.lie(fault);
    open.push(() => rpc.close());
    return rpc;
  };
  const codeOf = (indexer: Indexer): Promise<string> => indexer.done.then(() => 'ended', (e: unknown) => (e instanceof AssayError ? e.code : String(e)));

  for (const { what, code, keeps, fault } of LIES) {
    test(`${what}: ${code}, and what came before is kept`, async () => {
      const { database, indexer } = await start([await serve(fault)]);
      assert.equal(await codeOf(indexer), code);
      const [cursor] = await database.db.select().from(schema.cursor);
      assert.equal(cursor?.height ?? -1, keeps);
      assert.equal((await database.db.select().from(schema.blocks)).length, Math.max(0, keeps));
    });
    test(`${what}: an honest second endpoint takes over and the rows are the honest ones`, async () => {
      const { database, indexer } = await start([await serve(fault), await serve()]);
      await indexer.reached(13);
      assert.equal(firstDifference(await dump(database), honestRows), undefined);
    });
  }

  test('one that hangs is waited out, and indexing goes on when it answers again', async () => {
    const rpc = await serve((m, h, r) => (m === 'block' && h === 5 ? HANG : r));
    const { indexer } = await start([rpc], { timeoutMs: 200 });
    await assert.rejects(indexer.reached(6, 600), (e) => e instanceof AssayError && e.code === 'INDEX_BEHIND');
    const counted = await indexer.metrics.registry.getSingleMetricAsString('assay_indexer_retries_total');
    assert.match(counted, /code="RPC_TIMEOUT"/);
    rpc.lie(undefined);
    await indexer.reached(13);
  });

  test('a chain restarted behind the same address is found at start, when it is shorter, and while following', async () => {
    const rpc = await serve();
    const first = await start([rpc]);
    await first.indexer.reached(13);
    await first.indexer.stop();
    rpc.replace(story('assay-test', 'again'));
    const second = await start([rpc]);
    assert.equal(await codeOf(second.indexer), 'CHAIN_RESTARTED');

    await emptyTables(shared);
    const moving = await serve();
    const third = await start([moving]);
    await third.indexer.reached(13);
    const restarted = story('assay-test', 'again');
    moving.lie((method, _, r) => (method === 'status' ? change(r, (s) => (s['sync_info']!['latest_block_height'] = '4' as never)) : r));
    moving.replace(restarted);
    assert.equal(await codeOf(third.indexer), 'CHAIN_RESTARTED');
  });

  test('a database of another chain, or another id than configured, is refused', async () => {
    const first = await start([await serve()], { chainId: 'assay-test' });
    await first.indexer.reached(13);
    await first.indexer.stop();
    const other = await serve(undefined, story('other'));
    assert.equal(await codeOf((await start([other])).indexer), 'CHAIN_ID_MISMATCH');
    assert.equal(await codeOf((await start([await serve()], { chainId: 'third' })).indexer), 'CHAIN_ID_MISMATCH');
    await emptyTables(shared);
    assert.equal(await codeOf((await start([await serve()], { chainId: 'third' })).indexer), 'CHAIN_ID_MISMATCH');
  });

  test('history that the endpoint no longer has is said plainly', async () => {
    const pruned = await serve((m, _, r) => (m === 'status' ? change(r, (s) => (s['sync_info']!['earliest_block_height'] = '7' as never)) : r));
    assert.equal(await codeOf((await start([pruned])).indexer), 'HISTORY_PRUNED');
  });

  test('a second indexer of one database stops instead of mixing', async () => {
    const rpc = await serve();
    const { database, indexer } = await start([rpc]);
    await indexer.reached(13);
    const { storeBlocks } = await import('./store/store.js');
    const [block] = await database.db.select().from(schema.blocks).where(eq(schema.blocks.height, 13));
    const blockId = { hash: block!.hash, parts: { total: 1, hash: block!.hash } };
    await assert.rejects(storeBlocks(database.db, [{ height: 13, blockId, changes: [], packed: undefined }]), (e) => e instanceof AssayError && e.code === 'CURSOR_MOVED');
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump, emptyDatabase, firstDifference, quickIndexer } from '../../test/support/index-run.js';
import { startPostgres } from '../../test/support/postgres.js';
import { spawnIndexer } from '../../test/support/indexer-process.js';
import { serveChain } from '../../test/support/rpc.js';
import { story } from '../../test/support/story.js';
import { AssayError } from '../../src/errors.js';
import { openDatabase, schema } from '../../src/db/index.js';

test('Postgres holds the same rows as PGlite, opens twice, and survives a killed indexer', { timeout: 180_000 }, async (t) => {
  const postgres = await startPostgres();
  if ('skip' in postgres) return t.skip(postgres.skip);
  const chain = story();
  const rpc = await serveChain(chain);
  const lite = await emptyDatabase();
  try {
    const url = await postgres.url('index');
    await (await openDatabase({ url })).close();
    const database = await openDatabase({ url }); // Migrations that are there are not applied again.
    const indexers = [await quickIndexer(database, [rpc.url]), await quickIndexer(lite, [rpc.url])];
    for (const indexer of indexers) await indexer.reached(13);
    for (const indexer of indexers) await indexer.stop();
    assert.equal(firstDifference(await dump(database), await dump(lite)), undefined);
    await database.close();

    for (let i = 0; i < 300; i++) chain.add({ events: [{ type: 'filler', attributes: [] }] });
    const child = spawnIndexer(rpc.url, url, 2);
    await child.reached(40);
    assert.equal(await child.kill(), 'SIGKILL', 'the child ended before it was killed');
    const after = await openDatabase({ url });
    const [cursor] = await after.db.select().from(schema.cursor);
    assert.ok(cursor!.height < chain.height() - 1, 'the child was killed too late to test anything');
    assert.equal((await after.db.select().from(schema.blocks)).length, cursor!.height);
    const resumed = await quickIndexer(after, [rpc.url]);
    await resumed.reached(chain.height() - 1);
    await resumed.stop();
    const rest = await quickIndexer(lite, [rpc.url]);
    await rest.reached(chain.height() - 1);
    await rest.stop();
    assert.equal(firstDifference(await dump(after), await dump(lite)), undefined);
    await after.close();
  } finally {
    await lite.close();
    await rpc.close();
    await postgres.stop();
  }
});

test('a server that does not answer is a coded error', async () => {
  await assert.rejects(openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' }), (e) => e instanceof AssayError && e.code === 'DATABASE_UNREACHABLE');
});

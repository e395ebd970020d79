import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase, schema } from '../src/db/index.js';
import { dump, emptyDatabase, firstDifference, quickIndexer } from '../test/support/index-run.js';
import { spawnIndexer } from '../test/support/indexer-process.js';
import { serveChain } from '../test/support/rpc.js';
import { story } from '../test/support/story.js';

/** A small generator (mulberry32), so that a failing run can be repeated by its seed. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('kill -9 at any moment loses nothing and duplicates nothing', { timeout: 240_000 }, async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const next = random(seed);
  const chain = story();
  // Enough blocks that a child is killed long before the end, each with rows of its own.
  for (let i = 0; i < 250; i++) chain.add({ events: [{ type: 'filler', attributes: [{ key: 'n', value: String(i) }] }] });
  const rpc = await serveChain(chain);
  const dir = mkdtempSync(join(tmpdir(), 'assay-kill-'));
  const dataDir = join(dir, 'db');
  try {
    const heights: number[] = [];
    for (let round = 0; round < 3; round++) {
      const child = spawnIndexer(rpc.url, dataDir, 3);
      await child.reached((heights.at(-1) ?? 0) + 1 + Math.floor(next() * 60));
      await new Promise((resolve) => setTimeout(resolve, next() * 30)); // Anywhere inside a transaction.
      assert.equal(await child.kill(), 'SIGKILL', 'the child ended before it was killed');
      const database = await openDatabase({ dataDir });
      const cursor = (await database.db.select().from(schema.cursor))[0]?.height ?? 0;
      const blocks = await database.db.select({ height: schema.blocks.height }).from(schema.blocks);
      assert.equal(blocks.length, cursor, 'the cursor and the rows speak of the same height');
      heights.push(cursor);
      await database.close();
    }
    t.diagnostic(`heights after each kill: ${heights.join(', ')}`);
    assert.ok(heights.some((h) => h > 0 && h < chain.height() - 1), 'no kill came in the middle; nothing was tested');

    const database = await openDatabase({ dataDir });
    const resumed = await quickIndexer(database, [rpc.url]);
    await resumed.reached(chain.height() - 1, 60_000);
    await resumed.stop();
    const fresh = await emptyDatabase();
    const uninterrupted = await quickIndexer(fresh, [rpc.url]);
    await uninterrupted.reached(chain.height() - 1, 60_000);
    await uninterrupted.stop();
    assert.equal(firstDifference(await dump(database), await dump(fresh)), undefined);
    await database.close();
    await fresh.close();
  } finally {
    await rpc.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

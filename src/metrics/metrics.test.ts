import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, type Readiness } from './index.js';

test('metrics, health and readiness are served, and say why a daemon is not ready', async () => {
  const metrics = new Metrics('test');
  metrics.counter('things_total', 'Things.', ['kind']).inc({ kind: 'a' }, 3);
  let state: Readiness = { ready: false, reason: 'catching up' };
  const server = await metrics.serve({ host: '127.0.0.1', port: 0, readiness: () => state });
  try {
    const get = async (path: string): Promise<[number, string]> => {
      const r = await fetch(server.url + path);
      return [r.status, await r.text()];
    };
    assert.match((await get('/metrics'))[1], /assay_things_total\{kind="a",daemon="test"\} 3/);
    assert.deepEqual(await get('/healthz'), [200, 'ok\n']);
    assert.deepEqual(await get('/readyz'), [503, 'not ready: catching up\n']);
    state = { ready: true };
    assert.deepEqual(await get('/readyz'), [200, 'ready\n']);
    assert.equal((await get('/nothing'))[0], 404);
  } finally {
    await server.close();
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssayError } from '../src/errors.js';
import { createShutdown } from '../src/shutdown.js';
import { serveOperator } from './http.js';

test('the operator’s endpoints tell health, readiness and numbers, on loopback, and a busy port in one sentence', async () => {
  const shutdown = createShutdown();
  let [sick, late]: (string | undefined)[] = [undefined, 'behind by 9 blocks'];
  const port = await serveOperator({ metrics: async () => 'up 1\n', unhealthy: () => sick, unready: () => late }, 0, shutdown);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await get('/metrics'), [200, 'up 1\n']);
  assert.deepEqual(await get('/healthz'), [200, 'ok\n']);
  assert.deepEqual(await get('/readyz'), [503, 'behind by 9 blocks\n']);
  [sick, late] = ['nothing heard', undefined];
  assert.deepEqual(await get('/healthz'), [503, 'nothing heard\n']);
  assert.deepEqual(await get('/readyz'), [200, 'ok\n']);
  assert.equal((await get('/'))[0], 404);
  await assert.rejects(serveOperator({ metrics: async () => '', unhealthy: () => undefined, unready: () => undefined }, port, createShutdown()), (e) => e instanceof AssayError && e.code === 'PORT_BUSY');
  await shutdown.stop();
  await assert.rejects(get('/healthz'));
});

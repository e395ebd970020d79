import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShutdown, sleep } from './shutdown.js';

test('callbacks run last registered first, once, and the signal is aborted before them', async () => {
  const shutdown = createShutdown();
  const order: string[] = [];
  shutdown.add(() => void order.push(`first ${String(shutdown.signal.aborted)}`));
  shutdown.add(() => void order.push(`second ${String(shutdown.signal.aborted)}`));
  await Promise.all([shutdown.stop('test'), shutdown.stop('again')]);
  assert.deepEqual(order, ['second true', 'first true']);
});

test('an error of one callback does not keep the others from running', async () => {
  const shutdown = createShutdown();
  let ran = false;
  shutdown.add(() => void (ran = true));
  shutdown.add(() => {
    throw new Error('broken');
  });
  await assert.rejects(shutdown.stop(), (e: unknown) => e instanceof AggregateError && e.errors.length === 1);
  assert.equal(ran, true);
});

test('sleep rejects with the reason of its signal', async () => {
  const controller = new AbortController();
  const waiting = sleep(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});

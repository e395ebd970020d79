import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssayError } from '../errors.js';
import { createLogger } from '../log.js';
import { sleep } from '../shutdown.js';
import { JobRunner } from './runner.js';

const log = createLogger({ name: 'runner', level: 'silent' });

test('a job is never worked on twice at once, and never more jobs than allowed', async () => {
  const busy = new Set<bigint>();
  let most = 0;
  const done = new Map<bigint, number>();
  const runner = new JobRunner({
    concurrency: 2, log, signal: new AbortController().signal,
    async step(id) {
      assert.ok(!busy.has(id), `job ${id} twice`);
      busy.add(id);
      most = Math.max(most, busy.size);
      await sleep(5);
      busy.delete(id);
      const n = (done.get(id) ?? 0) + 1;
      done.set(id, n);
      return n < 3;
    },
  });
  for (let round = 0; round < 3; round++) for (let id = 1n; id <= 5n; id++) runner.wake(id);
  await runner.settled();
  assert.equal(most, 2);
  for (let id = 1n; id <= 5n; id++) assert.ok((done.get(id) ?? 0) >= 3);
});

test('a message does not wait for what takes long', async () => {
  const order: bigint[] = [];
  let finish = (): void => {};
  const long = new Promise<void>((resolve) => (finish = resolve));
  const runner = new JobRunner({
    concurrency: 1, log, signal: new AbortController().signal,
    standing: (id) => ({ lane: id === 3n ? 'message' : 'work', due: 1, late: false, suspect: false }),
    async step(id) {
      order.push(id);
      if (id === 1n) await long;
      return false;
    },
  });
  for (const id of [1n, 2n, 3n]) runner.wake(id);
  await sleep(10);
  assert.deepEqual(order, [1n, 3n]);
  finish();
  await runner.settled();
  assert.deepEqual(order, [1n, 3n, 2n]);
});

test('what may succeed later is tried again, what may not is given up until it changes', async () => {
  let tries = 0;
  const errors: string[] = [];
  const runner = new JobRunner({
    concurrency: 1, log, signal: new AbortController().signal, retryMs: 5,
    onError: (_, error) => errors.push(error instanceof AssayError ? error.code : String(error)),
    async step(id) {
      tries++;
      if (id === 1n && tries < 4) throw new AssayError('LATER', 'not yet', { decision: 'retry' });
      if (id === 2n) throw new AssayError('NEVER', 'no', { decision: 'user' });
      return false;
    },
  });
  runner.wake(1n);
  await sleep(200);
  assert.equal(tries, 4);
  runner.wake(2n);
  await sleep(100);
  assert.equal(tries, 5);
  runner.wake(2n);
  await sleep(50);
  assert.equal(tries, 6, 'a change wakes it again');
  assert.deepEqual(errors, ['LATER', 'LATER', 'LATER', 'NEVER', 'NEVER']);
});

test('after the stop nothing begins', async () => {
  const controller = new AbortController();
  let steps = 0;
  const runner = new JobRunner({
    concurrency: 1, log, signal: controller.signal, retryMs: 20,
    async step() {
      steps++;
      throw new AssayError('LATER', 'not yet', { decision: 'retry' });
    },
  });
  runner.wake(1n);
  await sleep(10);
  controller.abort(new Error('stop'));
  runner.wake(2n);
  await sleep(60);
  assert.equal(steps, 1);
});

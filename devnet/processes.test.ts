import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { describe, hasCode } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';
import { isRunning, ProcessSet } from './processes.js';

const dir = mkdtempSync(join(tmpdir(), 'assay-processes-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''; // empty: a zombie that nobody reaps here
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
  }
};
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (what()) return;
    await sleep(50);
  }
  assert.fail(`not within 5 s: ${String(what)}`);
}

test('a process logs to its file, is recognised by pid and command, and is stopped with what it started', async () => {
  const set = new ProcessSet(join(dir, 'a'));
  const child = set.start({ name: 'parent', command: 'bash', args: ['-c', 'sleep 30 & echo child=$!; wait'] });
  await until(() => readFileSync(child.log, 'utf8').includes('child='));
  const grandchild = Number(/child=(\d+)/.exec(readFileSync(child.log, 'utf8'))![1]);
  assert.equal(isRunning(child.pid, child.command), true);
  assert.equal(isRunning(child.pid, 'another command'), false);
  await until(() => alive(grandchild)); // while it execs, its line is empty
  set.assertAlive();
  await set.stopAll();
  await until(() => !alive(grandchild) && !alive(child.pid));
  set.assertAlive(); // one that was stopped did not end by itself
});

test('a process that ends by itself is an error with the end of its log', async () => {
  const set = new ProcessSet(join(dir, 'b'));
  const child = set.start({ name: 'crash', command: 'bash', args: ['-c', 'echo something broke; exit 3'] });
  assert.equal(await child.ended, 3);
  assert.throws(() => set.assertAlive(), (e) => hasCode(e, 'PROCESS_ENDED') && /crash ended by itself with 3: something broke/.test(describe(e)));
  await set.stopAll();
});

test('a command that does not exist is an error', () => {
  const set = new ProcessSet(join(dir, 'c'));
  assert.throws(() => set.start({ name: 'none', command: join(dir, 'nothing-here'), args: [] }), (e) => hasCode(e, 'PROCESS_NOT_STARTED'));
});

test('a program that crashes takes its processes along', async () => {
  const module = new URL('./processes.js', import.meta.url).pathname;
  const script = `
    const { ProcessSet } = await import(${JSON.stringify(module)});
    const child = new ProcessSet(${JSON.stringify(join(dir, 'd'))}).start({ name: 'x', command: 'sleep', args: ['30'] });
    console.log(child.pid);
    await new Promise((r) => setTimeout(r, 100));
    throw new Error('crash');`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(run.status, 1);
  const pid = Number(run.stdout.trim());
  assert.ok(pid > 0);
  await until(() => !alive(pid));
});

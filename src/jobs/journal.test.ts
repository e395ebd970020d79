import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasCode } from '../errors.js';
import { Journal } from './journal.js';

const fresh = async () => join(await mkdtemp(join(tmpdir(), 'assay-journal-')), 'journal.jsonl');

test('lines survive, a torn one never happened, a damaged one stops the daemon', async () => {
  const path = await fresh();
  const first = await Journal.open(path);
  await first.append({ job: '1', check: 'equal' });
  await Promise.all([first.append({ job: '2' }), first.append({ job: '3' })]);
  await first.close();
  await appendFile(path, '{"job":"4","che');
  const second = await Journal.open(path);
  assert.deepEqual(second.lines.map((l) => l['job']), ['1', '2', '3']);
  await second.append({ job: '5' });
  await second.close();
  assert.deepEqual((await readFile(path, 'utf8')).trim().split('\n').map((l) => (JSON.parse(l) as { job: string }).job), ['1', '2', '3', '5']);
  await writeFile(path, '{"job":"1"}\nnot json\n{"job":"2"}\n');
  await assert.rejects(Journal.open(path), (e) => hasCode(e, 'JOURNAL_DAMAGED') && /:2 /.test(String(e)));
});

// This very file, run as a child: appends lines for ever and prints each once it was acknowledged.
if (process.argv[2] === 'append-for-ever') {
  const journal = await Journal.open(process.argv[3]!);
  for (let n = journal.lines.length; ; n++) {
    await journal.append({ n, filler: 'x'.repeat(200) });
    process.stdout.write(`${n}\n`);
  }
}

// And as a child whose files may not grow: says what it was told, then appends a line that still fits.
if (process.argv[2] === 'append-until-full') {
  const journal = await Journal.open(process.argv[3]!);
  for (let n = 0; n < 100; n++)
    await journal.append({ n, filler: 'x'.repeat(300) }).catch((error: unknown) => {
      process.stdout.write(hasCode(error, 'DISK_FULL') ? 'full' : String(error));
      n = 100;
    });
  await journal.append({ n: -1 });
  process.exit();
}

test('a line that a full disk cut never happened, and the next one stands on its own', async () => {
  const path = await fresh();
  const child = spawn('bash', ['-c', 'ulimit -f 4; exec "$@"', 'bash', process.execPath, fileURLToPath(import.meta.url), 'append-until-full', path], { env: { PATH: process.env['PATH'] } });
  let said = '';
  child.stdout.on('data', (d: Buffer) => (said += d.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  assert.match(said, /full$/);
  const journal = await Journal.open(path);
  const numbers = journal.lines.map((l) => l['n']);
  await journal.close();
  assert.ok(numbers.length > 5);
  assert.deepEqual(numbers, [...numbers.slice(0, -1).keys(), -1]);
});

test('a process killed while it writes loses nothing that it was told is written, and its lock does not outlive it', async () => {
  const path = await fresh();
  let acknowledged = -1;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'append-for-ever', path], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
    const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    await new Promise<void>((resolve) => {
      let seen = 0;
      child.stdout.on('data', (data: Buffer) => {
        const numbers = data.toString().split('\n').filter((x) => /^\d+$/.test(x)).map(Number);
        acknowledged = Math.max(acknowledged, ...numbers);
        seen += numbers.length;
        if (seen > 20 + round * 7) resolve();
      });
    });
    await assert.rejects(Journal.open(path), (e) => hasCode(e, 'JOURNAL_HELD'));
    child.kill('SIGKILL');
    await exited;
  }
  const journal = await Journal.open(path);
  assert.deepEqual(journal.lines.map((l) => l['n']), journal.lines.map((_, i) => i), 'no line twice, none missing');
  assert.ok(journal.lines.length > acknowledged, `${journal.lines.length} lines, ${acknowledged} acknowledged`);
  await journal.close();
});

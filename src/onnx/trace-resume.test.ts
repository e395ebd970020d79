import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { link, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { hasCode } from '../errors.js';
import { readRoots, readTensor, tensorPath, type BundleRoots } from './bundle.js';
import { prepare } from './model.js';
import { Runtime } from './runtime.js';
import { float32, type Tensor } from './tensor.js';
import { node, onnxFile } from './testing.js';
import { trace } from './trace.js';

// Traces that are cut: what is on disk whole is not run again, and what is not whole is noticed.

const runtime = new Runtime();
const scratch = await mkdtemp(join(tmpdir(), 'assay-resume-'));
after(async () => {
  await runtime.close();
  await rm(scratch, { recursive: true });
});

const DEPTH = 24;
// A chain with a value that the last node reads again, so that resuming needs bytes of long ago.
const names = Array.from({ length: DEPTH }, (_, i) => `v${i}`);
const { program, weights } = await prepare(
  onnxFile({
    nodes: [
      node('MatMul', 'x w', 'v0'),
      ...names.slice(1).map((name, i) => node(['Sigmoid', 'Tanh', 'Add', 'Mul'][i % 4]!, i % 4 < 2 ? names[i]! : `${names[i]} v0`, name)),
      node('Sub', `${names.at(-1)} v0`, 'y'),
    ],
    inputs: { x: [16, 24] },
    constants: { w: float32([24, 32], Array.from({ length: 768 }, (_, i) => Math.sin(i))) },
    outputs: ['y'],
  }),
  { runtime },
);
const input = (phase = 0): Tensor => float32([16, 24], Array.from({ length: 384 }, (_, i) => Math.cos(i * i + phase)));
const expected = await trace(program, weights, [input()], join(scratch, 'expected'), { runtime, segmentBytes: 1 });
let dirs = 0;
const newDir = (): string => join(scratch, `trace-${dirs++}`);
const again = (dir: string, inputs = [input()], segmentBytes = 1): Promise<BundleRoots> => trace(program, weights, inputs, dir, { runtime, segmentBytes });

/** When each VALUE's file was written. */
const written = (dir: string): Promise<bigint[]> =>
  Promise.all(Array.from({ length: program.values }, (_, v) => stat(tensorPath(dir, 'value', v), { bigint: true }).then((s) => s.mtimeNs, () => -1n)));

/** How many VALUEs a trace wrote, and the first of them. */
async function rewritten(dir: string, action: () => Promise<unknown>): Promise<{ count: number; first: number }> {
  const before = await written(dir);
  await action();
  const now = await written(dir);
  return { count: now.filter((t, v) => t !== before[v]).length, first: now.findIndex((t, v) => t !== before[v]) };
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, at);
  await file.close();
}

test('a trace whose process was killed goes on: the same roots, fewer nodes run', async () => {
  const dir = newDir();
  const own = new Runtime();
  const cut = trace(program, weights, [input()], dir, { runtime: own, segmentBytes: 1 }).then(() => undefined, (error: unknown) => error);
  const lines = async (): Promise<number> => (await readFile(join(dir, 'trace.jsonl'), 'utf8').catch(() => '')).split('\n').length - 2;
  while ((await lines()) < 5) await pause(1);
  process.kill(own.pid!, 'SIGKILL');
  const error = await cut;
  assert.ok(hasCode(error, 'RUNTIME_CRASHED'), `the trace was over before it was killed: ${String(error)}`);
  await own.close();
  await assert.rejects(readRoots(dir), /unfinished/);
  const kept = await lines();
  assert.ok(kept >= 5 && kept < program.nodes.length);
  const { count, first } = await rewritten(dir, async () => assert.deepEqual(await again(dir), expected));
  assert.equal(first, kept, 'what the journal holds is not run again');
  assert.equal(count, program.values - kept);
  assert.deepEqual(await readRoots(dir), expected);
  for (const [v, root] of expected.value.entries()) await readTensor(dir, 'value', v, root);
});

test('a whole trace is read and not run; damage is noticed, and everything from there on runs again', async () => {
  const dir = newDir();
  await again(dir);
  assert.deepEqual(await rewritten(dir, async () => assert.deepEqual(await again(dir), expected)), { count: 0, first: -1 });
  const linked = join(dir, 'a-link');
  await link(tensorPath(dir, 'value', 10), linked);
  const before = await readFile(linked);
  for (const [name, damage, from] of [
    ['a flipped byte', () => flip(tensorPath(dir, 'value', 10), 77), 10],
    ['a short file', () => truncate(tensorPath(dir, 'value', 17), 100), 17],
    ['a missing file', () => rm(tensorPath(dir, 'value', 0)), 0],
    ['a torn journal', async () => truncate(join(dir, 'trace.jsonl'), (await stat(join(dir, 'trace.jsonl'))).size - 9), program.values - 1],
    ['a foreign line in the journal', () => writeLine(dir, 12, '{"from":11,"to":12,"value":["zz"]}'), 11],
    ['another root in the journal', () => editLine(dir, 16, (line) => line.replace(/"value":\["../, (m) => `${m.slice(0, -2)}${m.endsWith('00') ? '11' : '00'}`)), 15],
    ['no journal', () => rm(join(dir, 'trace.jsonl')), 0],
  ] as [string, () => Promise<void>, number][]) {
    await damage();
    const { count, first } = await rewritten(dir, async () => assert.deepEqual(await again(dir), expected, name));
    assert.deepEqual({ count, first }, { count: program.values - from, first: from }, name);
  }
  const old = await readFile(linked);
  assert.equal(old.length, before.length);
  assert.notDeepEqual(old, before, 'the link still leads to the damaged file: nothing was written over');
});

async function editLine(dir: string, number: number, edit: (line: string) => string): Promise<void> {
  const path = join(dir, 'trace.jsonl');
  const lines = (await readFile(path, 'utf8')).split('\n');
  lines[number] = edit(lines[number]!);
  await writeFile(path, lines.join('\n'));
}
const writeLine = (dir: string, number: number, line: string): Promise<void> => editLine(dir, number, () => line);

test('what another input or another cut left is not taken', async () => {
  const dir = newDir();
  await again(dir, [input(1)]);
  const { count } = await rewritten(dir, async () => assert.deepEqual(await again(dir), expected));
  assert.equal(count, program.values);
  const other = await rewritten(dir, async () => assert.deepEqual(await again(dir, [input()], 5000), expected));
  assert.equal(other.count, program.values);
});

test('a full disk is told with a code and the bytes needed; nothing half stays, and the trace goes on when there is room', async () => {
  const dir = newDir();
  const script = `
    import { prepare } from ${JSON.stringify(new URL('./model.js', import.meta.url).href)};
    import { trace } from ${JSON.stringify(new URL('./trace.js', import.meta.url).href)};
    import { Runtime } from ${JSON.stringify(new URL('./runtime.js', import.meta.url).href)};
    import { node, onnxFile } from ${JSON.stringify(new URL('./testing.js', import.meta.url).href)};
    import { float32 } from ${JSON.stringify(new URL('./tensor.js', import.meta.url).href)};
    const runtime = new Runtime();
    const ones = float32([1, 512], new Float32Array(512).fill(1));
    const { program, weights } = await prepare(onnxFile({
      nodes: [node('Sigmoid', 'x', 'a'), node('Tanh', 'a', 'b'), node('Mul', 'b w', 'c'), node('Sigmoid', 'c', 'y')],
      inputs: { x: [512, 1] }, constants: { w: ones }, outputs: ['y'],
    }), { runtime });
    const x = float32([512, 1], Float32Array.from({ length: 512 }, (_, i) => Math.sin(i)));
    await trace(program, weights, [x], ${JSON.stringify(dir)}, { runtime, segmentBytes: 1 }).then(
      (roots) => console.log(JSON.stringify({ value: roots.value.length })),
      (e) => console.log(JSON.stringify({ code: e.code, hint: e.hint, decision: e.decision })));
    await runtime.close();`;
  const run = (limit: string): Promise<unknown> =>
    new Promise((resolve, reject) =>
      execFile('bash', ['-c', `ulimit -f ${limit}; exec "$0" --input-type=module -e "$1"`, process.execPath, script], (error, stdout) =>
        error ? reject(error) : resolve(JSON.parse(stdout)),
      ),
    );
  const failed = (await run('600')) as { code: string; hint: string; decision: string };
  assert.deepEqual([failed.code, failed.decision], ['DISK_FULL', 'retry']);
  assert.match(failed.hint, /takes 3 MiB in all/);
  await assert.rejects(readRoots(dir), /unfinished/);
  assert.deepEqual((await readdir(join(dir, 'value'))).sort(), ['0.bin', '1.bin'], 'no half file is left');
  const before = await stat(tensorPath(dir, 'value', 1), { bigint: true });
  assert.deepEqual(await run('unlimited'), { value: 4 });
  assert.equal((await stat(tensorPath(dir, 'value', 1), { bigint: true })).mtimeNs, before.mtimeNs);
  await readRoots(dir);
});

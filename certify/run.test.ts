import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasCode } from '../src/errors.js';
import { certificate, parse, print, type Identity } from './certificate.js';
import { FUNCTIONS } from './functions.js';
import { sampleRemainders, stratified } from './remainders.js';
import { startingState } from './run.js';
import { freshSweep, readCheckpoint, SEGMENT, SEGMENTS, sweep, writeSafely, type Vectors } from './sweep.js';

const dir = mkdtempSync(join(tmpdir(), 'assay-certify-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const f = FUNCTIONS.find((g) => g.name === 'Erf')!;
const identity: Identity = {
  function: 'Erf', bound: f.boundText, runtime: 'none', version: '1', library: 'ab', instruction_set: 'none', threads: 1, libc: null,
};
const NAN = 0x7fc00000;
/** Knows NaN alone. */
const kernel: Vectors = { length: 3 * 2 ** 16, run: (x) => Promise.resolve(new Uint32Array(x.length).fill(NAN)) };
const wants = { resume: false, restart: false };

test('an interrupted sweep goes on where it stopped and sees every input once', async () => {
  const path = join(dir, 'resumed.json');
  const before = { ...freshSweep(f, identity), digests: Array.from({ length: SEGMENTS - 1 }, () => '00') };
  const finished: number[] = [];
  const state = await sweep(f, kernel, before, path, (n) => finished.push(n));
  assert.deepEqual(finished, [SEGMENTS]);
  // The last segment is −∞, NaNs of negative sign, and the numbers from −2¹²⁷ on, for which NaN is wrong.
  assert.deepEqual([state.tally.counts.nan, state.tally.counts.wrong_nan, state.tally.infinities.minus], [2 ** 23 - 1, 2 ** 23, '7fc00000']);
  const expected = createHash('sha256').update(new Uint8Array(new Uint32Array(SEGMENT).fill(NAN).buffer)).digest('hex');
  assert.equal(state.digests.at(-1), expected);
  assert.deepEqual(await readCheckpoint(path), state);
  assert.deepEqual(readdirSync(dir).filter((name) => name.includes('part')), []);
});

test('refused: an interrupted run unless asked to resume, another runtime, what is no checkpoint', async () => {
  const path = join(dir, 'interrupted.json');
  assert.deepEqual(await startingState(f, identity, path, wants), freshSweep(f, identity), 'nothing there: a fresh start');
  const state = { ...freshSweep(f, identity), digests: ['00', '01'] };
  await writeSafely(path, JSON.stringify(state));
  await assert.rejects(startingState(f, identity, path, wants), (e) => hasCode(e, 'CERTIFY_INTERRUPTED'));
  assert.deepEqual(await startingState(f, identity, path, { ...wants, resume: true }), state);
  assert.deepEqual(await startingState(f, identity, path, { ...wants, restart: true }), freshSweep(f, identity));
  for (const [field, value] of [['library', 'cd'], ['version', '2'], ['instruction_set', 'x64-avx2'], ['libc', 'glibc 3'], ['bound', 'another']] as const)
    await assert.rejects(startingState(f, { ...identity, [field]: value }, path, { ...wants, resume: true }), (e) => hasCode(e, 'CERTIFY_RUNTIME_CHANGED'), field);
  writeFileSync(path, '{"digests":');
  await assert.rejects(startingState(f, identity, path, { ...wants, resume: true }), (e) => hasCode(e, 'CERTIFY_CHECKPOINT'));
});

test('refused: a disk without space', async () => {
  const path = join(dir, 'full.json');
  await assert.rejects(writeSafely(path, 'x', Infinity), (e) => hasCode(e, 'CERTIFY_NO_SPACE'));
  assert.ok(!readdirSync(dir).includes('full.json'));
});

test('refused on the command line, with exit code 2', () => {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  for (const [args, code] of [
    [[], 'CERTIFY_FUNCTION'],
    [['Softmax'], 'CERTIFY_FUNCTION'],
    [['Exp', 'Log'], 'CERTIFY_FUNCTION'],
    [['Exp', '--backend', 'cuda'], 'CERTIFY_BACKEND'],
    [['Exp', '--resume', '--restart'], 'CERTIFY_USAGE'],
    [['Exp', '--fast'], 'CERTIFY_USAGE'],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`^${code}: `));
  }
});

test('a sample has as many inputs of each segment, none twice', () => {
  for (const seed of [0, 1, 0xffffffff]) {
    const x = stratified(seed, 100);
    assert.equal(new Set(x).size, SEGMENTS * 100);
    x.forEach((b, i) => assert.equal(b >>> 24, Math.floor(i / 100)));
  }
  assert.notDeepEqual(stratified(1, 2), stratified(2, 2));
});

test("Log's remainders are other code than its whole registers, and its twin's code", async () => {
  const log = FUNCTIONS.find((g) => g.name === 'Log')!;
  const { remainders, twin, holds } = await sampleRemainders(log, { backend: 'ort-node', threads: 1 }, 6, 16);
  assert.ok(holds);
  // True of x64; on other machines a certification finds out by itself and sweeps short vectors where there is no twin.
  if (process.arch === 'x64') assert.deepEqual([remainders.differing > 0, twin], [true, 'ReduceLogSum']);
  const stranger = await sampleRemainders({ ...log, twin: 'ReduceLogSumExp' }, { backend: 'ort-node', threads: 1 }, 6, 16);
  assert.equal(stranger.twin, undefined, 'another function is no twin');
});

test('a certificate is read back only in its canonical form', async () => {
  const { remainders } = await sampleRemainders(f, { backend: 'ort-node', threads: 1 }, 5, 8);
  assert.equal(remainders.differing, 0, "Erf's kernel masks its registers");
  const c = certificate(f, identity, freshSweep(f, identity), remainders, true);
  const text = print(c);
  assert.deepEqual(parse(text, 'x'), c);
  for (const wrong of [text.trimEnd(), text.replace('"holds": true', '"holds":true'), text.replace('certificate/1', 'certificate/2'), 'null\n', '{'])
    assert.throws(() => parse(wrong, 'x'), (e) => hasCode(e, 'CERTIFICATE_FORMAT'));
});

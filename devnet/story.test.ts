import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, hasCode } from '../src/errors.js';
import { Story } from './story.js';

function quiet(): { story: Story; lines: string[] } {
  const lines: string[] = [];
  return { story: new Story((l) => lines.push(l), false), lines };
}

test('steps are numbered and timed, facts counted', () => {
  const { story, lines } = quiet();
  story.step('first');
  story.expect('a number', 3n, 3n);
  story.step('second');
  story.end('done');
  assert.equal(story.facts, 1);
  assert.deepEqual(lines.filter((l) => /^\d/.test(l)), ['1. first', '2. second']);
  assert.ok(lines.some((l) => l.includes('✔ a number: 3')));
  assert.ok(lines.some((l) => /step 1 took \d+\.\d s/.test(l)));
});

test('a fact that differs ends the story', () => {
  const { story } = quiet();
  assert.throws(() => story.expect('job 1', 'FINAL', 'FAULTED'), (e) => hasCode(e, 'DEMO_FAILED') && describe(e).includes('job 1: expected FAULTED, found FINAL'));
  assert.throws(() => story.expect('money', 1n, 1), (e) => hasCode(e, 'DEMO_FAILED'));
  assert.equal(story.facts, 0);
});

test('waiting ends with an answer, with a deadline, or with the first sign of a crash', async () => {
  const { story } = quiet();
  let asked = 0;
  assert.equal(await story.until('three', async () => (++asked === 3 ? 'three' : undefined), { pauseMs: 1 }), 'three');
  await assert.rejects(story.until('never', async () => undefined, { seconds: 0.02, pauseMs: 1 }), (e) => hasCode(e, 'DEMO_FAILED'));
  await assert.rejects(story.until('crash', async () => undefined, { alive: () => { throw new Error('gone'); } }), /gone/);
});

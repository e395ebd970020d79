import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { eachOf } from '../src/jobs/each-of.js';
import type { Case, Court } from './court.js';
import { Docket } from './docket.js';

const caseOf = (n: number): Case => ({ proof: Uint8Array.of(n) }) as Case;

/** Convicts odd cases, one batch at a time. */
class FakeCourt implements Court {
  readonly capacity = 3;
  readonly batches: number[] = [];
  #busy = false;

  async judge(cases: readonly Case[]): Promise<boolean[]> {
    assert.ok(!this.#busy, 'the court hears one batch at a time');
    this.#busy = true;
    for (let i = 0; i < 5; i++) await setImmediate();
    this.#busy = false;
    this.batches.push(cases.length);
    if (cases.some((c) => c.proof[0] === 99)) throw new Error('the court burned down');
    return cases.map((c) => c.proof[0]! % 2 === 1);
  }

  commitments(): never {
    throw new Error('not asked');
  }

  async close(): Promise<void> {}
}

test('every case gets its own verdict; the court is never given more than it can hear', async () => {
  const court = new FakeCourt();
  const docket = new Docket(court);
  const verdicts = new Map<number, boolean>();
  const cases = Array.from({ length: 20 }, (_, i) => i);
  await eachOf(cases, (i) => docket.add(caseOf(i), (convicted) => verdicts.set(i, convicted)));
  await docket.settle();
  assert.deepEqual([...verdicts].sort(([a], [b]) => a - b), cases.map((i) => [i, i % 2 === 1]));
  assert.ok(court.batches.every((n) => n > 0 && n <= court.capacity) && court.batches.includes(court.capacity), court.batches.join());
  await docket.settle();
});

test('what goes wrong in a hearing is not lost', async () => {
  const docket = new Docket(new FakeCourt());
  await docket.add(caseOf(99), () => assert.fail('there is no verdict'));
  await assert.rejects(docket.settle(), /burned down/);
});

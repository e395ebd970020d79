import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssayError } from '../errors.js';
import { createLogger } from '../log.js';
import { JobRunner, type Lane, type Standing } from './runner.js';

// The order of the runner on a clock of its own: steps take what the test says, and no time passes in between.

const SEED = Number(process.env['SEED'] ?? 20_265);

interface Duty {
  readonly id: bigint;
  /** when it arrives */
  readonly at: number;
  readonly takes: number;
  /** when it must be done */
  readonly due: number;
  readonly lane?: Lane;
  readonly suspect?: boolean;
  /** what it is thought to take; absent: unknown */
  readonly guess?: number;
}

/** Runs duties through a runner. @returns when each was done */
async function simulate(duties: readonly Duty[], concurrency: number): Promise<Map<bigint, number>> {
  const byId = new Map(duties.map((d) => [d.id, d]));
  const done = new Map<bigint, number>();
  const ends: { at: number; id: bigint; resolve: () => void }[] = [];
  let now = 0;
  const runner = new JobRunner({
    concurrency, log: createLogger({ name: 'runner', level: 'silent' }), signal: new AbortController().signal,
    standing: (id): Standing => {
      const { lane = 'work', due, suspect = false, guess } = byId.get(id)!;
      return { lane, due: due - now, late: guess !== undefined && now + guess > due, suspect };
    },
    step: (id) => new Promise((resolve) => ends.push({ at: now + byId.get(id)!.takes, id, resolve: () => resolve(false) })),
  });
  const arrivals = [...duties].sort((a, b) => a.at - b.at);
  for (;;) {
    await new Promise(setImmediate);
    const next = Math.min(arrivals[0]?.at ?? Infinity, ...ends.map((e) => e.at));
    if (next === Infinity) return done;
    now = next;
    // What arrives now is there when a place becomes free now.
    while (arrivals[0]?.at === now) runner.wake(arrivals.shift()!.id);
    for (const end of ends.filter((e) => e.at === now)) {
      ends.splice(ends.indexOf(end), 1);
      done.set(end.id, now);
      end.resolve();
    }
  }
}

/** The reference: whoever is free takes the waiting duty that is due first. */
function earliestFirst(duties: readonly Duty[], places: number): Map<bigint, number> {
  const done = new Map<bigint, number>();
  const free = Array.from({ length: places }, () => 0);
  const left = [...duties];
  while (left.length > 0) {
    const place = free.indexOf(Math.min(...free));
    const start = Math.max(free[place]!, Math.min(...left.map((d) => d.at)));
    const waiting = left.filter((d) => d.at <= start).sort((a, b) => a.due - b.due || a.at - b.at || Number(a.id - b.id));
    const next = waiting[0]!;
    left.splice(left.indexOf(next), 1);
    free[place] = start + next.takes;
    done.set(next.id, start + next.takes);
  }
  return done;
}

const inTime = (duties: readonly Duty[], done: ReadonlyMap<bigint, number>): bigint[] => duties.filter((d) => done.get(d.id)! <= d.due).map((d) => d.id);

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('no duty is missed that the order of deadlines serves', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const draw = random(SEED);
  let missed = 0;
  for (let round = 0; round < 150; round++) {
    const places = 1 + draw(3);
    const duties = Array.from({ length: 4 + draw(20) }, (_, i): Duty => {
      const at = 2 * draw(60);
      return { id: BigInt(i + 1), at, takes: 2 + 2 * draw(10), due: at + 1 + 2 * draw(60) };
    });
    const done = await simulate(duties, places);
    const reference = inTime(duties, earliestFirst(duties, places));
    assert.deepEqual(inTime(duties, done), reference, `round ${round}, ${places} places`);
    missed += duties.length - reference.length;
  }
  assert.ok(missed > 50, 'the load must be such that order matters');
});

test('what cannot be made in time does not cost another duty its deadline', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const draw = random(SEED + 1);
  let won = 0;
  for (let round = 0; round < 150; round++) {
    const duties = Array.from({ length: 4 + draw(16) }, (_, i): Duty => {
      const takes = 2 + 2 * draw(10);
      return { id: BigInt(i + 1), at: 0, takes, due: 1 + 2 * draw(50), guess: takes };
    });
    const found = inTime(duties, await simulate(duties, 1));
    const reference = inTime(duties, earliestFirst(duties, 1));
    for (const id of reference) assert.ok(found.includes(id), `round ${round}: duty ${id} was missed`);
    won += found.length - reference.length;
  }
  assert.ok(won > 50, `${won} duties won`);
});

test('what cannot be made in time leaves a place to what comes later', async () => {
  const late = [1n, 2n, 3n].map((id): Duty => ({ id, at: 0, takes: 100, due: 50, guess: 100 }));
  const done = await simulate([...late, { id: 9n, at: 10, takes: 20, due: 31 }], 2);
  assert.equal(done.get(9n), 30);
  assert.equal(done.get(1n), 100, 'a guess may be wrong: one at a time is tried');
  assert.equal(done.get(2n), 200);
});

test('a job that arrives behind many with later deadlines goes first', async () => {
  const flood = Array.from({ length: 40 }, (_, i): Duty => ({ id: BigInt(i + 1), at: 0, takes: 10, due: 1_000 + i }));
  const done = await simulate([...flood, { id: 99n, at: 5, takes: 10, due: 31 }], 2);
  assert.ok(done.get(99n)! <= 31);
});

test('a suspect goes before others that are due with it, and has a place that no flood takes', async () => {
  const flood = Array.from({ length: 20 }, (_, i): Duty => ({ id: BigInt(i + 1), at: 0, takes: 100, due: 1_000 }));
  const done = await simulate([...flood, { id: 98n, at: 1, takes: 10, due: 5_000, suspect: true }, { id: 99n, at: 1, takes: 10, due: 5_000, suspect: true }], 2);
  assert.equal(done.get(98n), 11, 'at once, beside the two that run');
  assert.equal(done.get(99n), 21, 'one after the other');
  const tied = await simulate([{ id: 1n, at: 0, takes: 10, due: 50 }, { id: 2n, at: 0, takes: 10, due: 50 }, { id: 3n, at: 0, takes: 10, due: 50, suspect: true }], 1);
  assert.equal(tied.get(3n), 10);
  assert.equal(tied.get(1n), 10, 'the place of suspects is one more');
});

test('fetching that hangs keeps nobody from computing, and messages nobody', async () => {
  const hanging = Array.from({ length: 40 }, (_, i): Duty => ({ id: BigInt(i + 1), at: 0, takes: 10_000, due: 20_000, lane: 'fetch' }));
  const done = await simulate([...hanging, { id: 98n, at: 1, takes: 10, due: 50_000 }, { id: 99n, at: 1, takes: 1, due: 50_000, lane: 'message' }], 1);
  assert.equal(done.get(98n), 11);
  assert.equal(done.get(99n), 2);
});

test('a job whose tries hang and fail moves back by more than it took', async () => {
  const order: bigint[] = [];
  const controller = new AbortController();
  const runner = new JobRunner({
    concurrency: 1, log: createLogger({ name: 'runner', level: 'silent' }), signal: controller.signal, retryMs: 1,
    // Job 1 is due first by 50 ms; each of its tries takes 30.
    standing: (id) => ({ lane: 'work', due: id === 1n ? 1_000 : 1_050, late: false, suspect: false }),
    async step(id) {
      order.push(id);
      await new Promise((resolve) => setTimeout(resolve, id === 1n ? 30 : 10));
      if (id === 1n) throw new AssayError('LATER', 'not yet', { decision: 'retry' });
      return false;
    },
  });
  for (const id of [1n, 2n, 3n, 4n]) runner.wake(id);
  while (order.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(new Error('test over'));
  assert.deepEqual(order.slice(0, 4), [1n, 2n, 3n, 4n], 'its second try comes behind those that were not tried');
  assert.equal(order[4], 1n, 'and is not forgotten');
});

test('time alone does not end the pause of a job that failed, a change does', async () => {
  for (const decision of ['retry', 'bug'] as const) {
    let tries = 0;
    const controller = new AbortController();
    const runner = new JobRunner({
      concurrency: 1, log: createLogger({ name: 'runner', level: 'silent' }), signal: controller.signal, retryMs: 60_000,
      async step() {
        tries++;
        throw new AssayError('NO', 'not yet', { decision });
      },
    });
    for (const [call, expected] of [['nudge', 1], ['nudge', 1], ['wake', 2], ['nudge', 2]] as const) {
      runner[call](1n);
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(tries, expected, `${decision} ${call}`);
    }
    controller.abort(new Error('test over'));
  }
});

test('a job’s next step waits its turn anew', async () => {
  const order: string[] = [];
  let steps = 0;
  const runner = new JobRunner({
    concurrency: 1, log: createLogger({ name: 'runner', level: 'silent' }), signal: new AbortController().signal,
    standing: (id) => ({ lane: 'work', due: id === 1n ? (steps === 0 ? 1 : 100) : 50, late: false, suspect: false }),
    async step(id) {
      order.push(`${id}`);
      await new Promise(setImmediate);
      return id === 1n && ++steps < 2;
    },
  });
  for (const id of [1n, 2n]) runner.wake(id);
  await runner.settled();
  assert.deepEqual(order, ['1', '2', '1']);
});

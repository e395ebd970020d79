import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChainClient } from '../src/chain/index.js';
import { Duty, Job, JobState, Verdict } from '../src/chain/generated/assay/compute/v1/compute.js';
import { Dispute, DisputePhase } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView } from '../src/jobs/index.js';
import { createLogger } from '../src/log.js';
import { Metrics } from '../src/metrics/index.js';
import type { CaseFile } from './case-file.js';
import { decide, type Situation } from './decide.js';
import { Agenda, leftUndone } from './agenda.js';
import { Pace } from './pace.js';

const me = 'assay1me';
const nothing: CaseFile = { check: undefined, finding: undefined, attested: undefined, proof: undefined, refused: false };
const situation = (o: Partial<Situation> = {}): Situation => ({ operator: me, mode: 'challenge', height: 120, fetched: true, prepared: false, ...o });

function view(state: JobState, o: { id?: bigint; verdict?: Verdict; dispute?: Partial<Dispute>; ready?: bigint } = {}): JobView {
  const id = o.id ?? 1n;
  const job = Job.fromPartial({ id, state, drawnHeight: 100n, ready: o.ready ?? 120n, traceRoot: o.dispute?.publishedHeight ? new Uint8Array(32) : new Uint8Array(), program: { root: new Uint8Array(32).fill(7) } });
  const duty = Duty.fromPartial({ jobId: id, operator: me, verdict: o.verdict ?? Verdict.VERDICT_UNSPECIFIED });
  return { job, duties: new Map([[me, duty]]), dispute: o.dispute && Dispute.fromPartial(o.dispute), demands: new Map(), commitments: new Map() };
}

/** An agenda beside a chain that never answers about parameters: it needs none here. */
function agenda(now?: () => number): { agenda: Agenda; missed: () => Promise<Record<string, number>>; nearest: () => Promise<number> } {
  const metrics = new Metrics('test');
  const chain = { query: { dispute: { Params: () => new Promise(() => {}) } } } as unknown as ChainClient;
  const values = async (name: string) => (await metrics.registry.getSingleMetric(`assay_${name}`)!.get()).values;
  return {
    agenda: new Agenda({ chain, metrics, log: createLogger({ name: 'agenda', level: 'silent' }), ...(now && { now }) }),
    missed: async () => Object.fromEntries((await values('sidecar_missed_duties_total')).map((v) => [`${v.labels['step']} ${v.labels['cause']}`, v.value])),
    nearest: async () => (await values('sidecar_nearest_deadline_blocks'))[0]!.value,
  };
}

test('what was left undone when a job became FINAL', () => {
  const F = JobState.JOB_STATE_FINAL;
  const published = { phase: DisputePhase.DISPUTE_PHASE_ENDED, challenger: me, publishedHeight: 105n };
  const proof = { salt: '00', file: 'p' };
  const challenged = Verdict.VERDICT_CHALLENGED;
  const rows: readonly [string, ReturnType<typeof leftUndone>, string | undefined][] = [
    ['not even fetched', leftUndone(view(F), nothing, situation({ fetched: false })), 'fetch'],
    ['not run', leftUndone(view(F), nothing, situation()), 'check'],
    ['not attested', leftUndone(view(F), { ...nothing, check: 'equal' }, situation()), 'attest'],
    ['attested', leftUndone(view(F, { verdict: Verdict.VERDICT_VALID }), { ...nothing, check: 'equal', attested: 'VALID' }, situation()), undefined],
    ['not challenged', leftUndone(view(F), { ...nothing, check: 'differs' }, situation()), 'challenge'],
    ['not searched', leftUndone(view(F, { verdict: challenged, dispute: published }), { ...nothing, check: 'differs', attested: 'CHALLENGED' }, situation()), 'inspect'],
    ['searched, and clean', leftUndone(view(F, { verdict: challenged, dispute: published }), { ...nothing, check: 'differs', attested: 'CHALLENGED', finding: 'clean' }, situation()), undefined],
    ['found, and not proven', leftUndone(view(F, { verdict: challenged, dispute: published }), { ...nothing, check: 'differs', attested: 'CHALLENGED', finding: 'fault', proof }, situation()), 'prove-fault'],
    ['refused', leftUndone(view(F, { verdict: challenged, dispute: published }), { ...nothing, check: 'differs', attested: 'CHALLENGED', finding: 'fault', proof, refused: true }, situation()), undefined],
    ['convicted by another', leftUndone(view(JobState.JOB_STATE_FAULTED), nothing, situation()), undefined],
    ['void', leftUndone(view(JobState.JOB_STATE_VOID), nothing, situation()), undefined],
    ['whoever only attests challenges nothing', leftUndone(view(F), { ...nothing, check: 'differs' }, situation({ mode: 'attest' })), undefined],
  ];
  for (const [name, found, expected] of rows) assert.equal(found, expected, name);
});

test('missed duties are counted once, by step and cause', async () => {
  const { agenda: d, missed } = agenda();
  const over = (id: bigint, busy: boolean): void => d.ended(view(JobState.JOB_STATE_FINAL, { id }), nothing, situation(), busy);
  over(1n, false);
  over(2n, true);
  d.failed(view(JobState.JOB_STATE_COMMITTED, { id: 3n }).job, { kind: 'check' });
  over(3n, false);
  d.failed(view(JobState.JOB_STATE_COMMITTED, { id: 4n }).job, { kind: 'fetch' });
  d.did(view(JobState.JOB_STATE_COMMITTED, { id: 4n }).job, { kind: 'fetch' }, 5);
  over(4n, false);
  d.ended(view(JobState.JOB_STATE_FAULTED, { id: 5n }), nothing, situation(), true);
  assert.deepEqual(await missed(), { 'check waiting': 2, 'check running': 1, 'check failed': 1 });
});

test('the nearest deadline is told, and checks that cannot be made by theirs stand last', async () => {
  let clock = 0;
  const { agenda: d, nearest } = agenda(() => (clock += 20));
  const open = (ready: bigint, id: bigint) => {
    const v = view(JobState.JOB_STATE_COMMITTED, { ready, id });
    return { view: v, action: decide(v, nothing, situation())! };
  };
  d.tick(100, []);
  assert.ok(Number.isNaN(await nearest()));
  const [soon, later] = [open(105n, 1n), open(119n, 2n)];
  for (let h = 101; h <= 104; h++) d.tick(h, [later, soon]);
  assert.equal(await nearest(), 1);
  const place = (o: typeof soon) => d.standing(o.view, o.action, nothing);
  assert.ok(place(soon).due < place(later).due);
  assert.deepEqual([place(soon).lane, place(soon).late, place(soon).suspect], ['work', false, false], 'what never ran is assumed to fit');
  // A block takes 20 ms here: the first deadline is one block away, the second fifteen.
  d.did(soon.view.job, soon.action, 100);
  assert.ok(place(soon).late);
  assert.ok(!place(later).late);
  // Missing it because it was thought too long makes that doubtful.
  for (let i = 0; i < 3; i++) d.ended(view(JobState.JOB_STATE_FINAL, { id: 1n }), nothing, situation(), false);
  assert.ok(!place(open(106n, 3n)).late);
  assert.equal(d.standing(undefined, undefined, nothing).lane, 'message');
});

test('a block’s length and a program’s checks, as they were', () => {
  const pace = new Pace();
  pace.saw(10, 1_000);
  pace.saw(11, 1_500);
  assert.equal(pace.blockMs, undefined, 'too few to tell');
  pace.saw(12, 2_000);
  pace.saw(13, 2_800);
  assert.equal(pace.blockMs, 600);
  assert.equal(pace.estimate('a'), undefined);
  for (const ms of [900, 300, 500]) pace.took('a', ms);
  assert.equal(pace.estimate('a'), 300);
  for (let i = 0; i < 8; i++) pace.took('a', 700);
  assert.equal(pace.estimate('a'), 700, 'old runs are forgotten');
  pace.doubt('a');
  assert.equal(pace.estimate('a'), 350);
  pace.doubt('b');
  assert.equal(pace.estimate('b'), undefined);
});

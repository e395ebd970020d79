import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duty, Job, JobState, Verdict } from '../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState, Demand, DemandState, Dispute, DisputePhase, FaultCommitment } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView } from '../src/jobs/index.js';
import type { CaseFile } from './case-file.js';
import { decide, type Mode } from './decide.js';

const me = 'assay1me';
const root = new Uint8Array(32).fill(1);
const nothing: CaseFile = { check: undefined, finding: undefined, attested: undefined, proof: undefined, refused: false };
const P = DisputePhase;

interface Case {
  verdict?: Verdict;
  rank?: number;
  phase?: DisputePhase;
  challenger?: string;
  trace?: boolean;
  eager?: boolean;
  state?: JobState;
  published?: bigint;
  commitment?: Partial<FaultCommitment>;
}

function view(c: Case = {}): JobView {
  const job = Job.fromPartial({ id: 1n, state: c.state ?? JobState.JOB_STATE_COMMITTED, drawnHeight: 100n, traceRoot: c.trace ? root : new Uint8Array(), eager: c.eager ?? false });
  const duty = Duty.fromPartial({ jobId: 1n, operator: me, rank: c.rank ?? 0, verdict: c.verdict ?? Verdict.VERDICT_UNSPECIFIED });
  const dispute = c.phase === undefined ? undefined : Dispute.fromPartial({ jobId: 1n, phase: c.phase, challenger: c.challenger ?? 'assay1other', publishedHeight: c.published ?? 110n });
  const commitments = c.commitment ? new Map([[1n, FaultCommitment.fromPartial({ id: 1n, sender: me, height: 120n, deadline: 126n, state: CommitmentState.COMMITMENT_STATE_LIVE, ...c.commitment })]]) : new Map<bigint, FaultCommitment>();
  return { job, duties: new Map([[me, duty]]), dispute, demands: new Map(), commitments };
}

const next = (c: Case, file: Partial<CaseFile> = {}, o: { mode?: Mode; height?: number; prepared?: boolean; fetched?: boolean } = {}) =>
  decide(view(c), { ...nothing, ...file }, { operator: me, mode: o.mode ?? 'challenge', height: o.height ?? 100, prepared: o.prepared ?? false, fetched: o.fetched ?? true });
const kind = (...args: Parameters<typeof next>) => {
  const a = next(...args);
  return a && (a.kind === 'attest' ? `attest ${a.verdict}` : a.kind);
};

test('a duty begins with one’s own run, and ends there when nothing is wrong', () => {
  assert.equal(kind({}, {}, { fetched: false }), 'fetch');
  assert.equal(kind({}), 'check');
  assert.equal(kind({}, { check: 'equal' }), 'attest VALID');
  assert.equal(kind({}, { check: 'within' }), 'attest VALID');
  assert.equal(kind({ verdict: Verdict.VERDICT_VALID }, { check: 'equal', attested: 'VALID' }), undefined);
  assert.equal(kind({ state: JobState.JOB_STATE_FINAL }, {}), undefined);
  assert.equal(kind({ state: JobState.JOB_STATE_CLAIMED }, {}), undefined);
});

test('whoever is not drawn does nothing', () => {
  const v = view();
  assert.equal(decide({ ...v, duties: new Map() }, nothing, { operator: me, mode: 'challenge', height: 100, prepared: false, fetched: true }), undefined);
});

test('a difference is challenged, rank after rank', () => {
  assert.equal(kind({}, { check: 'differs' }), 'challenge');
  assert.equal(kind({ rank: 3 }, { check: 'differs' }, { height: 102 }), undefined);
  assert.equal(kind({ rank: 3 }, { check: 'differs' }, { height: 103 }), 'challenge');
  assert.equal(kind({ rank: 3, phase: P.DISPUTE_PHASE_TRACE_DEMANDED }, { check: 'differs' }), 'attest CHALLENGED');
});

test('while the worker builds its trace, so does the verifier; then the search takes its turn', () => {
  const demanded: Case = { phase: P.DISPUTE_PHASE_TRACE_DEMANDED, challenger: me, verdict: Verdict.VERDICT_CHALLENGED };
  const said = { check: 'differs', attested: 'CHALLENGED' } as const;
  assert.equal(kind(demanded, said), 'prepare');
  assert.equal(kind(demanded, said, { prepared: true }), undefined);
  assert.equal(kind({ ...demanded, challenger: 'assay1other' }, said), undefined, 'only the challenger works ahead');
  const proving: Case = { ...demanded, phase: P.DISPUTE_PHASE_PROVING, trace: true };
  assert.equal(kind(proving, said, { height: 110, prepared: true }), 'inspect');
  const joined: Case = { ...proving, challenger: 'assay1other', rank: 2 };
  assert.equal(kind(joined, said, { height: 117, prepared: true }), undefined);
  assert.equal(kind(joined, said, { height: 118, prepared: true }), 'inspect');
  assert.equal(kind({ ...joined, phase: P.DISPUTE_PHASE_CLEARED }, said, { height: 118 }), 'inspect', 'a cleared dispute still can be proven');
});

test('a verifier that comes late searches before it speaks', () => {
  const proving: Case = { phase: P.DISPUTE_PHASE_PROVING, trace: true };
  assert.equal(kind(proving, { check: 'differs' }, { height: 110 }), 'inspect');
  assert.equal(kind(proving, { check: 'differs', finding: 'clean' }, { height: 110 }), 'attest VALID');
  assert.equal(kind({ ...proving, phase: P.DISPUTE_PHASE_CLEARED }, { check: 'differs', finding: 'clean' }), 'attest VALID');
});

test('an eager job is searched without a challenge', () => {
  assert.equal(kind({ eager: true, trace: true }, { check: 'differs' }), 'inspect');
  assert.equal(kind({ eager: true, trace: true, rank: 1 }, { check: 'differs' }, { height: 103, prepared: true }), undefined);
  assert.equal(kind({ eager: true, trace: true }, { check: 'differs', finding: 'clean' }), 'attest VALID');
});

test('a found fault is committed to, then shown a block later, and nothing else comes first', () => {
  const proof = { salt: '00', file: 'p' };
  const file = { check: 'differs', finding: 'fault', attested: 'CHALLENGED', proof } as const;
  const proving: Case = { phase: P.DISPUTE_PHASE_PROVING, trace: true };
  assert.equal(kind(proving, file), 'commit-fault');
  assert.equal(kind({ ...proving, verdict: Verdict.VERDICT_CHALLENGED, commitment: {} }, file, { height: 119 }), undefined, 'the commitment is not in a block that was seen');
  assert.equal(kind({ ...proving, commitment: {} }, file, { height: 120 }), 'prove-fault');
  assert.equal(kind({ ...proving, commitment: {} }, file, { height: 126 }), 'prove-fault');
  assert.equal(kind({ ...proving, verdict: Verdict.VERDICT_CHALLENGED, commitment: {} }, file, { height: 127 }), undefined);
});

test('a commitment that no block let be revealed is made again, a few times, where that pays; a refused proof never', () => {
  const file = { check: 'differs', finding: 'fault', attested: 'CHALLENGED', proof: { salt: '00', file: 'p' } } as const;
  const L = CommitmentState;
  const of = (states: readonly CommitmentState[], o: { refused?: boolean; workerBond?: string; proofBond?: string; phase?: DisputePhase; foreign?: boolean; state?: JobState; mode?: Mode } = {}) => {
    const v = view({ phase: o.phase ?? P.DISPUTE_PHASE_PROVING, trace: true, verdict: Verdict.VERDICT_CHALLENGED, ...(o.state && { state: o.state }) });
    const commitments = new Map(states.map((state, i) => {
      const c = FaultCommitment.fromPartial({ id: BigInt(i + 1), sender: o.foreign ? 'assay1other' : me, height: 120n + 10n * BigInt(i), deadline: 126n + 10n * BigInt(i), state, bond: o.proofBond ?? '1000' });
      return [c.id, c] as const;
    }));
    const job = { ...v.job, bond: o.workerBond ?? '4000' };
    return decide({ ...v, job, commitments }, { ...nothing, ...file, refused: o.refused ?? false }, { operator: me, mode: o.mode ?? 'challenge', height: 127, prepared: true, fetched: true })?.kind;
  };
  const rows: readonly [string, ReturnType<typeof of>, string | undefined][] = [
    ['expired, EndBlock not there yet', of([L.COMMITMENT_STATE_LIVE]), undefined],
    ['expired', of([L.COMMITMENT_STATE_LOST]), 'commit-fault'],
    ['expired, the dispute cleared meanwhile', of([L.COMMITMENT_STATE_LOST], { phase: P.DISPUTE_PHASE_CLEARED }), 'commit-fault'],
    ['expired, and the next one lives', of([L.COMMITMENT_STATE_LOST, L.COMMITMENT_STATE_LIVE]), undefined],
    ['expired twice', of([L.COMMITMENT_STATE_LOST, L.COMMITMENT_STATE_LOST]), 'commit-fault'],
    ['expired three times', of([L.COMMITMENT_STATE_LOST, L.COMMITMENT_STATE_LOST, L.COMMITMENT_STATE_LOST]), undefined],
    ['refused', of([L.COMMITMENT_STATE_LOST], { refused: true }), undefined],
    ['the bond is more than a conviction pays', of([L.COMMITMENT_STATE_LOST], { workerBond: '3999' }), undefined],
    ['the first one is worth more than money', of([], { workerBond: '0' }), 'commit-fault'],
    ['somebody else’s expired', of([L.COMMITMENT_STATE_LOST], { foreign: true }), 'commit-fault'],
    ['returned', of([L.COMMITMENT_STATE_RETURNED]), undefined],
    ['proved', of([L.COMMITMENT_STATE_PROVED]), undefined],
    ['the job is over', of([L.COMMITMENT_STATE_LOST], { state: JobState.JOB_STATE_FINAL }), undefined],
    ['watching only', of([L.COMMITMENT_STATE_LOST], { mode: 'watch' }), undefined],
  ];
  for (const [name, found, expected] of rows) assert.equal(found, expected, name);
});

test('what was demanded on chain is waited for, by whoever demanded it; what is to be said is said', () => {
  const demanded = (v: JobView, sender: string, state: DemandState): JobView => ({ ...v, demands: new Map([[1n, Demand.fromPartial({ id: 1n, sender, state })]]) });
  const D = DemandState;
  const step = (v: JobView, file: Partial<CaseFile>) => decide(v, { ...nothing, ...file }, { operator: me, mode: 'challenge', height: 130, prepared: true, fetched: false })?.kind;
  const proving = view({ phase: P.DISPUTE_PHASE_PROVING, trace: true });
  for (const state of [D.DEMAND_STATE_QUEUED, D.DEMAND_STATE_ACTIVE]) {
    assert.equal(step(demanded(view(), me, state), {}), undefined);
    assert.equal(step(demanded(view(), 'assay1other', state), {}), 'fetch');
    assert.equal(step(demanded(proving, me, state), { check: 'differs' }), undefined);
    assert.equal(step(demanded(proving, me, state), { check: 'differs', attested: 'CHALLENGED' }), 'attest');
  }
  for (const state of [D.DEMAND_STATE_SERVED, D.DEMAND_STATE_DROPPED]) {
    assert.equal(step(demanded(view(), me, state), {}), 'fetch');
    assert.equal(step(demanded(proving, me, state), { check: 'differs' }), 'inspect');
  }
});

test('what was said once is said again after a crash, and never the opposite', () => {
  for (const phase of [undefined, P.DISPUTE_PHASE_TRACE_DEMANDED, P.DISPUTE_PHASE_PROVING, P.DISPUTE_PHASE_CLEARED])
    for (const check of ['equal', 'within', 'differs'] as const)
      for (const finding of [undefined, 'clean', 'fault'] as const)
        for (const trace of [false, true])
          for (const height of [100, 130]) {
            const c: Case = { trace, ...(phase !== undefined && { phase }) };
            assert.notEqual(kind(c, { check, finding, attested: 'CHALLENGED' }, { height }), 'attest VALID');
            const afterValid = kind(c, { check, finding, attested: 'VALID' }, { height });
            assert.ok(afterValid !== 'attest CHALLENGED' && afterValid !== 'challenge', `${phase} ${check} ${finding} ${trace}: ${afterValid}`);
          }
});

test('modes: watch says nothing, attest never challenges', () => {
  assert.equal(kind({}, { check: 'equal' }, { mode: 'watch' }), undefined);
  assert.equal(kind({}, {}, { mode: 'watch' }), 'check');
  assert.equal(kind({}, { check: 'equal' }, { mode: 'attest' }), 'attest VALID');
  assert.equal(kind({}, { check: 'differs' }, { mode: 'attest' }), undefined);
  assert.equal(kind({ trace: true, phase: P.DISPUTE_PHASE_PROVING }, { check: 'differs' }, { mode: 'watch', height: 110 }), 'inspect');
  assert.equal(kind({ trace: true, phase: P.DISPUTE_PHASE_PROVING }, { check: 'differs', proof: { salt: '', file: '' } }, { mode: 'watch', height: 110 }), undefined);
});

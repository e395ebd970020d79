import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Job, JobState } from '../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState, Dispute, DisputePhase, FaultCommitment } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView } from '../src/jobs/index.js';
import type { CaseFile } from './case-file.js';
import { deadlineOf, isMessage, isSuspect, lastHeight, proveBlocks } from './deadline.js';
import type { Action } from './decide.js';

const P = DisputePhase;
const PROVE = 20n;

function view(ready: bigint, dispute?: Partial<Dispute>, commitments: readonly Partial<FaultCommitment>[] = []): JobView {
  return {
    job: Job.fromPartial({ id: 1n, state: JobState.JOB_STATE_COMMITTED, ready }),
    duties: new Map(),
    dispute: dispute && Dispute.fromPartial(dispute),
    demands: new Map(),
    commitments: new Map(commitments.map((c, i) => [BigInt(i), FaultCommitment.fromPartial(c)])),
  };
}

test('the last height that takes a message about a job, by what holds its end', () => {
  // Newest block 100.
  const rows: readonly [string, JobView, bigint][] = [
    ['the window', view(120n), 120n],
    ['its last block', view(101n), 101n],
    ['it may end with the next block', view(90n), 101n],
    ['the trace is demanded: it may come next, and then T_prove', view(105n, { phase: P.DISPUTE_PHASE_TRACE_DEMANDED }), 121n],
    ['the same in a longer window', view(300n, { phase: P.DISPUTE_PHASE_TRACE_DEMANDED }), 300n],
    ['T_prove runs', view(105n, { phase: P.DISPUTE_PHASE_PROVING, proveDeadline: 117n }), 117n],
    ['T_prove runs in a longer window', view(130n, { phase: P.DISPUTE_PHASE_PROVING, proveDeadline: 117n }), 130n],
    ['T_prove stands still', view(105n, { phase: P.DISPUTE_PHASE_PROVING, proveDeadline: 0n, proveLeft: 7n }), 108n],
    ['cleared', view(105n, { phase: P.DISPUTE_PHASE_CLEARED, proveDeadline: 0n, proveLeft: 0n }), 105n],
  ];
  for (const [name, v, expected] of rows) assert.equal(lastHeight(v, 100, PROVE), expected, name);
});

test('each step’s own deadline', () => {
  const step = (kind: 'fetch' | 'check' | 'challenge' | 'prepare' | 'inspect' | 'commit-fault'): Action => ({ kind });
  const demanded = view(105n, { phase: P.DISPUTE_PHASE_TRACE_DEMANDED, traceClockRunning: true, traceDeadline: 112n });
  const waiting = view(105n, { phase: P.DISPUTE_PHASE_TRACE_DEMANDED, traceClockRunning: false, traceDeadline: 0n });
  const proving = view(105n, { phase: P.DISPUTE_PHASE_PROVING, proveDeadline: 117n });
  const commitment = FaultCommitment.fromPartial({ id: 1n, deadline: 104n });
  const rows: readonly [string, Action, JobView, bigint][] = [
    ['fetch', step('fetch'), view(120n), 120n],
    ['check', step('check'), view(120n), 120n],
    ['attest', { kind: 'attest', verdict: 'VALID' }, view(120n), 120n],
    ['challenge', step('challenge'), view(120n), 120n],
    ['check of a job that somebody challenged', step('check'), waiting, 121n],
    ['prepare: with the worker’s own', step('prepare'), demanded, 112n],
    ['prepare while the worker’s clock waits', step('prepare'), waiting, 121n],
    ['search', step('inspect'), proving, 117n],
    ['commit', step('commit-fault'), proving, 117n],
    ['reveal', { kind: 'prove-fault', commitment }, proving, 104n],
  ];
  for (const [name, action, v, expected] of rows) assert.equal(deadlineOf(action, v, 100, PROVE), expected, name);
  assert.deepEqual(rows.filter(([, a]) => isMessage(a)).map(([name]) => name), ['attest', 'challenge', 'commit', 'reveal']);
});

test('T_prove as the chain computes it', () => {
  const params = { proveBaseBlocks: 100n, traceBytesPerBlock: 10_000_000n };
  assert.equal(proveBlocks(params, 0n), 100n);
  assert.equal(proveBlocks(params, 9_999_999n), 100n);
  assert.equal(proveBlocks(params, 200_000_000n), 120n);
});

test('what is suspect', () => {
  const file = (check?: CaseFile['check']): CaseFile => ({ check, finding: undefined, attested: undefined, proof: undefined, refused: false });
  assert.ok(!isSuspect(view(1n), file()));
  assert.ok(!isSuspect(view(1n), file('within')));
  assert.ok(isSuspect(view(1n), file('differs')));
  for (const [phase, expected] of [[P.DISPUTE_PHASE_UNSPECIFIED, false], [P.DISPUTE_PHASE_TRACE_DEMANDED, true], [P.DISPUTE_PHASE_PROVING, true], [P.DISPUTE_PHASE_CLEARED, false]] as const)
    assert.equal(isSuspect(view(1n, { phase }), file()), expected, P[phase]);
  assert.ok(isSuspect(view(1n, {}, [{ state: CommitmentState.COMMITMENT_STATE_LIVE }]), file()));
  assert.ok(!isSuspect(view(1n, {}, [{ state: CommitmentState.COMMITMENT_STATE_LOST }]), file()));
});

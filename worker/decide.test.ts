import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobRoots } from '../src/blobs/index.js';
import { Job, JobState } from '../src/chain/generated/assay/compute/v1/compute.js';
import { Demand, DemandState, Dispute, DisputePhase } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import type { JobView } from '../src/jobs/index.js';
import { decide } from './decide.js';
import { refusalOf, type Policy } from './policy.js';

const me = 'assay1worker';
const result: JobRoots = { chainId: 'c', jobId: 1n, programRoot: new Uint8Array(32), input: [], weight: [], output: [], value: undefined };
const traced: JobRoots = { ...result, value: [new Uint8Array(32)] };

function view(job: Partial<Job>, dispute?: DisputePhase, demands: Partial<Demand>[] = []): JobView {
  return {
    job: Job.fromPartial({ id: 1n, worker: me, deadline: 50n, ...job }),
    duties: new Map(),
    dispute: dispute === undefined ? undefined : Dispute.fromPartial({ jobId: 1n, phase: dispute }),
    demands: new Map(demands.map((d, i) => [BigInt(i + 1), Demand.fromPartial({ id: BigInt(i + 1), jobId: 1n, state: DemandState.DEMAND_STATE_ACTIVE, ...d })])),
    commitments: new Map(),
  };
}
const kind = (v: JobView, roots?: JobRoots, height = 10) => decide(v, me, roots, height)?.kind;
const S = JobState;

test('from OPEN to COMMITTED, each step once its ground is laid', () => {
  assert.equal(kind(view({ state: S.JOB_STATE_OPEN, worker: '' })), 'claim');
  assert.equal(kind(view({ state: S.JOB_STATE_OPEN, worker: '' }), undefined, 50), undefined, 'too late to claim');
  assert.equal(kind(view({ state: S.JOB_STATE_CLAIMED })), 'execute');
  assert.equal(kind(view({ state: S.JOB_STATE_CLAIMED }), result), 'commit', 'after a crash the result on disk is committed, not another one');
  assert.equal(kind(view({ state: S.JOB_STATE_CLAIMED }), result, 50), undefined, 'the deadline is the last height');
  assert.equal(kind(view({ state: S.JOB_STATE_CLAIMED, worker: 'assay1other' })), undefined);
  assert.equal(kind(view({ state: S.JOB_STATE_COMMITTED }), result), undefined);
  assert.equal(kind(view({ state: S.JOB_STATE_COMMITTED })), 'execute', 'a lost result is made again');
});

test('a challenge is answered with a trace that was built first', () => {
  const challenged = view({ state: S.JOB_STATE_COMMITTED }, DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED);
  assert.equal(kind(challenged, result), 'trace');
  assert.equal(kind(challenged, traced), 'publish');
  assert.equal(kind(view({ state: S.JOB_STATE_COMMITTED }, DisputePhase.DISPUTE_PHASE_PROVING), traced), undefined);
});

test('demands come first, the most urgent of them first', () => {
  const value = { tensors: [{ item: { kind: TensorKind.TENSOR_KIND_VALUE, index: 0, first: 0n, count: 1n, node: 0 }, dtype: 1, size: 4n }] };
  const output = { tensors: [{ item: { kind: TensorKind.TENSOR_KIND_OUTPUT, index: 0, first: 0n, count: 1n, node: 0 }, dtype: 1, size: 4n }] };
  const both = view({ state: S.JOB_STATE_COMMITTED }, DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED, [{ ...output, state: DemandState.DEMAND_STATE_QUEUED }, { ...output, deadline: 30n }]);
  const action = decide(both, me, result, 10);
  assert.ok(action?.kind === 'serve' && action.demand.id === 2n, 'the active one');
  assert.equal(kind(view({ state: S.JOB_STATE_COMMITTED }, undefined, [value]), result), 'trace', 'a value needs the trace');
  assert.equal(kind(view({ state: S.JOB_STATE_COMMITTED }, undefined, [value]), traced), 'serve');
  assert.equal(kind(view({ state: S.JOB_STATE_COMMITTED }, undefined, [{ ...output, state: DemandState.DEMAND_STATE_SERVED }]), result), undefined);
});

test('nothing is owed for a job that ended', () => {
  for (const state of [S.JOB_STATE_FINAL, S.JOB_STATE_FAULTED, S.JOB_STATE_EXPIRED, S.JOB_STATE_VOID])
    assert.equal(kind(view({ state }, DisputePhase.DISPUTE_PHASE_ENDED), traced), undefined);
});

test('a policy says in words what it does not claim', () => {
  const policy: Policy = { artifacts: ['3', 'ab'], minFee: 100n, maxBond: 1000n, profile: 'ieee-fp32' };
  const job = (j: Partial<Job>) => Job.fromPartial({ artifactId: 3n, fee: '100', profile: 'ieee-fp32', ...j });
  assert.equal(refusalOf(policy, job({})), undefined);
  assert.equal(refusalOf(policy, job({ artifactId: 9n, artifactDigest: Uint8Array.of(0xab) })), undefined);
  assert.match(refusalOf(policy, job({ artifactId: 9n })) ?? '', /artifact 9/);
  assert.match(refusalOf(policy, job({ fee: '99' })) ?? '', /fee 99/);
  assert.match(refusalOf(policy, job({ profile: 'ort-wasm' })) ?? '', /profile/);
  assert.equal(refusalOf({ ...policy, artifacts: [] }, job({ artifactId: 77n })), undefined);
});

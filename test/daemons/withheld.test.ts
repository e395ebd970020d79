import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forgingExecutor, tamperedActivation, type Scheme } from '../../devnet/cheats.js';
import { EndReason, JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { DemandState } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { TensorKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { Runtime } from '../../src/onnx/index.js';
import { waitForJob } from '../../src/requester/index.js';
import { startTestNetwork, type TestNetwork } from './network.js';
import { startRequester, startSidecar, startWorker, Undo } from './parties.js';

// Workers that hide: what is not served off chain is demanded on chain, and walked back there to the wrong element.

const undo = new Undo();
let net: TestNetwork;
let requester: Awaited<ReturnType<typeof startRequester>>;
const NOWHERE = 'http://127.0.0.1:9';

before(async () => {
  net = await startTestNetwork(['requester', 'hidden', 'silent', 'eager', 'lying']);
  undo.add(() => net.stop());
  requester = await startRequester(net, undo);
  await startSidecar(net, undo, 0);
}, { timeout: 180_000 });
after(() => undo.all());

const ended = (job: Job): boolean => job.state >= JobState.JOB_STATE_FINAL;
const outcome = (job: Job): string => `${JobState[job.state]} ${EndReason[job.reason]}`;

async function run(name: string, options: Parameters<typeof startWorker>[3], tolerance?: { abs: string; rel: string }): Promise<Job> {
  const jobId = await requester.submit(1, tolerance);
  const worker = await startWorker(net, undo, name, options);
  const job = await waitForJob(net.client, jobId, ended, { seconds: 150 });
  await worker.stop();
  return job;
}

const forging = (scheme: Scheme): { wrap: NonNullable<NonNullable<Parameters<typeof startWorker>[3]>['wrap']> } => ({
  wrap: (own) => {
    const runtime = new Runtime();
    undo.add(() => runtime.close());
    return forgingExecutor(own, runtime, scheme);
  },
});

test('a cheat that serves nothing off chain is walked back to its wrong element by demands alone', { timeout: 200_000 }, async () => {
  const job = await run('hidden', { ...forging(tamperedActivation(3)), endpoint: NOWHERE });
  const { demands, dispute } = await net.client.query.dispute.Dispute({ jobId: job.id, pagination: undefined });
  assert.equal(outcome(job), 'JOB_STATE_FAULTED END_REASON_ARITHMETIC', demands.map((d) => `${d.id} ${d.state} ${d.tensors.map((t) => `${t.item?.kind}/${t.item?.index}`)}`).join('; '));
  const served = demands.filter((d) => d.state === DemandState.DEMAND_STATE_SERVED);
  assert.ok(served.some((d) => d.tensors.some((t) => t.item?.kind === TensorKind.TENSOR_KIND_OUTPUT)));
  assert.ok(served.some((d) => d.tensors.some((t) => t.item?.kind === TensorKind.TENSOR_KIND_VALUE)));
  assert.equal(dispute?.prover, net.operators[0]);
});

test('one that answers no demand either is convicted of withholding', { timeout: 200_000 }, async () => {
  const job = await run('silent', { ...forging(tamperedActivation(3)), endpoint: NOWHERE, answers: false });
  assert.equal(outcome(job), 'JOB_STATE_FAULTED END_REASON_WITHHELD');
  const { demands } = await net.client.query.dispute.Dispute({ jobId: job.id, pagination: undefined });
  assert.deepEqual(demands.map((d) => d.state), [DemandState.DEMAND_STATE_UNSERVED]);
});

test('a job of zero tolerance carries its trace from the start, and is paid when honest', { timeout: 200_000 }, async () => {
  const job = await run('eager', {}, { abs: '0', rel: '0' });
  assert.equal(outcome(job), 'JOB_STATE_FINAL END_REASON_UNSPECIFIED');
  assert.ok(job.eager && job.traceRoot.length === 32);
});

test('a forged one is convicted without a challenge', { timeout: 200_000 }, async () => {
  const job = await run('lying', forging(tamperedActivation(3)), { abs: '0', rel: '0' });
  assert.equal(outcome(job), 'JOB_STATE_FAULTED END_REASON_ARITHMETIC');
  const { dispute } = await net.client.query.dispute.Dispute({ jobId: job.id, pagination: undefined });
  assert.equal(dispute?.challenger, '');
});

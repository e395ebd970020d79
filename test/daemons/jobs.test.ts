import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forgingExecutor, onlyJobs, tamperedActivation, tamperedOutput, tamperedWeight } from '../../devnet/cheats.js';
import { EndReason, JobState, Verdict, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { Runtime } from '../../src/onnx/index.js';
import { waitForJob } from '../../src/requester/index.js';
import { audit, challenge } from '../../validator/index.js';
import { createLogger } from '../../src/log.js';
import { run } from '../../cli/run.js';
import { Metrics } from '../../src/metrics/index.js';
import { startTestNetwork, type TestNetwork } from './network.js';
import { newExaminer, startRequester, startSidecar, startWorker, Undo } from './parties.js';

// Worker and sidecars on a real chain: what the daemons do with each other, read back from the chain.

const undo = new Undo();
let net: TestNetwork;
let requester: Awaited<ReturnType<typeof startRequester>>;
// While a cheat's job is open, the honest worker looks away.
let honestClaims = true;

before(async () => {
  net = await startTestNetwork(['requester', 'honest', 'weight', 'activation', 'output', 'silent', 'outsider', 'unfit'], 2);
  undo.add(() => net.stop());
  requester = await startRequester(net, undo);
  for (const i of [0, 1]) await startSidecar(net, undo, i);
}, { timeout: 180_000 });
after(() => undo.all());

const ended = (job: Job): boolean => job.state >= JobState.JOB_STATE_FINAL;
const outcome = (job: Job): string => `${JobState[job.state]} ${EndReason[job.reason]}`;

async function cheat(name: string, options: Parameters<typeof startWorker>[3]): Promise<Job> {
  honestClaims = false;
  const jobId = await requester.submit(1);
  const worker = await startWorker(net, undo, name, { accepts: onlyJobs(new Set([jobId])), ...options });
  const job = await waitForJob(net.client, jobId, ended, { seconds: 120 });
  honestClaims = true;
  assert.equal(job.worker, worker.address);
  await worker.stop();
  return job;
}

const forging = (scheme: Parameters<typeof forgingExecutor>[2]): NonNullable<Parameters<typeof startWorker>[3]> => ({
  wrap: (own) => {
    const runtime = new Runtime();
    undo.add(() => runtime.close());
    return forgingExecutor(own, runtime, scheme);
  },
});

test('an honest job is claimed, run, attested by every drawn verifier and paid', { timeout: 180_000 }, async () => {
  await startWorker(net, undo, 'honest', { accepts: () => honestClaims });
  const jobId = await requester.submit(1);
  const job = await waitForJob(net.client, jobId, ended, { seconds: 120 });
  assert.equal(outcome(job), 'JOB_STATE_FINAL END_REASON_UNSPECIFIED');
  const { duties } = await net.client.query.compute.Job({ id: jobId });
  assert.equal(duties.length, 2);
  assert.deepEqual(duties.map((d) => d.verdict), [Verdict.VERDICT_VALID, Verdict.VERDICT_VALID]);
});

test('a changed weight is found in the trace and convicted', { timeout: 180_000 }, async () => {
  const job = await cheat('weight', forging(tamperedWeight(3)));
  assert.equal(outcome(job), 'JOB_STATE_FAULTED END_REASON_ARITHMETIC');
  const { dispute } = await net.client.query.dispute.Dispute({ jobId: job.id, pagination: undefined });
  assert.ok(dispute?.explanation?.fault && net.operators.includes(dispute.prover));
});

test('a changed activation is found in the trace and convicted', { timeout: 180_000 }, async () => {
  assert.equal(outcome(await cheat('activation', forging(tamperedActivation(3)))), 'JOB_STATE_FAULTED END_REASON_ARITHMETIC');
});

test('an output that differs from the worker’s own trace is convicted', { timeout: 180_000 }, async () => {
  assert.equal(outcome(await cheat('output', forging(tamperedOutput(3)))), 'JOB_STATE_FAULTED END_REASON_OUTPUT');
});

test('a worker that never answers is convicted of withholding', { timeout: 180_000 }, async () => {
  assert.equal(outcome(await cheat('silent', { ...forging(tamperedOutput(3)), answers: false })), 'JOB_STATE_FAULTED END_REASON_WITHHELD');
});

test('an outsider audits for nothing, challenges an honest job in vain, and the worker is paid', { timeout: 180_000 }, async (t) => {
  const { examiner, dir } = await newExaminer(net, undo);
  const jobId = await requester.submit(2);
  await waitForJob(net.client, jobId, (job) => job.state === JobState.JOB_STATE_COMMITTED, { seconds: 60 });
  const report = await audit({ chain: net.client, examiner, jobId });
  assert.equal(report.check, 'equal');
  const o = { chain: net.client, sender: await net.sender('outsider'), examiner, jobId, dir, log: createLogger({ name: 'outsider', level: 'silent' }), signal: undo.signal };
  assert.equal((await challenge(o)).result, 'agrees');
  assert.equal((await challenge({ ...o, anyway: true })).result, 'clean');
  // The challenge published the trace: an auditor judges all of it, exactly and after the pre-check, through the command line.
  const settings = { 'chain.id': net.chainId, 'chain.rpc': net.rpc, 'client.dir': dir, 'client.assayd': net.assayd, 'blobs.allow_private': 'true' };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  for (const speed of [[], ['--fast']]) {
    const lines: string[] = [];
    const terminal = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
    assert.equal(await run([...flags, 'audit', `${jobId}`, '--every', ...speed], terminal), 0, lines.join('\n'));
    t.diagnostic(lines.join('\n'));
    assert.match(lines.join('\n'), /roots: those of all \d+ tensors are the chain's\njudged: (\d+) of \1 nodes, [1-9]\d+ elements in .*\n(of these, the rigorous pre-check acquitted \d+; \d+ were judged exactly\n)?undecided: 0\nfaults: none$/);
    assert.equal(/pre-check/.test(lines.join()), speed.length > 0);
  }
  const job = await waitForJob(net.client, jobId, ended, { seconds: 120 });
  assert.equal(outcome(job), 'JOB_STATE_FINAL END_REASON_UNSPECIFIED');
});

test('a worker declines a program that its machine computes wrongly, and says so', { timeout: 60_000 }, async () => {
  honestClaims = false;
  const metrics = new Metrics('unfit');
  let asked: (operators: string[]) => void = () => {};
  const program = new Promise<string[]>((resolve) => (asked = resolve));
  const jobId = await requester.submit(3);
  const worker = await startWorker(net, undo, 'unfit', {
    metrics,
    accepts: onlyJobs(new Set([jobId])),
    fitness: {
      async refusal({ nodes }) {
        asked(nodes.map((n) => n.op));
        return 'this machine computes Conv wrongly';
      },
    },
  });
  assert.ok((await program).length > 1, 'asked about the program before anything else of the model is fetched');
  await net.client.waitForHeight((await net.client.head()).height + 3, undo.signal);
  const { job } = await net.client.query.compute.Job({ id: jobId });
  assert.deepEqual([job?.state, job?.worker], [JobState.JOB_STATE_OPEN, '']);
  assert.match(await metrics.registry.metrics(), /assay_worker_declined_total\{code="OPERATOR_UNFIT",daemon="unfit"\} 1\n/);
  await worker.stop();
  honestClaims = true;
});

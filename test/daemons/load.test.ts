import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forgingExecutor, tamperedActivation } from '../../devnet/cheats.js';
import { setParams } from '../../devnet/genesis.js';
import { EndReason, JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import type { Executor } from '../../src/jobs/index.js';
import { Runtime } from '../../src/onnx/index.js';
import { waitForJob } from '../../src/requester/index.js';
import { startTestNetwork, type TestNetwork } from './network.js';
import { startRequester, startSidecar, startWorker, Undo } from './parties.js';

// A verifier with more work than its windows hold: what it can still check in time, it does.

const undo = new Undo();
let net: TestNetwork;
const SLOW_JOBS = 6;
const HEAVY_ROWS = 6;
// One check fits into a window, two after each other do not.
const WINDOW = 30;
const SLOW_BLOCKS = 22;

before(async () => {
  net = await startTestNetwork(['requester', 'honest', 'cheat'], 1, [], (genesis) => {
    const edited: unknown = JSON.parse(genesis);
    setParams(edited as Record<string, unknown>, 'compute', { window_blocks: `${WINDOW}` });
    return JSON.stringify(edited);
  });
  undo.add(() => net.stop());
}, { timeout: 180_000 });
after(() => undo.all());

const ended = (job: Job): boolean => job.state >= JobState.JOB_STATE_FINAL;

test('a forged job behind slow honest ones is convicted, and the checks that did not fit are told', { timeout: 300_000 }, async () => {
  const heavy = await startRequester(net, undo, HEAVY_ROWS);
  const light = await startRequester(net, undo);
  // Counted in blocks, so that a busy machine changes nothing.
  const slow = (own: Executor): Executor => ({
    ...own,
    async run(materials) {
      const outputs = await own.run(materials);
      if (materials.program.inputs[0]!.dims[0] === HEAVY_ROWS) await net.client.waitForHeight((await net.client.head()).height + SLOW_BLOCKS);
      return outputs;
    },
  });
  const { metrics } = await startSidecar(net, undo, 0, { wrap: slow });
  await startWorker(net, undo, 'honest', { accepts: (job) => job.artifactId === heavy.artifactId });
  const runtime = new Runtime();
  undo.add(() => runtime.close());
  await startWorker(net, undo, 'cheat', { accepts: (job) => job.artifactId === light.artifactId, wrap: (own) => forgingExecutor(own, runtime, tamperedActivation(3)) });

  const honest = await Promise.all(Array.from({ length: SLOW_JOBS }, (_, i) => heavy.submit(i + 1)));
  for (const each of honest) await waitForJob(net.client, each, (job) => job.state >= JobState.JOB_STATE_COMMITTED, { seconds: 60 });
  const id = await light.submit(1);
  const job = await waitForJob(net.client, id, ended, { seconds: 120 });
  assert.equal(`${JobState[job.state]} ${EndReason[job.reason]}`, 'JOB_STATE_FAULTED END_REASON_ARITHMETIC');

  for (const each of honest) assert.equal((await waitForJob(net.client, each, ended, { seconds: 60 })).state, JobState.JOB_STATE_FINAL);
  const missed = async (): Promise<number> => {
    const { values } = await metrics.registry.getSingleMetric('assay_sidecar_missed_duties_total')!.get();
    return values.filter((v) => v.labels['step'] === 'check').reduce((sum, v) => sum + v.value, 0);
  };
  // The sidecar sees the last block a moment after this test does.
  for (let blocks = 0; blocks < 20 && (await missed()) === 0; blocks++) await net.client.waitForHeight((await net.client.head()).height + 1);
  assert.ok((await missed()) >= 1, `${await missed()} checks missed`);
});

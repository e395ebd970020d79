import { Verdict } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { BlobClient, createBlobServer, type BlobServer } from '../../src/blobs/index.js';
import { decodeText, readDictionary } from '../../src/ocr/index.js';
import { entryProof, fetchOutputs, paymentsOf, priceOf, submitJob } from '../../src/requester/index.js';
import type { Tensor } from '../../src/onnx/index.js';
import { startAssay, waitForLine, writeSettings } from '../services.js';
import { stateOf, storeOf, untilEnded, untilJob, type Stage } from '../stage.js';
import type { Line, Publications } from './publish.js';

/** Somebody who asks for work: serves inputs and submits jobs. */
export interface Requester {
  readonly server: BlobServer;
  readonly blobs: BlobClient;
  /** Submits one line of text to a model for a fee. */
  submit(model: 'recognition' | 'orientation', line: Line, fee: bigint): Promise<bigint>;
  /** What honest work costs: more than the least, so that the honest worker leaves the cheap jobs to the cheats. */
  readonly honestFee: bigint;
  readonly prices: Readonly<Record<'recognition' | 'orientation', bigint>>;
}

/** Starts serving inputs for the account `requester`. */
export async function createRequester(stage: Stage, publications: Publications): Promise<Requester> {
  const store = await storeOf(stage, 'requester');
  const server = await createBlobServer({ store });
  const prices = {
    recognition: await priceOf(stage.chain, publications.models.recognition.artifactId),
    orientation: await priceOf(stage.chain, publications.models.orientation.artifactId),
  };
  return {
    server, prices,
    honestFee: prices.recognition + 1_000n,
    blobs: new BlobClient(store, { allowPrivate: true }),
    async submit(model, line, fee) {
      const input: Tensor = line[model];
      const dataRoot = await store.putTensor(input.data);
      const path = model === 'recognition' ? line.path : `${line.path}.orientation`;
      const { dataset } = publications;
      const submitted = await submitJob(stage.sender('requester'), {
        artifactId: publications.models[model].artifactId,
        inputs: [{ dataRoot, uris: [server.url], datasetId: dataset.artifactId, entry: entryProof(dataset.manifest, path) }],
        fee,
      });
      return submitted.jobId;
    },
  };
}

/** Starts the honest worker, a daemon of its own. */
export async function startHonestWorker(stage: Stage, requester: Requester): Promise<void> {
  const config = writeSettings(stage.paths, 'worker', {
    ...stage.settings(),
    'key.file': stage.keyFile('worker'),
    'worker.dir': `${stage.paths.data}/worker`,
    'worker.max_jobs': 8,
    'worker.min_fee': requester.honestFee.toString(),
  });
  await waitForLine(stage.processes, startAssay(stage.processes, 'worker', ['worker', '--config', config]), /^worker (\S+)/m);
}

/** Waits for the results of honest jobs and checks that what was read is true. */
export async function readResults(stage: Stage, requester: Requester, jobs: readonly { id: bigint; line: Line }[]): Promise<void> {
  for (const { id, line } of jobs) {
    const job = await untilJob(stage, id, 'computed', (j) => j.state >= JobState.JOB_STATE_COMMITTED);
    stage.story.expect(`job ${id}, ${line.path} was read as`, await readText(stage, requester, job), line.truth);
  }
}

/** The text in the committed output of a recognition job. */
export async function readText(stage: Stage, requester: Requester, job: Job): Promise<string> {
  const [output] = await fetchOutputs(stage.chain, requester.blobs, job);
  return decodeText(output!, await readDictionary()).text;
}

/** Waits until honest jobs are final and checks their verifiers and their money. */
export async function settleHonest(stage: Stage, jobs: readonly bigint[]): Promise<void> {
  const { story } = stage;
  for (const id of jobs) {
    await expectAttested(stage, id);
    const job = await untilEnded(stage, id);
    story.expect(`job ${id}`, stateOf(job), 'FINAL');
    if (id === jobs.at(-1)) await checkFinalMoney(stage, job, stage.network.nodes.map((n) => n.operator));
  }
}

/** Every verifier was drawn, and each attested VALID: waits until all have spoken, or the job has ended without. */
export async function expectAttested(stage: Stage, id: bigint): Promise<void> {
  const { story, chain, network } = stage;
  const verdicts = await story.until(`the verifiers of job ${id}`, async () => {
    const { job, duties } = await chain.query.compute.Job({ id });
    const spoken = duties.length > 0 && duties.every((d) => d.verdict !== Verdict.VERDICT_UNSPECIFIED);
    return spoken || job!.state >= JobState.JOB_STATE_FINAL ? duties.map((d) => Verdict[d.verdict].replace('VERDICT_', '')) : undefined;
  }, { seconds: 300, alive: () => stage.processes.assertAlive() });
  story.expect(`job ${id}: each of the ${network.nodes.length} verifiers was drawn, re-executed it and attested`, verdicts, network.nodes.map(() => 'VALID'));
}

/** PROTOCOL's row FINAL: worker 90 %, fulfilled duties 8 %, pool 2 %, dust burned, bond back. */
export async function checkFinalMoney(stage: Stage, job: Job, fulfilled: readonly string[]): Promise<void> {
  const { story, chain } = stage;
  const payments = await paymentsOf(chain, job.id, Number(job.submitHeight), Number(job.endHeight));
  const fee = BigInt(job.fee);
  const sum = (fits: (p: (typeof payments)[number]) => boolean): bigint => payments.filter(fits).reduce((s, p) => s + p.amount, 0n);
  const back = BigInt(job.bond) + BigInt(job.deposit);
  story.expect(`job ${job.id}: of the fee of ${fee} the worker got`, sum((p) => p.recipient === job.worker) - back, (fee * 900_000n) / 1_000_000n);
  const verifiers = (fee * 80_000n) / 1_000_000n;
  const each = fulfilled.length > 0 ? verifiers / BigInt(fulfilled.length) : 0n;
  for (const operator of fulfilled) story.expect(`job ${job.id}: a verifier got`, sum((p) => p.recipient === operator && p.purpose === 'verifier'), each);
  story.expect(`job ${job.id}: everything that stood in escrow was paid out or burned`, sum(() => true), fee + back);
}

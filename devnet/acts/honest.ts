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
  const { story, chain } = stage;
  const dictionary = await readDictionary();
  for (const { id, line } of jobs) {
    const job = await untilJob(stage, id, 'computed', (j) => j.state >= JobState.JOB_STATE_COMMITTED);
    const [output] = await fetchOutputs(chain, requester.blobs, job);
    story.expect(`job ${id}, ${line.path} was read as`, decodeText(output!, dictionary).text, line.truth);
  }
}

/** Waits until honest jobs are final and checks their verifiers and their money. */
export async function settleHonest(stage: Stage, jobs: readonly bigint[]): Promise<void> {
  const { story, chain } = stage;
  for (const id of jobs) {
    const job = await untilEnded(stage, id);
    story.expect(`job ${id}`, stateOf(job), 'FINAL');
    const { duties } = await chain.query.compute.Job({ id });
    const valid = duties.filter((d) => d.verdict === Verdict.VERDICT_VALID).length;
    if (id !== jobs.at(-1)) continue;
    // A verifier that the machine starves misses its duty; that costs it its share, not the worker anything.
    story.expect(`job ${id}: verifiers that were drawn`, duties.length, stage.network.nodes.length);
    story.say(`${valid} of them re-executed it in time and attested VALID`);
    story.expect(`job ${id}: at least one attested VALID, and nobody challenged it`, valid >= 1 && duties.every((d) => d.verdict !== Verdict.VERDICT_CHALLENGED), true);
    await checkFinalMoney(stage, job, duties.filter((d) => d.verdict !== Verdict.VERDICT_UNSPECIFIED).map((d) => d.operator));
  }
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

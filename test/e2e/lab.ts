import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { forgingExecutor, type Scheme } from '../../devnet/cheats.js';
import { BlobClient, BlobStore, createBlobServer } from '../../src/blobs/index.js';
import type { Sender } from '../../src/chain/index.js';
import { EndReason, JobState, type Job, type JobInput } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { MODEL_NAMES, generatedModel, type GeneratedModel, type GeneratedName } from '../../src/models/index.js';
import { prepare, programRoot, Runtime, type Prepared, type Program, type Tensor } from '../../src/onnx/index.js';
import { fetchOutputs, paymentsOf, publishProgram, submitJob, waitForJob } from '../../src/requester/index.js';
import { startTestNetwork, type TestNetwork } from '../daemons/network.js';
import { startSidecar, startWorker, Undo } from '../daemons/parties.js';
import { patient } from './patience.js';

/** What tells the cheat's jobs from the honest worker's: each claims jobs of its own fee. */
export const FEES = { honest: 5_000_000n, cheat: 5_000_010n } as const;
/** One sidecar checks all jobs at once on a machine that may be busy: half a minute of window, and nothing else ends early. */
const BLOCKS = {
  window_blocks: 60, claim_blocks: 120, commit_blocks: 120, reveal_blocks: 60, serve_blocks: 60, trace_base_blocks: 100, prove_base_blocks: 100,
};
const ZERO = { abs: '0', rel: '0' } as const;

/** A published model with what made it. */
export interface Published {
  readonly artifactId: bigint;
  readonly model: GeneratedModel;
  readonly prepared: Prepared;
}

/** How a job is asked for. */
export interface Asking {
  /** let the cheat do it */
  readonly cheat?: boolean;
  /** sign a tolerance of zero: the worker commits to its trace with the result */
  readonly exact?: boolean;
  /** where each input comes from in a dataset */
  readonly sources?: readonly Partial<JobInput>[];
}

/** A network with real daemons: an honest worker, one that cheats, the sidecar of the one validator, and a requester. */
export class Lab {
  private constructor(
    readonly net: TestNetwork,
    readonly requester: Sender,
    readonly models: ReadonlyMap<GeneratedName, Published>,
    readonly workers: { readonly honest: string; readonly cheat: string },
    readonly store: BlobStore,
    private readonly blobs: BlobClient,
    /** where the store is served */
    readonly url: string,
  ) {}

  /** @param cheats what the cheat does to each program */
  static async open(undo: Undo, cheats: Readonly<Record<GeneratedName, Scheme>>): Promise<Lab> {
    const runtime = new Runtime();
    undo.add(() => runtime.close());
    const preparing = prepareAll(runtime);
    preparing.catch(() => {}); // awaited below
    const net = await startTestNetwork(['requester', 'honest', 'cheat', 'stranger'], 1, [], patient(BLOCKS));
    undo.add(() => net.stop());
    const requester = await net.sender('requester');
    const store = await BlobStore.open(mkdtempSync(join(net.dir, 'requester-')));
    const server = await createBlobServer({ store });
    undo.add(() => server.close());

    const schemes = new Map<string, Scheme>();
    const accepts = (fee: bigint) => (job: Job): boolean => BigInt(job.fee) === fee;
    const wrap: NonNullable<NonNullable<Parameters<typeof startWorker>[3]>['wrap']> = (own) =>
      forgingExecutor(own, runtime, (run, honest) => schemes.get(keyOf(run.program))!(run, honest));
    const starting = Promise.all([
      startWorker(net, undo, 'honest', { accepts: accepts(FEES.honest) }),
      startWorker(net, undo, 'cheat', { accepts: accepts(FEES.cheat), wrap }),
      startSidecar(net, undo, 0),
    ]);
    const models = new Map<GeneratedName, Published>();
    for (const { model, prepared } of await preparing) {
      schemes.set(keyOf(prepared.program), cheats[model.name]);
      await store.putProgram(prepared.programRoot, prepared.record);
      for (const weight of prepared.weights) await store.putTensor(weight);
      await store.putRoots(prepared.weightRoots);
      const { artifactId } = await publishProgram(requester, {
        name: model.name, licence: 'Apache-2.0', uris: [server.url], record: prepared.record, weightsRoot: prepared.weightsRoot, tolerance: { abs: '0.00001', rel: '0.0001' },
      });
      models.set(model.name, { artifactId, model, prepared });
    }
    const [honest, cheat] = await starting;
    return new Lab(net, requester, models, { honest: honest.address, cheat: cheat.address }, store, new BlobClient(store, { allowPrivate: true, attempts: 2, idleMs: 3_000 }), server.url);
  }

  /** Serves the inputs, pays for a job and returns its number. */
  async submit(name: GeneratedName, inputs: readonly Tensor[], asking: Asking = {}): Promise<bigint> {
    const roots = await Promise.all(inputs.map((t) => this.store.putTensor(t.data)));
    const { jobId } = await submitJob(this.requester, {
      artifactId: this.models.get(name)!.artifactId, fee: asking.cheat ? FEES.cheat : FEES.honest,
      inputs: roots.map((dataRoot, i) => ({ dataRoot, uris: [this.url], ...asking.sources?.[i] })), ...(asking.exact && { tolerance: ZERO }),
    });
    return jobId;
  }

  /** The outputs of a job as soon as its worker has committed to them: whoever goes on at once trusts it until FINAL. */
  async outputs(jobId: bigint): Promise<Tensor[]> {
    const job = await waitForJob(this.net.client, jobId, (j) => j.state >= JobState.JOB_STATE_COMMITTED, { seconds: 120 });
    return fetchOutputs(this.net.client, this.blobs, job);
  }

  /** Waits until a job is FINAL, and checks who did it and that the worker got its share, bond and deposit. */
  async final(jobId: bigint): Promise<Job> {
    const job = await this.#ended(jobId, 'FINAL UNSPECIFIED');
    assert.equal(job.worker, this.workers.honest);
    assert.equal(await this.#paid(job, job.worker), (BigInt(job.fee) * 9n) / 10n + BigInt(job.bond) + BigInt(job.deposit), `job ${jobId}: nine tenths of the fee, bond and deposit`);
    return job;
  }

  /** Waits until a validator's sidecar has convicted the cheat, and checks that the requester got the fee back. */
  async convicted(jobId: bigint, reason: 'ARITHMETIC' | 'OUTPUT'): Promise<Job> {
    const job = await this.#ended(jobId, `FAULTED ${reason}`);
    assert.equal(job.worker, this.workers.cheat);
    const { dispute } = await this.net.client.query.dispute.Dispute({ jobId, pagination: undefined });
    assert.ok(dispute?.explanation?.fault && this.net.operators.includes(dispute.prover), 'a verifier proved it');
    assert.equal(await this.#paid(job, this.requester.address), BigInt(job.fee), `job ${jobId}: the fee returns`);
    return job;
  }

  /** A job's record. */
  async job(jobId: bigint): Promise<Job> {
    return (await this.net.client.query.compute.Job({ id: jobId })).job!;
  }

  async #ended(jobId: bigint, outcome: string): Promise<Job> {
    const job = await waitForJob(this.net.client, jobId, (j) => j.state >= JobState.JOB_STATE_FINAL, { seconds: 180 });
    assert.equal(`${JobState[job.state]} ${EndReason[job.reason]}`.replace(/JOB_STATE_|END_REASON_/g, ''), outcome, `end of job ${jobId}`);
    return job;
  }

  async #paid(job: Job, to: string): Promise<bigint> {
    const end = Number(job.endHeight);
    const payments = await paymentsOf(this.net.client, job.id, end, end);
    return payments.filter((p) => p.recipient === to).reduce((sum, p) => sum + p.amount, 0n);
  }
}

const keyOf = (program: Program): string => Buffer.from(programRoot(program)).toString('hex');

async function prepareAll(runtime: Runtime): Promise<{ model: GeneratedModel; prepared: Prepared }[]> {
  const all = [];
  for (const name of MODEL_NAMES) {
    const model = generatedModel(name);
    all.push({ model, prepared: await prepare(model.file, { runtime, samples: [model.inputs(1)] }) });
  }
  return all;
}

import type { BlobClient } from '../blobs/index.js';
import { eventsOf, type ChainClient } from '../chain/index.js';
import type { Job } from '../chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../errors.js';
import { eachOf } from './each-of.js';
import { byteLength, checkInputBytes, checkWeights, decodeProgram, openProgram, programRoot, type Program } from '../onnx/index.js';

/** Everything that one execution reads, checked against the chain. */
export interface Materials {
  readonly program: Program;
  /** bytes of each WEIGHT in its layout */
  readonly weights: readonly Uint8Array[];
  readonly weightRoots: readonly Uint8Array[];
  /** bytes of each INPUT, row-major */
  readonly inputs: readonly Uint8Array[];
  readonly inputRoots: readonly Uint8Array[];
}

type Model = Pick<Materials, 'program' | 'weights' | 'weightRoots'>;

// A record has at most 512 KiB by the chain's parameter; twice that leaves governance room.
const MAX_RECORD_BYTES = 1 << 20;
const MODELS_KEPT = 2;

/** Brings programs, weights and inputs of jobs here, and checks every byte. Models stay in memory for the next job. */
export class MaterialsLoader {
  readonly blobs: BlobClient;
  readonly #chain: ChainClient;
  readonly #models = new Map<string, Promise<Model>>();

  constructor(chain: ChainClient, blobs: BlobClient) {
    this.#chain = chain;
    this.blobs = blobs;
  }

  /**
   * Brings all that a job reads to this machine's disk, and keeps nothing of it in memory.
   *
   * @throws AssayError BLOB_UNAVAILABLE (retry), INPUTS_MISMATCH
   */
  async fetch(job: Job, others: readonly string[] = [], signal?: AbortSignal): Promise<void> {
    const { program } = await this.fetchModel(job, others, signal);
    await this.#fetchInputs(job, program, others, signal);
  }

  /**
   * All that a job reads.
   *
   * @param others endpoints that may have the bytes too, asked after publisher and requester
   * @throws AssayError BLOB_UNAVAILABLE (retry), INPUTS_MISMATCH; OnnxError TENSOR_* when a weight or an input is malformed
   */
  async load(job: Job, others: readonly string[] = [], signal?: AbortSignal): Promise<Materials> {
    const model = await this.model(job, others, signal);
    const { program } = model;
    await this.#fetchInputs(job, program, others, signal);
    const inputs = await Promise.all(job.inputDataRoots.map((root) => this.blobs.store.tensor(root)));
    checkInputBytes(program, inputs);
    return { ...model, inputs, inputRoots: job.inputDataRoots };
  }

  /** Program and weights of a job, from memory when it ran before. */
  model(job: Job, others: readonly string[] = [], signal?: AbortSignal): Promise<Model> {
    const key = keyOf(job);
    let model = this.#models.get(key);
    if (!model) {
      model = this.#loadModel(job, others, signal);
      model.catch(() => this.#models.delete(key));
    }
    // The last used stands last.
    this.#models.delete(key);
    this.#models.set(key, model);
    for (const old of [...this.#models.keys()].slice(0, -MODELS_KEPT)) this.#models.delete(old);
    return model;
  }

  /** Where the requester serves each input, from the event of the submission (the chain's state does not keep it). */
  async inputUris(job: Job): Promise<readonly (readonly string[])[]> {
    const { events } = await this.#chain.blockEvents(Number(job.submitHeight));
    const submitted = eventsOf(events, 'assay.compute.v1.EventJobSubmitted').find((e) => e.jobId === job.id);
    return submitted?.inputs.map((input) => input.uris) ?? [];
  }

  async #fetchInputs(job: Job, program: Program, others: readonly string[], signal?: AbortSignal): Promise<void> {
    if (program.inputs.length !== job.inputDataRoots.length)
      throw new AssayError('INPUTS_MISMATCH', `job ${job.id} has ${job.inputDataRoots.length} inputs, its program ${program.inputs.length}`, { decision: 'bug' });
    if (!(await this.#missingInputs(job, program))) return;
    const uris = await this.inputUris(job);
    await eachOf(program.inputs, (type, i) => this.blobs.tensor([...(uris[i] ?? []), ...others], job.inputDataRoots[i]!, byteLength(type), signal));
  }

  async #missingInputs(job: Job, program: Program): Promise<boolean> {
    const sizes = await Promise.all(job.inputDataRoots.map((root) => this.blobs.store.size('tensor', root)));
    return program.inputs.some((type, i) => sizes[i] !== byteLength(type));
  }

  /** The program of a job alone: what a worker looks at before it fetches the weights. */
  async program(job: Job, signal?: AbortSignal): Promise<Program> {
    return this.#loadProgram(job, await this.#sources(job, []), signal);
  }

  /** A job's program and the roots of its weights; the weights themselves on disk, not in memory. */
  async fetchModel(job: Job, others: readonly string[] = [], signal?: AbortSignal): Promise<Pick<Model, 'program' | 'weightRoots'>> {
    const kept = this.#models.get(keyOf(job));
    return kept ?? this.#fetchModel(job, others, signal);
  }

  async #sources(job: Job, others: readonly string[]): Promise<string[]> {
    const { artifact } = await this.#chain.query.registry.Artifact({ id: job.artifactId });
    return [...(artifact?.uris ?? []), ...others];
  }

  async #loadProgram(job: Job, sources: readonly string[], signal?: AbortSignal): Promise<Program> {
    const root = job.program?.root ?? new Uint8Array();
    const record = await this.blobs.program(sources, root, MAX_RECORD_BYTES, (bytes) => programRoot(decodeProgram(bytes)), signal);
    return openProgram(record, root);
  }

  async #fetchModel(job: Job, others: readonly string[], signal?: AbortSignal): Promise<Pick<Model, 'program' | 'weightRoots'>> {
    const sources = await this.#sources(job, others);
    const program = await this.#loadProgram(job, sources, signal);
    const weightRoots = program.weights.length === 0 ? [] : await this.blobs.roots(sources, job.weightsRoot, program.weights.length, signal);
    await eachOf(program.weights, (type, i) => this.blobs.tensor(sources, weightRoots[i]!, byteLength(type), signal));
    return { program, weightRoots };
  }

  async #loadModel(job: Job, others: readonly string[], signal?: AbortSignal): Promise<Model> {
    const { program, weightRoots } = await this.#fetchModel(job, others, signal);
    const weights = await Promise.all(weightRoots.map((r) => this.blobs.store.tensor(r)));
    checkWeights(program, weights, job.weightsRoot);
    return { program, weights, weightRoots };
  }
}

function keyOf(job: Job): string {
  return Buffer.from(job.artifactDigest).toString('hex');
}

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobClient, BlobStore, splitRoots, type FetchOptions, type JobRoots } from '../src/blobs/index.js';
import { readCommitments, type ChainClient, type Commitments } from '../src/chain/index.js';
import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { AssayError, hasCode } from '../src/errors.js';
import { writeWhole, type Executor, type JobView, type Materials, type MaterialsLoader } from '../src/jobs/index.js';
import { dataRoot, rootOfRoots, sameHash } from '../src/merkle/index.js';
import { firstNotCanonical, tensorPath, type Program } from '../src/onnx/index.js';
import type { Check } from './case-file.js';
import { firstBeyond } from './compare.js';
import { openBundle, placeFile } from './case-bundle.js';
import { sizeOf, type TensorName } from './demand.js';
import { FetchTime } from './fetch-time.js';
import { KnownTrace } from './known-trace.js';
import { drawnTensors, type Accusation, type Draw, type Judgement, type Referee, type Residual, type Scan } from '../src/referee/index.js';
import { nodeFault, outputFault, type Search } from './search.js';
import { servedTensor } from './served.js';
import { hopsOf, Walk } from './walk.js';
import { KINDS, withheld } from './withheld.js';

/** What an examiner works with. */
export interface ExaminerOptions {
  readonly chain: ChainClient;
  readonly loader: MaterialsLoader;
  readonly executor: Executor;
  readonly referee: Referee;
  /** directory for cases: one folder a job, dropped when the job ends */
  readonly dir: string;
  readonly fetch: FetchOptions;
}

/** How a trace is searched, and who is told about it. */
export interface InspectOptions {
  /** judge nodes whose values equal one's own, too */
  readonly every?: boolean;
  readonly onProgress?: (done: number, of: number) => void;
  /** milliseconds that the worker's endpoint may take in all; then the trace is followed by demands. Default: no end */
  readonly fetchMs?: number;
  /** is told how many tensors' roots were found to be those on chain, before any is judged */
  readonly onRoots?: (tensors: number) => void;
  /** is told what each call of the judge showed; not where the trace comes off the chain, tensor by tensor */
  readonly onScan?: (scan: Scan) => void;
}

/** A fault that the referee confirmed on the worker's own tensors. */
export interface Fault {
  readonly accusation: Accusation;
  readonly proof: Uint8Array;
  readonly judgement: Judgement;
  readonly bundle: string;
  readonly commitments: Commitments;
}

/** Puts a tensor where a bundle has it and returns its bytes. */
type Place = (name: TensorName) => Promise<Uint8Array>;

/** Re-executes jobs, compares, and searches a worker's trace for the first element that no honest machine computes. */
export class Examiner {
  readonly #o: ExaminerOptions;
  readonly #stores = new Map<bigint, Promise<BlobStore>>();
  readonly #walks = new Map<bigint, Walk>();
  // By job: what was to come when the endpoint had had its time.
  readonly #slow = new Map<bigint, unknown>();

  constructor(options: ExaminerOptions) {
    this.#o = options;
  }

  /** Where models and inputs come from. */
  get loader(): MaterialsLoader {
    return this.#o.loader;
  }

  /**
   * Runs a job and compares: same output root, else within the signed tolerance, else not.
   *
   * @throws AssayError BYTES_WITHHELD (retry) naming the tensor that nobody served
   */
  async check(view: JobView): Promise<Check> {
    const { job } = view;
    const materials = await this.materials(view);
    const expected = await this.#o.executor.run(materials);
    if (sameHash(rootOfRoots(expected.map(dataRoot)), job.outputRoot)) return 'equal';
    const store = await this.#caseStore(job.id);
    const committed: Uint8Array[] = [];
    for (const [index, root] of job.outputDataRoots.entries()) {
      await this.#need(view, materials.program, store, { kind: TensorKind.TENSOR_KIND_OUTPUT, index }, root);
      committed.push(await store.tensor(root));
    }
    const malformed = materials.program.outputs.some((o, i) => firstNotCanonical(o.type!.dtype, committed[i]!) >= 0);
    return !malformed && firstBeyond(materials.program, committed, expected, job.tolerance) === undefined ? 'within' : 'differs';
  }

  /** Brings what a job reads to this machine's disk: {@link materials} then waits for nobody. @throws as it does */
  async fetch(view: JobView): Promise<void> {
    await this.#reading(view, (endpoint) => this.#o.loader.fetch(view.job, endpoint));
  }

  /** Program, weights and inputs of a job, from publisher, requester or worker, and as far as demanded from the chain. */
  async materials(view: JobView): Promise<Materials> {
    return this.#reading(view, (endpoint) => this.#o.loader.load(view.job, endpoint));
  }

  async #reading<T>(view: JobView, read: (endpoint: readonly string[]) => Promise<T>): Promise<T> {
    const { job } = view;
    const { loader } = this.#o;
    const endpoint = await this.#endpoint(job);
    const { program } = await loader.fetchModel(job, endpoint);
    for (const [index, root] of job.inputDataRoots.entries()) {
      const name = { kind: TensorKind.TENSOR_KIND_INPUT, index };
      const bytes = await servedTensor(this.#o.chain, view.demands.values(), name, root, sizeOf(program, name));
      if (bytes) await loader.blobs.store.putTensor(bytes);
    }
    return read(endpoint).catch(async (error: unknown) => {
      const sizes = await Promise.all(job.inputDataRoots.map((root) => loader.blobs.store.size('tensor', root)));
      const index = sizes.indexOf(undefined);
      if (hasCode(error, 'BLOB_UNAVAILABLE') && index >= 0) throw withheld({ kind: TensorKind.TENSOR_KIND_INPUT, index }, error);
      throw error;
    });
  }

  /** Builds one's own trace ahead of the search, while the worker still builds its own. Safe to repeat: it goes on where it was cut. */
  async prepare(view: JobView): Promise<void> {
    if (await this.#ownRoots(view.job.id).catch(() => undefined)) return;
    const store = await this.#caseStore(view.job.id);
    const materials = await this.materials(view);
    const dir = join(this.#case(view.job.id), 'own');
    const own = await this.#o.executor.trace(materials, dir);
    for (const [i, root] of own.value.entries()) await store.linkTensor(root, tensorPath(dir, 'value', i), true);
    // Last: the mark that all of it is there.
    await writeWhole(join(this.#case(view.job.id), OWN_ROOTS), Buffer.concat(own.value));
  }

  /**
   * Searches a published trace: the output link first, then every node whose values differ from one's own, in order, on
   * the worker's operands; stops at the first fault. With `every`, nodes whose values equal one's own are judged too.
   * A worker that serves no roots, or takes longer than `fetchMs` for what it serves, is followed by demands; where that
   * finds nothing, whatever comes off chain is searched after all.
   *
   * @returns the fault with its proof, which the referee convicts on offline; undefined when there is none
   * @throws AssayError BYTES_WITHHELD (retry), TRACE_FALSE (retry) when the endpoint's roots are not those on chain
   */
  async inspect(view: JobView, options: InspectOptions = {}): Promise<Fault | undefined> {
    const { onProgress = () => {}, every = false, fetchMs, onScan, onRoots } = options;
    const { job } = view;
    await this.prepare(view);
    const materials = await this.materials(view);
    const { program } = materials;
    const store = await this.#caseStore(job.id);
    const bundle = join(this.#case(job.id), 'bundle');
    const known = { chainId: this.#o.chain.chainId, jobId: job.id, programRoot: job.program!.root, input: job.inputDataRoots, weight: materials.weightRoots, output: job.outputDataRoots };
    const commitments = await readCommitments(this.#o.chain.query, job);
    const own = await this.#ownRoots(job.id);
    const placing = (roots: JobRoots, dir: string, time?: FetchTime): Place => this.#placing(view, program, store, dir, roots, time);
    const slow = this.#slow.get(job.id);
    let time = new FetchTime(fetchMs);
    let roots: JobRoots;
    try {
      if (slow !== undefined) throw slow;
      roots = await time.spend((signal) => this.#workerRoots(view, program, signal));
    } catch (error) {
      if (time.over) this.#slow.set(job.id, error);
      // Nothing comes off chain, or not in time: follow what was demanded on chain, and ask for the next chunks there.
      const dir = join(this.#case(job.id), 'walk');
      const { params } = await this.#o.chain.query.dispute.Params({ version: job.disputeParamsVersion });
      const trace = new KnownTrace(program, job.traceRoot);
      const walk = this.#walks.get(job.id) ?? new Walk({
        program, trace, own: (value) => store.tensor(own[value]!), roots: known, dir, commitments, referee: this.#o.referee,
        hops: hopsOf(job.program?.depth ?? 0, params?.params?.freeDemands ?? 0n), place: placing({ ...known, value: undefined }, dir),
      });
      this.#walks.set(job.id, walk);
      await walk.trace.absorb(this.#o.chain, view.demands.values());
      const step = await walk.next();
      if (step.kind === 'need') throw withheld({ ...step.items[0]!, items: step.items }, error);
      if (step.kind === 'fault') return this.#convicting(job, { ...step.fault, bundle: dir, commitments });
      if (slow === undefined) return undefined;
      time = new FetchTime();
      roots = await this.#workerRoots(view, program);
    }
    onRoots?.(roots.input.length + roots.weight.length + roots.output.length + (roots.value ?? []).length);
    await openBundle(bundle, program, roots);
    const search = { program, roots, own, bundle, commitments, place: placing(roots, bundle, time), onProgress, every, ...(onScan && { onScan }) };
    const accusation = await this.#search(view.job, search).catch((error: unknown) => {
      if (time.over) this.#slow.set(job.id, error);
      throw error;
    });
    if (!accusation) return undefined;
    return this.#convicting(job, { accusation, ...(await this.#o.referee.prove(bundle, accusation, commitments)), bundle, commitments });
  }

  async #search(job: Job, search: Search): Promise<Accusation | undefined> {
    return (await outputFault(job, search)) ?? (await nodeFault(this.#o.referee, search));
  }

  /**
   * Tier B's statistic over drawn elements of a published trace, from the tensors of the nodes that the draw falls on.
   *
   * @throws AssayError RESIDUAL_NONE; BYTES_WITHHELD (retry), also when the endpoint's roots are not those on chain
   */
  async residual(view: JobView, draw: Omit<Draw, 'jobId'>): Promise<Residual> {
    const whole = { ...draw, jobId: view.job.id };
    const { program } = await this.materials(view);
    const bundle = join(this.#case(view.job.id), 'residual');
    const roots = await this.#workerRoots(view, program);
    await openBundle(bundle, program, roots);
    const place = this.#placing(view, program, await this.#caseStore(view.job.id), bundle, roots);
    for (const name of drawnTensors(program, whole)) await place(name);
    return this.#o.referee.residual(bundle, whole);
  }

  #convicting(job: Job, fault: Fault): Fault {
    const { accusation, judgement } = fault;
    if (judgement.fault) return fault;
    throw new AssayError('PROOF_ACQUITS', `job ${job.id}: the referee acquits what the search accused`, {
      decision: 'bug',
      facts: { ...accusation, ratio: judgement.ratio, undecided: judgement.undecided },
    });
  }

  /** What the chain will say of a proof in a file, judged offline. */
  async judge(view: JobView, proofFile: string): Promise<Judgement> {
    return this.#o.referee.judge(proofFile, await readCommitments(this.#o.chain.query, view.job), this.#case(view.job.id));
  }

  /** Jobs of which something is kept. */
  async cases(): Promise<bigint[]> {
    const names = await readdir(this.#o.dir).catch(() => []);
    return names.filter((n) => /^\d+$/.test(n)).map(BigInt);
  }

  /** Drops everything that was kept of a job. */
  async drop(jobId: bigint): Promise<void> {
    this.#stores.delete(jobId);
    this.#walks.delete(jobId);
    this.#slow.delete(jobId);
    await rm(this.#case(jobId), { recursive: true, force: true });
  }

  async #workerRoots(view: JobView, program: Program, signal?: AbortSignal): Promise<JobRoots> {
    const { job } = view;
    const [endpoint] = await this.#endpoint(job);
    const count = program.inputs.length + program.weights.length + program.values + program.outputs.length;
    const blobs = new BlobClient(await this.#caseStore(job.id), this.#o.fetch);
    const roots = await blobs.jobRoots(endpoint ?? '', job.id, count, signal).catch((error: unknown) => {
      throw withheld({ kind: TensorKind.TENSOR_KIND_VALUE, index: program.outputs[0]!.index }, error);
    });
    const { input, weight, output, value = [] } = roots;
    const expected = [job.inputRoot, job.weightsRoot, job.outputRoot, job.traceRoot];
    const right = [input, weight, output, value].every((list, i) => sameHash(rootOfRoots(list), expected[i]!));
    if (!right || value.length !== program.values)
      throw withheld(
        { kind: TensorKind.TENSOR_KIND_VALUE, index: program.outputs[0]!.index },
        new AssayError('TRACE_FALSE', `${endpoint} serves other roots than those on chain for job ${job.id}`, { decision: 'peer' }),
      );
    return roots;
  }

  // Puts tensors into a bundle: inputs and weights from the loader's store, the worker's own as `#need` gets them.
  #placing(view: JobView, program: Program, store: BlobStore, bundle: string, roots: JobRoots, time = new FetchTime()): Place {
    return async (name) => {
      const kind = KINDS[name.kind]!;
      const root = roots[kind]![name.index]!;
      const mine = name.kind === TensorKind.TENSOR_KIND_INPUT || name.kind === TensorKind.TENSOR_KIND_WEIGHT;
      const from = mine ? this.#o.loader.blobs.store : store;
      if (!mine) await time.spend((signal) => this.#need(view, program, store, name, root, signal));
      await placeFile(from.path('tensor', root), tensorPath(bundle, kind, name.index));
      return from.tensor(root);
    };
  }

  // Bytes of one tensor into the case's store: there already (one's own, where the roots are equal), from the worker, or
  // from what it served on chain.
  async #need(view: JobView, program: Program, store: BlobStore, name: TensorName, root: Uint8Array, signal?: AbortSignal): Promise<void> {
    const size = sizeOf(program, name);
    if ((await store.size('tensor', root)) === size) return;
    const served = await servedTensor(this.#o.chain, view.demands.values(), name, root, size);
    if (served) {
      await store.putTensor(served);
      return;
    }
    const blobs = new BlobClient(store, this.#o.fetch);
    await blobs.tensor(await this.#endpoint(view.job), root, size, signal).catch((error: unknown) => {
      throw withheld(name, error);
    });
  }

  async #ownRoots(jobId: bigint): Promise<Uint8Array[]> {
    return splitRoots(new Uint8Array(await readFile(join(this.#case(jobId), OWN_ROOTS))));
  }

  async #endpoint(job: Job): Promise<string[]> {
    if (!job.worker) return [];
    const { worker } = await this.#o.chain.query.compute.Worker({ address: job.worker });
    return worker?.endpoint ? [worker.endpoint] : [];
  }

  #caseStore(jobId: bigint): Promise<BlobStore> {
    const store = this.#stores.get(jobId) ?? BlobStore.open(join(this.#case(jobId), 'blobs'));
    this.#stores.set(jobId, store);
    return store;
  }

  #case(jobId: bigint): string {
    return join(this.#o.dir, jobId.toString());
  }
}

const OWN_ROOTS = 'own-roots.bin';

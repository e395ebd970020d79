import { copyFile, link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobClient, BlobStore, hexRoot, splitRoots, type FetchOptions, type JobRoots } from '../src/blobs/index.js';
import { readCommitments, type ChainClient, type Commitments } from '../src/chain/index.js';
import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { AssayError, hasCode } from '../src/errors.js';
import { writeWhole, type Executor, type JobView, type Materials, type MaterialsLoader } from '../src/jobs/index.js';
import { dataRoot, rootOfRoots, sameHash } from '../src/merkle/index.js';
import { encodeProgram, firstNotCanonical, tensorPath, type BundleKind, type Program } from '../src/onnx/index.js';
import type { Check } from './case-file.js';
import { firstBeyond } from './compare.js';
import { sizeOf, type TensorName } from './demand.js';
import type { Accusation, Judgement, Referee } from './referee.js';
import { nodeFault, outputFault } from './search.js';
import { servedTensor } from './served.js';
import { walkBack } from './walk.js';

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

/** A fault that the referee confirmed on the worker's own tensors. */
export interface Fault {
  readonly accusation: Accusation;
  readonly proof: Uint8Array;
  readonly judgement: Judgement;
  readonly bundle: string;
  readonly commitments: Commitments;
}

const KINDS: Readonly<Record<number, BundleKind>> = {
  [TensorKind.TENSOR_KIND_INPUT]: 'input',
  [TensorKind.TENSOR_KIND_WEIGHT]: 'weight',
  [TensorKind.TENSOR_KIND_VALUE]: 'value',
  [TensorKind.TENSOR_KIND_OUTPUT]: 'output',
};

/** Re-executes jobs, compares, and searches a worker's trace for the first element that no honest machine computes. */
export class Examiner {
  readonly #o: ExaminerOptions;
  readonly #stores = new Map<bigint, Promise<BlobStore>>();

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

  /** Program, weights and inputs of a job, from publisher, requester or worker, and as far as demanded from the chain. */
  async materials(view: JobView): Promise<Materials> {
    const { job } = view;
    const { loader } = this.#o;
    const endpoint = await this.#endpoint(job);
    const { program } = await loader.model(job, endpoint);
    for (const [index, root] of job.inputDataRoots.entries()) {
      const name = { kind: TensorKind.TENSOR_KIND_INPUT, index };
      const bytes = await servedTensor(this.#o.chain, view.demands.values(), name, root, sizeOf(program, name));
      if (bytes) await loader.blobs.store.putTensor(bytes);
    }
    return loader.load(job, endpoint).catch(async (error: unknown) => {
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
   *
   * @returns the fault with its proof, which the referee convicts on offline; undefined when there is none
   * @throws AssayError BYTES_WITHHELD (retry), TRACE_FALSE (retry) when the endpoint's roots are not those on chain
   */
  async inspect(view: JobView, onProgress: (done: number, of: number) => void = () => {}, every = false): Promise<Fault | undefined> {
    const { job } = view;
    await this.prepare(view);
    const materials = await this.materials(view);
    const { program } = materials;
    const store = await this.#caseStore(job.id);
    const bundle = join(this.#case(job.id), 'bundle');
    const known = { chainId: this.#o.chain.chainId, jobId: job.id, programRoot: job.program!.root, input: job.inputDataRoots, weight: materials.weightRoots, output: job.outputDataRoots };
    const commitments = await readCommitments(this.#o.chain.query, job);
    const own = await this.#ownRoots(job.id);
    const placing = (roots: JobRoots) => async (name: TensorName): Promise<Uint8Array> => {
      const kind = KINDS[name.kind]!;
      const root = roots[kind]![name.index]!;
      const mine = name.kind === TensorKind.TENSOR_KIND_INPUT || name.kind === TensorKind.TENSOR_KIND_WEIGHT;
      const from = mine ? this.#o.loader.blobs.store : store;
      if (!mine) await this.#need(view, program, store, name, root);
      await placeFile(from.path('tensor', root), tensorPath(bundle, kind, name.index));
      return from.tensor(root);
    };
    let roots: JobRoots;
    try {
      roots = await this.#workerRoots(view, program);
    } catch (error) {
      // Nothing comes off chain: follow what was demanded on chain, and ask for the next tensor there.
      await openBundle(bundle, program, { ...known, value: undefined });
      const walk = { chain: this.#o.chain, view, program, own, roots: known, bundle, commitments, referee: this.#o.referee };
      const found = await walkBack({ ...walk, place: placing({ ...known, value: undefined }), missing: (name) => withheld(name, error) });
      return found && this.#convicting(job, { ...found, bundle, commitments });
    }
    await openBundle(bundle, program, roots);
    const search = { program, roots, own, bundle, commitments, place: placing(roots), onProgress, every };
    const accusation = (await outputFault(view.job, search)) ?? (await nodeFault(this.#o.referee, search));
    if (!accusation) return undefined;
    return this.#convicting(job, { accusation, ...(await this.#o.referee.prove(bundle, accusation, commitments)), bundle, commitments });
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
    await rm(this.#case(jobId), { recursive: true, force: true });
  }

  async #workerRoots(view: JobView, program: Program): Promise<JobRoots> {
    const { job } = view;
    const [endpoint] = await this.#endpoint(job);
    const count = program.inputs.length + program.weights.length + program.values + program.outputs.length;
    const blobs = new BlobClient(await this.#caseStore(job.id), this.#o.fetch);
    const roots = await blobs.jobRoots(endpoint ?? '', job.id, count).catch((error: unknown) => {
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

  // Bytes of one tensor into the case's store: there already (one's own, where the roots are equal), from the worker, or
  // from what it served on chain.
  async #need(view: JobView, program: Program, store: BlobStore, name: TensorName, root: Uint8Array): Promise<void> {
    const size = sizeOf(program, name);
    if ((await store.size('tensor', root)) === size) return;
    const served = await servedTensor(this.#o.chain, view.demands.values(), name, root, size);
    if (served) {
      await store.putTensor(served);
      return;
    }
    const blobs = new BlobClient(store, this.#o.fetch);
    await blobs.tensor(await this.#endpoint(view.job), root, size).catch((error: unknown) => {
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

/** The tensor that nobody served, of a BYTES_WITHHELD error; undefined for other errors. */
export function withheldTensor(error: unknown): TensorName | undefined {
  if (!(error instanceof AssayError) || error.code !== 'BYTES_WITHHELD') return undefined;
  const { kind, index } = error.facts;
  return typeof kind === 'number' && typeof index === 'number' ? { kind, index } : undefined;
}

function withheld(name: TensorName, cause: unknown): AssayError {
  return new AssayError('BYTES_WITHHELD', `nobody serves ${KINDS[name.kind]} ${name.index}`, { decision: 'retry', facts: { ...name }, cause });
}

async function openBundle(dir: string, program: Program, roots: JobRoots): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  const hex = (list: readonly Uint8Array[]): string[] => list.map(hexRoot);
  await writeWhole(join(dir, 'program.bin'), encodeProgram(program));
  await writeWhole(
    join(dir, 'roots.json'),
    JSON.stringify({ input: hex(roots.input), weight: hex(roots.weight), value: hex(roots.value ?? []), output: hex(roots.output) }),
  );
}

async function placeFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(async (error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    await copyFile(from, to);
  });
}

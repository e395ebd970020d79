import { BlobClient, createBlobServer, type BlobServer, type BlobStore, type JobRoots } from '../src/blobs/index.js';
import { message, resultCommitment, type ChainClient, type Message, type Sender } from '../src/chain/index.js';
import { EndReason, JobState, type Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { MsgClaimJob, MsgCommitResult, MsgRegisterWorker } from '../src/chain/generated/assay/compute/v1/tx.js';
import { MsgPublishTrace } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { AssayError, hasCode, isRetryable } from '../src/errors.js';
import type { Fitness } from '../src/fitness/index.js';
import { hasEnded, JobBook, JobRunner, MaterialsLoader, type Executor, type JobView } from '../src/jobs/index.js';
import type { Logger } from '../src/log.js';
import type { Metrics } from '../src/metrics/index.js';
import { rootOfRoots, sameHash } from '../src/merkle/index.js';
import { readTensor } from '../src/onnx/index.js';
import { decide, type Action } from './decide.js';
import { refusalOf, type Policy } from './policy.js';
import { Results } from './results.js';
import { serveChunks } from './serve.js';

/** What a worker is made of. */
export interface WorkerOptions {
  readonly chain: ChainClient;
  /** sends for the worker's own account */
  readonly sender: Sender;
  readonly store: BlobStore;
  readonly blobs: BlobClient;
  /** data directory; results and traces lie here, best on the store's disk */
  readonly dir: string;
  readonly executor: Executor;
  readonly policy: Policy;
  /** where blobs are served */
  readonly listen: { readonly host: string; readonly port: number };
  /** URL under which others reach it; default: the address itself */
  readonly endpoint?: string;
  /** declared owner, an account address */
  readonly owner?: string;
  /** jobs claimed at once; default 4 */
  readonly maxJobs?: number;
  /** further say in what is claimed */
  readonly accepts?: (job: Job) => boolean;
  /** says which programs this machine computes wrongly; default: nobody asks */
  readonly fitness?: Pick<Fitness, 'refusal'>;
  /** whether to answer challenges and demands; default true */
  readonly answers?: boolean;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A running worker. */
export interface Worker {
  readonly address: string;
  /** URL of its blobs, as registered */
  readonly endpoint: string;
  /** Whether it follows the chain. */
  ready(): boolean;
  /** Runs until `signal` aborts; rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Claims, runs, commits, serves; see `decide` for what it does when. @throws AssayError PORT_BUSY and from the chain */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const results = new Results(options.dir, options.store);
  const served = options.metrics.counter('worker_served_bytes_total', 'Bytes served to others, by route.', ['route']);
  const onReply = (route: string, _: number, bytes: number): void => served.inc({ route }, bytes);
  const server = await createBlobServer({ store: options.store, jobRoots: (id) => results.get(id), onReply, ...options.listen });
  return new Provider(options, results, server);
}

/** Code of what a machine must not run: its result would be a fault. */
const OPERATOR_UNFIT = 'OPERATOR_UNFIT';

class Provider implements Worker {
  readonly address: string;
  readonly endpoint: string;
  readonly #o: WorkerOptions;
  readonly #results: Results;
  readonly #server: BlobServer;
  readonly #book: JobBook;
  readonly #loader: MaterialsLoader;
  readonly #steps;
  readonly #errors;
  readonly #refusals;
  // Jobs that this worker will not claim: another was faster, or they are not for us.
  readonly #declined = new Set<bigint>();
  readonly #claiming = new Set<bigint>();
  // Height of the last transaction about a job: until the book has seen that block, its view is old.
  readonly #sentAt = new Map<bigint, number>();

  constructor(options: WorkerOptions, results: Results, server: BlobServer) {
    this.#o = options;
    this.#results = results;
    this.#server = server;
    this.address = options.sender.address;
    this.endpoint = (options.endpoint || server.url).replace(/\/$/, '');
    this.#book = new JobBook(options.chain);
    this.#loader = new MaterialsLoader(options.chain, options.blobs);
    this.#steps = options.metrics.counter('worker_steps_total', 'Steps done for jobs.', ['step']);
    this.#errors = options.metrics.counter('worker_errors_total', 'Errors by code.', ['code']);
    this.#refusals = options.metrics.counter('worker_declined_total', 'Jobs that were not claimed, by why.', ['code']);
  }

  ready(): boolean {
    return this.#book.height > 0;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, metrics } = this.#o;
    await this.#register();
    const runner = new JobRunner({
      step: (id) => this.#step(id),
      concurrency: (this.#o.maxJobs ?? 4) + 2,
      log,
      signal,
      onError: (_, error) => this.#errors.inc({ code: error instanceof AssayError ? error.code : 'OTHER' }),
    });
    const height = metrics.gauge('worker_height', 'Newest block that was seen.');
    const bonded = metrics.gauge('worker_jobs', 'Jobs that hold a bond of this worker.');
    const leftovers = await this.#results.traced();
    for await (const tick of this.#book.follow(signal, (err) => log.warn({ err }, 'chain not followed, will retry'))) {
      height.set(tick.height);
      bonded.set(this.#mine().length);
      // Jobs that ended while nobody looked: their task finds them gone and drops their traces.
      for (const id of leftovers.splice(0)) runner.wake(id);
      for (const id of tick.changed) {
        const view = this.#book.view(id);
        if (view && hasEnded(view.job) && view.job.worker === this.address)
          log.info({ job: id.toString(), state: JobState[view.job.state], reason: EndReason[view.job.reason] }, 'job ended');
        runner.wake(id);
      }
      if (tick.changed.size > 0) for (const view of this.#book.views()) if (view.job.state === JobState.JOB_STATE_OPEN) runner.wake(view.job.id);
    }
    await runner.settled();
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#o.executor.close();
  }

  async #register(): Promise<void> {
    const { chain, sender, log, owner = '' } = this.#o;
    const known = await chain.query.compute.Worker({ address: this.address }).catch((error: unknown) => {
      if (hasCode(error, 'CHAIN_NOT_FOUND')) return undefined;
      throw error;
    });
    if (known?.worker?.endpoint === this.endpoint && (known.worker.owner === owner || owner === '')) return;
    await sender.send([message(MsgRegisterWorker, { worker: this.address, endpoint: this.endpoint, owner })]);
    log.info({ endpoint: this.endpoint, owner }, 'registered');
  }

  #mine(): JobView[] {
    return this.#book.views().filter((v) => v.job.worker === this.address);
  }

  async #step(jobId: bigint): Promise<boolean> {
    const view = this.#book.view(jobId);
    // Ended jobs leave the book; what is on disk of them is dropped by their own task, after what it may be doing now.
    if (!view || hasEnded(view.job)) {
      await this.#forget(jobId);
      return false;
    }
    if (this.#book.height < (this.#sentAt.get(jobId) ?? 0)) return false;
    const mine = view.job.worker === this.address;
    const roots = mine ? await this.#results.get(jobId) : undefined;
    const action = decide(view, this.address, roots, this.#book.height);
    if (!action || (this.#o.answers === false && ['trace', 'publish', 'serve'].includes(action.kind))) return false;
    const started = Date.now();
    const more = await this.#do(action, view, roots).catch((error: unknown) => {
      if (this.#book.view(jobId)) throw error;
      this.#o.log.info({ job: jobId.toString(), step: action.kind }, 'the job ended meanwhile');
      return true;
    });
    if (more !== undefined) {
      this.#steps.inc({ step: action.kind });
      this.#o.log.info({ job: jobId.toString(), step: action.kind, ms: Date.now() - started }, 'step done');
    }
    return more ?? false;
  }

  // True: look again at once (the state on disk changed). False: the chain will say when there is more.
  async #do(action: Action, view: JobView, roots: JobRoots | undefined): Promise<boolean | undefined> {
    const { job } = view;
    switch (action.kind) {
      case 'claim':
        return (await this.#claim(job)) ? false : undefined;
      case 'execute':
        await this.#execute(job);
        return true;
      case 'commit':
        await this.#commit(job, roots!);
        return false;
      case 'trace':
        await this.#trace(job, roots!);
        return true;
      case 'publish':
        await this.#publish(job, roots!);
        return false;
      case 'serve':
        await this.#serve(view, action, roots!);
        return false;
    }
  }

  async #forget(jobId: bigint): Promise<void> {
    this.#declined.delete(jobId);
    this.#sentAt.delete(jobId);
    await this.#results.dropTrace(jobId);
  }

  async #claim(job: Job): Promise<boolean> {
    const { policy, sender, chain, log, accepts, maxJobs = 4 } = this.#o;
    if (this.#declined.has(job.id)) return false;
    const refusal = refusalOf(policy, job) ?? (accepts?.(job) === false ? 'not accepted here' : undefined);
    const { params } = await chain.query.compute.Params({ version: 0n });
    const { kappa = 0n, bondMin = '0' } = params?.params ?? {};
    const least = kappa * BigInt(job.fee);
    const bond = least > BigInt(bondMin) ? least : BigInt(bondMin);
    const why = refusal ?? (bond > policy.maxBond ? `bond ${bond} is above ${policy.maxBond}` : undefined);
    if (why) return this.#decline(job, 'POLICY', why);
    const running = this.#mine().filter((v) => v.job.state === JobState.JOB_STATE_CLAIMED).length + this.#claiming.size;
    if (running >= maxJobs) return false;
    this.#claiming.add(job.id);
    try {
      const unfit = await this.#unfit(job);
      if (unfit) return this.#decline(job, OPERATOR_UNFIT, unfit);
      // Every byte is here and checked before a bond stands on it.
      await this.#loader.load(job);
      const { height } = await sender.send([message(MsgClaimJob, { worker: this.address, jobId: job.id, bond: bond.toString() })]);
      this.#sentAt.set(job.id, height);
      return true;
    } catch (error) {
      // What cannot succeed later is not tried again every block: no funds, a forbidden weight, another worker.
      if (!isRetryable(error)) this.#declined.add(job.id);
      if (!hasCode(error, 'CHAIN_COMPUTE_STATE')) throw error;
      log.info({ job: job.id.toString() }, 'another worker was faster');
      return false;
    } finally {
      this.#claiming.delete(job.id);
    }
  }

  #decline(job: Job, code: string, why: string): false {
    this.#declined.add(job.id);
    this.#refusals.inc({ code });
    this.#o.log[code === OPERATOR_UNFIT ? 'warn' : 'debug']({ job: job.id.toString(), code, why }, 'job declined');
    return false;
  }

  async #unfit(job: Job): Promise<string | undefined> {
    const { fitness } = this.#o;
    return fitness && fitness.refusal(await this.#loader.program(job));
  }

  async #execute(job: Job): Promise<void> {
    const { executor, store, chain } = this.#o;
    // Claimed by an earlier run of this daemon, on a machine or runtime that was right: the deposit is less than the bond.
    const unfit = job.state === JobState.JOB_STATE_CLAIMED ? await this.#unfit(job) : undefined;
    if (unfit) throw new AssayError(OPERATOR_UNFIT, `job ${job.id} was claimed and is not run: ${unfit}`, { hint: 'Run assay worker check, and this job on a machine that passes it.' });
    const materials = await this.#loader.load(job);
    let outputs: readonly Uint8Array[];
    let value: readonly Uint8Array[] | undefined;
    if (job.eager) {
      // The trace is committed with the result, and the output must be the trace's own to the bit.
      const dir = this.#results.traceDirectory(job.id);
      const bundle = await executor.trace(materials, dir);
      await this.#results.shareTrace(dir, bundle.value);
      outputs = await Promise.all(bundle.output.map((root, i) => readTensor(dir, 'output', i, root)));
      value = bundle.value;
    } else outputs = await executor.run(materials);
    const output = await Promise.all(outputs.map((bytes) => store.putTensor(bytes)));
    if (job.state === JobState.JOB_STATE_COMMITTED && !sameHash(rootOfRoots(output), job.outputRoot))
      throw new AssayError('RESULT_LOST', `job ${job.id} was committed with another output than this machine computes now`, {
        decision: 'bug',
        hint: 'The result on disk was lost, and runtime or threads changed since. Restore the data directory.',
      });
    await this.#results.put({
      chainId: chain.chainId,
      jobId: job.id,
      programRoot: job.program!.root,
      input: materials.inputRoots,
      weight: materials.weightRoots,
      output,
      value,
    });
  }

  async #commit(job: Job, roots: JobRoots): Promise<void> {
    const { chain, executor } = this.#o;
    const traceRoot = job.eager && roots.value ? rootOfRoots(roots.value) : undefined;
    const { execution } = executor;
    const commitment = resultCommitment({
      chainId: chain.chainId,
      jobId: job.id,
      worker: this.address,
      programRoot: job.program!.root,
      weightsRoot: job.weightsRoot,
      execution,
      inputRoot: job.inputRoot,
      outputRoot: rootOfRoots(roots.output),
      ...(traceRoot && { traceRoot }),
    });
    const msg = message(MsgCommitResult, {
      worker: this.address,
      jobId: job.id,
      outputDataRoots: [...roots.output],
      traceRoot: traceRoot ?? new Uint8Array(),
      execution,
      commitment,
    });
    await this.#sendOnce(job, 'CHAIN_COMPUTE_STATE', msg);
  }

  async #trace(job: Job, roots: JobRoots): Promise<void> {
    const { executor, store } = this.#o;
    const materials = await this.#loader.load(job);
    const outputs = await Promise.all(roots.output.map((root) => store.tensor(root)));
    const dir = this.#results.traceDirectory(job.id);
    const { value } = await executor.trace(materials, dir, outputs);
    await this.#results.shareTrace(dir, value);
    await this.#results.put({ ...roots, value });
  }

  async #publish(job: Job, roots: JobRoots): Promise<void> {
    const traceRoot = rootOfRoots(roots.value!);
    await this.#sendOnce(job, 'CHAIN_DISPUTE_NO_CHALLENGE', message(MsgPublishTrace, { worker: this.address, jobId: job.id, traceRoot }));
  }

  async #serve(view: JobView, action: Extract<Action, { kind: 'serve' }>, roots: JobRoots): Promise<void> {
    const msg = await serveChunks(this.address, action.demand, roots, this.#o.store);
    await this.#sendOnce(view.job, 'CHAIN_DISPUTE_DEMAND_STATE', msg);
  }

  // After a crash the chain may have taken the message already while the book has not seen its block: no error.
  async #sendOnce(job: Job, done: string, msg: Message): Promise<void> {
    try {
      const { height } = await this.#o.sender.send([msg]);
      this.#sentAt.set(job.id, height);
    } catch (error) {
      if (!hasCode(error, done)) throw error;
      this.#sentAt.set(job.id, this.#book.height + 1);
      this.#o.log.info({ job: job.id.toString(), code: done }, 'the chain has it already');
    }
  }
}

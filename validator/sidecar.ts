import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { faultCommitment, message, type ChainClient, type Message, type Sender } from '../src/chain/index.js';
import { EndReason, JobState, Verdict, type Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { MsgAttest } from '../src/chain/generated/assay/compute/v1/tx.js';
import { MsgChallenge, MsgCommitFault, MsgProveFault, MsgProveFaultResponse } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { AssayError, hasCode } from '../src/errors.js';
import { hasEnded, JobBook, JobRunner, writeWhole, type Journal, type JobView, type MaterialsLoader } from '../src/jobs/index.js';
import type { Logger } from '../src/log.js';
import type { Metrics } from '../src/metrics/index.js';
import { CaseFiles } from './case-file.js';
import { decide, type Action, type Mode, type Situation } from './decide.js';
import { itemText, type Wanted } from './demand.js';
import { demandNext } from './demanding.js';
import { Agenda } from './agenda.js';
import type { Examiner } from './examiner.js';
import { withheldTensor } from './withheld.js';
import { proofGas } from './gas.js';
import { Judged } from './judged.js';

/** What a sidecar is made of. */
export interface SidecarOptions {
  readonly chain: ChainClient;
  /** the hot key, acting for the operator under its grants */
  readonly sender: Sender;
  readonly examiner: Examiner;
  readonly loader: MaterialsLoader;
  readonly journal: Journal;
  /** directory for proofs */
  readonly dir: string;
  readonly mode: Mode;
  /** duties worked on at once, and one more that is under suspicion; default 2 */
  readonly maxJobs?: number;
  /** attempts to get bytes off chain before they are demanded on chain; default 2 */
  readonly patience?: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A validator's duties: drawn jobs re-executed, attested, challenged and proven; see `decide` for what it does when. */
export class Sidecar {
  readonly operator: string;
  readonly #o: SidecarOptions;
  readonly #book: JobBook;
  readonly #files: CaseFiles;
  readonly #agenda: Agenda;
  readonly #withheld = new Map<bigint, number>();
  readonly #sentAt = new Map<bigint, number>();
  readonly #fetched = new Set<bigint>();
  readonly #prepared = new Set<bigint>();
  readonly #steps;
  readonly #errors;
  readonly #undecided;

  constructor(options: SidecarOptions) {
    this.#o = options;
    this.operator = options.sender.address;
    this.#book = new JobBook(options.chain);
    this.#files = new CaseFiles(options.journal);
    this.#agenda = new Agenda(options);
    this.#steps = options.metrics.counter('sidecar_steps_total', 'Steps done for duties.', ['step']);
    this.#errors = options.metrics.counter('sidecar_errors_total', 'Errors by code.', ['code']);
    this.#undecided = options.metrics.counter('sidecar_undecided_total', 'Elements that the referee could say nothing of, by cause and program (12 digits of its root).', ['cause', 'program']);
  }

  /** Whether it follows the chain. */
  ready(): boolean {
    return this.#book.height > 0;
  }

  /** Runs until `signal` aborts. Duties missed while it was away are found by the first scan. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, metrics, maxJobs = 2 } = this.#o;
    const runner = new JobRunner({
      step: (id) => this.#step(id),
      concurrency: maxJobs,
      standing: (id) => {
        const view = this.#book.view(id);
        return this.#agenda.standing(view, view && this.#next(view), this.#files.get(id));
      },
      log,
      signal,
      onError: (_, error) => this.#errors.inc({ code: error instanceof AssayError ? error.code : 'OTHER' }),
    });
    const height = metrics.gauge('sidecar_height', 'Newest block that was seen.');
    const open = metrics.gauge('sidecar_open_duties', 'Duties on jobs that have not ended and are not attested.');
    const leftovers = await this.#o.examiner.cases();
    for await (const tick of this.#book.follow(signal, (err) => log.warn({ err }, 'chain not followed, will retry'))) {
      height.set(tick.height);
      const mine = this.#book.views().filter((v) => v.duties.has(this.operator));
      const todo = mine.flatMap((view) => {
        const action = decide(view, this.#files.get(view.job.id), this.#situation(view.job.id));
        return action ? [{ view, action }] : [];
      });
      this.#agenda.tick(tick.height, todo);
      open.set(mine.filter((v) => !hasEnded(v.job) && v.duties.get(this.operator)?.verdict === Verdict.VERDICT_UNSPECIFIED).length);
      for (const id of tick.changed) this.#prefetch(this.#book.view(id));
      // Jobs that ended while nobody looked: their task finds them gone and clears up.
      for (const id of leftovers.splice(0)) runner.wake(id);
      for (const view of mine) if (hasEnded(view.job)) this.#ended(view, runner);
      for (const { job } of mine) if (tick.changed.has(job.id)) runner.wake(job.id);
      // Every block, not only on change: ranks, reveals and searches wait for heights.
      for (const { view } of todo) runner.nudge(view.job.id);
    }
    await runner.settled();
  }

  #ended(view: JobView, runner: JobRunner): void {
    const { job } = view;
    this.#o.log.info({ job: job.id.toString(), state: JobState[job.state], reason: EndReason[job.reason] }, 'job ended');
    this.#agenda.ended(view, this.#files.get(job.id), this.#situation(job.id), runner.isBusy(job.id));
    // Cleared up by the job's own task, after what it may be doing now.
    runner.wake(job.id);
  }

  // The window is short and models are large: they are fetched when a job is claimed, before anybody is drawn.
  #prefetch(view: JobView | undefined): void {
    if (view?.job.state !== JobState.JOB_STATE_CLAIMED) return;
    this.#o.loader.fetchModel(view.job).catch((err: unknown) => this.#o.log.debug({ job: view.job.id.toString(), err }, 'model not fetched ahead'));
  }

  #situation(jobId: bigint): Situation {
    const { mode } = this.#o;
    return { operator: this.operator, mode, height: this.#book.height, fetched: this.#fetched.has(jobId), prepared: this.#prepared.has(jobId) };
  }

  #next(view: JobView): Action | undefined {
    if (this.#book.height < (this.#sentAt.get(view.job.id) ?? 0)) return undefined;
    return decide(view, this.#files.get(view.job.id), this.#situation(view.job.id));
  }

  async #step(jobId: bigint): Promise<boolean> {
    const view = this.#book.view(jobId);
    if (!view || hasEnded(view.job)) {
      await this.#forget(jobId);
      return false;
    }
    const action = this.#next(view);
    if (!action) return false;
    const started = Date.now();
    try {
      const more = await this.#do(action, view);
      this.#withheld.delete(jobId);
      this.#agenda.did(view.job, action, Date.now() - started);
      this.#steps.inc({ step: action.kind });
      this.#o.log.info({ job: jobId.toString(), step: action.kind, ms: Date.now() - started }, 'step done');
      return more;
    } catch (error) {
      if (!this.#book.view(jobId)) {
        this.#o.log.info({ job: jobId.toString(), step: action.kind }, 'the job ended meanwhile');
        return true;
      }
      this.#agenda.failed(view.job, action);
      const missing = withheldTensor(error);
      if (!missing || this.#o.mode !== 'challenge') throw error;
      return this.#demand(view, missing, error);
    }
  }

  // True: look again at once. False: the next block will tell.
  async #do(action: Action, view: JobView): Promise<boolean> {
    const { job } = view;
    switch (action.kind) {
      case 'fetch':
        await this.#o.examiner.fetch(view);
        this.#fetched.add(job.id);
        return true;
      case 'check': {
        const check = await this.#o.examiner.check(view);
        await this.#files.check(job.id, check);
        this.#o.log.info({ job: job.id.toString(), check }, 'job re-executed');
        return true;
      }
      case 'attest':
        await this.#attest(view, action.verdict);
        return false;
      case 'challenge':
        await this.#challenge(view);
        return false;
      case 'prepare':
        await this.#o.examiner.prepare(view);
        this.#prepared.add(job.id);
        return true;
      case 'inspect':
        return this.#inspect(view, action);
      case 'commit-fault':
        await this.#commitFault(view);
        return false;
      case 'prove-fault':
        await this.#proveFault(view);
        return false;
    }
  }

  async #attest(view: JobView, verdict: 'VALID' | 'CHALLENGED'): Promise<void> {
    await this.#files.attest(view.job.id, verdict);
    const value = verdict === 'VALID' ? Verdict.VERDICT_VALID : Verdict.VERDICT_CHALLENGED;
    await this.#sendOnce(view, ['CHAIN_COMPUTE_ATTESTED'], message(MsgAttest, { operator: this.operator, jobId: view.job.id, verdict: value }));
  }

  async #challenge(view: JobView): Promise<void> {
    // Opening a challenge is this verifier's verdict CHALLENGED; when somebody was faster, joining is the same verdict.
    await this.#files.attest(view.job.id, 'CHALLENGED');
    await this.#sendOnce(view, ['CHAIN_DISPUTE_CHALLENGED'], message(MsgChallenge, { sender: this.operator, jobId: view.job.id }));
  }

  async #inspect(view: JobView, action: Action): Promise<boolean> {
    const { examiner, log } = this.#o;
    const { job } = view;
    const judged = new Judged(job.program?.nodes ?? 0);
    const left = this.#agenda.left(view, action);
    const fault = await examiner.inspect(view, {
      // The other half is for what is demanded when the endpoint drips: T_prove stands still meanwhile, judging takes time.
      ...(left !== undefined && { fetchMs: left / 2 }),
      onProgress: (done, of) => log.debug({ job: job.id.toString(), done, of }, 'searching'),
      onScan: (scan) => judged.add(scan),
    });
    const { undecided } = judged;
    for (const [cause, n] of Object.entries(undecided)) this.#undecided.inc({ cause, program: programLabel(job) }, n);
    if (!fault) {
      await this.#files.finding(job.id, 'clean', sum(undecided));
      log.info({ job: job.id.toString(), undecided }, 'no fault found');
      return true;
    }
    const file = join(this.#o.dir, 'proofs', `${job.id}.bin`);
    await writeWhole(file, fault.proof);
    await this.#files.proof(job.id, randomBytes(32).toString('hex'), file);
    await this.#files.finding(job.id, 'fault', sum(undecided));
    log.info({ job: job.id.toString(), ...fault.accusation, element: fault.accusation.element.toString(), bytes: fault.proof.length }, 'fault found');
    return true;
  }

  async #commitFault(view: JobView): Promise<void> {
    const { salt, proof } = await this.#proofOf(view);
    // A second bond only on what the referee convicts on, judged anew.
    const again = [...view.commitments.values()].some((c) => c.sender === this.operator);
    if (again && !(await this.#o.examiner.judge(view, this.#files.get(view.job.id).proof!.file)).fault) return this.#files.refused(view.job.id);
    const hash = faultCommitment({ chainId: this.#o.chain.chainId, jobId: view.job.id, sender: this.operator, salt, proof });
    await this.#sendOnce(view, ['CHAIN_DISPUTE_LIVE_COMMITMENT'], message(MsgCommitFault, { sender: this.operator, jobId: view.job.id, hash }));
  }

  async #proveFault(view: JobView): Promise<void> {
    const { chain, sender, log } = this.#o;
    const { salt, proof } = await this.#proofOf(view);
    const gas = await proofGas(chain, view.job, proof.length, await this.#o.examiner.judge(view, this.#files.get(view.job.id).proof!.file));
    const msg = message(MsgProveFault, { sender: this.operator, jobId: view.job.id, salt, proof });
    try {
      const { response, height, hash } = await sender.call(msg, MsgProveFaultResponse, { gas });
      this.#sentAt.set(view.job.id, height);
      if (!response.convicted) await this.#files.refused(view.job.id);
      log.info({ job: view.job.id.toString(), convicted: response.convicted, code: response.code, reason: response.message, tx: hash }, 'proof judged');
    } catch (error) {
      if (!hasCode(error, 'CHAIN_DISPUTE_NO_COMMITMENT') && !hasCode(error, 'CHAIN_DISPUTE_JOB_STATE')) throw error;
      log.info({ job: view.job.id.toString() }, 'the job ended before the proof came');
    }
  }

  async #proofOf(view: JobView): Promise<{ salt: Uint8Array; proof: Uint8Array }> {
    const { salt, file } = this.#files.get(view.job.id).proof!;
    return { salt: new Uint8Array(Buffer.from(salt, 'hex')), proof: new Uint8Array(await readFile(file)) };
  }

  // Bytes that nobody serves off chain are demanded on chain: they come, or the worker is convicted of withholding them.
  async #demand(view: JobView, missing: Wanted, error: unknown): Promise<boolean> {
    const { chain, loader, log, patience = 2 } = this.#o;
    const { job } = view;
    const tries = (this.#withheld.get(job.id) ?? 0) + 1;
    this.#withheld.set(job.id, tries);
    const next = await demandNext(chain, loader, view, this.operator, missing);
    if (next.kind === 'wait') return false;
    if (tries < patience || next.kind === 'served') throw error;
    log.warn({ job: job.id.toString(), chunks: next.items.map(itemText) }, 'bytes withheld, demanding them on chain');
    await this.#sendOnce(view, ['CHAIN_DISPUTE_DEMANDED'], next.message);
    this.#steps.inc({ step: 'demand' });
    return false;
  }

  async #forget(jobId: bigint): Promise<void> {
    this.#withheld.delete(jobId);
    this.#sentAt.delete(jobId);
    this.#fetched.delete(jobId);
    this.#prepared.delete(jobId);
    await this.#o.examiner.drop(jobId);
  }

  async #sendOnce(view: JobView, done: readonly string[], msg: Message): Promise<void> {
    try {
      const { height } = await this.#o.sender.send([msg]);
      this.#sentAt.set(view.job.id, height);
    } catch (error) {
      const code = done.find((c) => hasCode(error, c));
      if (!code) throw error;
      // Its block is the next one to look at.
      this.#sentAt.set(view.job.id, this.#book.height + 1);
      this.#o.log.info({ job: view.job.id.toString(), code }, 'the chain has it already');
    }
  }
}

/** First 12 hexadecimal digits of a job's program root: enough to tell the few models of a network apart. */
function programLabel({ program }: Job): string {
  return Buffer.from(program?.root ?? new Uint8Array()).toString('hex', 0, 6);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

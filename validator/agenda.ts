import type { ChainClient } from '../src/chain/index.js';
import { JobState, type Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { DisputePhase, type Params } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView, Standing } from '../src/jobs/index.js';
import type { Logger } from '../src/log.js';
import type { Metrics } from '../src/metrics/index.js';
import type { CaseFile } from './case-file.js';
import { deadlineOf, isMessage, isSuspect, proveBlocks } from './deadline.js';
import { decide, type Action, type Situation } from './decide.js';
import { Pace } from './pace.js';

/** Options of {@link Agenda}. */
export interface AgendaOptions {
  readonly chain: ChainClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** milliseconds of a clock that only moves forward; default the machine's */
  readonly now?: () => number;
}

/** Why a duty was missed: its window passed before its step began, while it ran, or after its last try failed. */
export type MissCause = 'waiting' | 'running' | 'failed';

const AT_ONCE: Standing = { lane: 'message', due: 0, late: false, suspect: false };

/** A verifier's duties in the order of their deadlines, and an account of those that it missed. */
export class Agenda {
  readonly #chain: ChainClient;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #pace = new Pace();
  readonly #params = new Map<bigint, Promise<Params | undefined>>();
  readonly #terms = new Map<bigint, Params>();
  // By job: the step whose last try failed.
  readonly #failed = new Map<bigint, Action['kind']>();
  readonly #missed;
  readonly #nearest;
  #height = 0;

  constructor({ chain, log, metrics, now = () => performance.now() }: AgendaOptions) {
    this.#chain = chain;
    this.#log = log;
    this.#now = now;
    this.#missed = metrics.counter('sidecar_missed_duties_total', 'Duties on jobs that became FINAL before their next step was done.', ['step', 'cause']);
    this.#nearest = metrics.gauge('sidecar_nearest_deadline_blocks', 'Blocks to the nearest deadline of a duty that is not done; NaN without one.');
    this.#nearest.set(NaN);
  }

  /** A block was seen. @param open the next step of every duty that is not done */
  tick(height: number, open: Iterable<{ readonly view: JobView; readonly action: Action }>): void {
    this.#height = height;
    this.#pace.saw(height, this.#now());
    let nearest = NaN;
    for (const { view, action } of open) {
      this.#learn(view.job);
      const blocks = Number(this.#deadline(view, action)) - height;
      if (!(blocks >= nearest)) nearest = blocks;
    }
    this.#nearest.set(nearest);
  }

  /** Where a step stands among those that wait; a job with nothing to do is looked at at once. */
  standing(view: JobView | undefined, action: Action | undefined, file: CaseFile): Standing {
    if (!view || !action) return AT_ONCE;
    const blockMs = this.#pace.blockMs ?? 1_000;
    const due = (Number(this.#deadline(view, action)) - this.#height) * blockMs;
    const lane = isMessage(action) ? 'message' : action.kind === 'fetch' ? 'fetch' : 'work';
    // The verdict is a message that the last block must still take.
    const late = action.kind === 'check' && this.#pace.blockMs !== undefined && (this.#pace.estimate(programOf(view.job)) ?? 0) > due - blockMs;
    return { lane, due, late, suspect: isSuspect(view, file) };
  }

  /** Milliseconds until the deadline of a step, as blocks go; undefined before enough of them were seen. */
  left(view: JobView, action: Action): number | undefined {
    const { blockMs } = this.#pace;
    return blockMs === undefined ? undefined : Math.max(0, Number(this.#deadline(view, action)) - this.#height) * blockMs;
  }

  /** A step was done. */
  did(job: Job, action: Action, ms: number): void {
    this.#failed.delete(job.id);
    if (action.kind === 'check') this.#pace.took(programOf(job), ms);
  }

  /** A try of a step failed. */
  failed(job: Job, action: Action): void {
    this.#failed.set(job.id, action.kind);
  }

  /** Accounts for a job that ended. @param busy whether a step of it runs still */
  ended(view: JobView, file: CaseFile, situation: Situation, busy: boolean): void {
    const { job } = view;
    const step = leftUndone(view, file, situation);
    const cause: MissCause = busy ? 'running' : this.#failed.get(job.id) === step ? 'failed' : 'waiting';
    this.#failed.delete(job.id);
    if (!step) return;
    if (step === 'check' && cause === 'waiting') this.#pace.doubt(programOf(job));
    this.#missed.inc({ step, cause });
    this.#log.warn({ job: job.id.toString(), step, cause, check: file.check }, 'duty missed: the job became FINAL first');
  }

  // Until the parameters are here T_prove counts as none: the deadline is then too early, never too late.
  #deadline(view: JobView, action: Action): bigint {
    const params = this.#terms.get(view.job.disputeParamsVersion);
    return deadlineOf(action, view, this.#height, params ? proveBlocks(params, view.job.program?.traceBytes ?? 0n) : 0n);
  }

  #learn({ disputeParamsVersion: version }: Job): void {
    if (this.#params.has(version)) return;
    const asked = this.#chain.query.dispute.Params({ version }).then((r) => r.params?.params);
    this.#params.set(version, asked);
    asked.then(
      (params) => params && this.#terms.set(version, params),
      () => this.#params.delete(version),
    );
  }
}

/** The step that a verifier still owed when a job became FINAL; undefined when nothing, or when the job ended otherwise. */
export function leftUndone(view: JobView, file: CaseFile, situation: Situation): Action['kind'] | undefined {
  const { job, dispute } = view;
  if (job.state !== JobState.JOB_STATE_FINAL) return undefined;
  if (file.proof && !file.refused && situation.mode === 'challenge') return 'prove-fault';
  const before = dispute && { ...dispute, phase: dispute.publishedHeight > 0n ? DisputePhase.DISPUTE_PHASE_CLEARED : DisputePhase.DISPUTE_PHASE_UNSPECIFIED };
  return decide({ ...view, job: { ...job, state: JobState.JOB_STATE_COMMITTED }, dispute: before }, file, situation)?.kind;
}

function programOf(job: Job): string {
  return Buffer.from(job.program?.root ?? new Uint8Array()).toString('hex');
}

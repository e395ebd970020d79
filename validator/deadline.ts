import type { Params } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { CommitmentState, DisputePhase } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView } from '../src/jobs/index.js';
import type { CaseFile } from './case-file.js';
import type { Action } from './decide.js';

// By when a step of a duty must be done, so that the earliest goes first.
//
// Can a cheat keep a verifier from its forged job with a flood of cheap ones? All windows of a parameter version are equally
// long, so among jobs without a dispute the earliest deadline is the earliest draw: a flood delays only what is drawn after
// it. To push a forgery out of its window, the flood must hold more work than the verifier does in a whole window, before the
// forgery is drawn, at every verifier that the beacon will draw for it, and the cheat cannot know which. Work has a price:
// a fee is at least price × cost (multiply-adds and bytes read), of which a requester that is its own worker gets 90 % back;
// each job of the flood locks a bond of κ times its fee. So the flood costs a tenth of the fees of (window × places) of
// computing at each verifier, and the gas, for the one fee that a forgery earns.
// A flood of work that costs more than its price does not help either: jobs whose inputs drip or hang wait in the lane of
// fetches, jobs whose runs fail move back by what they took, and what a suspicion is behind has a place of its own, which a
// flood only takes with suspects: outputs beyond the tolerance, each of which costs its bond when a fault is proven, or
// challenges, which an outsider pays for and which one worker answers one at a time.

/** Steps that only send a message. */
const MESSAGES: ReadonlySet<Action['kind']> = new Set(['attest', 'challenge', 'commit-fault', 'prove-fault']);

/** Whether a step only sends a message: it takes no place of others. */
export function isMessage(action: Action): boolean {
  return MESSAGES.has(action.kind);
}

/** T_prove of a job in blocks, as the chain computes it (chain/x/dispute/types/params.go). */
export function proveBlocks(params: Pick<Params, 'proveBaseBlocks' | 'traceBytesPerBlock'>, traceBytes: bigint): bigint {
  return params.proveBaseBlocks + traceBytes / params.traceBytesPerBlock;
}

/**
 * The last height that is sure to take a message about a job: it can become FINAL in that block at the earliest.
 *
 * @param height newest block
 * @param prove T_prove of the job in blocks
 */
export function lastHeight({ job, dispute }: JobView, height: number, prove: bigint): bigint {
  const next = BigInt(height) + 1n;
  let last = job.ready > next ? job.ready : next;
  const atLeast = (h: bigint): void => void (last = h > last ? h : last);
  // FINAL waits for the trace, which may come in the next block, and then for T_prove.
  if (dispute?.phase === DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED) atLeast(next + prove);
  // T_prove stands still while a demand is open, which may be served in the next block.
  if (dispute?.phase === DisputePhase.DISPUTE_PHASE_PROVING) atLeast(dispute.proveDeadline > 0n ? dispute.proveDeadline : next + dispute.proveLeft);
  return last;
}

/** Height by which a step must be done; parameters as those of {@link lastHeight}. */
export function deadlineOf(action: Action, view: JobView, height: number, prove: bigint): bigint {
  if (action.kind === 'prove-fault') return action.commitment.deadline;
  const last = lastHeight(view, height, prove);
  const { dispute } = view;
  // One's own trace is wanted when the worker's comes.
  return action.kind === 'prepare' && dispute?.traceClockRunning && dispute.traceDeadline < last ? dispute.traceDeadline : last;
}

/** Whether something speaks against a job: one's own run, a dispute that is open, or a proof that somebody committed to. */
export function isSuspect(view: JobView, file: CaseFile): boolean {
  const phase = view.dispute?.phase;
  return (
    file.check === 'differs' ||
    phase === DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED ||
    phase === DisputePhase.DISPUTE_PHASE_PROVING ||
    [...view.commitments.values()].some((c) => c.state === CommitmentState.COMMITMENT_STATE_LIVE)
  );
}

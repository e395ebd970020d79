import { JobState, Verdict } from '../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState, DemandState, DisputePhase, type FaultCommitment } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { hasEnded, type JobView } from '../src/jobs/index.js';
import type { CaseFile } from './case-file.js';

/** The next thing that a drawn verifier does about a job. */
export type Action =
  /** bring model and inputs here */
  | { readonly kind: 'fetch' }
  /** run, compare */
  | { readonly kind: 'check' }
  | { readonly kind: 'attest'; readonly verdict: 'VALID' | 'CHALLENGED' }
  | { readonly kind: 'challenge' }
  /** build one's own trace while the worker builds its own */
  | { readonly kind: 'prepare' }
  /** search the worker's trace for a fault */
  | { readonly kind: 'inspect' }
  /** commit to the proof that lies on disk */
  | { readonly kind: 'commit-fault' }
  | { readonly kind: 'prove-fault'; readonly commitment: FaultCommitment };

/** How far a verifier goes. */
export type Mode = 'watch' | 'attest' | 'challenge';

/** What a decision needs to know beside the case. */
export interface Situation {
  readonly operator: string;
  readonly mode: Mode;
  readonly height: number;
  /** model and inputs are on disk */
  readonly fetched: boolean;
  /** one's own trace is on disk */
  readonly prepared: boolean;
}

/** Blocks that each rank leaves to the one before it for searching a trace. */
const SEARCH_TURN = 4n;

const OPEN_DEMAND: ReadonlySet<DemandState> = new Set([DemandState.DEMAND_STATE_QUEUED, DemandState.DEMAND_STATE_ACTIVE]);

/** Bonds that a verifier puts on one proof: whoever could not reveal three times will not the fourth time. */
const MAX_COMMITMENTS = 3;

/** A conviction pays its prover at least this part of the worker's bond: half of it, less a quarter at most for demands. */
const LEAST_REWARD = 4n;

/**
 * What to do next about a job, from the chain and the case file alone, so that a verifier that died anywhere goes on where
 * it stood. Cheapest first: same output → VALID; within tolerance → VALID; else the trace, and the first fault in it.
 */
export function decide(view: JobView, file: CaseFile, s: Situation): Action | undefined {
  const { job } = view;
  const duty = view.duties.get(s.operator);
  if (hasEnded(job) || job.state !== JobState.JOB_STATE_COMMITTED || !duty) return undefined;
  const unattested = duty.verdict === Verdict.VERDICT_UNSPECIFIED;
  if (s.mode === 'challenge' && file.proof) {
    const pursuit = pursue(view, file, s);
    if (pursuit) return pursuit;
  }
  // What it waits for comes with a block.
  const waits = [...view.demands.values()].some((d) => d.sender === s.operator && OPEN_DEMAND.has(d.state));
  if (file.check === undefined) return unattested && !waits ? { kind: s.fetched ? 'check' : 'fetch' } : undefined;
  const verdict = unattested && s.mode !== 'watch' ? verdictOf(view, file, s, duty.rank) : undefined;
  return verdict ?? (file.check === 'differs' && s.mode !== 'attest' && !waits ? search(view, file, s, duty.rank) : undefined);
}

/** What to say, once it can be said. What was said, or about to be said, before is never contradicted. */
function verdictOf(view: JobView, file: CaseFile, s: Situation, rank: number): Action | undefined {
  const { job, dispute } = view;
  const phase = dispute?.phase ?? DisputePhase.DISPUTE_PHASE_UNSPECIFIED;
  const open = phase === DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED || phase === DisputePhase.DISPUTE_PHASE_PROVING;
  const clean = file.check !== 'differs' || file.finding === 'clean';
  if (file.attested === 'VALID' || (clean && file.attested === undefined)) return { kind: 'attest', verdict: 'VALID' };
  if (s.mode !== 'challenge') return undefined;
  // With the trace on the table the search comes first: what it finds is a better verdict than a suspicion.
  const suspects = phase === DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED || file.attested === 'CHALLENGED' || file.finding === 'fault';
  if (open) return suspects ? { kind: 'attest', verdict: 'CHALLENGED' } : undefined;
  if (job.traceRoot.length > 0 || dispute?.challenger) return undefined;
  // To save work, the verifier of rank k leaves k blocks to those before it.
  return BigInt(s.height) >= job.drawnHeight + BigInt(rank) ? { kind: 'challenge' } : undefined;
}

/** Looking for the fault: prepared while the worker builds its trace, begun when that is known and it is one's turn. */
function search(view: JobView, file: CaseFile, s: Situation, rank: number): Action | undefined {
  const { job, dispute } = view;
  if (file.finding === 'clean' || file.proof) return undefined;
  const known = job.traceRoot.length > 0;
  if (!known && dispute?.phase !== DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED) return undefined;
  const from = job.eager ? job.drawnHeight : (dispute?.publishedHeight ?? 0n);
  const challenger = dispute?.challenger === s.operator;
  const turn = challenger ? from : from + SEARCH_TURN * BigInt(rank);
  if (known && BigInt(s.height) >= turn) return { kind: 'inspect' };
  // Only whoever searches first builds a trace ahead of time: it costs as much as the worker's.
  return challenger && !s.prepared ? { kind: 'prepare' } : undefined;
}

/** From a proof on disk to the conviction. It outranks everything else. */
function pursue(view: JobView, file: CaseFile, s: Situation): Action | undefined {
  const own = [...view.commitments.values()].filter((c) => c.sender === s.operator).sort((a, b) => (a.id < b.id ? 1 : -1));
  const [newest] = own;
  if (file.refused) return undefined;
  if (!newest) return { kind: 'commit-fault' };
  if (newest.state === CommitmentState.COMMITMENT_STATE_LOST) return isWorthAnother(view, own) ? { kind: 'commit-fault' } : undefined;
  // Past its deadline it is still live until EndBlock gets to it; a second one is refused as long.
  const live = newest.state === CommitmentState.COMMITMENT_STATE_LIVE && BigInt(s.height) <= newest.deadline;
  // The reveal is valid from the block after the commitment's, hence when that one is the newest.
  return live && BigInt(s.height) >= newest.height ? { kind: 'prove-fault', commitment: newest } : undefined;
}

/**
 * Whether to put another bond on a proof whose commitment was lost. It was never revealed (no block took the reveal in
 * time), unless the referee refused it, which is in the case file. Only a few times, and only where the conviction pays for
 * the bond at risk; those already lost are gone either way.
 */
function isWorthAnother({ job }: JobView, lost: readonly FaultCommitment[]): boolean {
  return lost.length < MAX_COMMITMENTS && BigInt(job.bond || '0') >= LEAST_REWARD * BigInt(lost[0]!.bond || '0');
}

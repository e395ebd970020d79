import { JobState } from '../src/chain/generated/assay/compute/v1/compute.js';
import { DemandState, DisputePhase, type Demand } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import type { JobRoots } from '../src/blobs/index.js';
import { hasEnded, type JobView } from '../src/jobs/index.js';

/** The next thing that a worker owes or wants to do for a job. */
export type Action =
  | { readonly kind: 'claim' }
  /** run the job and keep its result on disk */
  | { readonly kind: 'execute' }
  | { readonly kind: 'commit' }
  /** build the trace and keep it on disk */
  | { readonly kind: 'trace' }
  | { readonly kind: 'publish' }
  | { readonly kind: 'serve'; readonly demand: Demand };

/**
 * What to do next about a job, from what the chain says and what lies on disk: nothing else is remembered, so that a
 * worker that died anywhere goes on where it stood.
 *
 * @param worker this worker's address
 * @param roots of the result on disk; undefined when there is none
 * @param height newest block
 */
export function decide(view: JobView, worker: string, roots: JobRoots | undefined, height: number): Action | undefined {
  const { job, dispute } = view;
  if (job.state === JobState.JOB_STATE_OPEN) return BigInt(height) < job.deadline ? { kind: 'claim' } : undefined;
  if (job.worker !== worker || hasEnded(job)) return undefined;
  if (job.state === JobState.JOB_STATE_CLAIMED) {
    if (BigInt(height) >= job.deadline) return undefined;
    return roots ? { kind: 'commit' } : { kind: 'execute' };
  }
  // COMMITTED: from here on everything is owed. A lost result is made again; it must be the committed one.
  if (!roots) return { kind: 'execute' };
  const demand = openDemands(view)[0];
  if (demand) {
    const needsTrace = demand.tensors.some((t) => t.item?.kind === TensorKind.TENSOR_KIND_VALUE);
    return needsTrace && !roots.value ? { kind: 'trace' } : { kind: 'serve', demand };
  }
  if (dispute?.phase === DisputePhase.DISPUTE_PHASE_TRACE_DEMANDED) return roots.value ? { kind: 'publish' } : { kind: 'trace' };
  return undefined;
}

/** Demands that are not yet answered, the most urgent first. */
function openDemands(view: JobView): Demand[] {
  const urgency = (d: Demand): bigint => (d.state === DemandState.DEMAND_STATE_ACTIVE ? d.deadline : 2n ** 62n + d.id);
  return [...view.demands.values()]
    .filter((d) => d.state === DemandState.DEMAND_STATE_ACTIVE || d.state === DemandState.DEMAND_STATE_QUEUED)
    .sort((a, b) => (urgency(a) < urgency(b) ? -1 : 1));
}

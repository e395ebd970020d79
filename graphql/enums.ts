import { artifactKindToJSON, ArtifactKind, ArtifactStatus, artifactStatusToJSON, Evidence, evidenceToJSON, ParentRole, parentRoleToJSON, PolicyStatus, policyStatusToJSON } from '../src/chain/generated/assay/registry/v1/registry.js';
import { EndReason, endReasonToJSON, JobState, jobStateToJSON, Verdict, verdictToJSON } from '../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState, commitmentStateToJSON, DemandState, demandStateToJSON, DisputePhase, disputePhaseToJSON } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { FaultKind, faultKindToJSON } from '../src/chain/generated/assay/referee/v1/proof.js';
import { builder } from './builder.js';

/**
 * The chain's enum as GraphQL's: names without their prefix, which is how the tables hold them. UNRECOGNIZED stands for
 * a value that a newer chain added.
 */
function chainEnum<E extends number>(name: string, description: string, values: Readonly<Record<string, string | E>>, toJSON: (value: E) => string, prefix: string, words: Readonly<Record<string, string>>) {
  const numbers = Object.values(values).filter((v): v is E => typeof v === 'number');
  const names = numbers.map((v) => toJSON(v)).map((n) => (n.startsWith(prefix) ? n.slice(prefix.length) : n)).filter((n) => words[n] !== '');
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(names.map((n) => [n, { value: n, description: words[n] ?? (n === 'UNRECOGNIZED' ? 'A value that this program does not know.' : `${n.charAt(0)}${n.slice(1).toLowerCase().replaceAll('_', ' ')}.`) }])),
  });
}

/** Where UNSPECIFIED is stored as null it is no value of the enum. */
const NULL_WHEN_UNSPECIFIED = { UNSPECIFIED: '' };

export const JobStateEnum = chainEnum('JobState', 'Where a job stands. FINAL, FAULTED, EXPIRED and VOID are terminal.', JobState, jobStateToJSON, 'JOB_STATE_', {
  OPEN: 'Paid for, waiting for a worker.', CLAIMED: 'A worker locked a bond and computes.', COMMITTED: 'A result is committed: beacon, duties, window, disputes.',
  FINAL: 'The window passed and nothing was proven; the worker is paid.', FAULTED: 'A fault was proven, or something owed was withheld.',
  EXPIRED: 'Nobody did the next step in time.', VOID: 'Nobody is to blame on this job.',
});
export const EndReasonEnum = chainEnum('EndReason', 'Why a job ended other than FINAL.', EndReason, endReasonToJSON, 'END_REASON_', {
  ...NULL_WHEN_UNSPECIFIED, ARITHMETIC: 'One element lies beyond its bound.', OUTPUT: 'Committed output and the worker’s own trace differ beyond the signed tolerance.',
  FORMAT: 'A committed chunk is malformed.', WITHHELD: 'A trace or demanded chunks were withheld.', CANCELLED: 'The requester cancelled it.', UNCLAIMED: 'No worker claimed it.',
  UNCOMMITTED: 'The worker committed nothing.', INPUT: 'The input holds a forbidden element.', MODEL: 'A weight does.', BANNED: 'Governance banned the artifact.', BEACON: 'No beacon was recorded, three times.',
});
export const VerdictEnum = chainEnum('Verdict', 'Verdict of a drawn verifier.', Verdict, verdictToJSON, 'VERDICT_', {
  ...NULL_WHEN_UNSPECIFIED, VALID: 'Re-executed, nothing to challenge.', CHALLENGED: 'Opened, or joined, the challenge.',
});
export const DisputePhaseEnum = chainEnum('DisputePhase', 'Where a dispute stands. A challenge accuses nobody; only a proof accuses.', DisputePhase, disputePhaseToJSON, 'DISPUTE_PHASE_', {
  UNSPECIFIED: 'No challenge; only demands or proofs on an eager trace.', TRACE_DEMANDED: 'The worker owes its trace root.', PROVING: 'The trace is known; challengers have time to prove.',
  CLEARED: 'Nothing was proven in time.', ENDED: 'The job ended.',
});
export const DemandStateEnum = chainEnum('DemandState', 'Where a demand for chunks stands.', DemandState, demandStateToJSON, 'DEMAND_STATE_', {
  QUEUED: 'Waits its turn.', ACTIVE: 'The worker’s clock runs.', SERVED: 'The bytes stand in a block.', UNSERVED: 'The job ended WITHHELD.', DROPPED: 'The job ended otherwise.',
});
export const CommitmentStateEnum = chainEnum('CommitmentState', 'Where a fault commitment stands.', CommitmentState, commitmentStateToJSON, 'COMMITMENT_STATE_', {
  LIVE: 'Until revealed, or its time passes.', PROVED: 'Its proof convicted.', LOST: 'Invalid or never revealed: the bond is gone.', RETURNED: 'The job ended otherwise; the bond went back.',
});
export const ArtifactKindEnum = chainEnum('ArtifactKind', 'What an artifact is.', ArtifactKind, artifactKindToJSON, 'ARTIFACT_KIND_', {
  MODEL: 'A program with learned weights.', PROGRAM: 'A program without learned weights.', DATASET: 'A manifest of files or tensors.', ADAPTER: 'A manifest of weights that modify a model.', REPORT: 'A manifest of results.',
});
export const ArtifactStatusEnum = chainEnum('ArtifactStatus', 'State of a publication.', ArtifactStatus, artifactStatusToJSON, 'ARTIFACT_STATUS_', {
  ACTIVE: 'Open to jobs.', DEPRECATED: 'By its publisher.', CLOSED: 'A weight was proven to be forbidden: no new jobs.',
});
export const PolicyStatusEnum = chainEnum('PolicyStatus', 'What governance decided about a digest.', PolicyStatus, policyStatusToJSON, 'POLICY_STATUS_', {
  ALLOWED: 'Allowed.', DEPRECATED: 'No new jobs; running ones go on.', BANNED: 'No new jobs, and open ones end VOID.',
});
export const FaultKindEnum = chainEnum('FaultKind', 'What a proof accuses the worker of.', FaultKind, faultKindToJSON, 'FAULT_KIND_', {
  ARITHMETIC: 'One element beyond the operator’s bound.', OUTPUT: 'Output and trace differ beyond the tolerance.', FORMAT: 'A malformed chunk.',
});
export const EvidenceEnum = chainEnum('Evidence', 'What stands behind an edge of provenance. The chain sets it; nobody claims it.', Evidence, evidenceToJSON, 'EVIDENCE_', {
  ...NULL_WHEN_UNSPECIFIED, DECLARED: 'Somebody says so.', MATCHED: 'A root or digest that anyone can recompute.', JUDGED: 'A FINAL job of zero tolerance produced it.',
});

const PARENT_ROLES = Object.values(ParentRole).filter((v): v is ParentRole => typeof v === 'number').map((v) => parentRoleToJSON(v).replace('PARENT_ROLE_', '')).filter((n) => n !== 'UNSPECIFIED');
export const LineageRoleEnum = builder.enumType('LineageRole', {
  description: 'How one thing led to another.',
  values: {
    ...Object.fromEntries(PARENT_ROLES.map((n) => [n, { value: n, description: `The artifact was ${n.toLowerCase().replaceAll('_', ' ')} it, by the publication’s parents.` }])),
    PROGRAM: { value: 'PROGRAM', description: 'The artifact is the program that the job ran.' },
    ENTRY_OF: { value: 'ENTRY_OF', description: 'The input tensor is an entry of the dataset.' },
    INPUT: { value: 'INPUT', description: 'The tensor is an input of the job.' },
    OUTPUT: { value: 'OUTPUT', description: 'The job committed to this output.' },
  },
});

/** Literal enums that are ours, not the chain's. */
export const ProposalStatusEnum = builder.enumType('ProposalStatus', {
  description: 'Where a proposal stands.',
  values: {
    DEPOSIT_PERIOD: { description: 'Waits for its deposit.' }, VOTING_PERIOD: { description: 'Is voted on.' }, PASSED: { description: 'Passed and executed.' },
    FAILED: { description: 'Passed, but its execution failed.' }, REJECTED: { description: 'Did not pass.' }, DROPPED: { description: 'Missed its deposit.' },
    CANCELLED: { description: 'Withdrawn by its proposer.' },
  } as const,
});
export const VoteOptionEnum = builder.enumType('VoteOption', {
  description: 'A vote.',
  values: {
    YES: { description: 'For.' }, NO: { description: 'Against.' }, ABSTAIN: { description: 'Neither.' }, NO_WITH_VETO: { description: 'Against, with veto.' },
    UNSPECIFIED: { description: 'Nothing that counts.' }, UNRECOGNIZED: { description: 'An option that this program does not know.' },
  } as const,
});

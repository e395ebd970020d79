import type { DecodedBlock } from '../decode/block.js';
import { isAssayEvent, type AssayEvent, type DecodedEvent } from '../decode/events.js';
import { end, fact, type Change } from './changes.js';
import * as compute from './compute.js';
import * as dispute from './dispute.js';
import { factChanges } from './facts.js';
import { govChanges, submittedProposal } from './gov.js';
import { paramsChange } from './params.js';
import * as registry from './registry.js';
import * as v from './values.js';

/** What a block does to the tables. */
export interface Projection {
  readonly height: number;
  readonly changes: readonly Change[];
  /** Events of our modules, or of gov, that this program could not read. They stay raw; the number must be 0. */
  readonly unread: number;
}

/**
 * The projection: a pure function of a verified block. The same blocks give the same rows on every machine.
 */
export function projectBlock(b: DecodedBlock): Projection {
  const changes = factChanges(b);
  let unread = 0;
  const reading = (read: () => readonly Change[]) => {
    try {
      changes.push(...read());
    } catch {
      unread++; // A value outside its range: the raw event stays, the block does not stall.
    }
  };
  for (const tx of b.txs) for (const message of tx.messages) reading(() => submittedProposal(message, b.height));
  const proposalOf = executedBy(b.events);
  for (const event of b.events) {
    const { assay } = event;
    if (assay) reading(() => assayChanges(assay, b.height, event.position, proposalOf(event.position)));
    else if (isAssayEvent(event)) unread++;
    else reading(() => govChanges(event, b.height, b.witness));
  }
  return { height: b.height, changes, unread };
}

/** Which passed proposal's execution emitted a block event: gov emits the messages' events, then its own verdict. */
function executedBy(events: readonly DecodedEvent[]): (position: number) => bigint | null {
  const passed = events
    .filter((e) => e.type === 'active_proposal' && e.attributes.some((a) => a.value === 'proposal_passed'))
    .map((e) => ({ position: e.position, id: BigInt(e.attributes.find((a) => a.key === 'proposal_id')?.value ?? '0') }));
  const firstBlockEvent = events.find((e) => e.txIndex === undefined)?.position ?? Infinity;
  return (position) => (position < firstBlockEvent ? null : (passed.find((p) => p.position > position)?.id ?? null));
}

/** What one of our typed events does. Every case carries whole records, so nothing here looks anything up. */
function assayChanges(event: AssayEvent, height: number, position: number, proposalId: bigint | null): readonly Change[] {
  switch (event.type) {
    case 'assay.registry.v1.EventArtifactPublished':
      return registry.artifactChanges(present(event.value.artifact), height);
    case 'assay.registry.v1.EventArtifactStatusChanged':
      return [registry.artifactStatusChange(event.value)];
    case 'assay.registry.v1.EventPolicySet':
      return [registry.policyChange(present(event.value.policy))];
    case 'assay.registry.v1.EventParamsUpdated':
      return [paramsChange('registry', event.json['params'], null, proposalId)];
    case 'assay.compute.v1.EventJobUpdated':
      return compute.jobChanges(present(event.value.job), event.value.cause, height);
    case 'assay.compute.v1.EventJobSubmitted':
      return compute.inputChanges(event.value, height);
    case 'assay.compute.v1.EventDutyDrawn':
    case 'assay.compute.v1.EventAttested':
      return [compute.dutyChange(present(event.value.duty))];
    case 'assay.compute.v1.EventWorkerUpdated':
      return [compute.workerChange(present(event.value.worker))];
    case 'assay.compute.v1.EventVerifierUpdated':
      return [compute.verifierChange(present(event.value.verifier), event.value.cause)];
    case 'assay.compute.v1.EventVerifierRemoved':
      return [end('verifiers', { operator: event.value.operator })];
    case 'assay.compute.v1.EventSnapshotTaken':
      return [compute.snapshotChange(present(event.value.snapshot))];
    case 'assay.compute.v1.EventSnapshotPruned':
      return [end('snapshots', { number: v.id(event.value.number) })];
    case 'assay.compute.v1.EventPayment': {
      const { jobId, recipient, amount, purpose } = event.value;
      return [fact('payments', { height, position, jobId: v.id(jobId), recipient, amount: v.amount(amount), purpose })];
    }
    case 'assay.compute.v1.EventParamsUpdated':
      return [versionedParams('compute', event.json['params'], proposalId)];
    case 'assay.dispute.v1.EventDisputeUpdated':
      return [dispute.disputeChange(present(event.value.dispute), event.value.cause)];
    case 'assay.dispute.v1.EventDemandUpdated':
      return [dispute.demandChange(present(event.value.demand))];
    case 'assay.dispute.v1.EventFaultCommitmentUpdated':
      return [dispute.commitmentChange(present(event.value.commitment))];
    case 'assay.dispute.v1.EventProofJudged':
      return [dispute.judgementChange(event.value, height, position)];
    case 'assay.dispute.v1.EventRewardPaid': {
      const { jobId, commitmentId, prover, amount } = event.value;
      return [fact('rewards', { height, position, jobId: v.id(jobId), commitmentId: v.id(commitmentId), prover, amount: v.amount(amount) })];
    }
    case 'assay.dispute.v1.EventParamsUpdated':
      return [versionedParams('dispute', event.json['params'], proposalId)];
    case 'assay.compute.v1.EventItemFailed':
    case 'assay.dispute.v1.EventItemFailed':
    case 'assay.beacon.v1.EventRoundPinned':
    case 'assay.beacon.v1.EventRoundUnpinned':
      return []; // Nothing that a row tells: a job's own record names its round. The raw events stay.
    case 'assay.beacon.v1.EventBeaconRecorded': {
      const round = present(event.value.round);
      return [fact('beaconRounds', { round: v.id(round.round), height: v.height(round.height), randomness: v.bytes(round.randomness), signature: v.bytes(round.signature), poster: round.poster })];
    }
    case 'assay.beacon.v1.EventRelayReimbursed': {
      const { round, jobId, poster, amount } = event.value;
      return [fact('relayPayments', { height, position, round: v.id(round), jobId: v.id(jobId), poster, amount: v.amount(amount) })];
    }
    case 'assay.beacon.v1.EventParamsUpdated':
      return [paramsChange('beacon', event.json['params'], null, proposalId)];
  }
}

/** Our versioned parameters travel as {version, params, height}. */
export function versionedParams(module: string, value: unknown, proposalId: bigint | null): Change {
  const { version, params } = value as { version?: string; params?: unknown };
  return paramsChange(module, present(params), BigInt(version ?? 0), proposalId);
}

/** A record that an event must carry. @throws RangeError: then the event stays raw */
export function present<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new RangeError('an event lacks its record');
  return value;
}

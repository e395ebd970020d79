import * as beacon from '../../src/chain/generated/assay/beacon/v1/events.js';
import * as compute from '../../src/chain/generated/assay/compute/v1/events.js';
import * as dispute from '../../src/chain/generated/assay/dispute/v1/events.js';
import * as registry from '../../src/chain/generated/assay/registry/v1/events.js';
import type { AbciEvent } from '../../src/comet/index.js';

/** The typed events of Assay's modules, by type. */
const TYPES = {
  [registry.EventArtifactPublished.$type]: registry.EventArtifactPublished,
  [registry.EventArtifactStatusChanged.$type]: registry.EventArtifactStatusChanged,
  [registry.EventPolicySet.$type]: registry.EventPolicySet,
  [registry.EventParamsUpdated.$type]: registry.EventParamsUpdated,
  [compute.EventJobUpdated.$type]: compute.EventJobUpdated,
  [compute.EventJobSubmitted.$type]: compute.EventJobSubmitted,
  [compute.EventDutyDrawn.$type]: compute.EventDutyDrawn,
  [compute.EventAttested.$type]: compute.EventAttested,
  [compute.EventWorkerUpdated.$type]: compute.EventWorkerUpdated,
  [compute.EventVerifierUpdated.$type]: compute.EventVerifierUpdated,
  [compute.EventVerifierRemoved.$type]: compute.EventVerifierRemoved,
  [compute.EventSnapshotTaken.$type]: compute.EventSnapshotTaken,
  [compute.EventSnapshotPruned.$type]: compute.EventSnapshotPruned,
  [compute.EventPayment.$type]: compute.EventPayment,
  [compute.EventParamsUpdated.$type]: compute.EventParamsUpdated,
  [dispute.EventDisputeUpdated.$type]: dispute.EventDisputeUpdated,
  [dispute.EventDemandUpdated.$type]: dispute.EventDemandUpdated,
  [dispute.EventFaultCommitmentUpdated.$type]: dispute.EventFaultCommitmentUpdated,
  [dispute.EventProofJudged.$type]: dispute.EventProofJudged,
  [dispute.EventRewardPaid.$type]: dispute.EventRewardPaid,
  [dispute.EventParamsUpdated.$type]: dispute.EventParamsUpdated,
  [beacon.EventRoundPinned.$type]: beacon.EventRoundPinned,
  [beacon.EventRoundUnpinned.$type]: beacon.EventRoundUnpinned,
  [beacon.EventBeaconRecorded.$type]: beacon.EventBeaconRecorded,
  [beacon.EventRelayReimbursed.$type]: beacon.EventRelayReimbursed,
  [beacon.EventParamsUpdated.$type]: beacon.EventParamsUpdated,
} as const;

type Types = typeof TYPES;

/** One of our typed events. `json` is its attributes as the chain's JSON codec wrote them. */
export type AssayEvent = {
  [K in keyof Types]: { readonly type: K; readonly value: ReturnType<Types[K]['fromJSON']>; readonly json: Readonly<Record<string, unknown>> };
}[keyof Types];

/** An event with its place in the block. */
export interface DecodedEvent extends AbciEvent {
  /** Within the block: events of transactions first, in order, then those of the block itself. */
  readonly position: number;
  /** Undefined for events of the block itself. */
  readonly txIndex: number | undefined;
  /** Which message of the transaction emitted it; undefined for the ante handler's. */
  readonly msgIndex: number | undefined;
  /** Typed form of our own events; undefined for others, and for one that this program cannot read. */
  readonly assay: AssayEvent | undefined;
}

/** Attributes that the SDK appends to a typed event; their values are not JSON. */
const APPENDED = new Set(['msg_index', 'mode', 'authz_msg_index']);

/** Decodes an event. Never throws: what cannot be read stays raw. */
export function decodeEvent(event: AbciEvent, position: number, txIndex: number | undefined): DecodedEvent {
  const index = event.attributes.findLast((a) => a.key === 'msg_index')?.value;
  return { ...event, position, txIndex, msgIndex: index !== undefined && /^\d{1,9}$/.test(index) ? Number(index) : undefined, assay: typed(event) };
}

/** Whether an event is one of our modules'. */
export function isAssayEvent(event: AbciEvent): boolean {
  return event.type.startsWith('assay.');
}

function typed(event: AbciEvent): AssayEvent | undefined {
  if (!Object.hasOwn(TYPES, event.type)) return undefined;
  const type = event.type as keyof Types;
  try {
    const json: Record<string, unknown> = {};
    for (const { key, value } of event.attributes) if (!APPENDED.has(key)) json[key] = JSON.parse(value);
    return { type, value: TYPES[type].fromJSON(json), json } as AssayEvent;
  } catch {
    return undefined;
  }
}

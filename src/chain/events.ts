import * as beacon from './generated/assay/beacon/v1/events.js';
import * as compute from './generated/assay/compute/v1/events.js';
import * as dispute from './generated/assay/dispute/v1/events.js';
import * as registry from './generated/assay/registry/v1/events.js';
import { AssayError } from '../errors.js';

/** Every typed event of our modules, by its full name. */
export const EVENTS = {
  'assay.registry.v1.EventArtifactPublished': registry.EventArtifactPublished,
  'assay.registry.v1.EventArtifactStatusChanged': registry.EventArtifactStatusChanged,
  'assay.registry.v1.EventPolicySet': registry.EventPolicySet,
  'assay.registry.v1.EventParamsUpdated': registry.EventParamsUpdated,
  'assay.compute.v1.EventJobUpdated': compute.EventJobUpdated,
  'assay.compute.v1.EventJobSubmitted': compute.EventJobSubmitted,
  'assay.compute.v1.EventDutyDrawn': compute.EventDutyDrawn,
  'assay.compute.v1.EventAttested': compute.EventAttested,
  'assay.compute.v1.EventWorkerUpdated': compute.EventWorkerUpdated,
  'assay.compute.v1.EventVerifierUpdated': compute.EventVerifierUpdated,
  'assay.compute.v1.EventVerifierRemoved': compute.EventVerifierRemoved,
  'assay.compute.v1.EventSnapshotTaken': compute.EventSnapshotTaken,
  'assay.compute.v1.EventSnapshotPruned': compute.EventSnapshotPruned,
  'assay.compute.v1.EventPayment': compute.EventPayment,
  'assay.compute.v1.EventParamsUpdated': compute.EventParamsUpdated,
  'assay.compute.v1.EventItemFailed': compute.EventItemFailed,
  'assay.dispute.v1.EventDisputeUpdated': dispute.EventDisputeUpdated,
  'assay.dispute.v1.EventDemandUpdated': dispute.EventDemandUpdated,
  'assay.dispute.v1.EventFaultCommitmentUpdated': dispute.EventFaultCommitmentUpdated,
  'assay.dispute.v1.EventProofJudged': dispute.EventProofJudged,
  'assay.dispute.v1.EventRewardPaid': dispute.EventRewardPaid,
  'assay.dispute.v1.EventParamsUpdated': dispute.EventParamsUpdated,
  'assay.dispute.v1.EventItemFailed': dispute.EventItemFailed,
  'assay.beacon.v1.EventRoundPinned': beacon.EventRoundPinned,
  'assay.beacon.v1.EventRoundUnpinned': beacon.EventRoundUnpinned,
  'assay.beacon.v1.EventBeaconRecorded': beacon.EventBeaconRecorded,
  'assay.beacon.v1.EventRelayReimbursed': beacon.EventRelayReimbursed,
  'assay.beacon.v1.EventParamsUpdated': beacon.EventParamsUpdated,
} as const;

type EventName = keyof typeof EVENTS;

/** The decoded value of an event. */
export type EventValue<Name extends EventName> = ReturnType<(typeof EVENTS)[Name]['fromJSON']>;

/** A decoded typed event: `type` tells which `value` it carries. */
export type AssayEvent = { [Name in EventName]: { readonly type: Name; readonly value: EventValue<Name> } }[EventName];

/** An event as RPC delivers it. */
export interface RawEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/**
 * Decodes our modules' events out of a list and skips all others. Attribute values are JSON text; bytes base64 (null when
 * empty), 64-bit integers quoted, enums by name.
 *
 * @throws AssayError EVENT_MALFORMED (peer) when one of ours is not JSON
 */
export function decodeEvents(events: readonly RawEvent[]): AssayEvent[] {
  return events.flatMap((event) => (isOurs(event.type) ? [decodeEvent(event.type, event)] : []));
}

/** Events of one type. */
export function eventsOf<Name extends EventName>(events: readonly AssayEvent[], type: Name): EventValue<Name>[] {
  return events.flatMap((event) => (event.type === type ? [event.value as EventValue<Name>] : []));
}

function isOurs(type: string): type is EventName {
  return Object.hasOwn(EVENTS, type);
}

function decodeEvent(type: EventName, event: RawEvent): AssayEvent {
  try {
    const object = Object.fromEntries(
      // The SDK appends these two in plain text; no event of ours has fields of these names.
      event.attributes.filter((a) => !['msg_index', 'mode', 'authz_msg_index'].includes(a.key)).map((a): [string, unknown] => [a.key, JSON.parse(a.value)]),
    );
    // The table pairs name and codec; the compiler cannot follow a correlated union through the call.
    return { type, value: EVENTS[type].fromJSON(object) } as AssayEvent;
  } catch (cause) {
    throw new AssayError('EVENT_MALFORMED', `an event of type ${type} could not be decoded`, { decision: 'peer', cause });
  }
}

import { EVENTS, type EventValue } from '../../src/chain/events.js';
import type { AbciEvent } from '../../src/comet/index.js';

type EventName = keyof typeof EVENTS;

/** One of our typed events. `json` is its attributes as the chain's JSON codec wrote them. */
export type AssayEvent = {
  [Name in EventName]: { readonly type: Name; readonly value: EventValue<Name>; readonly json: Readonly<Record<string, unknown>> };
}[EventName];

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
  if (!Object.hasOwn(EVENTS, event.type)) return undefined;
  const type = event.type as EventName;
  try {
    const json: Record<string, unknown> = {};
    for (const { key, value } of event.attributes) if (!APPENDED.has(key)) json[key] = JSON.parse(value);
    return { type, value: EVENTS[type].fromJSON(json), json } as AssayEvent;
  } catch {
    return undefined;
  }
}

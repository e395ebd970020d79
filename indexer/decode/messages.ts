import { MsgExec, MsgExecResponse } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { MsgSubmitProposal } from 'cosmjs-types/cosmos/gov/v1/tx';
import { MESSAGES } from './registry.js';

/** A message as it stands in a transaction, an authz MsgExec or a proposal. */
export interface DecodedMessage {
  /** `0` is the first of the transaction, `0.2` the third inside it. */
  readonly path: string;
  readonly typeUrl: string;
  /** Whether it ran in this transaction; messages of a proposal run later, if at all. */
  readonly executed: boolean;
  /** Its JSON, or undefined when the type is unknown or the bytes do not decode. */
  readonly value: unknown;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Bytes of its Msg response, undefined when it did not run. */
  readonly response: Uint8Array | undefined;
}

interface AnyMessage {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** Deeper nesting than this stays raw; the chain's own limit of recursion is lower. */
const MAX_DEPTH = 8;

/**
 * A message and all messages inside it, outermost first.
 *
 * @param response bytes of its Msg response, undefined when the transaction failed
 */
export function unwrapMessage(any: AnyMessage, path: string, executed: boolean, response: Uint8Array | undefined, depth = 0): DecodedMessage[] {
  const self = { path, typeUrl: any.typeUrl, executed, value: toJson(any), bytes: any.value, response };
  if (self.value === undefined || depth >= MAX_DEPTH) return [self];
  if (any.typeUrl === MsgExec.typeUrl) {
    const results = response ? MsgExecResponse.decode(response).results : [];
    return [self, ...MsgExec.decode(any.value).msgs.flatMap((m, i) => unwrapMessage(m, `${path}.${i}`, executed, results[i], depth + 1))];
  }
  if (any.typeUrl === MsgSubmitProposal.typeUrl) {
    return [self, ...MsgSubmitProposal.decode(any.value).messages.flatMap((m, i) => unwrapMessage(m, `${path}.${i}`, false, undefined, depth + 1))];
  }
  return [self];
}

/** JSON of a message, or undefined when this program cannot read it. */
export function toJson(any: AnyMessage): unknown {
  const codec = MESSAGES.get(any.typeUrl);
  if (!codec) return undefined;
  try {
    return elide(codec.toJSON(codec.decode(any.value) as never));
  } catch {
    return undefined; // Bytes that another version wrote: the message stays raw.
  }
}

/** Longest text kept in a message's JSON; proofs and chunks are in the archive. */
const MAX_TEXT = 4096;

function elide(value: unknown): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? { elided: value.length } : value;
  if (Array.isArray(value)) return value.map(elide);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, elide(v)]));
}

import { Registry, type EncodeObject, type GeneratedType } from '@cosmjs/proto-signing';
import { defaultRegistryTypes } from '@cosmjs/stargate';
import { MsgSoftwareUpgrade } from 'cosmjs-types/cosmos/upgrade/v1beta1/tx';
import * as beacon from './generated/assay/beacon/v1/tx.js';
import * as compute from './generated/assay/compute/v1/tx.js';
import * as dispute from './generated/assay/dispute/v1/tx.js';
import * as registryModule from './generated/assay/registry/v1/tx.js';

/** What a generated message offers: its full name and its codec. */
export interface MessageCodec<T, Name extends string = string> {
  readonly $type: Name;
  encode(message: T): { finish(): Uint8Array };
  decode(input: Uint8Array): T;
  fromPartial(object: object): T;
}

/** A message of a transaction, ready to be encoded: type URL and plain value. */
export type Message = EncodeObject;

/** Every message of our four modules and their responses, by type URL. */
export const assayTypes: readonly [string, GeneratedType][] = [registryModule, compute, dispute, beacon].flatMap((module) =>
  Object.values(module)
    .filter(isCodec)
    .map((codec): [string, GeneratedType] => [`/${codec.$type}`, codec]),
);

/** The registry that encodes and decodes transactions: ours, and the SDK's that daemons and the CLI send. */
export const messageRegistry = new Registry([...defaultRegistryTypes, [MsgSoftwareUpgrade.typeUrl, MsgSoftwareUpgrade], ...assayTypes]);

/** A typed message: `message(MsgAttest, { operator, jobId, verdict })`. The value is checked by the compiler. */
export function message<T, Name extends string>(codec: MessageCodec<T, Name>, value: T): Message {
  return { typeUrl: `/${codec.$type}`, value };
}

function isCodec(value: unknown): value is GeneratedType & { $type: string } {
  return typeof value === 'object' && value !== null && '$type' in value && 'encode' in value && 'decode' in value;
}

import * as appAuth from 'cosmjs-types/cosmos/auth/v1beta1/tx';
import * as authz from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import * as bank from 'cosmjs-types/cosmos/bank/v1beta1/tx';
import * as consensus from 'cosmjs-types/cosmos/consensus/v1/tx';
import * as distribution from 'cosmjs-types/cosmos/distribution/v1beta1/tx';
import * as evidence from 'cosmjs-types/cosmos/evidence/v1beta1/tx';
import * as feegrant from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import * as govV1 from 'cosmjs-types/cosmos/gov/v1/tx';
import * as govV1beta1 from 'cosmjs-types/cosmos/gov/v1beta1/tx';
import * as mint from 'cosmjs-types/cosmos/mint/v1beta1/tx';
import * as slashing from 'cosmjs-types/cosmos/slashing/v1beta1/tx';
import * as staking from 'cosmjs-types/cosmos/staking/v1beta1/tx';
import * as upgrade from 'cosmjs-types/cosmos/upgrade/v1beta1/tx';
import * as beacon from '../../src/chain/generated/assay/beacon/v1/tx.js';
import * as compute from '../../src/chain/generated/assay/compute/v1/tx.js';
import * as dispute from '../../src/chain/generated/assay/dispute/v1/tx.js';
import * as registry from '../../src/chain/generated/assay/registry/v1/tx.js';

/** Turns a message's bytes into JSON. */
export interface MessageCodec {
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly toJSON: (message: never) => unknown;
}

/** Every message that this program knows, by type URL. What is not here stays raw and stalls nothing. */
export const MESSAGES: ReadonlyMap<string, MessageCodec> = new Map(
  [appAuth, authz, bank, consensus, distribution, evidence, feegrant, govV1, govV1beta1, mint, slashing, staking, upgrade, beacon, compute, dispute, registry]
    .flatMap((module) => Object.entries(module))
    .flatMap(([name, codec]) => (name.startsWith('Msg') && isCodec(codec) ? [[typeUrlOf(codec), codec] as const] : [])),
);

function isCodec(value: unknown): value is MessageCodec & { typeUrl?: string; $type?: string } {
  return typeof value === 'object' && value !== null && 'decode' in value && 'toJSON' in value && ('typeUrl' in value || '$type' in value);
}

function typeUrlOf(codec: { typeUrl?: string; $type?: string }): string {
  return codec.typeUrl ?? `/${codec.$type}`;
}

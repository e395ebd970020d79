import { fromBase64 } from '@cosmjs/encoding';
import { makeAuthInfoBytes, makeSignDoc } from '@cosmjs/proto-signing';
import { TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import { digest } from './hashes.js';
import type { Key } from './keys.js';
import { messageRegistry, type Message } from './registry.js';

/** What a signature covers beside the messages. */
export interface TxParts {
  readonly chainId: string;
  readonly key: Key;
  /** random 64-bit numbers for accounts made after genesis */
  readonly accountNumber: bigint;
  readonly messages: readonly Message[];
  readonly gas: number;
  readonly fee: { readonly amount: string; readonly denom: string };
  /** who pays the fee by an allowance */
  readonly granter?: string;
  readonly memo?: string;
  /**
   * A sequence orders a transaction after all earlier ones of the key. Without one the transaction is unordered: it is
   * identified by key and `expires` (to the nanosecond), any number may be on their way at once, and after `expires` it
   * can never enter a block.
   */
  readonly sequence?: bigint;
  readonly expires?: { readonly ms: number; readonly nanos: number };
}

/** A signed transaction: bytes, and the hash by which it is found. */
export interface SignedTx {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  /** milliseconds since 1970 after which the chain refuses it; absent for an ordered one */
  readonly expiresMs?: number;
}

/** Signs a transaction in SIGN_MODE_DIRECT. */
export async function signTx(p: TxParts): Promise<SignedTx> {
  const body = TxBody.encode(
    TxBody.fromPartial({
      messages: p.messages.map((m) => messageRegistry.encodeAsAny(m)),
      memo: p.memo ?? '',
      ...(p.sequence === undefined && p.expires !== undefined
        ? { unordered: true, timeoutTimestamp: { seconds: BigInt(Math.floor(p.expires.ms / 1000)), nanos: p.expires.nanos } }
        : {}),
    }),
  ).finish();
  const amount = p.fee.amount === '0' ? [] : [p.fee];
  const auth = makeAuthInfoBytes([{ pubkey: p.key.pubkey, sequence: p.sequence ?? 0n }], amount, p.gas, p.granter, undefined);
  const { signature } = await p.key.wallet.signDirect(p.key.address, makeSignDoc(body, auth, p.chainId, p.accountNumber));
  const bytes = TxRaw.encode({ bodyBytes: body, authInfoBytes: auth, signatures: [fromBase64(signature.signature)] }).finish();
  return { bytes, hash: digest([bytes]), ...(p.sequence === undefined && p.expires ? { expiresMs: p.expires.ms } : {}) };
}

let counter = Math.floor(Math.random() * 900_000_000);

/** Nanoseconds that make two unordered transactions of one process distinct, also in the same millisecond. */
export function uniqueNanos(): number {
  counter = (counter + 1) % 1_000_000_000;
  return counter;
}

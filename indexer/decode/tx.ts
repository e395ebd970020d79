import { TxMsgData } from 'cosmjs-types/cosmos/base/abci/v1beta1/abci';
import { AuthInfo, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx';
import type { TxResult } from '../../src/comet/index.js';
import { txHash } from '../../src/light/index.js';
import { unwrapMessage, type DecodedMessage } from './messages.js';

/** A transaction with what it did. */
export interface DecodedTx {
  readonly index: number;
  readonly hash: Uint8Array;
  readonly result: TxResult;
  readonly memo: string;
  readonly fee: readonly { readonly denom: string; readonly amount: string }[];
  /** Every message, nested ones after their carrier. */
  readonly messages: readonly DecodedMessage[];
  /** False when the bytes are no cosmos transaction. */
  readonly decoded: boolean;
}

/** Decodes raw transaction bytes. Bytes that are no transaction give `decoded: false`, never an error. */
export function decodeTx(bytes: Uint8Array, index: number, result: TxResult): DecodedTx {
  const common = { index, hash: txHash(bytes), result };
  try {
    const raw = TxRaw.decode(bytes);
    const body = TxBody.decode(raw.bodyBytes);
    const fee = AuthInfo.decode(raw.authInfoBytes).fee?.amount ?? [];
    const responses = result.code === 0 ? TxMsgData.decode(result.data).msgResponses : [];
    const messages = body.messages.flatMap((m, i) => unwrapMessage(m, String(i), result.code === 0, responses[i]?.value));
    return { ...common, memo: body.memo, fee: fee.map(({ denom, amount }) => ({ denom, amount })), messages, decoded: true };
  } catch {
    return { ...common, memo: '', fee: [], messages: [], decoded: false };
  }
}

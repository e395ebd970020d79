import { sha256 } from '../merkle/index.js';
import { merkleRoot } from './header.js';
import { bytesField, concat, intField } from './wire.js';

/** The part of a transaction's result that the next header commits to. Log, codespace and events are not in it. */
export interface CommittedResult {
  /** 0 when the transaction succeeded. */
  readonly code: number;
  /** The encoded Msg responses; empty when it failed. */
  readonly data: Uint8Array;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
}

/** Hash of a transaction: SHA-256 of its raw bytes. */
export function txHash(tx: Uint8Array): Uint8Array {
  return sha256(tx);
}

/** `data_hash` of the header whose block holds these transactions: a tree over their hashes. */
export function dataHash(txs: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(txs.map(txHash));
}

/** Leaf of one result: deterministic ExecTxResult, fields 1, 2, 5 and 6. */
export function resultLeaf(result: CommittedResult): Uint8Array {
  return concat(
    intField(1, BigInt(result.code)),
    bytesField(2, result.data),
    intField(5, result.gasWanted),
    intField(6, result.gasUsed),
  );
}

/** `last_results_hash` of the header that follows the block whose results these are, in transaction order. */
export function resultsHash(results: readonly CommittedResult[]): Uint8Array {
  return merkleRoot(results.map(resultLeaf));
}

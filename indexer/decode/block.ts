import type { Block, BlockResults } from '../../src/comet/index.js';
import type { Witness } from '../witness.js';
import { decodeEvent, type DecodedEvent } from './events.js';
import { decodeTx, type DecodedTx } from './tx.js';

/** A verified block with its results, as the projection reads it. */
export interface DecodedBlock {
  readonly height: number;
  readonly block: Block;
  readonly results: BlockResults;
  /** Root over its results, from the next header. */
  readonly resultsHash: Uint8Array;
  readonly txs: readonly DecodedTx[];
  readonly events: readonly DecodedEvent[];
  /** State read along with the block, as the node told it. */
  readonly witness: Witness;
}

/** Decodes what verification let through. @param resultsHash `last_results_hash` of the next header */
export function decodeVerified(block: Block, results: BlockResults, resultsHash: Uint8Array, witness: Witness): DecodedBlock {
  const txs = block.txs.map((bytes, i) => decodeTx(bytes, i, results.txResults[i]!));
  const placed = [
    ...txs.flatMap((tx) => tx.result.events.map((event) => ({ event, txIndex: tx.index as number | undefined }))),
    ...results.blockEvents.map((event) => ({ event, txIndex: undefined })),
  ];
  const events = placed.map(({ event, txIndex }, position) => decodeEvent(event, position, txIndex));
  return { height: block.header.height, block, results, resultsHash, txs, events, witness };
}

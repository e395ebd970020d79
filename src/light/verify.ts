import { LightError, type LightErrorCode } from './errors.js';
import { headerHash, type BlockId, type Header } from './header.js';
import { dataHash, resultsHash, type CommittedResult } from './roots.js';

/** A block as an endpoint tells it. */
export interface ClaimedBlock {
  readonly blockId: BlockId;
  readonly header: Header;
  /** Raw transactions in order. */
  readonly txs: readonly Uint8Array[];
}

/**
 * Checks that a block is whole: right chain and height, header hash equal to its block id, transactions equal to the
 * header's data hash.
 *
 * @throws LightError at the first contradiction
 */
export function verifyBlock(block: ClaimedBlock, chainId: string, height: number): void {
  const { header } = block;
  if (header.chainId !== chainId) throw new LightError('CHAIN_ID_MISMATCH', height, chainId, header.chainId);
  if (header.height !== height) throw new LightError('HEIGHT_MISMATCH', height, String(height), String(header.height));
  same('HEADER_HASH_MISMATCH', height, block.blockId.hash, headerHash(header));
  same('DATA_HASH_MISMATCH', height, header.dataHash, dataHash(block.txs));
}

/**
 * Checks that `header` follows the block named `previous`: the chain of last block ids.
 *
 * @throws LightError BLOCK_NOT_LINKED
 */
export function verifyLink(previous: BlockId, header: Header): void {
  same('BLOCK_NOT_LINKED', header.height, previous.hash, header.lastBlockId.hash);
  same('BLOCK_NOT_LINKED', header.height, previous.parts.hash, header.lastBlockId.parts.hash);
}

/**
 * Checks results of height h against the header of h + 1, which commits to code, data and gas of each result and to the
 * application state after them. **Events are committed to by nothing.**
 *
 * @param txCount number of transactions of block h
 * @param appHash state root as told with the results
 * @throws LightError RESULTS_COUNT_MISMATCH, RESULTS_HASH_MISMATCH, APP_HASH_MISMATCH
 */
export function verifyResults(
  results: readonly CommittedResult[],
  txCount: number,
  appHash: Uint8Array,
  next: Header,
): void {
  const height = next.height - 1;
  if (results.length !== txCount) {
    throw new LightError('RESULTS_COUNT_MISMATCH', height, String(txCount), String(results.length));
  }
  same('RESULTS_HASH_MISMATCH', height, next.lastResultsHash, resultsHash(results));
  same('APP_HASH_MISMATCH', height, next.appHash, appHash);
}

function same(code: LightErrorCode, height: number, expected: Uint8Array, found: Uint8Array): void {
  const [want, have] = [hex(expected), hex(found)];
  if (want !== have) throw new LightError(code, height, want || '(empty)', have || '(empty)');
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

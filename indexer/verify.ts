import type { FetchedBlock } from '../src/comet/index.js';
import { AssayError } from '../src/errors.js';
import { LightError, verifyBlock, verifyLink, verifyResults, type BlockId } from '../src/light/index.js';

/** A block whose transactions its header commits to, and whose results the next header commits to. */
export interface VerifiedBlock extends FetchedBlock {
  /** Root over its results, from the next header. */
  readonly resultsHash: Uint8Array;
}

/** Verifies blocks in order. Each comes out one block later, when the next header has committed to its results. */
export interface Verifier {
  /**
   * Takes the next block and returns the one before, now verified whole; undefined for the first.
   *
   * @throws AssayError with a code of LightError, decision `peer`, the endpoint among its facts
   */
  next(block: FetchedBlock): VerifiedBlock | undefined;
}

/**
 * @param chainId every header must name it
 * @param height of the first block to come
 * @param previous id of the block before it; undefined when the chain begins with it
 */
export function createVerifier(chainId: string, height: number, previous: BlockId | undefined): Verifier {
  let expected = height;
  let link: BlockId = previous ?? NO_BLOCK;
  let held: FetchedBlock | undefined;
  return {
    next(fetched) {
      try {
        const { block, results } = fetched;
        verifyBlock(block, chainId, expected);
        verifyLink(link, block.header);
        if (results.height !== expected) throw new LightError('HEIGHT_MISMATCH', expected, String(expected), String(results.height));
        if (held) verifyResults(held.results.txResults, held.block.txs.length, held.results.appHash, block.header);
        const verified = held && { ...held, resultsHash: block.header.lastResultsHash };
        held = fetched;
        link = block.blockId;
        expected++;
        return verified;
      } catch (error) {
        throw error instanceof LightError ? blame(error, fetched.endpoint, held?.endpoint) : error;
      }
    },
  };
}

/** What a chain's first block names as its predecessor. */
const NO_BLOCK: BlockId = { hash: new Uint8Array(0), parts: { total: 0, hash: new Uint8Array(0) } };

/** Results are told by the endpoint of their own block, all else by that of the block at hand. */
function blame(error: LightError, endpoint: string, held: string | undefined): AssayError {
  const ofHeld = error.code.startsWith('RESULTS_') || error.code === 'APP_HASH_MISMATCH';
  return new AssayError(error.code, MEANING[error.code], {
    decision: 'peer',
    facts: { height: error.height, expected: error.expected, found: error.found, endpoint: ofHeld ? (held ?? endpoint) : endpoint },
    hint: error.code === 'BLOCK_NOT_LINKED' || error.code === 'CHAIN_ID_MISMATCH' ? 'Is the endpoint of this chain? A restarted chain needs a new database.' : undefined,
    cause: error,
  });
}

const MEANING: Readonly<Record<LightError['code'], string>> = {
  CHAIN_ID_MISMATCH: 'the block belongs to another chain',
  HEIGHT_MISMATCH: 'the endpoint told another height than it was asked for',
  HEADER_HASH_MISMATCH: 'the header is not the one that the block id names',
  BLOCK_NOT_LINKED: 'the block does not follow the one before it',
  DATA_HASH_MISMATCH: 'the transactions are not those of the header',
  RESULTS_COUNT_MISMATCH: 'there is not one result for each transaction',
  RESULTS_HASH_MISMATCH: 'the results are not those that the next header commits to',
  APP_HASH_MISMATCH: 'the state root is not the one that the next header commits to',
};

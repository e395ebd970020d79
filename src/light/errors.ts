/** Why a block was refused. Each names the one thing that does not fit. */
export type LightErrorCode =
  | 'CHAIN_ID_MISMATCH' // the header names another chain
  | 'HEIGHT_MISMATCH' // another height than asked for
  | 'HEADER_HASH_MISMATCH' // the header does not hash to its block id: a changed header
  | 'BLOCK_NOT_LINKED' // last_block_id is not the previous block: another or a restarted chain
  | 'DATA_HASH_MISMATCH' // the transactions are not the header's: changed, dropped or added
  | 'RESULTS_COUNT_MISMATCH' // not one result for each transaction
  | 'RESULTS_HASH_MISMATCH' // the results are not those that the next header commits to
  | 'APP_HASH_MISMATCH'; // the state root told with the results is not the next header's

/** A block that its own chain contradicts. `code` is stable; `expected` and `found` are hex, or numbers as text. */
export class LightError extends Error {
  override readonly name = 'LightError';
  constructor(
    readonly code: LightErrorCode,
    readonly height: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${code} at height ${height}: expected ${expected}, found ${found}`);
  }
}

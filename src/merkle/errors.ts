/** Why an opening, a range or a list of leaves was refused. */
export type MerkleErrorCode =
  | 'MERKLE_INDICES' // indices not strictly ascending, or outside the tree
  | 'MERKLE_LEAVES' // not one leaf for each index
  | 'MERKLE_HASHES' // too few or too many sibling hashes, or one that is not 32 bytes
  | 'MERKLE_CHUNK' // a chunk of the wrong length
  | 'MERKLE_RANGE' // a range of chunks that is empty or leaves the tensor
  | 'MERKLE_ROOT'; // the fold gives another root

/** A malformed or false opening. `code` is stable, the message says what was expected and found. */
export class MerkleError extends Error {
  override readonly name = 'MerkleError';
  constructor(
    readonly code: MerkleErrorCode,
    message: string,
  ) {
    super(message);
  }
}

// RFC 6962 trees over SHA-256, multiproofs that state no positions, and data roots of tensors (PROTOCOL §1, §2).
// Portable: imports only @noble/hashes, so the same code runs in browsers.
export { MerkleError, type MerkleErrorCode } from './errors.js';
export { sha256, useSha256, type Sha256 } from './sha256.js';
export { emptyRoot, innerHash, leafHash, rootOf, subtreeRoot, type LeafAt } from './tree.js';
export { closedSubtrees, open, prove, sameHash, type Subtree } from './multiproof.js';
export { rootLeaf, rootOfRoots, tagged, taggedLeaf } from './leaves.js';
export {
  CHUNK_BYTES,
  chunkCount,
  cutChunks,
  dataRoot,
  openChunks,
  openRange,
  rangeIndices,
  rootOfOpening,
  verifyRange,
  type DataOpening,
} from './data.js';

// What a CometBFT header commits to, checked with nothing but SHA-256: runs in Node and in browsers.
export { LightError, type LightErrorCode } from './errors.js';
export { headerHash, merkleRoot, type BlockId, type Header } from './header.js';
export { dataHash, resultLeaf, resultsHash, txHash, type CommittedResult } from './roots.js';
export { hex, verifyBlock, verifyLink, verifyResults, type ClaimedBlock } from './verify.js';
export type { Timestamp } from './wire.js';

// A lean client of CometBFT's JSON-RPC: HTTP, batches of ten, several endpoints, foreign JSON checked at the edge.
export { BATCH_HEIGHTS, createCometClient, type CometClient, type CometOptions, type FetchedBlock } from './client.js';
export { decodeBlock, decodeBlockResults, decodeGenesis, decodeStatus } from './decode.js';
export type { AbciEvent, Block, BlockResults, Genesis, Status, StoreValue, TxResult } from './types.js';

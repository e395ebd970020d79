// The indexer: fetch → verify → decode → project → store.
export { startIndexer, type Indexer, type IndexerConfig } from './start.js';

// Content-addressed bytes: a store on disk, an HTTP server, and a client that trusts nobody.
export { checkUrl, checkedLookup, isPublicAddress, type AddressPolicy } from './address.js';
export { MAX_CHUNKS, OPENING_TYPE, replyBytes, verifyReply, type VerifiedRange } from './chunk-reply.js';
export { BlobClient, blobUrl, type FetchOptions } from './client.js';
export { download, type DownloadLimits } from './download.js';
export { DataHasher } from './hasher.js';
export { formatJobRoots, parseJobRoots, type JobRoots } from './job-roots.js';
export { createBlobServer, type BlobServer, type BlobServerOptions } from './server.js';
export { BLOB_KINDS, BlobStore, hashFile, hexRoot, parseRoot, splitRoots, type BlobKind } from './store.js';

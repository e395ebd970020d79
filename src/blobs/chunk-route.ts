import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { chunkCount } from '../merkle/index.js';
import { encodeReply, MAX_CHUNKS, OPENING_TYPE, replyBytes } from './chunk-reply.js';
import { HttpError } from './http-error.js';
import type { Outlines } from './outline.js';
import { hexRoot, type BlobStore } from './store.js';

/**
 * Answers `/v1/tensor/{root}/chunks/{range}`: the chunks and their multiproof. Memory: 64 chunks, however many are asked for.
 *
 * @param range `first-last`, both inclusive
 * @returns bytes of the reply
 * @throws HttpError CHUNKS, NOT_FOUND, RANGE
 */
export async function serveChunkRange(store: BlobStore, outlines: Outlines, request: IncomingMessage, response: ServerResponse, root: Uint8Array, range: string): Promise<number> {
  const match = /^(0|[1-9][0-9]{0,10})-(0|[1-9][0-9]{0,10})$/.exec(range);
  if (!match) throw new HttpError(400, 'CHUNKS', 'expected /v1/tensor/{root}/chunks/{first}-{last}');
  const [first, last] = [Number(match[1]), Number(match[2])];
  const count = last - first + 1;
  if (count < 1 || count > MAX_CHUNKS) throw new HttpError(400, 'CHUNKS', `expected 1 to ${MAX_CHUNKS} chunks, found ${count}`);
  const hex = hexRoot(root);
  const blob = await open(store.path('tensor', root), 'r').catch(() => undefined);
  if (!blob) throw new HttpError(404, 'NOT_FOUND', `the tensor ${hex} is not here`);
  try {
    const { size } = await blob.stat();
    if (last >= chunkCount(size)) throw new HttpError(416, 'RANGE', `the tensor has ${chunkCount(size)} chunks`);
    const length = replyBytes(size, first, count);
    const headers = {
      'content-type': OPENING_TYPE,
      'content-length': length,
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${hex}/${range}"`,
      'x-content-type-options': 'nosniff',
    };
    if (request.method === 'HEAD') {
      response.writeHead(200, headers).end();
      return 0;
    }
    const hashes = await outlines.hashes(root, blob, size, first, count);
    response.writeHead(200, headers);
    await pipeline(Readable.from(encodeReply(blob, size, first, count, hashes)), response);
    return length;
  } finally {
    await blob.close();
  }
}

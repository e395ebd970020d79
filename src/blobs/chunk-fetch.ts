import { AssayError, hasCode, isRetryable } from '../errors.js';
import { sleep } from '../shutdown.js';
import { MAX_CHUNKS, OPENING_TYPE, rangeBytes, replyBytes, verifyReply, type VerifiedRange } from './chunk-reply.js';
import { defaultTotalMs, download, type DownloadLimits } from './download.js';
import { Partial } from './partial.js';
import { hexRoot, type BlobStore } from './store.js';

/** A tensor that is fetched chunk by chunk. */
export interface ChunkedTensor {
  readonly root: Uint8Array;
  /** bytes, which the program states */
  readonly size: number;
  /** its URLs: endpoints' routes `/v1/tensor/{root}` */
  readonly urls: readonly string[];
  /** failures in a row before a source is given up */
  readonly attempts: number;
  /** `totalMs` is for all that one source sends */
  readonly limits: Omit<DownloadLimits, 'maxBytes' | 'from' | 'type'>;
}

// A source that fails more often than this is worse than none.
const MAX_FAILURES = 8;
// What is asked for at least after cuts: 64 KiB.
const LEAST_CHUNKS = 64;

/** How a fetch ended: sources without the route may still have the tensor whole. */
export interface ChunkedOutcome {
  readonly complete: boolean;
  readonly plain: readonly string[];
  /** why the last source was given up */
  readonly last: unknown;
}

/**
 * Fetches a tensor range by range into a store, each checked against the data root before it is written. A source that sends
 * one wrong byte is left at once; one that cuts is asked for less; the next source goes on where the last one was left. What was
 * verified stays on disk when nobody has the rest.
 *
 * @throws AssayError DISK_FULL; the signal's reason
 */
export async function fetchChunked(store: BlobStore, tensor: ChunkedTensor): Promise<ChunkedOutcome> {
  const partial = await Partial.open(store, tensor.root, tensor.size);
  const plain: string[] = [];
  let last: unknown;
  try {
    for (const url of tensor.urls) {
      try {
        await fill(partial, url, tensor);
        break;
      } catch (error) {
        if (tensor.limits.signal?.aborted || hasCode(error, 'DISK_FULL')) throw error;
        if (lacksRoute(error)) plain.push(url);
        last = error;
      }
    }
  } catch (error) {
    await partial.close();
    throw error;
  }
  const complete = partial.missing(1) === undefined;
  await (complete ? partial.finish() : partial.close());
  return { complete, plain, last };
}

/**
 * Fetches and verifies one range of chunks.
 *
 * @param url of the tensor
 * @throws AssayError BLOB_DIGEST (peer) when the source sent something else; as `download`
 */
export async function fetchRange(url: string, root: Uint8Array, size: number, first: number, count: number, limits: ChunkedTensor['limits']): Promise<VerifiedRange> {
  const pieces: Uint8Array[] = [];
  const route = `${url}/chunks/${first}-${first + count - 1}`;
  await download(route, { ...limits, type: OPENING_TYPE, maxBytes: replyBytes(size, first, count) }, (piece) => void pieces.push(piece));
  try {
    return verifyReply(root, size, first, count, Buffer.concat(pieces));
  } catch (cause) {
    throw new AssayError('BLOB_DIGEST', `${route} does not open the chunks of ${hexRoot(root)}`, { decision: 'peer', cause });
  }
}

/** Whether a source knows no chunks: an older worker, or a server of plain files. */
function lacksRoute(error: unknown): boolean {
  return ['BLOB_NOT_FOUND', 'BLOB_STATUS', 'BLOB_TYPE'].some((code) => hasCode(error, code));
}

// All that is missing from one source, as long as it is worth asking: one that is honest and slow must not hold a fetch up
// for ever either, since the time to accuse runs out.
async function fill(partial: Partial, url: string, { root, size, attempts, limits }: ChunkedTensor): Promise<void> {
  const deadline = Date.now() + (limits.totalMs ?? defaultTotalMs(size));
  let [most, failures, inARow] = [MAX_CHUNKS, 0, 0];
  for (let range = partial.missing(most); range; range = partial.missing(most)) {
    const { first, count } = range;
    const totalMs = Math.min(deadline - Date.now(), defaultTotalMs(rangeBytes(size, first, count)));
    if (totalMs <= 0) throw new AssayError('BLOB_TOO_SLOW', `${url} is too slow for ${size} bytes`, { decision: 'retry' });
    let verified: VerifiedRange;
    try {
      verified = await fetchRange(url, root, size, first, count, { ...limits, totalMs });
    } catch (error) {
      if (!isRetryable(error) || hasCode(error, 'BLOB_NOT_FOUND') || ++inARow >= attempts || ++failures >= MAX_FAILURES) throw error;
      most = Math.max(LEAST_CHUNKS, Math.floor(count / 2));
      await sleep(200 * 4 ** (inARow - 1), limits.signal);
      continue;
    }
    inARow = 0;
    await partial.add(first, verified);
  }
}

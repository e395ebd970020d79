import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AssayError } from '../errors.js';
import { checkedLookup, checkUrl, type AddressPolicy } from './address.js';

/** Limits of one download. */
export interface DownloadLimits extends AddressPolicy {
  /** Bytes accepted at most; one more ends the download. */
  readonly maxBytes: number;
  /** Milliseconds without a byte. Default 10,000. */
  readonly idleMs?: number;
  /** Milliseconds in all. Default 30,000 plus one for every 100 bytes of `maxBytes` (100 kB/s). */
  readonly totalMs?: number;
  /** First byte to ask for; the server may answer from the start nevertheless. */
  readonly from?: number;
  /** Media type that the reply must state; any by default. */
  readonly type?: string;
  readonly signal?: AbortSignal;
}

const MAX_REDIRECTS = 3;

/** Milliseconds that a download of so many bytes may take: 30 seconds, and 100 kB/s. */
export function defaultTotalMs(bytes: number): number {
  return 30_000 + Math.ceil(bytes / 100);
}

/**
 * Downloads a URL and hands its bytes to `sink` as they arrive. Nothing is trusted: scheme, address, redirects, size and
 * time are bounded; the content is the caller's to hash.
 *
 * @param sink receives pieces and their offset in the whole; may be asynchronous, the socket waits for it
 * @returns bytes received
 * @throws AssayError BLOB_URL_INVALID, BLOB_ADDRESS_REFUSED, BLOB_NOT_FOUND, BLOB_STATUS, BLOB_TOO_LARGE, BLOB_TOO_SLOW,
 * BLOB_TRUNCATED, BLOB_TYPE, BLOB_UNREACHABLE
 */
export async function download(
  address: string,
  limits: DownloadLimits,
  sink: (piece: Uint8Array, offset: number) => void | Promise<void>,
): Promise<number> {
  const total = AbortSignal.timeout(Math.ceil(limits.totalMs ?? defaultTotalMs(limits.maxBytes)));
  const signal = limits.signal ? AbortSignal.any([limits.signal, total]) : total;
  let target = address;
  try {
    for (let hop = 0; ; hop++) {
      const url = checkUrl(target, limits);
      const response = await ask(url, limits, signal);
      const location = response.headers.location;
      if (response.statusCode !== undefined && response.statusCode >= 300 && response.statusCode < 400 && location !== undefined) {
        response.destroy();
        if (hop >= MAX_REDIRECTS) throw new AssayError('BLOB_STATUS', `${address} redirects more than ${MAX_REDIRECTS} times`, { decision: 'peer' });
        target = new URL(location, url).href;
        continue;
      }
      return await receive(url, response, limits, total, sink);
    }
  } catch (error) {
    if (error instanceof AssayError) throw error;
    if (limits.signal?.aborted) throw limits.signal.reason;
    if (total.aborted) throw tooSlow(address, 'it took too long in all');
    // Node wraps what a lookup refused.
    if (error instanceof Error && error.cause instanceof AssayError) throw error.cause;
    throw new AssayError('BLOB_UNREACHABLE', `${target} did not answer`, { decision: 'retry', cause: error });
  }
}

function ask(url: URL, limits: DownloadLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: 'GET',
    signal,
    lookup: checkedLookup(limits),
    // A fresh socket each time: a pooled one may lead to an address that was checked under another policy.
    agent: false,
    headers: {
      accept: limits.type ?? 'application/octet-stream',
      'accept-encoding': 'identity',
      ...(limits.from ? { range: `bytes=${limits.from}-` } : {}),
    },
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve);
    request.setTimeout(limits.idleMs ?? 10_000, () => request.destroy(tooSlow(url.href, 'no byte came for too long')));
    request.on('error', reject);
    request.end();
  });
}

async function receive(
  url: URL,
  response: IncomingMessage,
  limits: DownloadLimits,
  total: AbortSignal,
  sink: (piece: Uint8Array, offset: number) => void | Promise<void>,
): Promise<number> {
  const status = response.statusCode ?? 0;
  if (status !== 200 && status !== 206) {
    response.destroy();
    if (status === 404) throw new AssayError('BLOB_NOT_FOUND', `${url.href} is not there`, { decision: 'retry', facts: { status } });
    throw new AssayError('BLOB_STATUS', `${url.href} answered ${status}`, { decision: status >= 500 || status === 429 ? 'retry' : 'peer', facts: { status } });
  }
  const type = response.headers['content-type'];
  if (limits.type !== undefined && type !== limits.type) {
    response.destroy();
    throw new AssayError('BLOB_TYPE', `${url.href} answered something else than was asked for`, { decision: 'peer', facts: { asked: limits.type, type } });
  }
  const start = status === 206 ? rangeStart(url, response, limits) : 0;
  const stated = Number(response.headers['content-length'] ?? NaN);
  if (start + stated > limits.maxBytes) throw tooLarge(url, limits.maxBytes, response);
  let offset = start;
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      if (offset + piece.length > limits.maxBytes) throw tooLarge(url, limits.maxBytes, response);
      await sink(piece, offset);
      offset += piece.length;
    }
  } catch (error) {
    if (error instanceof AssayError || limits.signal?.aborted || total.aborted) throw error;
    throw new AssayError('BLOB_TRUNCATED', `${url.href} broke off after ${offset} bytes`, { decision: 'retry', cause: error });
  } finally {
    response.destroy();
  }
  if (!response.complete || (!Number.isNaN(stated) && offset - start !== stated))
    throw new AssayError('BLOB_TRUNCATED', `${url.href} broke off after ${offset} bytes`, { decision: 'retry' });
  return offset - start;
}

function rangeStart(url: URL, response: IncomingMessage, limits: DownloadLimits): number {
  const match = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  const start = match ? Number(match[1]) : -1;
  if (start === (limits.from ?? 0)) return start;
  response.destroy();
  throw new AssayError('BLOB_STATUS', `${url.href} answered another range than was asked for`, {
    decision: 'peer',
    facts: { asked: limits.from ?? 0, range: response.headers['content-range'] },
  });
}

function tooLarge(url: URL, maxBytes: number, response: IncomingMessage): AssayError {
  response.destroy();
  return new AssayError('BLOB_TOO_LARGE', `${url.href} sends more than ${maxBytes} bytes`, { decision: 'peer', facts: { max_bytes: maxBytes } });
}

function tooSlow(url: string, why: string): AssayError {
  return new AssayError('BLOB_TOO_SLOW', `${url} is too slow: ${why}`, { decision: 'retry' });
}

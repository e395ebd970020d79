import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { AssayError } from '../errors.js';
import { listen } from '../listen.js';
import { serveChunkRange } from './chunk-route.js';
import { HttpError } from './http-error.js';
import { formatJobRoots, type JobRoots } from './job-roots.js';
import { Outlines } from './outline.js';
import { BLOB_KINDS, parseRoot, type BlobKind, type BlobStore } from './store.js';

/** Options of {@link createBlobServer}. */
export interface BlobServerOptions {
  readonly store: BlobStore;
  /** Roots of a job that this endpoint answers for; absent where nobody runs jobs. */
  readonly jobRoots?: (jobId: bigint) => Promise<JobRoots | undefined> | JobRoots | undefined;
  /** Default 127.0.0.1: an endpoint that others reach names its address. */
  readonly host?: string;
  /** Default 0: the system chooses. */
  readonly port?: number;
  /** Default 256. */
  readonly maxConnections?: number;
  /** Told of every reply. */
  readonly onReply?: (route: string, status: number, bytes: number) => void;
}

/** A running server. */
export interface BlobServer {
  /** base URL, without trailing slash */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves content-addressed bytes: `/v1/tensor/{data root}` (with Range), `/v1/tensor/{data root}/chunks/{first}-{last}`
 * (chunks with their multiproof), `/v1/program/{root}`, `/v1/roots/{root}` (32 bytes each), `/v1/job/{id}/roots` (JSON).
 * Errors are JSON `{code, message}`.
 *
 * @throws AssayError PORT_BUSY
 */
export async function createBlobServer(options: BlobServerOptions): Promise<BlobServer> {
  const outlines = new Outlines(options.store);
  const server = createServer((request, response) => {
    handle(options, outlines, request, response).catch((error: unknown) => fail(options, response, error));
  });
  server.maxConnections = options.maxConnections ?? 256;
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  server.keepAliveTimeout = 5_000;
  await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function handle(options: BlobServerOptions, outlines: Outlines, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError(405, 'METHOD', 'only GET and HEAD');
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const [empty, version, kind, id, rest, range, ...more] = path.split('/');
  if (kind === 'tensor' && rest === 'chunks' && version === 'v1' && id !== undefined && range !== undefined && more.length === 0) {
    const bytes = await serveChunkRange(options.store, outlines, request, response, parseRoot(id), range);
    options.onReply?.('chunks', 200, bytes);
    return;
  }
  if (range !== undefined || empty !== '' || version !== 'v1' || id === undefined || more.length > 0) throw new HttpError(404, 'NOT_FOUND', 'no such route');
  if (kind === 'job') {
    if (rest !== 'roots' || !/^[0-9]{1,19}$/.test(id)) throw new HttpError(404, 'NOT_FOUND', 'no such route');
    const roots = await options.jobRoots?.(BigInt(id));
    if (!roots) throw new HttpError(404, 'NOT_FOUND', `job ${id} is not known here`);
    const text = Buffer.from(formatJobRoots(roots));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : text);
    options.onReply?.('job', 200, text.length);
    return;
  }
  if (rest !== undefined || !isKind(kind)) throw new HttpError(404, 'NOT_FOUND', 'no such route');
  await serveBlob(options, request, response, kind, parseRoot(id), id);
}

async function serveBlob(options: BlobServerOptions, request: IncomingMessage, response: ServerResponse, kind: BlobKind, root: Uint8Array, hex: string): Promise<void> {
  const size = await options.store.size(kind, root);
  if (size === undefined) throw new HttpError(404, 'NOT_FOUND', `the ${kind} ${hex} is not here`);
  const range = parseRange(request.headers.range, size);
  const [first, last] = range ?? [0, size - 1];
  const length = last - first + 1;
  const status = range ? 206 : 200;
  response.writeHead(status, {
    'content-type': 'application/octet-stream',
    'content-length': length,
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
    etag: `"${hex}"`,
    'x-content-type-options': 'nosniff',
    ...(range ? { 'content-range': `bytes ${first}-${last}/${size}` } : {}),
  });
  if (request.method === 'HEAD' || length === 0) response.end();
  else await pipeline(createReadStream(options.store.path(kind, root), { start: first, end: last }), response);
  options.onReply?.(kind, status, length);
}

/** First and last byte of a single range; undefined where none was asked for, or several, or in other units. */
function parseRange(header: string | undefined, size: number): [number, number] | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (first > last || first >= size) throw new HttpError(416, 'RANGE', `the blob has ${size} bytes`);
  return [first, last];
}

function isKind(kind: string | undefined): kind is BlobKind {
  return BLOB_KINDS.some((k) => k === kind);
}

function fail(options: BlobServerOptions, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const [status, code, message] =
    error instanceof HttpError
      ? [error.status, error.code, error.message]
      : error instanceof AssayError
        ? [error.decision === 'retry' ? 503 : 400, error.code, error.message]
        : [500, 'INTERNAL', 'the request failed here'];
  const text = Buffer.from(JSON.stringify({ code, message }));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
  options.onReply?.('error', status, text.length);
}

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull } from '../disk.js';
import { OnnxError, refuse } from './errors.js';

// Bytes between this process and its child. Small ones ride in the message (structured clone, no JSON); large ones go
// through a file in a directory that only the two of them use.

/** A list of byte arrays under way. */
export interface Parcel {
  readonly sizes: readonly number[];
  /** all bytes in one piece, or the path of the file that holds them */
  readonly body: Uint8Array | string;
}

/** Parcels above this many bytes go through a file. */
const INLINE_BYTES = 1 << 20;

let next = 0;

/** Packs byte arrays; `scratch` is the directory for large ones. */
export async function pack(scratch: string, parts: readonly Uint8Array[]): Promise<Parcel> {
  const sizes = parts.map((p) => p.length);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total <= INLINE_BYTES) return { sizes, body: new Uint8Array(Buffer.concat(parts)) };
  const path = join(scratch, `${process.pid}-${next++}.parcel`);
  await writeScratch(path, parts);
  return { sizes, body: path };
}

/** Writes a file that two processes share, or leaves none. @throws OnnxError DISK_FULL */
export async function writeScratch(path: string, content: Uint8Array | readonly Uint8Array[]): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (cause) {
    await rm(path, { force: true });
    if (!isDiskFull(cause)) throw cause;
    const parts = content instanceof Uint8Array ? [content] : content;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    throw new OnnxError('DISK_FULL', `${path} cannot be written: no space is left`, { cause, hint: `Make room for ${Math.ceil(bytes / 2 ** 20)} MiB, or set TMPDIR to another disk.` });
  }
}

/** Unpacks byte arrays, each in its own buffer; a parcel's file is removed. */
export async function unpack(parcel: Parcel): Promise<Uint8Array[]> {
  const { sizes, body } = parcel;
  const all = typeof body === 'string' ? await readFile(body) : body;
  if (typeof body === 'string') await rm(body);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (all.length !== total) refuse('RUNTIME_FAILED', `a parcel of ${all.length} bytes, expected ${total}`);
  let at = 0;
  return sizes.map((size) => new Uint8Array(all.subarray(at, (at += size))));
}

/** Removes the files of all parcels in a message, at any depth; files that were unpacked are gone already. */
export async function discardParcels(message: unknown): Promise<void> {
  if (message === null || typeof message !== 'object' || ArrayBuffer.isView(message)) return;
  if ('sizes' in message && 'body' in message && typeof message.body === 'string') return rm(message.body, { force: true });
  for (const part of Object.values(message)) await discardParcels(part);
}

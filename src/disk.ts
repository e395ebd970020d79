import type { FileHandle } from 'node:fs/promises';
import { AssayError } from './errors.js';

// A disk, a quota, a limit on the size of files: whatever is full, somebody must make room.
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Whether a system call failed because a disk, a quota or a limit on files is used up. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL.includes(error.code);
}

/**
 * Runs an action that writes below `path`.
 *
 * @param needed bytes that the action writes in all
 * @throws AssayError DISK_FULL (retry: a daemon goes on by itself once there is room)
 */
export async function needingDisk<T>(path: string, needed: number, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    throw new AssayError('DISK_FULL', `${path} cannot be written: no space is left`, {
      decision: 'retry',
      facts: { needed },
      hint: `Make room for ${Math.ceil(needed / 2 ** 20)} MiB; what was written whole is kept.`,
      cause,
    });
  }
}

/** Writes all of `bytes` at a position: one write may take only a part of them, as the last one before a disk is full. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

/** Reads `length` bytes at a position; fewer where the file ends before. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

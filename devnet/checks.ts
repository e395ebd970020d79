import { accessSync, constants } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { AssayError } from '../src/errors.js';

/** Where a process begins to look: two that start at the same moment would otherwise find the same ports free. */
const firstBase = () => 11_000 + (process.pid % 50) * 400;

/** Fails with `TOOL_MISSING` unless `name` (a file, or a command on PATH) can be executed. Returns its path. */
export function requireTool(name: string, hint: string): string {
  const places = name.includes('/') ? [name] : (process.env['PATH'] ?? '').split(delimiter).map((d) => join(d, name));
  for (const place of places) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // Not here; the next place may have it.
    }
  }
  throw new AssayError('TOOL_MISSING', `${name} is needed and cannot be executed`, { hint });
}

/** Fails with `DISK_SPACE` unless the file system of `directory` has `megabytes` free. */
export async function requireDisk(directory: string, megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < megabytes) {
    throw new AssayError('DISK_SPACE', `${megabytes} MB of free disk space are needed in ${directory}, found ${free} MB`, {
      hint: 'Free some and run the command again.',
    });
  }
}

/** Fails with `PORT_BUSY` unless nothing listens on `port` of 127.0.0.1. */
export async function requirePort(port: number, hint = 'Stop what listens there or choose other ports.'): Promise<void> {
  if (!(await isPortFree(port))) throw new AssayError('PORT_BUSY', `port ${port} on 127.0.0.1 is taken`, { hint });
}

/** Whether `port` on 127.0.0.1 can be bound now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The first base port from `from` on, in steps of `step`, for which every `base + offset` is free.
 * @throws `PORT_BUSY` when `tries` bases had a busy port.
 */
export async function freeBasePort(offsets: readonly number[], from = firstBase(), step = 400, tries = 30): Promise<number> {
  for (let i = 0, base = from; i < tries && base + Math.max(...offsets) < 65_536; i++, base += step) {
    const free = await Promise.all(offsets.map((o) => isPortFree(base + o)));
    if (free.every(Boolean)) return base;
  }
  throw new AssayError('PORT_BUSY', `no block of ${offsets.length} free ports was found from ${from} on`, {
    hint: 'Stop what listens there or choose a base with --base-port.',
  });
}

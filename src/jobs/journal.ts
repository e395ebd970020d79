import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { needingDisk } from '../disk.js';
import { AssayError } from '../errors.js';

/** One line of a journal: flat, of texts, numbers and truth values. Bytes are hexadecimal, 64-bit integers decimal text. */
export type Line = Readonly<Record<string, string | number | boolean | null>>;

/**
 * What a daemon is about to do, on disk before it does it. Lines are only ever appended, each synced; a line that a crash
 * tore off at the end never happened. One process at a time holds a journal.
 */
export class Journal {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #lines: Line[];
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle, lines: Line[]) {
    this.path = path;
    this.#file = file;
    this.#lines = lines;
  }

  /**
   * Opens a journal, making it when it is missing.
   *
   * @throws AssayError JOURNAL_HELD when another process uses it, JOURNAL_DAMAGED when a whole line is not JSON
   */
  static async open(path: string): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    await hold(`${path}.lock`);
    const text = await readFile(path, 'utf8').catch(() => '');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').slice(0, -1).map((line, i) => parseLine(line, path, i + 1));
    const file = await open(path, 'a');
    if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
    return new Journal(path, file, lines);
  }

  /** All lines so far, oldest first. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Appends a line; resolves once it is on disk. @throws AssayError DISK_FULL (retry): the line never happened */
  append(line: Line): Promise<void> {
    const done = this.#queue.then(async () => {
      const text = `${JSON.stringify(line)}\n`;
      const { size } = await this.#file.stat();
      try {
        await needingDisk(this.path, Buffer.byteLength(text), async () => {
          await this.#file.writeFile(text);
          await this.#file.datasync();
        });
      } catch (error) {
        // A line that is there in part would spoil the next one.
        await this.#file.truncate(size);
        throw error;
      }
      this.#lines.push(line);
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  /** Waits for what is being written and lets the journal go. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#file.close();
    await rm(`${this.path}.lock`, { force: true });
  }
}

/** Writes a file whole or not at all, and only returns once it is on disk. @throws AssayError DISK_FULL (retry) */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.part`;
  await needingDisk(path, Buffer.byteLength(content), async () => {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  });
  await rename(temporary, path);
}

// The lock file holds the process id; one of a process that is gone is taken over.
async function hold(lock: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(lock, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || attempt > 1) throw error;
    }
    const pid = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (pid !== process.pid && isAlive(pid))
      throw new AssayError('JOURNAL_HELD', `another process (pid ${pid}) uses ${lock.replace(/\.lock$/, '')}`, {
        hint: 'Run one daemon a data directory; two would contradict each other.',
      });
    await rm(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function parseLine(text: string, path: string, number: number): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Line;
  } catch {
    // Said below.
  }
  throw new AssayError('JOURNAL_DAMAGED', `${path}:${number} is not a journal line`, {
    hint: 'Restore the file from a backup; without it the daemon could contradict what it sent.',
  });
}

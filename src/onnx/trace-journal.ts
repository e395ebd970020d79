import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './bundle.js';

/** Data roots of the VALUEs of nodes [from, to). */
interface TracedSegment {
  readonly from: number;
  readonly to: number;
  readonly value: readonly string[];
}

/**
 * What a trace has done so far, beside its bundle: `trace.jsonl`, a line for what is traced and how (its key), then one for
 * each segment. Not synced, and nothing in it is believed: a segment counts when its files have the roots that its line
 * states, and only as long as all before it did. Several threads may add in another order the next time, so what was
 * computed from a lost VALUE is computed again with it; a mixed trace would accuse its own worker.
 */
export class TraceJournal {
  readonly #path: string;
  /** lines that the file should hold so far */
  readonly #lines: string[];
  /** segments of the interrupted trace that were not asked for yet */
  readonly #left: TracedSegment[];
  /** whether the file holds those lines and nothing else */
  #exact = false;

  private constructor(path: string, head: string, segments: TracedSegment[]) {
    this.#path = path;
    this.#lines = [head];
    this.#left = segments;
  }

  /** Reads the journal of an interrupted trace; one of another key counts for nothing. */
  static async open(dir: string, key: string): Promise<TraceJournal> {
    const path = join(dir, 'trace.jsonl');
    const head = JSON.stringify({ key });
    const [first, ...rest] = (await readFile(path, 'utf8').catch(() => '')).split('\n');
    const segments: TracedSegment[] = [];
    for (const line of first === head ? rest : []) {
      const segment = parseSegment(line);
      if (!segment) break;
      segments.push(segment);
    }
    return new TraceJournal(path, head, segments);
  }

  /** Roots that the next segment had when it is [from, to) with `count` VALUEs; the caller hashes its files. */
  next(from: number, to: number, count: number): Uint8Array[] | undefined {
    const segment = this.#left.shift();
    if (segment?.from !== from || segment.to !== to || segment.value.length !== count) return undefined;
    return segment.value.map((root) => new Uint8Array(Buffer.from(root, 'hex')));
  }

  /** Says that the segment which `next` gave is whole. */
  keep(from: number, to: number, value: readonly Uint8Array[]): void {
    this.#lines.push(lineOf(from, to, value));
  }

  /** Says that a segment ran: no later one of the interrupted trace counts any more. */
  async add(from: number, to: number, value: readonly Uint8Array[]): Promise<void> {
    this.#left.length = 0;
    this.#lines.push(lineOf(from, to, value));
    if (this.#exact) await appendFile(this.#path, `${this.#lines.at(-1)!}\n`);
    else await replaceFile(this.#path, `${this.#lines.join('\n')}\n`);
    this.#exact = true;
  }
}

function lineOf(from: number, to: number, value: readonly Uint8Array[]): string {
  const segment: TracedSegment = { from, to, value: value.map((root) => Buffer.from(root).toString('hex')) };
  return JSON.stringify(segment);
}

// A torn or foreign line ends what counts.
function parseSegment(line: string): TracedSegment | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (parsed === null || typeof parsed !== 'object' || !('from' in parsed) || !('to' in parsed) || !('value' in parsed)) return undefined;
  const { from, to, value } = parsed;
  if (typeof from !== 'number' || typeof to !== 'number' || !Array.isArray(value)) return undefined;
  const roots = value.filter((root: unknown): root is string => typeof root === 'string' && /^[0-9a-f]{64}$/.test(root));
  return roots.length === value.length ? { from, to, value: roots } : undefined;
}

// All 2³² inputs in the order of their bits, in 256 segments. After each segment the state is on disk.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AssayError } from '../src/errors.js';
import { bytesOf } from '../src/onnx/tensor.js';
import type { Certifiable } from './functions.js';
import type { Identity } from './certificate.js';
import { Tally, type TallyState } from './tally.js';

/** What a sweep needs of a kernel. */
export interface Vectors {
  readonly length: number;
  run(x: Uint32Array): Promise<Uint32Array>;
}

export const SEGMENTS = 256;
/** Inputs of a segment: those whose bits begin with the segment's number. */
export const SEGMENT = 2 ** 24;
/** Elements of one run: a multiple of every register, small enough for the caches. */
export const BATCH = 2 ** 16;
/** A checkpoint has 20 KiB; what must be free for it and for the certificate. */
const LEAST_FREE = 2 ** 20;

/** A sweep under way, as a checkpoint holds it. */
export interface SweepState {
  readonly identity: Identity;
  /** SHA-256 of the output bits of each finished segment */
  readonly digests: readonly string[];
  readonly tally: TallyState;
  readonly seconds: number;
}

/** Runs one segment and returns the digest of its output bits (little-endian, NaNs canonical). */
export async function sweepSegment(kernel: Vectors, segment: number, tally: Tally): Promise<string> {
  const hash = createHash('sha256');
  const x = new Uint32Array(kernel.length);
  for (let done = 0; done < SEGMENT; done += kernel.length) {
    const first = segment * SEGMENT + done;
    for (let i = 0; i < x.length; i++) x[i] = first + i; // beyond the last input it starts again at 0: not counted below
    const n = Math.min(kernel.length, SEGMENT - done);
    const y = (await kernel.run(x)).subarray(0, n);
    tally.add(x.subarray(0, n), y);
    hash.update(bytesOf(y));
  }
  return hash.digest('hex');
}

/**
 * Sweeps what a checkpoint has not, and returns the finished state.
 *
 * @param path checkpoint file  @param say is told the number of finished segments
 * @throws AssayError CERTIFY_NO_SPACE; OnnxError RUNTIME_FAILED
 */
export async function sweep(
  f: Certifiable,
  kernel: Vectors,
  state: SweepState,
  path: string,
  say: (finished: number) => void = () => undefined,
): Promise<SweepState> {
  const tally = new Tally(f, state.tally);
  const digests = [...state.digests];
  let { seconds } = state;
  let current = state;
  await saveCheckpoint(path, state);
  while (digests.length < SEGMENTS) {
    const start = performance.now();
    digests.push(await sweepSegment(kernel, digests.length, tally));
    seconds += (performance.now() - start) / 1000;
    current = { identity: state.identity, digests: [...digests], tally: tally.state(), seconds };
    await saveCheckpoint(path, current);
    say(digests.length);
  }
  return current;
}

/** The state before the first segment. */
export function freshSweep(f: Certifiable, identity: Identity): SweepState {
  return { identity, digests: [], tally: new Tally(f).state(), seconds: 0 };
}

async function saveCheckpoint(path: string, state: SweepState): Promise<void> {
  await writeSafely(path, JSON.stringify(state));
}

/**
 * Writes a file whole or not at all.
 *
 * @param least bytes that must be free
 * @throws AssayError CERTIFY_NO_SPACE
 */
export async function writeSafely(path: string, text: string, least = LEAST_FREE): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  const full = (cause?: unknown): AssayError =>
    new AssayError('CERTIFY_NO_SPACE', `${path} cannot be written`, {
      facts: { expected: least, found: free },
      hint: 'Free some space and run the same command with --resume.',
      cause,
    });
  if (free < least) throw full();
  try {
    await writeFile(`${path}.part`, text);
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC' ? full(cause) : cause;
  }
}

/** Reads a checkpoint; undefined where there is none. @throws AssayError CERTIFY_CHECKPOINT when it is no checkpoint */
export async function readCheckpoint(path: string): Promise<SweepState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  try {
    const state = JSON.parse(text) as SweepState; // written whole by this program alone
    if (Array.isArray(state.digests) && state.digests.length <= SEGMENTS) return state;
  } catch {
    // said below
  }
  throw new AssayError('CERTIFY_CHECKPOINT', `${path} is not a checkpoint of this program`, { hint: 'Remove it and start again.' });
}

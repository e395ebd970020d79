// One certification, from the first input to the file.
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import type { EngineOptions } from '../src/onnx/engine.js';
import { certificate, certificatePath, difference, identify, print, type Certificate, type Identity } from './certificate.js';
import type { Certifiable } from './functions.js';
import { Kernel } from './kernel.js';
import { remainderKernel, sampleRemainders, sweptRemainders } from './remainders.js';
import { BATCH, freshSweep, readCheckpoint, sweep, SEGMENTS, writeSafely, type SweepState } from './sweep.js';
import { Tally } from './tally.js';

/** How a function is certified. */
export interface Options {
  readonly backend: 'ort-node' | 'ort-wasm';
  /** sweep short vectors, too */
  readonly remainders: boolean;
  /** go on with a run that was interrupted, or forget it */
  readonly resume: boolean;
  readonly restart: boolean;
  /** folder of certificates */
  readonly out: string;
  /** folder of checkpoints */
  readonly state: string;
}

/** The state to start from, as the options want it. @throws AssayError CERTIFY_INTERRUPTED, CERTIFY_RUNTIME_CHANGED, CERTIFY_CHECKPOINT */
export async function startingState(
  f: Certifiable,
  identity: Identity,
  path: string,
  options: Pick<Options, 'resume' | 'restart'>,
): Promise<SweepState> {
  const state = options.restart ? undefined : await readCheckpoint(path);
  if (state === undefined) return freshSweep(f, identity);
  if (!options.resume)
    throw new AssayError('CERTIFY_INTERRUPTED', `an earlier run stopped after ${state.digests.length} of ${SEGMENTS} segments`, {
      hint: 'Add --resume to go on with it, or --restart to forget it.',
    });
  demandSame(state.identity, identity);
  return state;
}

function demandSame(before: Identity, now: Identity): void {
  const { field, ...facts } = difference(before, now) ?? {};
  if (field !== undefined)
    throw new AssayError('CERTIFY_RUNTIME_CHANGED', `${field} is not what it was when the run started`, {
      facts,
      hint: 'A certificate is of one runtime: start again with --restart.',
    });
}

/**
 * Certifies one function and writes the certificate, also one that does not hold.
 *
 * @param say is told which sweep finished how many segments
 * @throws AssayError CERTIFY_INTERRUPTED, CERTIFY_RUNTIME_CHANGED, CERTIFY_CHECKPOINT, CERTIFY_NO_SPACE; OnnxError RUNTIME_FAILED
 */
export async function certify(
  f: Certifiable,
  options: Options,
  say: (what: string, finished: number) => void,
): Promise<{ path: string; certificate: Certificate }> {
  const engine: EngineOptions = { backend: options.backend, threads: 1 };
  const identity = await identify(f, engine);
  const checkpoint = (part: string): string => join(options.state, `${options.backend}-${f.name}${part}.json`);
  const full = async (part: string, open: () => Promise<Kernel>): Promise<SweepState> => {
    const start = await startingState(f, identity, checkpoint(part), options);
    const kernel = await open();
    const state = await sweep(f, kernel, start, checkpoint(part), (n) => say(`${f.name}${part} ${identity.runtime}`, n));
    await kernel.close();
    return state;
  };
  const body = await full('', () => Kernel.open(f, BATCH, engine));
  const sampled = await sampleRemainders(f, engine, randomInt(2 ** 32));
  const part = `-${sampled.twin ?? 'short'}`; // a sweep that began with one code does not go on with another
  const short = options.remainders ? sweptRemainders(f, sampled, await full(part, () => remainderKernel(f, sampled, engine))) : sampled;
  demandSame(identity, await identify(f, engine));
  const holds = new Tally(f, body.tally).holds && short.holds;
  const result = certificate(f, identity, body, short.remainders, holds);
  const path = certificatePath(options.out, identity);
  await writeSafely(path, print(result));
  await rm(checkpoint(''), { force: true });
  await rm(checkpoint(part), { force: true });
  return { path, certificate: result };
}
